/**
 * The opaque value that the name of a provider alone announces: `Use this for Cloudflare: x`, `# fastly: x`.
 *
 * Looked for in long runs alone, which the pass has noted: no provider is a literal of the table. At most 80 characters
 * before a run are read (I5).
 */
import { randomness } from './bigrams.ts';
import { charset, WORD } from './charset.ts';
import { PROVIDERS } from './context.ts';
import type { Found } from './personal.ts';
import { BEYOND_ASCII } from './units.ts';

const LONGEST = 140;
const SHORTEST = 24;
const BEFORE = 80;
const LEAST_BITS = 5.7;
const OPAQUE = charset('A-Za-z0-9_+=-');
const UPPER = charset('A-Z');
const LOWER = charset('a-z');
const DIGITS = charset('0-9');
/** Signs that end a sentence or a list belong to a run, not to a value. */
const END = charset('.;:\\');

/** Where the value ends that the run at `start` is behind a tie, of upper case, lower case and digits; 0 when it is none. */
export function issuedEnd(codes: Uint8Array, start: number, end: number): number {
  if (start < 8 || end - start < SHORTEST) return 0;
  const blank = codes[start - 1] === BLANK ? start - 1 : start - 2;
  if (codes[blank] !== BLANK || !isTied(codes, blank - 1)) return 0;
  let kinds = 0;
  let last = start;
  const most = Math.min(end, start + LONGEST);
  while (last < most && OPAQUE[codes[last] as number] === 1)
    kinds |= KINDS[codes[last++] as number] ?? 0; // of the run, which is ASCII
  // What ends a sentence belongs to a run, as does a newline in JSON text.
  if (last < end && END[codes[last] as number] !== 1) return 0;
  if (last - start < SHORTEST) return 0;
  return kinds === ALL_KINDS || kinds === UPPER_AND_DIGITS || kinds === LOWER_AND_DIGITS ? last : 0;
}
const BLANK = 32;

/** True for the last character of a tie with a word before it: what is quoted itself, as names in JSON are, is no provider. */
function isTied(codes: Uint8Array, last: number): boolean {
  const sign = codes[last] as number; // below the text's length
  if (TIED[sign] !== 1) return false;
  let at = sign === ARROW ? last - 2 : last - 1;
  if ((codes[at] as number) <= BLANK || codes[at] === BEYOND_ASCII) at--;
  return WORD[codes[at] as number] === 1;
}
const ARROW = 62;
/** Last characters of what ties a value to a name: `:`, `=`, `->`, `is`, `with`, `use`. */
const TIED = charset(':=>she-');
/** 1 for upper case, 2 for lower case, 4 for digits. */
const KINDS = Uint8Array.from({ length: 128 }, (_, code) =>
  UPPER[code] === 1 ? 1 : LOWER[code] === 1 ? 2 : DIGITS[code] === 1 ? 4 : 0,
);
const ALL_KINDS = 7;
const UPPER_AND_DIGITS = 5;
const LOWER_AND_DIGITS = 6;

/** The value at `start..end`, where a provider and a tie stand before it. */
export function issuedValue(text: string, start: number, end: number): Found | undefined {
  const lead = text.slice(Math.max(0, start - BEFORE), start);
  const between = tied().exec(lead)?.[1];
  if (between === undefined || OTHER.test(between)) return undefined;
  const value = text.slice(start, end);
  // `pi_3MtwBw`, `inv-8f3a`: what is called by its kind is an id.
  if (HEX.test(value))
    return /^: ?$/.test(between) && !OF_DIGESTS.test(lead)
      ? { start, end, rule: 'context-secret' }
      : undefined;
  if (/^[a-z]{2,10}[_-]/.test(value) || randomness(value) < LEAST_BITS) return undefined;
  return { start, end, rule: 'context-secret' };
}
const TIE =
  /((?:['\u2019]s)?(?: [A-Za-z]{1,12}){0,2}(?:\s?(?::|=|->|-)\s{1,3}| (?:is|with|use) )["'`(*]{0,2})$/;
let pattern: RegExp | undefined;
/** A provider, at most two words behind it, and what ties the value to them. */
function tied(): RegExp {
  return (pattern ??= new RegExp(PROVIDERS.source + TIE.source, 'i'));
}
/** An API's key, unless the provider gives digests. */
const HEX = /^[0-9a-f]{32,64}$/;
const OF_DIGESTS =
  /(?:git\w*|bitbucket|docker|npm|pypi|terraform|jenkins|ci|travis|artifactory|jfrog|vault|aws|google|azure)\W*$/i;
/** What else providers give: it is no secret. */
const OTHER =
  /\b(?:ids?|hash|digest|commit|build|image|version|account|user|users|page|object|record|order|request|trace|span|file|docs?|sheets?|drive|calendar|video|message|event|issue|job|run|deploy(?:ment)?|project|space|channel|board|table|view|workspace|team|org|link|url|site|zone|cursor|query|public|status|error|session)\b/i;
