/** JSON that stands in a string. */
import { charset, isIn } from './charset.ts';

/**
 * True where a text may be JSON: its first characters and its last one are those of an object, a list or a string. A look
 * at both ends spares most of what the parser would refuse, which costs it far more than what it takes.
 */
export function startsLikeJson(text: string): boolean {
  const start = blanksEnd(text, 0);
  const first = text.charCodeAt(start);
  if (first !== OBJECT && first !== LIST && (first !== QUOTE || start > 0)) return false;
  // What stands behind a JSON string is lost when it is written anew.
  if (first === QUOTE) return text.endsWith('"');
  let end = text.length - 1;
  while (end > start && isBlank(text.charCodeAt(end))) end--;
  const last = text.charCodeAt(end);
  // Brackets of ASCII close two behind where they open.
  if (last !== first + 2) return false;
  const at = blanksEnd(text, start + 1);
  const next = text.charCodeAt(at);
  return next === QUOTE || next === last || (first === LIST && isIn(IN_LIST, text, at));
}
const [QUOTE, LIST, OBJECT] = [34, 91, 123];
/** What an item of a list begins with, besides a quote. */
const IN_LIST = charset('0-9{[tfn-');

function blanksEnd(text: string, from: number): number {
  let at = from;
  while (isBlank(text.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/**
 * What of a text may be JSON: all of it, what stands behind the line of a command or of a sentence, or what a fence of
 * Markdown encloses.
 */
export function jsonPart(
  text: string,
): { readonly start: number; readonly end: number } | undefined {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  // The end decides first: most texts end in a letter.
  if (!isIn(CLOSERS, text, end - 1)) return undefined;
  if (startsLikeJson(text)) return { start: 0, end: text.length };
  if (text.startsWith(FENCE, end - FENCE.length)) end -= FENCE.length;
  const last = text.charCodeAt(end - 1);
  if (last !== OBJECT + 2 && last !== LIST + 2) return undefined;
  const start = text.indexOf(last === OBJECT + 2 ? '\n{' : '\n[') + 1;
  if (start === 0 || end - start < MIN_PART) return undefined;
  return startsLikeJson(text.slice(start, end)) ? { start, end } : undefined;
}
/** What an object, a list, a string or a fence ends with. */
const CLOSERS = charset('}]"`');
const FENCE = '\n```';
/** Less than a name and a list or an object with a secret in it. */
const MIN_PART = 20;

/** The object, list or string that a text is the JSON of; `undefined` for anything else. */
export function parsedJson(text: string): object | string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'string' || (typeof parsed === 'object' && parsed !== null)
      ? parsed
      : undefined;
  } catch {
    return undefined;
  }
}

/** What each level of a JSON text is indented by; `undefined` for one without line ends. */
export function indentOf(text: string): string | undefined {
  return /^\s*[[{]\r?\n([ \t]{1,8})/.exec(text)?.[1];
}
