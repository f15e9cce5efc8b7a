/** `Cookie: theme=dark; sid=x`, `Set-Cookie: sid=x; Path=/`: of a list of cookies only the values go that can be secret. */
import { IDENTIFIER, runEnd, runStart } from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import { lineEnd } from './value-ends.ts';
import type { Assigned } from './values.ts';
import { isWordy } from './wordy.ts';

const MAX_COOKIES = 64;
const PAIR = /([^=;\s]{1,128})=([^;]{0,16384})/g;
const ATTRIBUTE = /^(?:path|domain|expires|max-age|samesite|priority|version)$/i;
/** What a setting looks like: `en-GB`, `1`, `1.5`. */
const SETTING = /^(?:[a-z]{2}(?:[-_][A-Za-z]{2,4})?|\d{1,3}(?:\.\d{1,3})?)$/;

/** Where in a list of cookies the values are that must go. */
export function cookieSecrets(list: string): Assigned[] {
  const found: Assigned[] = [];
  for (const match of list.matchAll(PAIR)) {
    const [whole, name = '', rest = ''] = match;
    const value = rest.trim();
    if (ATTRIBUTE.test(name) || value === '' || isPlaceholder(value)) continue;
    if (found.length < MAX_COOKIES && isHarmless(name, value)) continue;
    const start = match.index + whole.length - rest.trimStart().length;
    found.push({ start, end: start + value.length });
  }
  return found;
}

function isHarmless(name: string, value: string): boolean {
  return (
    classifyKey(name) !== 'secret' &&
    (isWordy(value.replace(/%2F|%20/gi, '/')) || SETTING.test(value))
  );
}

/** Up to where cookies were looked at in the present text. */
let cookiesSeen = 0;

/** Another text comes. */
export function forgetCookies(): void {
  cookiesSeen = 0;
}

/** The cookies behind a header's name, `cookie` or what ends in it, around `start..end`. */
export function cookieHeader(text: string, start: number, end: number): Assigned[] | undefined {
  const to = text[end] === '2' ? end + 1 : end;
  if (text[to] !== ':' || start < cookiesSeen) return undefined;
  const from = text[to + 1] === ' ' ? to + 2 : to + 1;
  const line = lineEnd(text, from);
  // `curl -H 'Cookie: a=b' https://...`
  const opened = text[runStart(IDENTIFIER, text, start, 64) - 1];
  const close = opened === "'" || opened === '`' ? text.slice(from, line).indexOf(opened) : -1;
  const stop = close < 0 ? line : from + close;
  if (runEnd(IDENTIFIER, text, from, 128) === from) return undefined;
  cookiesSeen = stop;
  const found = cookieSecrets(text.slice(from, stop));
  return found.length === 0
    ? undefined
    : found.map((span) => ({ start: from + span.start, end: from + span.end }));
}
