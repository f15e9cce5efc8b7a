/**
 * What callers hand to the log. Same shape as `AuditEntry` of @mcp-logbook/instrumentation, which this package must
 * not import; the two are kept compatible by a compile in mcp-logbook.
 *
 * Everything in an entry is already redacted (I5). Fields of the leaf that a caller got wrong are put right here and
 * never refused: the record of a call is worth more than its exact form.
 */
import { uuidV7 } from './id.ts';
import type { LeafHead, LeafOutcome } from './leaf.ts';
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
  /** Whose doing it was, where that is not the log's own service (entries that a sink makes of spans). */
  readonly service?: string;
  /** JSON text of one object. */
  readonly payload: string;
}

/** An entry of the public API: id, time, action and outcome have defaults, the payload is an object. */
export interface RecordInput extends Omit<
  AuditEntry,
  'id' | 'timeMicros' | 'action' | 'outcome' | 'payload' | 'service'
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
export const MAX_FIELD = 512;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE = /^[0-9a-f]{32}$/;
const SPAN = /^[0-9a-f]{16}$/;

/** The leaf's fields that come from the log and not from the caller. */
export type LogFields = Pick<LeafHead, 'time' | 'service' | 'actor' | 'class' | 'stream' | 'seq'>;

/** The leaf of an entry, all but what the payload decides; strict readers accept it whatever the caller passed. */
export function leafHeadOf(entry: AuditEntry, log: LogFields): LeafHead {
  return {
    v: 1,
    id: UUID.test(entry.id) ? entry.id : uuidV7(countOf(entry.timeMicros) / 1000),
    time: log.time,
    kind: fieldOf(entry.kind),
    action: fieldOf(entry.action),
    outcome: outcomeOf(entry.outcome),
    target: optional(entry.target),
    side: entry.side === 'server' || entry.side === 'client' ? entry.side : undefined,
    phase: entry.phase === 'request' || entry.phase === 'result' ? entry.phase : undefined,
    ref: optional(entry.ref),
    us: entry.durationMicros === undefined ? undefined : countOf(entry.durationMicros),
    error: optional(entry.error),
    service: log.service,
    actor: log.actor,
    class: log.class,
    stream: log.stream,
    seq: log.seq,
    trace: entry.trace !== undefined && TRACE.test(entry.trace) ? entry.trace : undefined,
    span: entry.span !== undefined && SPAN.test(entry.span) ? entry.span : undefined,
    rules: optional(entry.rules),
  };
}

/** A whole number of at least 0, within what JSON and JavaScript keep exactly. */
export function countOf(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  if (!Number.isFinite(value)) return 0;
  return Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER);
}

/** Characters kept of a payload that is too large. */
const HEAD_CHARACTERS = 32 * 1024;

/**
 * The payload as it is sealed: itself, or beyond 256 KiB an object that says so and keeps its beginning. The person
 * stays, since an entry must remain attributable.
 */
export function payloadOf(entry: Pick<AuditEntry, 'payload' | 'person'>): string {
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

function outcomeOf(outcome: unknown): LeafOutcome {
  return outcome === 'success' || outcome === 'failure' || outcome === 'denied'
    ? outcome
    : 'unknown';
}

function fieldOf(text: string): string {
  return text.length <= MAX_FIELD ? text : text.slice(0, MAX_FIELD);
}

function optional(text: string | undefined): string | undefined {
  return text === undefined ? undefined : fieldOf(text);
}
