/**
 * Values behind a name that markup, or what prints a structure, puts between them: `<td>Password:</td><td>x</td>`,
 * `<name>apiKey</name><value>x</value>`, `textbox "Password" [ref=e2]: x`, `["password"]=> string(8) "x"`, and
 * `password changed from x to y`.
 */
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isIssued, isStrong } from './wordy.ts';

/** Behind a name in a cell, a term, a label: the end of that, and the beginning of the next. */
const NEXT_CELL =
  /[:\s]{0,4}(?:<\/(?:b|strong|code|span|label)>\s{0,4}){0,2}<\/(?:td|th|dt|label|span|div|name|b|strong)>:?\s{0,80}<(?:td|dd|span|div|value|val|code|p)\b[^<>]{0,80}>\s{0,80}(?:<(?:code|b|strong|span|string)\b[^<>]{0,40}>\s{0,4})?([^<>\s"']{4,512})\s{0,80}(?=<\/)/iy;
/** What stands behind the name of a field in a snapshot of a page. */
const FIELD = /["']?(?: \[[\w=-]{1,32}\]){1,6}: {1,2}(?=\S)["']?([^\s"']{4,256})/y;
/** As PHP prints an array. */
const DUMPED = /["']?\]?=>\s{1,40}string\(\d{1,5}\) "([^"\n]{4,512})(?=")/y;

/** The value behind the name that ends at `end`. */
export function markedUpValue(text: string, end: number): Assigned | undefined {
  for (const pattern of text[end] === '<' || text[end] === ':' ? [NEXT_CELL] : [FIELD, DUMPED]) {
    pattern.lastIndex = end;
    const match = pattern.exec(text);
    const value = match?.[1];
    if (value === undefined || isPlaceholder(value)) continue;
    if (!isStrong(value, true) && !isIssued(value)) continue;
    const stop = end + (match?.[0].lastIndexOf(value) ?? 0);
    return { start: stop, end: stop + value.length };
  }
  return undefined;
}

const FROM_TO =
  / (?:(?:was|has been|is|got) )?(?:changed|rotated|updated|reset|switched) from ["'`]{0,2}([^\s"'`]{4,128})["'`]{0,2} to ["'`]{0,2}([^\s"'`]{4,128})/y;

/** Both values of `password changed from x to y`. */
export function changedValues(text: string, end: number): Assigned[] | undefined {
  FROM_TO.lastIndex = end;
  const match = FROM_TO.exec(text);
  if (match === null) return undefined;
  const [whole, before = '', after = ''] = match;
  const values = [before, after.replace(/[.,;)]+$/, '')];
  const found: Assigned[] = [];
  let from = 0;
  for (const value of values) {
    from = whole.indexOf(value, whole.indexOf(' from ', from) < 0 ? from : whole.indexOf(' from '));
    if (isStrong(value, true) && !isPlaceholder(value))
      found.push({ start: end + from, end: end + from + value.length, isLoose: true });
    from += value.length;
  }
  return found.length === 0 ? undefined : found;
}
