/**
 * Where clicks go: other dashboards, traces, log lines, logbook entries.
 *
 * Grafana fills `${...}` when the link is followed. Explore takes its state as JSON in the query string, so the JSON is
 * percent-encoded here except for the placeholders.
 */
import { DASHBOARD, DATASOURCE } from '../names.ts';
import type { Link } from './model.ts';

/** A cell of the row that was clicked, by column title. */
export function cell(title: string): string {
  return `\${__data.fields["${title}"]}`;
}

/** A label of the series that was clicked. */
export function label(name: string): string {
  return `\${__field.labels.${name}}`;
}

/** Another dashboard at the same time range; variables not named keep their values. */
export function toDashboard(
  key: keyof typeof DASHBOARD,
  title: string,
  set: Readonly<Record<string, string>> = {},
): Link {
  const kept = ['environment', 'server'].filter((name) => !(name in set));
  const query = [
    '${__url_time_range}',
    ...kept.map((name) => `\${${name}:queryparam}`),
    ...Object.entries(set).map(([name, value]) => `var-${name}=${value}`),
  ];
  return { title, url: `/d/${DASHBOARD[key]}?${query.join('&')}` };
}

/** One trace by id. */
export function toTrace(traceId: string): Link {
  return explore('Open the trace', DATASOURCE.tempo, {
    queryType: 'traceql',
    query: traceId,
  });
}

/** Traces found by TraceQL. */
export function toTraces(title: string, query: string): Link {
  return explore(title, DATASOURCE.tempo, {
    queryType: 'traceql',
    query,
    limit: 50,
    tableType: 'spans',
  });
}

/** Log lines found by LogQL. */
export function toLogs(title: string, expr: string): Link {
  return explore(title, DATASOURCE.loki, { expr, queryType: 'range' });
}

/** The searchable copy of one logbook entry, by its id. */
export function toEntry(id: string): Link {
  return toLogs(
    'Open the logbook entry',
    `{mcp_logbook_log_class="audit"} | audit_record_id="${id}"`,
  );
}

function explore(
  title: string,
  datasource: string,
  query: Readonly<Record<string, unknown>>,
): Link {
  const panes = {
    logbook: {
      datasource,
      queries: [{ refId: 'A', datasource: { uid: datasource }, ...query }],
      range: { from: '${__from}', to: '${__to}' },
    },
  };
  const encoded = JSON.stringify(panes)
    .split(/(\$\{[^}]*\})/)
    .map((part, index) =>
      index % 2 === 1 ? part.replaceAll('\\"', '"') : encodeURIComponent(part),
    )
    .join('');
  return { title, url: `/explore?schemaVersion=1&orgId=1&panes=${encoded}` };
}
