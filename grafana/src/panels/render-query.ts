/** Queries as the data sources' own query models. */
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as LokiBuilder } from '@grafana/grafana-foundation-sdk/loki';
import {
  DataqueryBuilder as PrometheusBuilder,
  PromQueryFormat,
  QueryEditorMode,
} from '@grafana/grafana-foundation-sdk/prometheus';
import {
  DataqueryBuilder as TempoBuilder,
  SearchTableType,
} from '@grafana/grafana-foundation-sdk/tempo';
import { DATASOURCE } from '../names.ts';
import type { LokiQuery, PrometheusQuery, Query, TempoQuery } from './model.ts';

/** Grafana's plugin ids are the keys of `DATASOURCE`. */
export function datasourceOf(source: Query['source']): { type: string; uid: string } {
  return { type: source, uid: DATASOURCE[source] };
}

/**
 * @param index position in the panel: A, B, C
 * @param asTable rows and columns instead of one series each
 */
export function renderQuery(query: Query, index: number, asTable: boolean): Builder<Dataquery> {
  const refId = refIdOf(index);
  switch (query.source) {
    case 'prometheus':
      return prometheus(query, refId, asTable);
    case 'loki':
      return loki(query, refId);
    case 'tempo':
      return tempo(query, refId);
  }
}

/** A, B, C ... */
export function refIdOf(index: number): string {
  return String.fromCharCode(65 + index);
}

function prometheus(query: PrometheusQuery, refId: string, asTable: boolean): Builder<Dataquery> {
  const builder = new PrometheusBuilder()
    .refId(refId)
    .datasource(datasourceOf('prometheus'))
    .editorMode(QueryEditorMode.Code)
    .expr(query.expr);
  if (query.legend !== undefined) builder.legendFormat(query.legend);
  if (query.exemplar === true) builder.exemplar(true);
  if (query.mode === 'heatmap') return builder.range().format(PromQueryFormat.Heatmap);
  builder.format(asTable ? PromQueryFormat.Table : PromQueryFormat.TimeSeries);
  return query.mode === 'instant' ? builder.instant() : builder.range();
}

function loki(query: LokiQuery, refId: string): Builder<Dataquery> {
  const builder = new LokiBuilder()
    .refId(refId)
    .datasource(datasourceOf('loki'))
    .expr(query.expr)
    .queryType(query.mode === 'instant' ? 'instant' : 'range');
  if (query.legend !== undefined) builder.legendFormat(query.legend);
  if (query.limit !== undefined) builder.maxLines(query.limit);
  return builder;
}

function tempo(query: TempoQuery, refId: string): Builder<Dataquery> {
  const builder = new TempoBuilder().refId(refId).datasource(datasourceOf('tempo'));
  if (query.mode === 'serviceMap') {
    return builder.queryType('serviceMap').serviceMapQuery(query.query);
  }
  return builder
    .queryType('traceql')
    .query(query.query)
    .tableType(SearchTableType.Spans)
    .limit(query.limit ?? 20);
}
