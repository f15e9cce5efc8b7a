/**
 * W3C Trace Context and Baggage in `params._meta` (MCP SEP-414), for the back end that has no OpenTelemetry API at
 * hand. What a peer wrote is attacker-controlled: `parseTraceparent` is strict, the other two are passed on verbatim
 * or not at all.
 *
 * Source: W3C Trace Context level 2, 3.2 (traceparent) and 3.3 (tracestate); W3C Baggage 3.
 */

/** A span as a `traceparent` names it. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const NO_TRACE = '0'.repeat(32);
const NO_SPAN = '0'.repeat(16);
/** Lengths that senders may count on (W3C) and receivers need not exceed. */
const MAX_TRACESTATE = 512;
const MAX_BAGGAGE = 8_192;
/** Visible ASCII and space: header-safe, and safe in our own JSON. */
const PRINTABLE = /^[\x20-\x7e]+$/;

/** The parent a `traceparent` names; `undefined` for anything the specification does not allow. */
export function parseTraceparent(text: unknown): TraceParent | undefined {
  if (typeof text !== 'string' || text.length < 55 || text.length > 256) return undefined;
  const match = TRACEPARENT.exec(text);
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags] = match;
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Version ff is forbidden; version 00 has nothing after the flags, later ones may.
  if (version === 'ff' || (version === '00' && text.length !== 55)) return undefined;
  if (traceId === NO_TRACE || spanId === NO_SPAN) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** Inverse of `parseTraceparent`, in version 00. */
export function formatTraceparent(parent: TraceParent): string {
  return `00-${parent.traceId}-${parent.spanId}-${parent.sampled ? '01' : '00'}`;
}

/** Whether a `tracestate` may be passed on. */
export function isValidTracestate(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_TRACESTATE && PRINTABLE.test(text);
}

/** Whether a `baggage` may be passed on. */
export function isValidBaggage(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_BAGGAGE && PRINTABLE.test(text);
}
