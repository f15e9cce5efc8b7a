/**
 * Which local alerts there are: MCP_LOGBOOK_ALERT_RULES, a comma-separated list. A rule that is not in it is off.
 *
 *   failures=N/WINDOW   one person's calls that failed    refusals=N/WINDOW   ... that were refused
 *   integrity           the log is not what was signed    disk                little or no space, or a disk that fails
 *
 * WINDOW = whole number and `s`, `m` or `h`.
 */

/** So many within so long. */
export interface Threshold {
  readonly count: number;
  readonly windowMs: number;
}

export interface AlertRules {
  readonly failures: Threshold | undefined;
  readonly refusals: Threshold | undefined;
  readonly integrity: boolean;
  readonly disk: boolean;
}

/** A model that retries makes a few failures in a row; twenty are a broken tool or somebody trying. */
export const DEFAULT_ALERT_RULES = 'failures=20/10m,refusals=10/10m,integrity,disk';

/** Times are kept one by one, so both are bounded. */
const MAX_COUNT = 1000;
const MAX_WINDOW_MS = 24 * 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** @returns undefined when the text is no such list */
export function parseAlertRules(text: string): AlertRules | undefined {
  const rules = new Map<string, Threshold | true>();
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === 'integrity' || part === 'disk') {
      rules.set(part, true);
      continue;
    }
    const [, name, digits, length, unit = ''] =
      /^(failures|refusals)=(\d{1,4})\/(\d{1,5})([smh])$/.exec(part) ?? [];
    const threshold = { count: Number(digits), windowMs: Number(length) * (UNIT_MS[unit] ?? 0) };
    if (
      name === undefined ||
      threshold.count < 1 ||
      threshold.count > MAX_COUNT ||
      threshold.windowMs < 1000 ||
      threshold.windowMs > MAX_WINDOW_MS
    )
      return undefined;
    rules.set(name, threshold);
  }
  const threshold = (name: string): Threshold | undefined => {
    const rule = rules.get(name);
    return rule === true ? undefined : rule;
  };
  return {
    failures: threshold('failures'),
    refusals: threshold('refusals'),
    integrity: rules.has('integrity'),
    disk: rules.has('disk'),
  };
}
