/**
 * PromQL, built from parts that are valid by themselves. Shared by dashboards and alerts: nothing here knows a
 * dashboard variable.
 */
import { seriesOf, type OwnMetric } from './series.ts';

/** A label matcher as PromQL writes it: `name="value"`, `name=~"regex"`. */
export type Matcher = string;

/** `name{a,b}`. */
export function select(name: string, matchers: readonly Matcher[] = []): string {
  return matchers.length === 0 ? name : `${name}{${matchers.join(',')}}`;
}

/** Selector of one of our gauges or counters. */
export function own(metric: OwnMetric, matchers: readonly Matcher[] = []): string {
  return select(seriesOf(metric), matchers);
}

/** Selector of the number of observations of one of our histograms. */
export function countOf(metric: OwnMetric, matchers: readonly Matcher[] = []): string {
  return select(`${seriesOf(metric)}_count`, matchers);
}

/** Selector of the sum of observations of one of our histograms. */
export function sumOf(metric: OwnMetric, matchers: readonly Matcher[] = []): string {
  return select(`${seriesOf(metric)}_sum`, matchers);
}

/** Selector of the buckets of one of our histograms. */
export function bucketsOf(metric: OwnMetric, matchers: readonly Matcher[] = []): string {
  return select(`${seriesOf(metric)}_bucket`, matchers);
}

/** `sum by (...) (expr)`; without labels the sum of all. */
export function sumBy(labels: readonly string[], expr: string): string {
  return aggregate('sum', labels, expr);
}

/** An aggregation over `labels`. */
export function aggregate(
  operator: 'sum' | 'max' | 'min' | 'count' | 'avg',
  labels: readonly string[],
  expr: string,
): string {
  return labels.length === 0
    ? `${operator}(${expr})`
    : `${operator} by (${labels.join(', ')}) (${expr})`;
}

/** Per second. `window` is a duration or a Grafana interval variable. */
export function rate(selector: string, window: string): string {
  return `rate(${selector}[${window}])`;
}

/** How many more in the window. */
export function increase(selector: string, window: string): string {
  return `increase(${selector}[${window}])`;
}

/**
 * A quantile of one of our histograms.
 * @param q 0 to 1
 */
export function quantileOf(
  q: number,
  metric: OwnMetric,
  labels: readonly string[],
  matchers: readonly Matcher[],
  window: string,
): string {
  return quantile(q, labels, rate(bucketsOf(metric, matchers), window));
}

/** A quantile over rates of buckets, classic histograms. */
export function quantile(q: number, labels: readonly string[], bucketRates: string): string {
  return `histogram_quantile(${q}, ${sumBy([...labels, 'le'], bucketRates)})`;
}

/**
 * `part / whole`, 0 where the part has no series: counters of failures do not exist before the first one. `labels`
 * are those both sides keep.
 */
export function ratio(labels: readonly string[], part: string, whole: string): string {
  const all = sumBy(labels, whole);
  return `(${sumBy(labels, part)} or ${all} * 0) / ${all}`;
}

/** The largest `limit` at each moment. */
export function topk(limit: number, expr: string): string {
  return `topk(${limit}, ${expr})`;
}

/**
 * 0 where `expr` has no series at all: for counters that exist from the first fault on.
 * @param label gets the value `none`, so that a legend has a word for it
 */
export function orZero(expr: string, label?: string): string {
  const zero = label === undefined ? 'vector(0)' : namedZero(label);
  return `${expr} or ${zero}`;
}

/** A zero with `label="none"`; LogQL knows the same words. */
export function namedZero(label: string): string {
  return `label_replace(vector(0), "${label}", "none", "", "")`;
}
