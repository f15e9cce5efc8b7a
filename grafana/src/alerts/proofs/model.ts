/**
 * What shows that a PromQL alert works: series that must never fire, and series that fire and let go again. They become
 * promtool rule tests (`rule-tests.ts`).
 *
 * Time is in steps of a minute (an hour where a window is weeks long). In the usual story the first 40 steps are calm,
 * then 30 steps are bad, then 110 are calm.
 */

/** A series over the steps of a story. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** promtool's notation. */
  readonly values: string;
}

/** See the file's header. */
export interface Proof {
  readonly alert: string;
  /** Stories just under the limit, or outside what the alert looks at: it never fires. */
  readonly quiet: readonly (readonly Series[])[];
  /** The story in which it is silent at `before`, fires at `fires`, and is silent again at `clears`. */
  readonly loud: readonly Series[];
  readonly before?: number;
  readonly fires?: number;
  readonly clears?: number;
  /** Labels of the alert, without those every alert has. */
  readonly labels: Readonly<Record<string, string>>;
  /** The number as the annotations tell it. */
  readonly value: string;
  readonly step?: '1m' | '1h';
}

/** Default steps of a loud story. */
export const STEPS = { before: 39, fires: 65, clears: 175 } as const;
/** Steps of the usual story: calm, bad, calm. */
const CALM = 40;
const BAD = 30;
const AFTER = 110;

/** `[amount, steps]`: so much more in every step, or the value itself; `undefined` = no sample. */
export type Phase = readonly [amount: number | undefined, steps: number];

/** A counter that starts at 0 and grows by the amounts of its phases. */
export function counter(...phases: readonly Phase[]): string {
  let total = 0;
  return phases
    .map(([amount, steps]) => {
      if (amount === undefined) return `_x${steps}`;
      const first = total + amount;
      total += amount * steps;
      return `${first}+${amount}x${steps - 1}`;
    })
    .join(' ');
}

/** A gauge with one value for each phase. */
export function gauge(...phases: readonly Phase[]): string {
  return phases
    .map(([value, steps]) => (value === undefined ? `_x${steps}` : `${value}x${steps - 1}`))
    .join(' ');
}

/** A counter of the usual story. */
export function counting(calm: number, bad: number): string {
  return counter([calm, CALM], [bad, BAD], [calm, AFTER]);
}

/** A gauge of the usual story. */
export function showing(calm: number, bad: number): string {
  return gauge([calm, CALM], [bad, BAD], [calm, AFTER]);
}

/** A counter nobody had seen before: it comes into being with its first count and stays there. */
export function born(value: number): string {
  return gauge([undefined, CALM], [value, BAD + AFTER]);
}

/** Of the usual story: the same in every step. */
export function steadily(amount: number): string {
  return counter([amount, CALM + BAD + AFTER]);
}

/** A gauge of the usual story that never changes. */
export function always(value: number): string {
  return gauge([value, CALM + BAD + AFTER]);
}

/** A counter that grows by 1 every 20 steps: what a quiet day looks like. */
export function seldom(steps: number): readonly Phase[] {
  return Array.from({ length: Math.floor(steps / 20) }, (): readonly Phase[] => [
    [0, 19],
    [1, 1],
  ]).flat();
}

/** Shorthand of a series. */
export function series(
  name: string,
  labels: Readonly<Record<string, string>>,
  values: string,
): Series {
  return { name, labels, values };
}
