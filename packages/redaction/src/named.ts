/**
 * Values whose name is itself a value beside them: `<add key="x" value="y">`, `- name: x` above `value: y`, a form
 * part, `setProperty("x", "y")`, `| x | y |`, a column of a table.
 *
 * Each look is one sticky, bounded pattern; the text before the name chooses which (I5).
 */
import { isPlaceholder } from './keys.ts';
import { lineEnd } from './value-ends.ts';
import { type Assigned, type Name, valueAt } from './values.ts';
import { isStrong, isWordy } from './wordy.ts';

/** The value that the name between `name.start` and `end` announces, when it stands as a value itself. */
export function namedValue(text: string, name: Name, end: number): Assigned | undefined {
  if (name.kind === 'weak')
    return text[end + 1] === ',' && OPENS.test(text.slice(Math.max(0, name.start - 18), name.start))
      ? argument(text, name, end)
      : undefined;
  // `Refresh Token` in quotes: the words before belong to the name.
  const before = text.slice(Math.max(0, name.start - 56), name.start);
  const lead =
    before.endsWith(' ') && /["'>|:=]/.test(before) ? before.replace(WORDS_BEFORE, '') : before;
  const next = text[end];
  if (next === '|' || next === ' ' || next === '\u2502') return cell(text, name, end, lead);
  if (ATTRIBUTE.test(lead)) {
    return (
      attribute(text, name, end) ??
      element(text, end) ??
      part(text, end) ??
      pair(text, name, end) ??
      valueSet(text, name)
    );
  }
  if (PAIR_NAME.test(lead)) return pair(text, name, end) ?? valueSet(text, name);
  if (/\d\) "$/.test(lead)) return reply(text, name, end);
  if (lead.endsWith('<key>')) return property(text, end);
  if (/\bvariable\s{1,2}"$/.test(lead)) return variable(text, end);
  if (OPENS.test(lead)) return argument(text, name, end);
  // `-define(PASSWORD, "x")`
  if (lead.endsWith('(') && /^[A-Z][A-Z\d_]+$/.test(name.text)) return argument(text, name, end);
  return undefined;
}

/** Before the first of two in brackets. */
const OPENS = /[([{,]\s{0,16}\\?["'`]$/;
const WORDS_BEFORE = /(?<=["'>|:=] ?)(?:[A-Za-z]{1,20} ){1,3}$/;
const ATTRIBUTE =
  /\b(?:key|name|id|type|field|label|property|param|option|var|variable)\s?=\s?\\?["']$/i;
const PAIR_NAME =
  /(?:^|[\s"'{(,-])(?:name|key|header|field|label|variable|parameter|Name|Key|ParameterKey)\\?["']?\s?[:=]\s{0,4}\\?["']?$/;

const VALUE_ATTRIBUTE =
  /\\?["'](?:\s{1,8}[\w:.-]{1,32}\s?=\s?\\?["'][^"'<>\\]{0,64}\\?["']){0,4}?\s{1,8}(?:value|content|val)\s?=\s?(?=\\?["'])/iy;
function attribute(text: string, name: Name, end: number): Assigned | undefined {
  VALUE_ATTRIBUTE.lastIndex = end;
  if (VALUE_ATTRIBUTE.test(text)) return valueAt(text, VALUE_ATTRIBUTE.lastIndex, name, '=');
  // The value may stand first: `<input value="x" name="password">`.
  const from = Math.max(0, name.start - 200);
  const open = from + text.slice(from, name.start).lastIndexOf('<');
  if (open < from) return undefined;
  const match = /\svalue=(["'])([^"'<>]{1,160})\1/i.exec(text.slice(open, name.start));
  if (match?.[2] === undefined || isPlaceholder(match[2])) return undefined;
  const start = open + match.index + match[0].length - 1 - match[2].length;
  return { start, end: start + match[2].length };
}

/** `<string name="api_key">x</string>`. */
const TAG_END = /\\?["'][^<>]{0,80}>\s{0,8}(?=[^<>\s][^<>]{0,4096}<\/)/y;
function element(text: string, end: number): Assigned | undefined {
  TAG_END.lastIndex = end;
  if (!TAG_END.test(text)) return undefined;
  const start = TAG_END.lastIndex;
  const stop = text.indexOf('<', start);
  const value = text.slice(start, stop).trimEnd();
  return isPlaceholder(value) || isWordy(value) ? undefined : { start, end: start + value.length };
}

/** A part of `multipart/form-data`: headers, an empty line, the value. */
const PART = /"(?:;[^\r\n]{0,120})?(?:\r?\n[A-Za-z-]{1,40}:[^\r\n]{0,120}){0,3}(?:\r?\n){2}/y;
function part(text: string, end: number): Assigned | undefined {
  PART.lastIndex = end;
  if (!PART.test(text)) return undefined;
  const start = PART.lastIndex;
  const stop = lineEnd(text, start);
  return stop > start && !isPlaceholder(text.slice(start, stop)) ? { start, end: stop } : undefined;
}

const PAIR_VALUE =
  /\\?["']?\s?,?(?:\r?\n|\\n)?[ \t-]{0,24}\\?["']?(?:value|Value|content|default|text|ParameterValue)\\?["']?\s?[:=]\s{0,4}/y;
function pair(text: string, name: Name, end: number): Assigned | undefined {
  PAIR_VALUE.lastIndex = end;
  return PAIR_VALUE.test(text) ? valueAt(text, PAIR_VALUE.lastIndex, name, ':') : undefined;
}

/** `SET value = 'x' WHERE name = 'smtp_password'`: the value stands first. */
const SET_VALUE =
  /\b(?:value|val|content|data)\s?=\s?'([^'\n]{1,200})'[^'"\n]{0,80}\bWHERE\s[^'"\n]{1,64}['"]$/i;
function valueSet(text: string, name: Name): Assigned | undefined {
  const from = Math.max(0, name.start - 400);
  const match = SET_VALUE.exec(text.slice(from, name.start));
  const value = match?.[1];
  if (match === null || value === undefined || isPlaceholder(value)) return undefined;
  const start = from + match.index + match[0].indexOf(`'${value}'`) + 1;
  return { start, end: start + value.length };
}

/** A property list: `<key>x</key><string>y</string>`. */
const PROPERTY = /<\/key>\s{0,80}<(?:string|data|integer)>\s{0,80}/y;
function property(text: string, end: number): Assigned | undefined {
  PROPERTY.lastIndex = end;
  if (!PROPERTY.test(text)) return undefined;
  const start = PROPERTY.lastIndex;
  let stop = start;
  while (stop < start + 4_096 && stop < text.length && text[stop] !== '<') stop++;
  return isPlaceholder(text.slice(start, stop)) ? undefined : { start, end: stop };
}

/** The next line of a Redis reply: `3) "requirepass"`, `4) "x"`. */
const NEXT_REPLY = /"\r?\n\s{0,4}\d{1,5}\) (?=")/y;
function reply(text: string, name: Name, end: number): Assigned | undefined {
  NEXT_REPLY.lastIndex = end;
  return NEXT_REPLY.test(text) ? valueAt(text, NEXT_REPLY.lastIndex, name, '=') : undefined;
}

const VARIABLE = /"\s?\{[^{}]{0,200}?default\s{0,8}=\s{0,4}(?=")/y;
function variable(text: string, end: number): Assigned | undefined {
  VARIABLE.lastIndex = end;
  if (!VARIABLE.test(text)) return undefined;
  return valueAt(text, VARIABLE.lastIndex, { text: '', start: end, kind: 'secret' }, '=');
}

/** The next argument of a call, the next item of a list: `put("token", "x")`, `["--password", "x"]`. */
const NEXT_ARGUMENT =
  /(?:\\?["'`])?\s{0,2},\s{0,16}(?:(?:with|value|text): )?[@bfrN$]?(?=\\?["'`])/y;
function argument(text: string, name: Name, end: number): Assigned | undefined {
  NEXT_ARGUMENT.lastIndex = end;
  if (!NEXT_ARGUMENT.test(text)) return undefined;
  return valueAt(text, NEXT_ARGUMENT.lastIndex, name, name.text.startsWith('--') ? '=' : 'blank');
}

const CELL_ENDS = '|\u2502\u2551\n';
/** The next cell of a table row: `| token | x |`. */
const NEXT_CELL = /[ \t]{0,64}[|\u2502\u2551][ \t]{0,64}`?(?=[^|\s])/y;
function cell(text: string, name: Name, end: number, lead: string): Assigned | undefined {
  NEXT_CELL.lastIndex = end;
  if (!NEXT_CELL.test(text)) return undefined;
  const start = NEXT_CELL.lastIndex;
  if (
    !/(?:^|\n|\\n|[|\u2502\u2551])[ \t]{0,8}[|\u2502\u2551]?[ \t]{0,8}[`*]{0,2}$/.test(lead) ||
    !/[|\n\u2502\u2551]|^$/.test(lead)
  )
    return undefined;
  // `A | B` may be a union of types: a row of a table starts with a bar.
  const row =
    text
      .slice(Math.max(0, name.start - 160), name.start)
      .split('\n')
      .at(-1) ?? '';
  if (row.includes('|') && !row.trimStart().startsWith('|')) return undefined;
  let stop = start;
  while (stop < start + 512 && stop < text.length && !CELL_ENDS.includes(text[stop] as string))
    // in range
    stop++;
  const value = text.slice(start, stop).trimEnd().replace(/`$/, '');
  if (value.includes(' ')) return undefined;
  return isStrong(value, true) && name.kind !== 'pass' && !isPlaceholder(value)
    ? { start, end: start + value.length }
    : undefined;
}
