/**
 * What an alert is, before it becomes a Grafana-managed rule, a Prometheus rule or a rule of Loki's ruler.
 *
 * One alert is one query that gives *the number the alert speaks of*, and a threshold for it: every form can then tell
 * the number, and a rule's expression is always `(query) > threshold`.
 */

/** `critical` wakes somebody: evidence or secrets are at stake, or a server is down. `info` is for reading in the morning. */
export type Severity = 'critical' | 'warning' | 'info';

/** Rule group; also the file name and the label `component`. */
export type Group = 'calls' | 'people' | 'redaction' | 'audit' | 'integrity' | 'pipeline';

/** See the file's header. */
export interface Alert {
  /** CamelCase, never changed: the rule's uid and the heading in `runbook.md` come from it. */
  readonly name: string;
  readonly group: Group;
  readonly source: 'prometheus' | 'loki';
  /** Number of the operator's question it belongs to (stack.md 4), if one. */
  readonly question?: number;
  readonly severity: Severity;
  /** Gives one number for each thing that can be wrong; nothing where there is nothing to judge. */
  readonly query: string;
  readonly op: '>' | '<';
  readonly threshold: number;
  /** How long it must hold; `0s` where one occurrence is enough. */
  readonly for: string;
  /** Evaluated this seldom instead of every minute: for a query that reads days of log lines. */
  readonly every?: string;
  /** The longest look back of the query. */
  readonly range: string;
  /** One line, at most 120 characters. See `words.ts` for the tokens. */
  readonly summary: string;
  /** What it means in a sentence or two, with the number seen. */
  readonly description: string;
  /** The later work that makes its events or metrics; until then it is proved by rule tests alone. */
  readonly pending?: string;
}

/** An alert before its group is known. */
export type AlertBody = Omit<Alert, 'group'>;

/** `test`: the same expressions with windows a twentieth as long, so that a live test does not take hours. */
export type Pace = 'production' | 'test';

/** Gives a duration at the pace asked for, e.g. `t('5m')`. */
export type Clock = (duration: string) => string;

const UNITS = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3_600],
  ['d', 86_400],
]);
/** How much faster a test runs. */
const HURRY = 20;
/** Shortest window of a test: scrapes, exports and a sink's idle heartbeat (10 s) must fit in. */
const SHORTEST_SECONDS = 15;

/** The clock of a pace. */
export function clockOf(pace: Pace): Clock {
  return (duration) => {
    if (pace === 'production') return duration;
    const seconds = secondsOf(duration);
    return seconds === 0 ? '0s' : `${Math.max(SHORTEST_SECONDS, Math.round(seconds / HURRY))}s`;
  };
}

/** Seconds of a duration of one number and one unit, as all of ours are. @throws on any other text */
export function secondsOf(duration: string): number {
  const match = /^(\d+)([smhd])$/.exec(duration);
  const unit = UNITS.get(match?.[2] ?? '');
  if (match === null || unit === undefined) {
    throw new Error(`"${duration}" is no duration: expected a number and s, m, h or d`);
  }
  return Number(match[1]) * unit;
}
