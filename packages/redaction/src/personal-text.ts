/**
 * Values of personal names in text: `First name: Ada` on a line of its own, `lastName="Vos"`, `surname=Vos&...`, the cells
 * under a heading of a CSV. What has digits of its own (birth dates, phones, ids) is found in `national-ids.ts` and `phones.ts`.
 *
 * In code a name is followed by a type or an expression far more often: a bare value must stand as a name of people does.
 */
import { charset, runEnd, runStart, signBefore } from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import { fits } from './personal-fields.ts';
import { isPersonalKind, type PersonalKind } from './personal-names.ts';
import type { Found } from './personal.ts';
import { insertedValues } from './sql-rows.ts';

/** Parts of such names, in lower case. `PERSONAL_STEMS` has more of them, whose values are told by their digits. */
export const PERSONAL_NAMES: readonly string[] = (
  'firstname lastname surname fullname givenname familyname middlename|first_name|last_name|full_name|given_name|family_name|middle_name|first name|last name|full name|given name|family name| name:' +
  '|address:|vorname|nachname|apellido|cognome|anschrift|adresse:|dateofbirth|date_of_birth|birthdate|birth_date|birthday'
)
  .split('|')
  .flatMap((names, i) => (i === 0 ? names.split(' ') : [names]));

const NAME = charset('A-Za-z0-9_.-');
/** Up to four words in front of ` name:`, at the beginning of a line, a cell or a quotation. */
const WORDS = /(?:^|[\n"'|>*,;(\u2022-])[ \t*#>|-]{0,8}((?:\p{L}[\p{L}-]{0,15}(?:'s)? ){0,4})$/u;
const LINK = /["'`*]{0,3}\s?(=|:)[*_]{0,2}\s{0,4}[*_]{0,2}/y;
const QUOTED = /(["'])([^"'\n<>{}]{2,80})\1/y;
const BARE = /[^\n\r"'<>{}()[\]|;&,=*]{2,80}/y;
/** One to five words with capitals and what joins them. */
const PEOPLE =
  /^\p{Lu}[\p{L}'\u2019-]{1,24}(?: (?:(?:de|da|di|do|del|la|van|von|der|den|bin|al|el) ){0,2}\p{Lu}(?:[\p{L}'\u2019-]{1,24}\.?|\.)){0,4}$/u;
/** Types and classes, which stand behind the names of fields: `FormControl`, `VarChar`. */
const TYPES =
  /[a-z][A-Z](?![a-z]+$)|^(?:[A-Z][a-z]+){2,}$|^(?:String|Text|Varchar|Char|Name|Optional|Required|Field|Column|Any|None|Null|True|False|Unknown|Nullable|Input|Type|Value)\b/;

/** The value of the personal name around `start..end`. */
export function personalValue(
  text: string,
  start: number,
  end: number,
): Found | Found[] | undefined {
  const isLabel = text[end - 1] === ':';
  const stop = isLabel ? end - 1 : runEnd(NAME, text, end, 32);
  let from = runStart(NAME, text, start, 32);
  const lead = text.slice(Math.max(0, from - 72), from);
  const words = WORDS.exec(lead)?.[1];
  if (words !== undefined) from -= words.length;
  const name = text.slice(from, stop).trim();
  const kind = classifyKey(name);
  if (!isPersonalKind(kind)) return undefined;
  const cells = cellsBelow(text, from, stop, name) ?? inserted(text, from, stop, kind);
  if (cells !== undefined) return cells;
  if (text[stop] === '>') return elementAt(text, stop + 1, kind, name);
  LINK.lastIndex = stop;
  const sign = LINK.exec(text)?.[1];
  if (sign === undefined) return undefined;
  return valueAt(text, LINK.lastIndex, kind, name, sign === ':' && words !== undefined, from);
}

/** `<lastName>Vos</lastName>` */
function elementAt(
  text: string,
  start: number,
  kind: PersonalKind,
  name: string,
): Found | undefined {
  ELEMENT.lastIndex = start;
  const value = ELEMENT.exec(text)?.[0];
  if (value === undefined || !fits(kind, value, name)) return undefined;
  return { start, end: start + value.length, rule: `keyed-${kind}` };
}
const ELEMENT = /[^<>\n]{2,120}(?=<\/)/y;

/** The values of the column of an `INSERT`. */
function inserted(
  text: string,
  start: number,
  end: number,
  kind: PersonalKind,
): Found[] | undefined {
  const found = insertedValues(text, start, end)
    ?.filter((value) => fits(kind, text.slice(value.start, value.end), ''))
    .map((value) => ({ start: value.start, end: value.end, rule: `keyed-${kind}` }));
  return found === undefined || found.length === 0 ? undefined : found;
}

/** The cells under the name at `start..end`, if that is all of a heading. */
export function cellsUnder(text: string, start: number, end: number): Found[] | undefined {
  const from = runStart(NAME, text, start, 32);
  const stop = runEnd(NAME, text, end, 32);
  return cellsBelow(text, from, stop, text.slice(from, stop));
}

function valueAt(
  text: string,
  at: number,
  kind: PersonalKind,
  name: string,
  isLine: boolean,
  from: number,
): Found | undefined {
  const rule = `keyed-${kind}`;
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text)?.[2];
  if (quoted !== undefined)
    return fits(kind, quoted, name) && /\p{Lu}|\d/u.test(quoted)
      ? { start: at + 1, end: at + 1 + quoted.length, rule }
      : undefined;
  BARE.lastIndex = at;
  const bare = BARE.exec(text)?.[0].trimEnd();
  if (bare === undefined) return undefined;
  const end = at + bare.length;
  const next = text[end];
  const isAlone =
    next === undefined ||
    next === '\n' ||
    next === '\r' ||
    next === '\\' ||
    next === ',' ||
    next === '&' ||
    next === '|' ||
    next === '*' ||
    next === ';';
  if (!isAlone) return undefined;
  if (kind === 'address' || /address$/i.test(name)) {
    // The rest of the line belongs to it.
    if (!isLine || !fits('address', bare, name)) return undefined;
    const whole = runEnd(LINE, text, at, 160);
    return { start: at, end: Math.max(end, whole), rule };
  }
  if (!PEOPLE.test(bare) || TYPES.test(bare) || !fits(kind, bare, name)) return undefined;
  const isQuery = next === '&' || '?&'.includes(signBefore(text, from) ?? ' ');
  return isLine || isQuery || text[at - 1] === '=' ? { start: at, end, rule } : undefined;
}
const LINE = charset(" A-Za-z0-9,.'#/-");

const SIGNS = [',', ';', '\t', '|'];
const HEADING = /^[\s"'`*]*[\p{L}_][\p{L}\d_ .()#/-]{0,40}[\s"'`*]*$|^\s*$/u;
const MAX_LINE = 1_024;
const MAX_ROWS = 500;
const MAX_TEXT = 16_384;

/** The cells under the personal headings of a table whose first line the name stands in. */
function cellsBelow(text: string, start: number, end: number, name: string): Found[] | undefined {
  const stop = text.slice(end, end + MAX_LINE).indexOf('\n');
  if (stop < 0) return undefined;
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const lineStart = start - lead.length + lead.lastIndexOf('\n') + 1;
  const line = text.slice(lineStart, end + stop);
  const sign = SIGNS.find((one) => line.includes(one));
  if (sign === undefined) return undefined;
  const headings = line.split(sign);
  if (headings.length < 2 || !headings.every((cell) => HEADING.test(cell))) return undefined;
  const first = text.slice(lineStart, start).split(sign).length - 1;
  if (headings[first]?.replace(/["'`*]/g, '').trim() !== name) return undefined;
  const kinds = headings.map((cell, i) => {
    const kind = i < first ? 'none' : classifyKey(cell.replace(/["'`*]/g, '').trim());
    return isPersonalKind(kind) ? kind : undefined;
  });
  const found: Found[] = [];
  let at = end + stop + 1;
  const last = Math.min(text.length, at + MAX_TEXT);
  for (let row = 0; row < MAX_ROWS && at < last; row++) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline < 0 ? text.length : newline;
    const cells = text.slice(at, Math.min(lineEnd, at + MAX_LINE)).split(sign);
    if (cells.length !== headings.length) break;
    let from = at;
    cells.forEach((cell, i) => {
      const kind = kinds[i];
      const value = cell.replace(/^[\s"'`]+|[\s"'`]+$/g, '');
      if (kind !== undefined && !isPlaceholder(value) && fits(kind, value, '')) {
        const begin = from + cell.indexOf(value);
        found.push({ start: begin, end: begin + value.length, rule: `keyed-${kind}` });
      }
      from += cell.length + 1;
    });
    at = lineEnd + 1;
  }
  return found.length === 0 ? undefined : found;
}
