/**
 * What a sensitive name gives away: the whole name is read around the part of it that the pass has seen, and the value is
 * looked for where notations put it: behind a sign, in an element, in the cells below, in a row.
 */
import { assignedValue, queryValue } from './assignment.ts';
import { charset, IDENTIFIER, isIn, runEnd, runStart, WORD } from './charset.ts';
import { columnValues, copiedValues, htmlValues } from './columns.ts';
import { contextValues } from './context.ts';
import { cookieHeader } from './cookies.ts';
import { fedSecret } from './fed.ts';
import { flowValues } from './flow.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import { nestedValues } from './manifest.ts';
import { changedValues, markedUpValue } from './markup.ts';
import type { Found } from './personal.ts';
import { precedingValue } from './preceding.ts';
import { insertedValues } from './sql-rows.ts';
import type { Assigned } from './values.ts';

/** Looks around a literal, which stands from `start` to `end`. */
export type Handler = (
  text: string,
  start: number,
  end: number,
) => Found | readonly Found[] | undefined;

/** Makes a handler of a function that gives no rule. */
export function keyed(
  find: (text: string, start: number, end: number) => Assigned | readonly Assigned[] | undefined,
): Handler {
  // Written out: copying what objects of several shapes hold costs more than finding it.
  const found = ({ start, end, isLoose = false }: Assigned): Found => ({
    start,
    end,
    rule: 'keyed-secret',
    isLoose,
  });
  return (text, start, end) => {
    const value = find(text, start, end);
    if (value === undefined) return undefined;
    return 'start' in value ? found(value) : value.map(found);
  };
}

export const inQuery: Handler = keyed(queryValue);

const valueOf = keyed(
  (text, start, end) =>
    (end - start === COOKIE && (text.charCodeAt(start) | 32) === SMALL_C
      ? cookieHeader(text, start, end)
      : undefined) ??
    insertedValues(text, start, end) ??
    valuesOfName(text, start, end),
);

/** Where the latest name of the present text stands that has no value. */
let failedFrom = -1;
let failedTo = -1;
/** Up to where its rows were looked at: what stands in them heads no column. */
let rowsSeen = 0;

/** Another text comes. */
export function forgetNames(): void {
  failedFrom = -1;
  rowsSeen = 0;
}

/** The values of the whole name around a stem; of `password` both `pass` and `password` are seen. */
function valuesOfName(
  text: string,
  start: number,
  end: number,
): Assigned | readonly Assigned[] | undefined {
  const from = runStart(IDENTIFIER, text, start, 64);
  const to = runEnd(IDENTIFIER, text, end, 64);
  // Behind `\` and `%` a name's first letter may be no part of it, depending on the stem.
  if (from === failedFrom && to === failedTo && !isIn(ESCAPES, text, from - 1)) return undefined;
  const assigned = assignedValue(text, start, end);
  if (assigned !== undefined) return withNew(text, assigned);
  const isSecret =
    (isIn(AROUND, text, to) || text.charCodeAt(to) === BAR) &&
    classifyKey(text.slice(from, to)) === 'secret';
  const found =
    besideName(text, from, to, isSecret) ??
    (isSecret
      ? (flowValues(text, start, end) ??
        tableValues(text, from, to) ??
        nestedValues(text, start, end))
      : undefined) ??
    pipedTo(text, from, start, end) ??
    saidBefore(text, from, to);
  if (found === undefined) {
    failedFrom = from;
    failedTo = to;
  }
  return found;
}
const ESCAPES = charset('\\%');
/** What stands behind a name whose values are further on: in a list, in cells, in markup. */
const AROUND = charset(',;\t|:=" \'\n\r<)`*]');
/** Of a drawn box. */
const BAR = 0x2502;

/** Behind `as the`, `is your`: what a sentence has said before the name. */
function saidBefore(text: string, from: number, to: number): Assigned | undefined {
  if (text.charCodeAt(from - 1) !== BLANK) return undefined;
  const said = precedingValue(text, from, to);
  return said !== undefined && isSecretName(text, from, to) ? said : undefined;
}

/** A value in quotes, and what a plan changes it to: `password = "x" -> "y"`. */
function withNew(text: string, found: Assigned): Assigned | readonly Assigned[] {
  if (!isIn(QUOTES, text, found.end) || text.charCodeAt(found.end + 1) !== BLANK) return found;
  CHANGED_TO.lastIndex = found.end;
  const value = CHANGED_TO.exec(text)?.[1];
  if (value === undefined || isPlaceholder(value)) return found;
  const end = CHANGED_TO.lastIndex;
  return [found, { start: end - value.length, end }];
}
const QUOTES = charset('"\'');
const CHANGED_TO = /["'] [-=]> ["']([^"'\n]{4,512})(?=["'])/y;

/** `echo x | vncpasswd -f`, `printf x | podman secret create db -`. */
function pipedTo(text: string, from: number, start: number, end: number): Assigned | undefined {
  // A command stands before its name.
  if (!isIn(WORDS, text, from - 1)) return undefined;
  const pipe = runStart(WORDS, text, from, 48);
  if (text.charCodeAt(pipe - 1) !== PIPE) return undefined;
  // `chpasswd` is fed a name too: see `commands.ts`.
  if (text.startsWith('chpasswd', from) || FILTERS.test(text.slice(pipe, from))) return undefined;
  const isFile = text.slice(from, runEnd(IDENTIFIER, text, end, 64)).includes('.');
  return isFile ? undefined : fedSecret(text, start, end);
}
const WORDS = charset('a-z ./_-');
const PIPE = 124;
/** Commands that ask for no secret, and files. */
const FILTERS = /\b(?:tee|grep|cat|sed|awk|cut|wc|jq|tr|head|tail|sort|base64|xargs|less)\b|[./]/;

/** What markup or a sentence about a change puts between a sensitive name and its value. */
function besideName(
  text: string,
  from: number,
  to: number,
  isSecret: boolean,
): Assigned | readonly Assigned[] | undefined {
  const next = text.charCodeAt(to);
  const isMarked = next < 128 && BESIDE[next] === 1;
  if (!isMarked && !(next === BLANK && isIn(CHANGES, text, to + 1))) return undefined;
  if (!isSecret && !isSecretName(text, from, to)) return undefined;
  return isMarked ? markedUpValue(text, to) : changedValues(text, to);
}
const BLANK = 32;
const BESIDE = charset('<:"\'');
const CHANGES = charset('crusghwi');

/** True for a name that is secret, alone or with the word before it. */
function isSecretName(text: string, from: number, to: number): boolean {
  if (classifyKey(text.slice(from, to)) === 'secret') return true;
  if (text.charCodeAt(from - 1) !== BLANK) return false;
  return classifyKey(text.slice(runStart(IDENTIFIER, text, from - 1, 24), to)) === 'secret';
}

/** Length of `cookie`; no other stem of that length begins with a `c`. */
const COOKIE = 6;
const SMALL_C = 99;

/** Around a part of a sensitive name. */
export const assignment: Handler = (text, start, end) =>
  (isRuleName(text, start, end) ? undefined : valueOf(text, start, end)) ??
  contextValues(text, start, end);

/** Around ` pw `: a quote behind it, and no word in that, ends a text of code. */
export const shortName: Handler = (text, start, end) =>
  contextValues(text, start + 1, end - 1) ??
  (`"'\``.includes(text[end] ?? ' ') && !isIn(WORD, text, end + 1)
    ? undefined
    : valueOf(text, start + 1, end - 1));

/** True in `[REDACTED:keyed-secret]`: our own mark names a rule, not a field. */
function isRuleName(text: string, start: number, end: number): boolean {
  return (
    text[runEnd(IDENTIFIER, text, end, 64)] === ']' &&
    text.startsWith('[REDACTED:', runStart(IDENTIFIER, text, start, 64) - 10)
  );
}

/** The cells under a secret name that heads a column. */
function tableValues(text: string, from: number, to: number): Assigned[] | undefined {
  if (text[to] === '=' || from < rowsSeen) return undefined;
  const found =
    text[to] === '<'
      ? htmlValues(text, from, to)
      : (columnValues(text, from, to) ?? copiedValues(text, from, to));
  if (found !== undefined && found.length === 0) rowsSeen = to + ROWS_LENGTH;
  return found === undefined || found.length === 0 ? undefined : found;
}
/** As much as is looked at below a heading. */
const ROWS_LENGTH = 16_384;
