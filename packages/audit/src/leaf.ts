/**
 * The leaf: the half of an entry that is in the tree and holds nothing personal (audit.md 1).
 *
 * One line `{"leaf":{...}}`, fields in the fixed order of `Leaf`, no floats, absent fields left out. Its hash is
 * SHA-256(0x00 || line without newline), RFC 6962 2.1. `parseLeaf` is strict: what it accepts encodes to the same
 * text again, so a leaf has one spelling (I1).
 */
import { LogbookError } from './errors.ts';

export type LeafOutcome = 'success' | 'failure' | 'denied' | 'unknown';

/** One leaf. Fields are in line order. */
export interface Leaf {
  /** Format version. */
  readonly v: 1;
  /** UUID v7: idempotency key. */
  readonly id: string;
  /** RFC 3339, UTC, microseconds. */
  readonly time: string;
  readonly kind: string;
  readonly action: string;
  readonly outcome: LeafOutcome;
  /** Registered tool or prompt name or `_OTHER`; of control entries see `log.ts`. */
  readonly target?: string | undefined;
  readonly side?: 'server' | 'client' | undefined;
  readonly phase?: 'request' | 'result' | undefined;
  /** Id of the request entry. */
  readonly ref?: string | undefined;
  /** Duration in microseconds. */
  readonly us?: number | undefined;
  /** Low-cardinality `error.type`. */
  readonly error?: string | undefined;
  readonly service: string;
  /** Random pseudonym of the person in this log, `anonymous`, or absent. */
  readonly actor?: string | undefined;
  /** Retention class. */
  readonly class: string;
  /** Producer's origin. */
  readonly stream: string;
  /** Producer's counter, from 1; a dropped entry burns its number (I7). */
  readonly seq: number;
  readonly trace?: string | undefined;
  readonly span?: string | undefined;
  readonly rules?: string | undefined;
  /** Bytes of the payload. */
  readonly size: number;
  /** Base64url of SHA-256(0x02 || salt16 || payload). */
  readonly pc: string;
}

type FieldRule = 'text' | 'count' | RegExp;

/** Every field in line order, and what a strict reader accepts in it. */
const FIELDS: ReadonlyArray<readonly [keyof Leaf, FieldRule, required: boolean]> = [
  ['v', 'count', true],
  ['id', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, true],
  ['time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/, true],
  ['kind', 'text', true],
  ['action', 'text', true],
  ['outcome', /^(?:success|failure|denied|unknown)$/, true],
  ['target', 'text', false],
  ['side', /^(?:server|client)$/, false],
  ['phase', /^(?:request|result)$/, false],
  ['ref', 'text', false],
  ['us', 'count', false],
  ['error', 'text', false],
  ['service', 'text', true],
  ['actor', /^(?:anonymous|a_[a-z2-7]{16})$/, false],
  ['class', 'text', true],
  ['stream', 'text', true],
  ['seq', 'count', true],
  ['trace', /^[0-9a-f]{32}$/, false],
  ['span', /^[0-9a-f]{16}$/, false],
  ['rules', 'text', false],
  ['size', 'count', true],
  // The last of 43 characters carries four bits, the low two are zero: canonical base64url.
  ['pc', /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, true],
];

/** All of a leaf but what its payload decides. */
export type LeafHead = Omit<Leaf, 'size' | 'pc'>;

/** Text of a leaf line, without newline. */
export function encodeLeaf(leaf: LeafHead, size: number, pc: string): string {
  // A literal in line order: JSON.stringify keeps it and leaves out what is undefined (0.9 us).
  return JSON.stringify({
    leaf: {
      v: leaf.v,
      id: leaf.id,
      time: leaf.time,
      kind: leaf.kind,
      action: leaf.action,
      outcome: leaf.outcome,
      target: leaf.target,
      side: leaf.side,
      phase: leaf.phase,
      ref: leaf.ref,
      us: leaf.us,
      error: leaf.error,
      service: leaf.service,
      actor: leaf.actor,
      class: leaf.class,
      stream: leaf.stream,
      seq: leaf.seq,
      trace: leaf.trace,
      span: leaf.span,
      rules: leaf.rules,
      size,
      pc,
    },
  });
}

/**
 * The leaf of one line.
 *
 * @param line text without newline; untrusted
 * @throws LogbookError `ERR_LOGBOOK_FORMAT` on anything `encodeLeaf` would not have written
 */
export function parseLeaf(line: string): Leaf {
  let outer: unknown;
  try {
    outer = JSON.parse(line);
  } catch (cause) {
    throw malformed('not JSON', cause);
  }
  const fields = isRecord(outer) ? outer['leaf'] : undefined;
  if (!isRecord(fields)) throw malformed('no "leaf" object');
  for (const [name, rule, required] of FIELDS) {
    const value = fields[name];
    if (value === undefined ? required : !fits(value, rule)) throw malformed(`field "${name}"`);
  }
  // Every field of Leaf was checked against FIELDS above; foreign ones fail the comparison below.
  const leaf = fields as unknown as Leaf;
  if (leaf.v !== 1) throw malformed(`version ${String(leaf.v)}, expected 1`);
  if (encodeLeaf(leaf, leaf.size, leaf.pc) !== line) throw malformed('not in canonical form');
  return leaf;
}

let cachedSecond = Number.NaN;
let cachedPrefix = '';

/** RFC 3339 UTC text of a Unix time in whole microseconds. */
export function formatTime(timeMicros: number): string {
  const second = Math.floor(timeMicros / 1_000_000);
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  return `${cachedPrefix}${String(timeMicros - second * 1_000_000).padStart(6, '0')}Z`;
}

let parsedSecond = '';
let parsedMicros = Number.NaN;

/** Unix microseconds of a leaf's time. */
export function parseTime(time: string): number {
  const second = time.slice(0, 19);
  // Neighbours are most often of one second (0.2 us against 0.8 us).
  if (second !== parsedSecond) {
    parsedMicros = Date.parse(`${second}Z`) * 1000;
    parsedSecond = second;
  }
  return parsedMicros + Number(time.slice(20, 26));
}

function fits(value: unknown, rule: FieldRule): boolean {
  if (rule === 'count') return Number.isSafeInteger(value) && Number(value) >= 0;
  if (typeof value !== 'string') return false;
  return rule === 'text' || rule.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(what: string, cause?: unknown): LogbookError {
  return new LogbookError('ERR_LOGBOOK_FORMAT', `malformed leaf line: ${what}`, { cause });
}
