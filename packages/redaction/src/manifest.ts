/**
 * Values in YAML that stand deeper than what makes them secret: all under `data` and `stringData` of a Kubernetes
 * Secret, whatever they are called, and the opaque ones under `secrets:`.
 *
 * `kind` may stand before or behind the data. At most 8 KiB are looked at on either side, and no line twice (I5).
 */
import { IDENTIFIER, looksRandom, runEnd, runStart } from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';
import { isOpaque } from './wordy.ts';

const MAX_SIDE = 8_192;
/** Longer lines are no entries. */
const MAX_LINE = 4_096;
const SECTION = /^(?:stringData|data):\s*$/;
const ENTRY = /^[ \t]*(?:["']?([\w.-]{1,253})["']?:(?:[ \t]+|$))?["']?/;
const BLOCK_SIGN = /^[|>][+-]?$/;
const NESTED =
  /^[ \t]{1,64}(?:- )?["']?([\w.-]{1,64})["']?:[ \t]{1,16}["']?([^\s"'][^\s"']{0,512})["']?\s*$/;

/** Up to where lines were looked at in the present text, for either. */
let manifestSeen = 0;
let nestedSeen = 0;

/** Another text comes. */
export function forgetManifests(): void {
  manifestSeen = 0;
  nestedSeen = 0;
}

/** The values of the Secret whose `kind: Secret` stands at `start..end`. */
export function manifestValues(text: string, start: number, end: number): Found[] | undefined {
  if (start < manifestSeen || !'\r\n'.includes(text[end] ?? '\n')) return undefined;
  const own = text.lastIndexOf('\n', start - 1) + 1;
  if (start - own > 64 || !/^[ -]*$/.test(text.slice(own, start))) return undefined;
  const indent = start - own;
  let from = own;
  // An item of a list begins with its dash.
  while (from > manifestSeen && start - from < MAX_SIDE && !isItem(text, from, indent)) {
    const before = text.lastIndexOf('\n', from - 2) + 1;
    if (before < manifestSeen) break;
    if (isBorder(text, before, from, indent) && !isItem(text, before, indent)) break;
    from = before;
  }
  const found: Found[] = [];
  let isInside = false;
  let at = from;
  while (at < text.length && at - end < MAX_SIDE) {
    const stop = lineStop(text, at);
    if (at > own && isBorder(text, at, stop, indent)) break;
    const line = text.slice(at, Math.min(stop, at + MAX_LINE));
    if (line.trim() !== '') {
      if (indentOf(line) <= indent) isInside = SECTION.test(line.slice(indent));
      else if (isInside) addValue(line, at, found);
    }
    at = stop + 1;
  }
  manifestSeen = at;
  return found;
}

/** True for a line of another object: indented less, or the dash of another item. */
function isBorder(text: string, from: number, to: number, indent: number): boolean {
  const line = text.slice(from, Math.min(to, from + 66));
  if (line.startsWith('---')) return true;
  return line.trim() !== '' && (indentOf(line) < indent || isItem(text, from, indent));
}

/** True for the dash of an item whose members are indented so. */
function isItem(text: string, from: number, indent: number): boolean {
  return indent >= 2 && text.startsWith('- ', from + indent - 2);
}

function lineStop(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline;
}

/** Blanks and dashes in front. */
function indentOf(line: string): number {
  return /^(?:- | )*/.exec(line)?.[0].length ?? 0;
}

function addValue(line: string, at: number, found: Found[]): void {
  const [entry = '', name = ''] = ENTRY.exec(line) ?? [];
  const lead = entry.length;
  const value = line.slice(lead).replace(/["']?\s*$/, '');
  if (value === '' || BLOCK_SIGN.test(value) || isPlaceholder(value)) return;
  if (classifyKey(name) === 'benign' && !looksRandom(value)) return;
  const start = at + lead;
  found.push({ start, end: start + value.length, rule: 'keyed-secret', isLoose: true });
}

/** The opaque values below the sensitive name around `start..end`, when it has a line of its own. */
export function nestedValues(text: string, start: number, end: number): Found[] | undefined {
  const to = runEnd(IDENTIFIER, text, end, 64);
  if (text[to] !== ':' || !'\r\n'.includes(text[to + 1] ?? ' ')) return undefined;
  const from = runStart(IDENTIFIER, text, start, 64);
  const lead = /(?:^|\n)([ \t]{0,64})$/.exec(text.slice(Math.max(0, from - 65), from))?.[1];
  if (lead === undefined || from < nestedSeen) return undefined;
  if (classifyKey(text.slice(from, to)) !== 'secret') return undefined;
  const found: Found[] = [];
  let at = lineStop(text, to) + 1;
  while (at < text.length && at - to < MAX_SIDE && ' \t\r\n'.includes(text[at] ?? 'x')) {
    const stop = lineStop(text, at);
    const line = text.slice(at, Math.min(stop, at + MAX_LINE));
    if (line.trim() !== '' && indentOf(line) <= lead.length) break;
    const [, name = '', value = ''] = NESTED.exec(line) ?? [];
    if (isOpaque(value) && classifyKey(name) !== 'benign' && !isPlaceholder(value)) {
      const first = at + line.lastIndexOf(value);
      found.push({ start: first, end: first + value.length, rule: 'keyed-secret', isLoose: true });
    }
    at = stop + 1;
  }
  nestedSeen = at;
  return found.length === 0 ? undefined : found;
}
