/**
 * Names that several generated files share: data sources, the folder, the dashboards, environment variables.
 *
 * A uid is part of links people keep: once published it never changes. At most 40 characters of `[a-zA-Z0-9-_]`
 * (Grafana refuses more).
 */

/** Uids of the data sources. */
export const DATASOURCE = {
  prometheus: 'mcp-logbook-prometheus',
  loki: 'mcp-logbook-loki',
  tempo: 'mcp-logbook-tempo',
} as const;

/** The one folder of dashboards and alert rules, by name: alert files know no uid (stack.md 3.5). */
export const FOLDER = 'MCP Logbook';

/** Uids of the dashboards; also the file names. */
export const DASHBOARD = {
  fleet: 'mcp-logbook-fleet',
  tool: 'mcp-logbook-tool',
  clients: 'mcp-logbook-clients',
  security: 'mcp-logbook-security',
  audit: 'mcp-logbook-audit',
  pipeline: 'mcp-logbook-pipeline',
  retention: 'mcp-logbook-retention',
} as const;

/**
 * Environment variables of the Grafana process that hold the base URLs the data sources query. Grafana's interpolation
 * knows no default, so whoever starts Grafana sets all three.
 */
export const URL_VARIABLE = {
  prometheus: 'PROMETHEUS_URL',
  loki: 'LOKI_URL',
  tempo: 'TEMPO_QUERY_URL',
} as const;

/** Environment variable of the Grafana process: absolute path of the folder with `dashboards/*.json`. */
export const DASHBOARDS_PATH_VARIABLE = 'GRAFANA_DASHBOARDS';
