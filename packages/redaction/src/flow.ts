/**
 * Lists and maps in brackets behind a sensitive name: `passwords: [a1b2c3, d4e5f6]`, `api_keys = ["x", "y"]`,
 * `secrets: {db: x}`.
 *
 * At most 64 items and 2,048 characters of one, and no place of a text twice (I5).
 */
import { IDENTIFIER, isIn, runEnd, runStart, charset } from './charset.ts';
import { cookieSecrets } from './cookies.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';
import { isIssued, isOpaque, isWordy } from './wordy.ts';

const MAX_ITEMS = 64;
const MAX_LENGTH = 2_048;
/** Between a name and its list. */
const OPEN = /["'`]?[ \t]{0,8}(?::|=>|=)[ \t]{0,8}(?=[[{](?!REDACTED:|[-+]))/y;
/** An item with what ends it; in a map with its name. */
const ITEM =
  /[\s]{0,64}(?:["']?([A-Za-z_][\w.-]{0,63})["']?[ \t]?(?::[ \t]{1,8}|=>?[ \t]{0,8}|:(?=["'\d])))?(?:"([^"\n]{0,512})"|'([^'\n]{0,512})'|(\[REDACTED:[^\]\n]{1,320}\]|[^\s,[\]{}"'()$]{1,512}))[\s]{0,64}([,\]}])/y;
const AROUND = charset('"\'`:= \t');

/** Up to where lists were looked at in the present text. */
let flowSeen = 0;

/** Another text comes. */
export function forgetFlows(): void {
  flowSeen = 0;
}

/** The items of the list or map behind the sensitive name around `start..end`. */
export function flowValues(text: string, start: number, end: number): Found[] | undefined {
  const to = runEnd(IDENTIFIER, text, end, 64);
  if (!isIn(AROUND, text, to)) return undefined;
  OPEN.lastIndex = to;
  if (!OPEN.test(text)) return undefined;
  const open = OPEN.lastIndex;
  const from = runStart(IDENTIFIER, text, start, 64);
  if (from < flowSeen) return undefined;
  const name = text.slice(from, to);
  if (classifyKey(name) !== 'secret') return undefined;
  flowSeen = open;
  const isMap = text[open] === '{';
  const found: Found[] = [];
  ITEM.lastIndex = open + 1;
  for (let count = 0; count < MAX_ITEMS; count++) {
    const at = ITEM.lastIndex;
    const match = at - open < MAX_LENGTH ? ITEM.exec(text) : null;
    if (match === null) return undefined;
    const [, key = '', double, single, bare = '', close = ''] = match;
    // `{password!r}` is no map.
    if (isMap && key === '') return undefined;
    const quoted = double ?? single;
    const value = quoted ?? bare;
    if (
      !isMap && /cookies?$/i.test(name)
        ? cookieSecrets(value).length > 0
        : classifyKey(key) !== 'benign' && isItem(value, quoted !== undefined, name)
    ) {
      const first = at + match[0].lastIndexOf(value, match[0].length - close.length - 1);
      found.push({ start: first, end: first + value.length, rule: 'keyed-secret', isLoose: true });
    }
    if (close !== ',') break;
  }
  flowSeen = ITEM.lastIndex;
  return found.length === 0 ? undefined : found;
}

/** True for an item that is no word, no name of a variable and no name of a secret. */
function isItem(value: string, isQuoted: boolean, name: string): boolean {
  if (isPlaceholder(value) || isWordy(value)) return false;
  if (isOpaque(value)) return true;
  return !/(?:secret|credential)s?$/i.test(name) && (isQuoted || /\d{3}/.test(value))
    ? isIssued(value)
    : false;
}
