/**
 * What a browser script types into a field: `fill("#password", "x")`, `getByLabel('Password').fill('x')`,
 * `find_element(By.ID, "password").send_keys("x")`; and the pair of a user and a password: `auth=("ana", "x")`.
 */
import { speaksOfSecret } from './frames.ts';
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isStrong } from './wordy.ts';

/** One quoted text, or two. */
const TEXTS =
  /\s?(["'`])((?:(?!\1)[^\\\n]){1,200})\1(?:\s?,\s?(["'`])((?:(?!\3)[^\\\n]){1,200})\3)?/y;
/** The last quoted text before a call. */
const SELECTOR = /(["'`])((?:(?!\1).){1,80})\1\s?\}?\]?\)?\.?$/;

/** Behind `.fill(` and the like. */
export function typedValue(text: string, start: number, end: number): Assigned | undefined {
  TEXTS.lastIndex = end;
  const match = TEXTS.exec(text);
  if (match === null) return undefined;
  const [, , first = '', , second] = match;
  const selector = second === undefined ? selectorBefore(text, start) : first;
  const value = second ?? first;
  if (selector === undefined || !speaksOfSecret(selector) || isPlaceholder(value)) return undefined;
  const stop = TEXTS.lastIndex - 1;
  return { start: stop - value.length, end: stop };
}

function selectorBefore(text: string, start: number): string | undefined {
  return SELECTOR.exec(text.slice(Math.max(0, start - 120), start))?.[2];
}

/** What people write before a user and a password. */
export const LOGINS: readonly string[] =
  'login for |login: |logins: |creds for |credentials for |credentials |creds |account: |login='.split(
    '|',
  );
const PAIR =
  /(?:[^\s:=/]{1,64}(?: [^\s:=/]{1,32}){0,3}(?:: {1,2}| (?:is|are) ))?[\w.@+-]{2,64}(?: ?\/ ?|:(?!\/))([!-~]{6,64})(?=[\s,;)"]|$)/y;

/** Behind `login for `, `creds for `: `db.example: ana / x`. */
export function loginPair(text: string, _start: number, end: number): Assigned | undefined {
  PAIR.lastIndex = end;
  const value = PAIR.exec(text)?.[1]?.replace(/[.,;]$/, '');
  if (value === undefined || value.includes('/') || !isStrong(value, true) || isPlaceholder(value))
    return undefined;
  const start = text.lastIndexOf(value, PAIR.lastIndex - value.length);
  return { start, end: start + value.length };
}

/** What people write before a user alone. */
export const SIGN_INS: readonly string[] =
  'log in as |login as |sign in as |logged in as |ssh as '.split('|');
const WITH =
  /[^\s,]{2,64},? (?:(?:with|using|\/)(?: the)?(?: pass(?:word|phrase)| pw)?:? {1,2}|\()["'`]?([!-~]{6,64})/y;

/** Behind `log in as `: `root with x`. */
export function signIn(text: string, _start: number, end: number): Assigned | undefined {
  WITH.lastIndex = end;
  return madeUp(WITH.exec(text)?.[1], WITH.lastIndex);
}

/** A user, soon behind a word for an account. */
const USER =
  /(?:\b(?:log(?:ging|ged)?[ -]?ins?|sign(?:ing)?[ -]?in|credentials?|creds|passwords?|accounts?)\b[^/]{1,48}\s["'`]?[\w.-]{2,32}["'`]?|[\s:("'`](?:admin|root|sa|administrator|postgres|ubuntu|guest|deploy)["'`]?)$/i;
const MAIL = /[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){0,4}$/;
const AFTER_SLASH = /([!-~]{6,64})(?=[\s,;)"]|$)/y;

/** Around ` / `: an address or a user, and a password. */
export function slashPair(text: string, start: number, end: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - 96), start);
  const isMail = MAIL.test(lead);
  if (!isMail && !USER.test(lead)) return undefined;
  AFTER_SLASH.lastIndex = end;
  const value = AFTER_SLASH.exec(text)?.[1];
  // Alternatives have neither: `verbatim / LaTeX-like / R-like`.
  if (value !== undefined && !isMail && !/[\d!@#$%^&*+=]/.test(value)) return undefined;
  return madeUp(value, AFTER_SLASH.lastIndex);
}

/** A value that ends at `end`, without the signs that end a sentence; `undefined` when it is words. */
function madeUp(written: string | undefined, end: number): Assigned | undefined {
  const value = written?.replace(/["'`.,;)]+$/, '');
  if (written === undefined || value === undefined) return undefined;
  if (!isStrong(value, true) || value.includes('://') || isPlaceholder(value)) return undefined;
  const start = end - written.length;
  return { start, end: start + value.length };
}

/** Behind `auth=(`: the second text of two. */
export function authValue(text: string, _start: number, end: number): Assigned | undefined {
  TEXTS.lastIndex = end;
  const value = TEXTS.exec(text)?.[4];
  if (value === undefined || !isStrong(value, true) || isPlaceholder(value)) return undefined;
  const stop = TEXTS.lastIndex - 1;
  return { start: stop - value.length, end: stop };
}
