/**
 * Counts what one person fails at or is refused, and says when it was too much; passes on that the log or its disk is
 * in trouble. Nothing here leaves the process: `send` does (alert-sender.ts).
 *
 * An alert names a pseudonym, never a person. After one, the same rule is quiet for the same person until its window
 * has passed, and for the same trouble for an hour. Costs nothing for a call that went well.
 */
import type { AuditEntry, LogbookErrorCode } from '@mcp-logbook/audit';
import { lineOf } from '../diag.ts';
import type { AlertRules, Threshold } from './rules.ts';

/** One alert as it is sent, JSON. `text` alone is what Slack and its likes show. */
export interface Alert {
  readonly text: string;
  readonly rule: 'failures' | 'refusals' | 'integrity' | 'disk';
  readonly service: string;
  /** RFC 3339. */
  readonly time: string;
  /** Fleet pseudonym; absent = callers whom nothing names. */
  readonly person?: string;
  readonly count?: number;
  readonly windowSeconds?: number;
}

export interface AlertWatchOptions {
  readonly rules: AlertRules;
  readonly service: () => string;
  /** What a person is called outside; undefined or empty = not at all. */
  readonly nameOf: (person: string) => string | undefined;
  readonly send: (alert: Alert) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** Most people watched at a time; the one who was quiet longest is forgotten (I10). */
const MAX_PEOPLE = 4096;
const QUIET_MS = 3_600_000;

const TROUBLE: ReadonlyMap<LogbookErrorCode, 'integrity' | 'disk'> = new Map([
  ['ERR_LOGBOOK_INTEGRITY', 'integrity'],
  ['ERR_LOGBOOK_LOW_SPACE', 'disk'],
  ['ERR_LOGBOOK_DISK_FULL', 'disk'],
  ['ERR_LOGBOOK_READ_ONLY', 'disk'],
]);

/** Times of one person under one rule, oldest first. */
interface Counted {
  times: number[];
  quietUntil: number;
}

export class AlertWatch {
  readonly #options: AlertWatchOptions;
  readonly #now: () => number;
  readonly #counted = new Map<string, Counted>();
  readonly #quietUntil = new Map<string, number>();

  constructor(options: AlertWatchOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Takes note of an entry. Never throws. */
  entered(entry: Pick<AuditEntry, 'person' | 'phase'> & { readonly outcome?: string }): void {
    const { outcome } = entry;
    // A request entry of `strict` has no outcome yet.
    if ((outcome !== 'failure' && outcome !== 'denied') || entry.phase === 'request') return;
    const rule = outcome === 'denied' ? 'refusals' : 'failures';
    const threshold = this.#options.rules[rule];
    if (threshold === undefined) return;
    try {
      this.#count(rule, threshold, entry.person ?? '');
    } catch {
      // Nothing of this is the program's affair.
    }
  }

  /** Passes on trouble of the log, if a rule asks for it. Never throws. */
  problem(error: unknown): void {
    try {
      const code = Object(error).code as LogbookErrorCode;
      const rule = TROUBLE.get(code);
      if (rule !== undefined) this.trouble(rule, code, lineOf(error));
    } catch {
      // As above.
    }
  }

  /** @param name of the trouble: told once an hour */
  trouble(rule: 'integrity' | 'disk', name: string, message: string): void {
    const now = this.#now();
    if (!this.#options.rules[rule] || now < (this.#quietUntil.get(name) ?? 0)) return;
    this.#quietUntil.set(name, now + QUIET_MS);
    this.#send({ rule, text: message, time: now });
  }

  #count(rule: 'failures' | 'refusals', { count, windowMs }: Threshold, person: string): void {
    const now = this.#now();
    const key = `${rule} ${person}`;
    const counted = this.#counted.get(key) ?? { times: [], quietUntil: 0 };
    // Behind all others: the map is in order of use.
    this.#counted.delete(key);
    if (this.#counted.size >= MAX_PEOPLE) {
      const [oldest = ''] = this.#counted.keys();
      this.#counted.delete(oldest);
    }
    this.#counted.set(key, counted);
    if (now < counted.quietUntil) return;
    counted.times = counted.times.filter((time) => time > now - windowMs);
    counted.times.push(now);
    if (counted.times.length < count) return;
    counted.times = [];
    counted.quietUntil = now + windowMs;
    const name = (person === '' ? undefined : this.#options.nameOf(person)) || undefined;
    const windowSeconds = windowMs / 1000;
    const who = name ?? (person === '' ? 'callers whom nothing names' : 'one person');
    const user = name === undefined ? '' : ` --user ${name}`;
    const outcome = rule === 'refusals' ? 'denied' : 'failure';
    const since = `--since ${new Date(now - windowMs).toISOString()}`;
    this.#send({
      rule,
      text: `${count} ${rule} of ${who} within ${windowSeconds} s; see: mcp-logbook query${user} --outcome ${outcome} ${since}`,
      time: now,
      ...(name !== undefined && { person: name }),
      count,
      windowSeconds,
    });
  }

  #send({
    text,
    time,
    ...rest
  }: Omit<Alert, 'service' | 'time'> & { readonly time: number }): void {
    const service = this.#options.service();
    this.#options.send({
      text: `mcp-logbook ${service}: ${text}`,
      ...rest,
      service,
      time: new Date(time).toISOString(),
    });
  }
}
