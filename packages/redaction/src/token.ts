/**
 * The check at one literal: is this a token of the family, and where does it begin and end? Bounded by the record.
 *
 * Inside URLs tokens are percent-encoded: `%2F` counts as the `/` of a set, and literals are known in both forms.
 *
 * Families whose only mark is a joint (`<id>:<key>`, `a.b.c`) are looked for in long runs alone: a `.` is everywhere,
 * 32 characters without a blank, quote or slash are not.
 */
import { randomness } from './bigrams.ts';
import {
  type Charset,
  charset,
  HEX,
  isIn,
  isMixed,
  runEnd,
  runStart,
  signBefore,
} from './charset.ts';
import { hasEdge, MAX_TOKEN, TOKEN_RULES, type TokenRule } from './rules.ts';
import { ownText } from './units.ts';

/** What of a family's record is checked at a literal. All members are there: the engine reads records of one shape faster. */
export interface TokenCheck {
  readonly id: string;
  readonly set: Charset;
  readonly min: number;
  readonly max: number;
  readonly before: TokenRule['before'] | undefined;
  readonly fixed: TokenRule['fixed'] | undefined;
  readonly needs: string | undefined;
  readonly mixed: boolean;
  readonly keep: boolean;
}

function checkOf(rule: TokenRule): TokenCheck {
  const { id, set, min, max = MAX_TOKEN, mixed = false, keep = false } = rule;
  return {
    id,
    set,
    min,
    max,
    before: rule.before,
    fixed: rule.fixed,
    needs: rule.needs,
    mixed,
    keep,
  };
}

/** A literal of a family, plain or percent-encoded. */
export interface TokenLiteral {
  readonly text: string;
  readonly rule: TokenCheck;
  readonly edge: boolean;
}

/** Literals of all families. */
export function tokenLiterals(): TokenLiteral[] {
  const literals: TokenLiteral[] = [];
  for (const rule of TOKEN_RULES) {
    const check = checkOf(rule);
    for (const text of rule.prefixes)
      if (text.length > 1) addForms(check, text, hasEdge(rule, text), literals);
  }
  return literals;
}

/** On its own: the loops run once, and with this in them the engine compiles them for milliseconds. */
function addForms(rule: TokenCheck, text: string, edge: boolean, literals: TokenLiteral[]): void {
  literals.push({ text, rule, edge });
  if (!SAME_ENCODED.test(text)) literals.push({ text: encodeURIComponent(text), rule, edge });
}
/** What percent-encoding leaves as it is. */
const SAME_ENCODED = /^[\w.!~*'()-]+$/;

/** Half-open range of a found token. */
export interface Found {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/** False where the far end of what must follow a literal that ends at `end` is not there: spares most checks, and needs no text. */
export function mayFollow(
  { set, min }: TokenCheck,
  codes: Uint8Array,
  end: number,
  length: number,
): boolean {
  if (min === 0) return true;
  if (end + min > length) return false;
  const code = codes[end + min - 1] as number; // below the text's length
  return code === PERCENT || (code < 128 && set[code] === 1);
}

/** The token of `rule` whose `literal` may stand at `start`; `undefined` when there is none. */
export function tokenAt(
  text: string,
  start: number,
  literal: string,
  rule: TokenCheck,
): Found | undefined {
  if (!text.startsWith(literal, start)) return undefined;
  const end = start + literal.length;
  // Spares most of the walks: the far end of what must be there.
  if (rule.before !== undefined && !mayHold(rule.before.set, text, start - rule.before.min))
    return undefined;
  if (rule.fixed !== undefined && !text.startsWith(rule.fixed[1], end + rule.fixed[0]))
    return undefined;
  const from = rule.before === undefined ? start : before(text, start, rule.before);
  if (from < 0) return undefined;
  const least = runEnd(rule.set, text, end, rule.min);
  if (least < end + rule.min && text[least] !== '%') return undefined;
  let stop = Math.min(longRunEnd(rule.set, text, end), end + rule.max);
  while (stop > end && text[stop - 1] === '.') stop--;
  if (stop - end < rule.min) return undefined;
  if (rule.mixed && !isGenerated(text.slice(end, Math.min(stop, end + MAX_MIXED))))
    return undefined;
  if (rule.needs !== undefined && !holds(text, end, stop, rule.needs)) return undefined;
  return { start: rule.keep ? end : from, end: stop, rule: rule.id };
}

function mayHold(set: Charset, text: string, at: number): boolean {
  return isIn(set, text, at) || text[at] === '%';
}

/** Where the part left of a literal begins; -1 when it is too short. */
function before(
  text: string,
  end: number,
  { set, min, max, first }: NonNullable<TokenRule['before']>,
): number {
  let at = runStart(set, text, end, max);
  let count = end - at;
  // `%2F` is one character of a set that has the slash.
  while (count >= 2 && text[at - 1] === '%' && isEncoded(set, text, at - 1)) {
    const next = runStart(set, text, at - 1, max + 2 - count);
    count += at - 1 - next - 2;
    at = next;
    if (count >= max) break;
  }
  if (count < min || (first !== undefined && !first.includes(text[at] ?? ''))) return -1;
  return at;
}

/** True when a percent-encoded character of the set stands at `at`. */
function isEncoded(set: Charset, text: string, at: number): boolean {
  if (text[at] !== '%') return false;
  const code = Number.parseInt(text.slice(at + 1, at + 3), 16);
  return code < 128 && set[code] === 1 && isIn(HEX, text, at + 2);
}

function holds(text: string, start: number, end: number, needed: string): boolean {
  const body = text.slice(start, Math.min(end, start + MAX_JUDGED));
  return body.includes(needed) || body.includes(encodeURIComponent(needed));
}

/**
 * Adds the tokens between `from` and `to` that only a joint gives away, in the order of the text. `codes` are its code
 * units, none of them there beyond ASCII.
 */
export function jointTokens(
  codes: Uint8Array,
  from: number,
  to: number,
  length: number,
  found: Found[],
): void {
  let start = from;
  while (start + SHORTEST <= to) {
    // From the far end of the shortest run: one look in many characters where words are short.
    const last = start + SHORTEST - 1;
    let at = last;
    let kind = 0;
    let hasJoint = false;
    while (at >= start && (kind = kindOf(codes[at])) !== 0) {
      if (kind === 2) hasJoint = true;
      at--;
    }
    start =
      at >= start ? at + 1 : inRun(codes, start, hasJoint ? start : last + 1, to, length, found);
  }
}

/** Looks at the joints of the run at `start`, none of them before `from`. @returns the index behind the run */
function inRun(
  codes: Uint8Array,
  start: number,
  from: number,
  to: number,
  length: number,
  found: Found[],
): number {
  let done = start;
  let at = from;
  for (; at < to; at++) {
    const code = codes[at] as number; // below the text's length
    const kind = kindOf(code);
    if (kind === 0) break;
    if (kind === 1) continue;
    const rules = code === PERCENT ? encodedJoint(ownText(), at) : joints()[code];
    if (rules === undefined) continue;
    for (let i = 0; i < rules.length; i++) {
      const { literal, rule, left } = rules[i] as Joint; // in range
      if (at - start < left || !mayFollow(rule, codes, at + literal.length, length)) continue;
      const text = ownText();
      const token = tokenAt(text, at, literal, rule);
      if (token === undefined || token.start < done || !isCut(rule, text, token.start)) continue;
      found.push(token);
      done = token.end;
    }
  }
  return at + 1;
}

/** True when what stands left of a joint begins there: more of the same would be another thing. */
function isCut({ before: left }: TokenCheck, text: string, start: number): boolean {
  if (left === undefined || !isIn(left.set, text, start - 1)) return true;
  return signBefore(text, start - 2) === '%' || signBefore(text, start - 1) === '\\';
}

/** 1 for what tokens with joints are made of, 2 for the joints themselves, with the `%` of those in URLs. */
const KINDS = charset('A-Za-z0-9').slice();
for (const joint of '_.:|-%') KINDS[joint.charCodeAt(0)] = 2;
const SHORTEST = 32;

const PERCENT = 37;

function kindOf(code: number | undefined): number {
  return KINDS[code as number] as number; // ASCII, see above
}

/** A rule of a joint, and the joint in one of its forms. */
interface Joint {
  readonly literal: string;
  readonly rule: TokenCheck;
  /** Least that stands left of it in the same run. */
  readonly left: number;
}

let byJoint: readonly (readonly Joint[] | undefined)[] | undefined;
/** By the code of the joint; of the percent-encoded ones by that of `%`. */
function joints(): readonly (readonly Joint[] | undefined)[] {
  if (byJoint === undefined) {
    const lists = Array.from<Joint[] | undefined>({ length: 128 });
    for (const rule of TOKEN_RULES) {
      const check = checkOf(rule);
      for (const prefix of rule.prefixes)
        for (const literal of prefix.length === 1 ? [prefix, encodeURIComponent(prefix)] : []) {
          const list = (lists[literal.charCodeAt(0)] ??= []);
          if (!list.some((one) => one.rule === check && one.literal === literal))
            list.push({ literal, rule: check, left: leastLeft(rule) });
        }
    }
    byJoint = lists;
  }
  return byJoint;
}

/** Where all that may stand left of the joint belongs to a run. */
function leastLeft({ before: left }: TokenRule): number {
  return left !== undefined && left.set.every((flag, code) => flag === 0 || KINDS[code] !== 0)
    ? left.min
    : 0;
}

/** The rules of the joint that is percent-encoded at `at`. */
function encodedJoint(text: string, at: number): readonly Joint[] | undefined {
  return joints()[text.charCodeAt(at)]?.filter(({ literal }) => text.startsWith(literal, at));
}

/** Forget what was measured: another text comes. */
export function forgetRuns(): void {
  if (runEnds.size > 0) runEnds.clear();
}

/**
 * Where the run of `set` around `from` ends. Remembered per set for the length of a scan: a megabyte of `pat.pat.pat.`
 * is measured once, not at each prefix in it.
 */
function longRunEnd(set: Charset, text: string, from: number): number {
  const known = runEnds.get(set);
  if (known !== undefined && from <= known.end && from >= known.start) return known.end;
  let end = runEnd(set, text, from, text.length);
  while (isEncoded(set, text, end)) end = runEnd(set, text, end + 3, text.length);
  runEnds.set(set, { start: from, end });
  return end;
}
const runEnds = new Map<Charset, { readonly start: number; readonly end: number }>();

/** How much of a body is judged: enough for the first dot of a JWT with certificates in its header. */
const MAX_JUDGED = 2_048;
/** How much of a body must have all three kinds of characters. */
const MAX_MIXED = 128;

/** True for characters of three kinds that make no name: `test_getUserReturns404WhenMissing` is one. */
function isGenerated(body: string): boolean {
  return isMixed(body) && randomness(body) >= LEAST_BITS && !NAME.test(body);
}
/** `PKCS7_set_cmp_func`: short words, numbered at most. */
const NAME = /^(?:[A-Za-z]{1,12}\d{0,3}_){1,6}[a-z]{1,12}$/;
/** One token in ten thousand has less (`bigrams.ts`), names have 3 to 5. */
const LEAST_BITS = 5;
