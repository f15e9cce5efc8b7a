/**
 * What `report` counts: calls, errors, denials, durations and redactions by server, tool and user, in one pass over the
 * entries and in memory that is bounded (I10): a histogram for each group, and `(others)` once there are 10,000 groups.
 */
import type { QueryRow } from '@mcp-logbook/audit';
import { Durations } from './durations.ts';

/** Kinds that are calls. In `strict` a call has two entries: its result counts. */
const CALLS: ReadonlySet<string> = new Set([
  'tool.call',
  'resource.read',
  'prompt.get',
  'sampling',
  'elicitation',
]);
/** Kinds that say no to somebody, whatever their outcome. */
const DENIALS: ReadonlySet<string> = new Set([
  'authz.denied',
  'auth.failure',
  'auth.token.refused',
]);
const MAX_GROUPS = 10_000;
export const OTHERS = '(others)';
/** Of entries without a person. */
export const NOBODY = '-';
const MARK = /\[REDACTED:([^\]"\\]{1,320})\]/g;

/** One row of a table. */
export interface Group {
  readonly name: string;
  readonly calls: number;
  /** Calls that failed. */
  readonly errors: number;
  /** Calls and requests that were refused. */
  readonly denied: number;
  /** Pieces of text that were replaced before anything was written. */
  readonly redactions: number;
  /** Microseconds, within 3 %; absent when no call has a duration. */
  readonly p50?: number;
  readonly p95?: number;
  readonly max?: number;
}

/** How often something was. */
export interface Count {
  readonly name: string;
  readonly count: number;
}

/** All of it. Names are as peers chose them: whoever shows them escapes them. */
export interface Report {
  /** RFC 3339. */
  readonly since: string;
  readonly until: string;
  readonly logs: number;
  /** Entries looked at. */
  readonly entries: number;
  /** Entries whose payload was not opened: erased, absent, no key. They have no user's name and no redactions. */
  readonly closed: number;
  readonly total: Group;
  /** Calls in equal pieces of the time, oldest first. */
  readonly timeline: readonly {
    readonly start: string;
    readonly calls: number;
    readonly errors: number;
  }[];
  /** Most calls first. */
  readonly servers: readonly Group[];
  /** `server / tool`. */
  readonly tools: readonly Group[];
  readonly users: readonly Group[];
  /** By `error.type`. */
  readonly errors: readonly Count[];
  /** By redaction rule. */
  readonly redactions: readonly Count[];
}

const PIECES = 48;

/**
 * Counts entries.
 * @param rows entries of the time, in any order
 * @param told of each entry's time, Unix milliseconds
 */
export function collect(
  rows: Iterable<QueryRow>,
  time: { readonly since: Date; readonly until: Date },
  logs: number,
  told: (timeMs: number, entries: number) => void = () => undefined,
): Report {
  const total = new Tally('total');
  const servers = new Tallies();
  const tools = new Tallies();
  const users = new Tallies();
  const errors = new Counts();
  const redactions = new Counts();
  const start = time.since.getTime();
  const pieceMs = Math.max(1, (time.until.getTime() - start) / PIECES);
  const timeline = Array.from({ length: PIECES }, (_, n) => ({
    start: new Date(start + n * pieceMs).toISOString(),
    calls: 0,
    errors: 0,
  }));
  let entries = 0;
  let closed = 0;
  for (const { leaf, payload, sealed } of rows) {
    entries += 1;
    const timeMs = Date.parse(leaf.time);
    told(timeMs, entries);
    if (sealed !== 'opened') closed += 1;
    const isCall = CALLS.has(leaf.kind) && leaf.phase !== 'request';
    const denied = DENIALS.has(leaf.kind) || (isCall && leaf.outcome === 'denied');
    const marks = leaf.phase === 'request' ? [] : marksOf(payload);
    if (!isCall && !denied && marks.length === 0) continue;
    const failed = isCall && leaf.outcome === 'failure';
    const groups = [total, servers.of(leaf.service), users.of(userOf(leaf.actor, payload))];
    if (leaf.target !== undefined && CALLS.has(leaf.kind))
      groups.push(tools.of(`${leaf.service} / ${leaf.target}`));
    for (const group of groups) {
      if (isCall) group.calls += 1;
      if (failed) group.errors += 1;
      if (denied) group.denied += 1;
      group.redactions += marks.length;
      if (isCall && leaf.us !== undefined) group.durations.add(leaf.us);
    }
    for (const mark of marks) redactions.add(mark);
    if (failed) errors.add(leaf.error ?? 'unknown');
    const piece =
      timeline[Math.min(PIECES - 1, Math.max(0, Math.floor((timeMs - start) / pieceMs)))];
    if (piece !== undefined && isCall) {
      piece.calls += 1;
      if (failed) piece.errors += 1;
    }
  }
  return {
    since: time.since.toISOString(),
    until: time.until.toISOString(),
    logs,
    entries,
    closed,
    total: total.group(),
    timeline,
    servers: servers.groups(),
    tools: tools.groups(),
    users: users.groups(),
    errors: errors.list(),
    redactions: redactions.list(),
  };
}

/** The person, else the pseudonym in the log. */
function userOf(actor: string | undefined, payload: unknown): string {
  const person: unknown = Object(payload).person;
  return typeof person === 'string' && person !== '' ? person : (actor ?? NOBODY);
}

function marksOf(payload: unknown): string[] {
  const text = payload === undefined ? '' : JSON.stringify(payload);
  if (!text.includes('[REDACTED:')) return [];
  return Array.from(text.matchAll(MARK), ([, rule = '']) => rule);
}

/** A group while it is counted. */
class Tally {
  readonly name: string;
  readonly durations = new Durations();
  calls = 0;
  errors = 0;
  denied = 0;
  redactions = 0;

  constructor(name: string) {
    this.name = name;
  }

  group(): Group {
    const { name, calls, errors, denied, redactions, durations } = this;
    return { name, calls, errors, denied, redactions, ...durations.summary() };
  }
}

class Tallies {
  readonly #byName = new Map<string, Tally>();

  of(name: string): Tally {
    const kept = this.#byName.has(name) || this.#byName.size < MAX_GROUPS ? name : OTHERS;
    let tally = this.#byName.get(kept);
    if (tally === undefined) this.#byName.set(kept, (tally = new Tally(kept)));
    return tally;
  }

  groups(): Group[] {
    return [...this.#byName.values()]
      .map((tally) => tally.group())
      .toSorted((a, b) => b.calls - a.calls || b.denied - a.denied || byName(a, b));
  }
}

class Counts {
  readonly #byName = new Map<string, number>();

  add(name: string): void {
    const kept = this.#byName.has(name) || this.#byName.size < MAX_GROUPS ? name : OTHERS;
    this.#byName.set(kept, (this.#byName.get(kept) ?? 0) + 1);
  }

  list(): Count[] {
    return Array.from(this.#byName, ([name, count]) => ({ name, count })).toSorted(
      (a, b) => b.count - a.count || byName(a, b),
    );
  }
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
