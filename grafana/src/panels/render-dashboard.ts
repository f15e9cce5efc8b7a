/** A dashboard as classic JSON: rows, variables, links to its six sisters. */
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { METRIC_MCP_SERVER_OPERATION_DURATION } from '@mcp-logbook/semconv';
import { countOf, select } from '../queries/promql.ts';
import type { DashboardSpec, VariableName } from './model.ts';
import { datasourceOf } from './render-query.ts';
import { renderPanel } from './render-panel.ts';

/** Every dashboard has it: the links at the top find the others by it. */
const TAG = 'mcp-logbook';

/** Who calls and what is called: of servers that send metrics, and of those that send spans alone. */
const CALL_COUNTERS: readonly string[] = [
  countOf(METRIC_MCP_SERVER_OPERATION_DURATION),
  'mcp_spans_calls_total',
];

/** JSON text, stable: the same source gives the same bytes. */
export function renderDashboard(spec: DashboardSpec): string {
  const builder = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([TAG])
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .link(
      new DashboardLinkBuilder('MCP Logbook')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  for (const name of spec.variables) builder.withVariable(variable(name));
  for (const row of spec.rows) {
    builder.withRow(new RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(renderPanel(panel));
  }
  const dashboard = builder.build();
  // The builder numbers nothing; panels need ids for links to them (`viewPanel`), stable by position.
  dashboard.panels?.forEach((panel, index) => (panel.id = index + 1));
  return `${JSON.stringify({ ...dashboard, id: null }, undefined, 2)}\n`;
}

function variable(name: VariableName): Builder<VariableModel> {
  switch (name) {
    case 'environment':
      return fromLabel(name, 'Environment', 'deployment_environment_name', []);
    case 'server':
      return fromLabel(name, 'Server', 'service_name', [
        'deployment_environment_name=~"$environment"',
      ]);
    case 'tool':
      return fromLabel(name, 'Tool', 'gen_ai_tool_name', ['service_name=~"$server"']);
    case 'client':
      return field(
        name,
        'Client',
        'Name of a client as it calls itself; a regular expression.',
        '.*',
      );
    case 'user':
      return field(name, 'User', 'Pseudonym (p_...) of a person; a regular expression.', '.*');
    case 'uris':
      return field(
        name,
        'Watched URIs',
        'Resources that nobody should read without a reason; a regular expression.',
        '(?i).*(secret|credential|passw|token|private|\\\\.env|\\\\.ssh|salary|payroll|customer).*',
      );
  }
}

/** Values of a label of the calls, many at once; `All` also fits series without the label. */
function fromLabel(
  name: VariableName,
  title: string,
  label: string,
  matchers: readonly string[],
): QueryVariableBuilder {
  const calls = select('', [`__name__=~"${CALL_COUNTERS.join('|')}"`, ...matchers]);
  return new QueryVariableBuilder(name)
    .label(title)
    .datasource(datasourceOf('prometheus'))
    .query({ query: `label_values(${calls}, ${label})`, refId: `variable-${name}`, qryType: 5 })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ selected: true, text: ['All'], value: ['$__all'] });
}

/** A text field: Loki lists values of indexed labels only, and people and clients are none. */
function field(
  name: VariableName,
  title: string,
  description: string,
  value: string,
): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name)
    .label(title)
    .description(description)
    .defaultValue(value)
    .current({ selected: true, text: value, value });
}
