/**
 * Growth of counters in PromQL, right also for series that have just been born.
 *
 * `increase()` needs two samples and takes the first as the start: a process that lived for less than one export interval
 * (one stdio session is enough) counts nothing, and so does the first failure of a counter that did not exist before.
 * Here a series that nobody saw before the window counts with its whole value. One that was away for a while, because the
 * collector was down, is not taken for a new one: it was seen within `MEMORY` before the window.
 */

/** How far back a series is remembered. */
const MEMORY = '6h';

/**
 * PromQL: how much the counters of `selector` grew within `window`, summed by `labels`.
 * @param selector without range, e.g. `x_total{a="b"}`
 * @param window PromQL duration
 */
export function grown(
  selector: string,
  window: string,
  labels: readonly string[],
  memory: string = MEMORY,
): string {
  const born = `${selector} unless present_over_time(${selector}[${memory}] offset ${window})`;
  return `sum by (${labels.join(', ')}) ((${born}) or increase(${selector}[${window}]))`;
}
