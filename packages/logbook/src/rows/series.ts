/**
 * Metric points of the main thread, added up per series between two batches: a counter costs the worker one row,
 * however often it went up. Bounded (I10): labels are, and a histogram's values past the bound are counted as dropped.
 */
import { INSTRUMENTS } from '@mcp-logbook/instrumentation/telemetry';
import type { Labels, MetricName } from '@mcp-logbook/instrumentation/telemetry';
import type { SeriesRow } from './messages.ts';

const MAX_SERIES = 1_000;
const MAX_VALUES = 1_024;

interface Open {
  readonly metric: MetricName;
  readonly labels: Labels;
  values: number[];
}

/** See the file's header. */
export class SeriesTable {
  readonly #open = new Map<string, Open>();
  /** The same by the identity of the labels: hot callers pass the same object again, and need no text of it. */
  readonly #byObject = new Map<MetricName, Map<Labels, Open>>();
  /** Points that did not fit. */
  dropped = 0;

  get size(): number {
    return this.#open.size;
  }

  add(metric: MetricName, value: number, labels: Labels): void {
    let known = this.#byObject.get(metric);
    if (known === undefined) this.#byObject.set(metric, (known = new Map()));
    let series = known.get(labels);
    if (series === undefined) {
      series = this.#find(metric, labels);
      if (series === undefined) {
        this.dropped++;
        return;
      }
      if (known.size < MAX_SERIES) known.set(labels, series);
    }
    const { values } = series;
    const { type } = INSTRUMENTS[metric];
    if (type === 'histogram') {
      if (values.length < MAX_VALUES) values.push(value);
      else this.dropped++;
    } else if (type === 'gauge') values[0] = value;
    else values[0] = (values[0] ?? 0) + value;
  }

  /** What was added since the last call; sums of zero are left out. */
  take(): SeriesRow[] {
    const rows = [...this.#open.values()].filter(({ metric, values }) => {
      const { type } = INSTRUMENTS[metric];
      return type === 'updowncounter' ? values[0] !== 0 : values.length > 0;
    });
    this.#open.clear();
    this.#byObject.clear();
    return rows;
  }

  #find(metric: MetricName, labels: Labels): Open | undefined {
    const key = `${metric} ${JSON.stringify(labels)}`;
    const known = this.#open.get(key);
    if (known !== undefined || this.#open.size >= MAX_SERIES) return known;
    const made = { metric, labels, values: [] };
    this.#open.set(key, made);
    return made;
  }
}
