/**
 * Who speaks and who fell silent. A server sends all its series again with every export, so the presence of its call
 * counter tells that it lives; Prometheus forgets a series after five minutes without a point.
 */
import { aggregate, countOf, select } from '../queries/promql.ts';
import { CALLS, HERE } from './common.ts';

/** Of servers that send metrics, and of those that send spans alone. */
const series: readonly string[] = [countOf(CALLS, HERE), select('mcp_spans_calls_total', HERE)];
const speaking = aggregate('count', ['service_name'], series.join(' or '));
const known = aggregate(
  'count',
  ['service_name'],
  series.map((selector) => `last_over_time(${selector}[1d])`).join(' or '),
);

/** How many speak. */
export const SPEAKING_COUNT: string = `count(${speaking})`;
/** How many spoke in the last day and do not now. */
export const SILENT_COUNT: string = `count(${known} unless ${speaking})`;
/** 1 or 0 for each server of the last day. */
export const SPEAKING_STATE: string = `(${speaking} > bool 0) or (${known} * 0)`;
