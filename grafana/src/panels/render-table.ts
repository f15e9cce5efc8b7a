/**
 * Tables: which fields become columns, in which order, named and coloured how.
 *
 * Stores answer differently. Prometheus gives a frame for each query, joined here by their labels. Loki gives lines
 * whose labels and structured metadata sit in one field, taken apart here; a LogQL number is a frame already. Tempo
 * names its own fields.
 */
import { TableCellBackgroundDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import type {
  DataTransformerConfig,
  DynamicConfigValue,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Column, Query, Step } from './model.ts';
import { mappingValue } from './render-values.ts';

/** Field name of a column as the store delivers it. */
function sourceName(column: Column, queries: readonly Query[]): string {
  const single = queries.length === 1 && queries[0]?.source === 'prometheus';
  return single && column.field === 'Value #A' ? 'Value' : column.field;
}

/** Transformations that leave the columns, in order, under their titles. */
export function tableTransformations(
  columns: readonly Column[],
  queries: readonly Query[],
): DataTransformerConfig[] {
  const steps: DataTransformerConfig[] = [];
  if (queries.some((query) => query.source === 'loki' && query.mode === 'logs')) {
    steps.push({ id: 'extractFields', options: { source: 'labels', replace: false } });
  }
  if (queries.length > 1) steps.push({ id: 'merge', options: {} });
  if (queries.some(({ source }) => source === 'tempo')) return tempoOrder(columns);
  const names = columns.map((column) => sourceName(column, queries));
  steps.push({ id: 'filterFieldsByName', options: { include: { names } } });
  steps.push({
    id: 'organize',
    options: {
      excludeByName: {},
      indexByName: Object.fromEntries(names.map((name, index) => [name, index])),
      renameByName: Object.fromEntries(
        columns.map((column) => [sourceName(column, queries), column.title]),
      ),
    },
  });
  return steps;
}

/** Tempo's hidden fields carry the link to the trace, so nothing is filtered: the rest is excluded by name. */
const TEMPO_UNWANTED = ['Trace Service', 'Trace Name', 'Name', 'kind', 'status', 'mcp.method.name'];

/** Columns of a table of spans: order and titles; `Span ID` keeps Tempo's own link. */
function tempoOrder(columns: readonly Column[]): DataTransformerConfig[] {
  const shown = new Set(columns.map(({ field }) => field));
  const unwanted = TEMPO_UNWANTED.filter((name) => !shown.has(name));
  return [
    {
      id: 'organize',
      options: {
        excludeByName: Object.fromEntries(unwanted.map((name) => [name, true])),
        indexByName: Object.fromEntries(columns.map(({ field }, index) => [field, index])),
        renameByName: Object.fromEntries(columns.map(({ field, title }) => [field, title])),
      },
    },
  ];
}

/** Field options of a column; addressed by its title, since overrides apply after renaming. */
export function columnProperties(column: Column): DynamicConfigValue[] {
  const properties: DynamicConfigValue[] = [];
  const add = (id: string, value: unknown): void => void properties.push({ id, value });
  if (column.unit !== undefined) add('unit', column.unit);
  if (column.decimals !== undefined) add('decimals', column.decimals);
  if (column.width !== undefined) add('custom.width', column.width);
  if (column.link !== undefined) add('links', [{ ...column.link, targetBlank: false }]);
  if (column.mappings !== undefined) add('mappings', column.mappings.map(mappingValue));
  if (column.steps !== undefined)
    add('thresholds', { mode: 'absolute', steps: stepValues(column.steps) });
  const cell = cellOptions(column);
  if (cell !== undefined) add('custom.cellOptions', cell);
  if (column.cell === 'bar') {
    // Against the column's own largest, not the table's.
    add('min', 0);
    add('fieldMinMax', true);
    add('color', { mode: column.steps ? 'thresholds' : 'continuous-BlPu' });
  }
  return properties;
}

function cellOptions(column: Column): Readonly<Record<string, unknown>> | undefined {
  switch (column.cell ?? (column.steps || column.mappings ? 'text' : undefined)) {
    case 'bar':
      return { type: 'gauge', mode: 'basic', valueDisplayMode: 'text' };
    case 'background':
      return { type: 'color-background', mode: TableCellBackgroundDisplayMode.Basic };
    case 'text':
      return { type: 'color-text' };
    case undefined:
      return undefined;
  }
}

/** Steps as Grafana stores them. */
export function stepValues(steps: readonly Step[]): { value: number | null; color: string }[] {
  return steps.map(({ from, color }) => ({ value: from ?? null, color }));
}
