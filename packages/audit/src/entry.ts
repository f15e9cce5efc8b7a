/**
 * What callers hand to the log. Same shape as `AuditEntry` of @mcp-logbook/instrumentation, which this package must
 * not import; the two are kept compatible by a compile in mcp-logbook.
 *
 * Everything in an entry is already redacted (I5). Fields of the leaf that a caller got wrong are put right here and
 * never refused: the record of a call is worth more than its exact form.
 */
import type { LeafOutcome } from './leaf.ts';
import { MAX_PAYLOAD_BYTES } from './seal.ts';

/** How durable an entry is when `append` returns (audit.md 3). */
export type LogMode = 'best-effort' | 'blocking' | 'strict';

/** One entry. */
export interface AuditEntry {
  /** UUID v7: idempotency key. */
  readonly id: string;
  /** Unix time in whole microseconds. */
  readonly timeMicros: number;
  readonly kind: string;
  readonly action: string;
  readonly outcome: LeafOutcome;
  readonly target?: string;
  readonly side?: 'server' | 'client';
  readonly phase?: 'request' | 'result';
  /** Id of the request entry. */
  readonly ref?: string;
  readonly durationMicros?: number;
  readonly error?: string;
  /** `iss|sub`; mapped to a pseudonym, sealed under this person's key. */
  readonly person?: string;
  /** A person could have been known and was not. */
  readonly anonymous?: boolean;
  readonly trace?: string;
  readonly span?: string;
  readonly rules?: string;
  /** Retention class; `default` when absent. */
  readonly class?: string;
  /** JSON text of one object. */
  readonly payload: string;
}

/** An entry of the public API: id, time, action and outcome have defaults, the payload is an object. */
export interface RecordInput extends Omit<
  AuditEntry,
  'id' | 'timeMicros' | 'action' | 'outcome' | 'payload'
> {
  readonly id?: string;
  readonly timeMicros?: number;
  readonly action?: string;
  readonly outcome?: LeafOutcome;
  /** Sealed. Must be redacted already. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** Retention class of entries that name none. */
export const DEFAULT_CLASS = 'default';

/** Longest text of a leaf field: keeps a leaf under 8 KiB whatever a caller passes. */
const MAX_FIELD = 512;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE = /^[0-9a-f]{32}$/;
const SPAN = /^[0-9a-f]{16}$/;

export function isUuid(text: unknown): text is string {
  return typeof text === 'string' && UUID.test(text);
}

/** The trace id, or nothing when it is not one. */
export function traceOf(text: string | undefined): string | undefined {
  return text !== undefined && TRACE.test(text) ? text : undefined;
}

export function spanOf(text: string | undefined): string | undefined {
  return text !== undefined && SPAN.test(text) ? text : undefined;
}

export function outcomeOf(outcome: unknown): LeafOutcome {
  return outcome === 'success' || outcome === 'failure' || outcome === 'denied'
    ? outcome
    : 'unknown';
}

/** Text of a leaf field, bounded. */
export function fieldOf(text: string): string {
  return text.length <= MAX_FIELD ? text : text.slice(0, MAX_FIELD);
}

/** A whole number of at least 0, within what JSON and JavaScript keep exactly. */
export function countOf(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return Number.isFinite(value)
    ? Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER)
    : 0;
}

/** Characters kept of a payload that is too large. */
const HEAD_CHARACTERS = 32 * 1024;

/**
 * The payload as it is sealed: itself, or beyond 256 KiB an object that says so and keeps its beginning. The person
 * stays, since an entry must remain attributable.
 */
export function boundPayload(entry: Pick<AuditEntry, 'payload' | 'person'>): string {
  const { payload, person } = entry;
  // A UTF-16 unit is at most 3 bytes: most payloads are decided without encoding them.
  if (payload.length * 3 <= MAX_PAYLOAD_BYTES) return payload;
  const bytes = Buffer.byteLength(payload);
  if (bytes <= MAX_PAYLOAD_BYTES) return payload;
  // The head is redacted text cut anywhere: 32 Ki units are at most 192 KiB once escaped and encoded.
  return JSON.stringify({
    truncated: true,
    bytes,
    person: person?.slice(0, MAX_FIELD),
    head: payload.slice(0, HEAD_CHARACTERS),
  });
}
