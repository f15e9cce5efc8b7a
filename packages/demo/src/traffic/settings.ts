/**
 * Command line and environment of the traffic maker. Every `OTEL_*` and `MCP_LOGBOOK_*` variable reaches the servers;
 * what is not set gets a default that shows results soon. Tokens come from files and are never printed.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Bounds } from './plan.ts';

/** What the command line and the environment ask for. */
export interface Settings {
  readonly bounds: Bounds;
  readonly record: string | undefined;
  /** Environment of every server. */
  readonly env: Readonly<Record<string, string>>;
}

export const USAGE = `usage: node packages/demo/dist/traffic/main.js [options]
  --calls N     stop after N calls
  --seconds N   stop after N seconds
  --rate R      calls a second; 0 = as fast as the servers answer (default 10)
  --seed S      the same seed asks the same (default 1)
  --record FILE one JSON line for every request
environment:
  OTEL_EXPORTER_OTLP_ENDPOINT      default http://127.0.0.1:4318
  MCP_LOGBOOK_AUDIT_ENDPOINT       the collector's audit port; unset = entries stay in the local logs
  MCP_LOGBOOK_AUDIT_TOKEN_FILE     token of the collector; also sent with telemetry unless
  OTEL_EXPORTER_OTLP_HEADERS       says otherwise
  MCP_LOGBOOK_DIR                  where the servers' logs are; default: a temporary folder, removed at the end`;

/** Shown sooner than the 60 s of the specification. */
const DEFAULTS: Readonly<Record<string, string>> = {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  OTEL_METRIC_EXPORT_INTERVAL: '5000',
  OTEL_RESOURCE_ATTRIBUTES:
    'service.namespace=demo,deployment.environment.name=demo,service.version=1.0.0',
};

/**
 * Reads both.
 * @throws Error that says which value is wrong and what was expected
 */
export function readSettings(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      calls: { type: 'string' },
      seconds: { type: 'string' },
      rate: { type: 'string' },
      seed: { type: 'string' },
      record: { type: 'string' },
    },
  });
  return {
    bounds: {
      calls: whole('--calls', values.calls),
      seconds: whole('--seconds', values.seconds),
      rate: whole('--rate', values.rate) ?? 10,
      seed: whole('--seed', values.seed) ?? 1,
    },
    record: values.record,
    env: serverEnvironment(env),
  };
}

function serverEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const passed = Object.entries(env).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && /^(OTEL|MCP_LOGBOOK)_/.test(pair[0]),
  );
  const all: Record<string, string> = { ...DEFAULTS, ...Object.fromEntries(passed) };
  const tokenFile = all['MCP_LOGBOOK_AUDIT_TOKEN_FILE'];
  if (tokenFile !== undefined && all['OTEL_EXPORTER_OTLP_HEADERS'] === undefined)
    all['OTEL_EXPORTER_OTLP_HEADERS'] =
      `authorization=Bearer%20${readFileSync(tokenFile, 'utf8').trim()}`;
  return all;
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} is "${text}", expected a whole number from 0`);
}
