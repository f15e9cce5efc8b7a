/**
 * The recorder's only way to the redactor: everything that leaves the process as text comes out of here (I5).
 *
 * `content` redacts one side of a call and serialises it at once, because the program may change the value later.
 * A redactor that fails yields a placeholder, never the input.
 */
import type { Redaction, RedactionContext, Redactor, SecretMemory } from '@mcp-logbook/redaction';
import type { RuleCount } from '../telemetry/record.ts';
import type { Guard } from './guard.ts';

/** What one call's redactions add up to. Filled while the call is open. */
export interface Tally {
  readonly counts: RuleCount[];
  truncated: boolean;
  failed: boolean;
}

/** One side of a call, safe to keep. */
export interface Content {
  /** Redacted, plain JSON data. Never change it: it can be the program's own object. */
  readonly value: unknown;
  /** JSON of `value`. */
  readonly json: string;
  /** Bytes of the JSON before redaction; `undefined` when it could not be told without running foreign code. */
  readonly sizeBytes: number | undefined;
}

/** What a user's own rules did besides finding: not of one call, so it goes to the metric at once. */
export type Incident = 'rule_disabled' | 'allowed';

/** Longest names and versions on telemetry (semconv 7.1). */
const MAX_NAME = 128;
const WITHHELD = '[REDACTED]';
const MAX_CACHED_TEXTS = 1_000;

/** See the file's header. */
export class Scrubber {
  readonly #redactor: Redactor;
  readonly #guard: Guard;
  /** Names, versions, persons: few and repeated; cleared when a peer invents too many. */
  readonly #names = new Map<string, string>();
  readonly #incident: (incident: Incident, count: number) => void;

  constructor(
    redactor: Redactor,
    guard: Guard,
    incident: (incident: Incident, count: number) => void = () => {},
  ) {
    this.#incident = incident;
    this.#redactor = redactor;
    this.#guard = guard;
  }

  /** Version of the rule set. */
  get rules(): string {
    return this.#redactor.rules;
  }

  /** Redacts and serialises `params` or `result`. */
  content(
    raw: unknown,
    direction: 'request' | 'response',
    tool: string | undefined,
    secrets: SecretMemory | undefined,
    tally: Tally,
  ): Content {
    const failed: Content = { value: WITHHELD, json: `"${WITHHELD}"`, sizeBytes: undefined };
    const content = this.#guard('redaction', undefined, () => {
      const context: RedactionContext = {
        direction,
        ...(tool !== undefined && { tool }),
        ...(secrets !== undefined && { secrets }),
      };
      const redaction = this.#redactor.redactToJson(raw, context);
      this.#note(redaction, direction, tally);
      return { value: redaction.value, json: redaction.json, sizeBytes: redaction.originalBytes };
    });
    if (content !== undefined) return content;
    tally.failed = true;
    return failed;
  }

  /** Redacts a message, reason or stack and cuts it. */
  text(
    raw: unknown,
    maxLength: number,
    secrets: SecretMemory | undefined,
    tally?: Tally,
  ): string | undefined {
    if (typeof raw !== 'string' || raw === '') return undefined;
    const redacted = this.#guard('redaction', undefined, () => {
      const redaction = this.#redactor.redactText(raw, secrets === undefined ? {} : { secrets });
      this.#note(redaction, 'response', tally);
      return cut(String(redaction.value), maxLength);
    });
    if (redacted === undefined && tally !== undefined) tally.failed = true;
    return redacted ?? WITHHELD;
  }

  /** Redacts a short, often repeated text: names, versions, URIs, persons. */
  name(raw: unknown, maxLength: number = MAX_NAME): string | undefined {
    if (typeof raw !== 'string' || raw === '') return undefined;
    const known = this.#names.get(raw);
    if (known !== undefined) return cut(known, maxLength);
    const redacted = this.#guard('redaction', WITHHELD, () =>
      String(this.#redactor.redactText(raw, {}).value),
    );
    if (raw.length <= 512) {
      if (this.#names.size >= MAX_CACHED_TEXTS) this.#names.clear();
      this.#names.set(raw, redacted);
    }
    return cut(redacted, maxLength);
  }

  #note(redaction: Redaction, direction: RuleCount['direction'], tally: Tally | undefined): void {
    for (const count of redaction.allowed?.values() ?? NO_COUNTS) this.#incident('allowed', count);
    if (redaction.disabledRules !== undefined)
      this.#incident('rule_disabled', redaction.disabledRules.length);
    if (tally === undefined) return;
    for (const [rule, count] of redaction.counts) tally.counts.push({ direction, rule, count });
    if (redaction.truncated) tally.truncated = true;
    if (redaction.failed) tally.failed = true;
  }
}

const NO_COUNTS: readonly number[] = [];

/** At most `maxLength` UTF-16 units, never half a surrogate pair. */
export function cut(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxLength - 1 : maxLength);
}
