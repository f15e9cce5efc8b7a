/**
 * Blocks of key material: PEM (also unclosed, with escaped newlines, pasted into code), SSH2, OpenVPN, PuTTY.
 *
 * Only the body goes: the lines that say what it was stay. Certificates and public keys are no secrets.
 */
import { charset, runEnd } from './charset.ts';
import { isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';

const MAX_BLOCK = 262_144;
const SECRET_TITLE = /PRIVATE|STATIC KEY|SECRET/i;
/** Between the title and the body, and between lines: blanks, newlines real or escaped, quotes and signs of code. */
const JOINT = /(?:\n[-+](?!---)|\s|\\+[nrt]|["'`+,]|\\+["'](?=[\s\\+,]|$))*/y;
const HEADER = /[A-Za-z][A-Za-z-]{1,31}: [^\r\n\\]{0,120}(?:\r?\n|\\r|\\n)+/y;
const BODY = charset('A-Za-z0-9+/=');

/** The body of the block whose `-----BEGIN` (or `---- BEGIN`) ended at `end`. */
export function keyBlock(text: string, _start: number, end: number): Found | undefined {
  const title = text.slice(end, end + 64);
  const close = title.indexOf('----');
  if (close < 0 || !SECRET_TITLE.test(title.slice(0, close))) return undefined;
  const body = afterHeaders(text, end + runEnd(DASHES, title, close, 8));
  const stop = bodyEnd(text, body);
  if (stop <= body) return undefined;
  return isPlaceholder(text.slice(body, Math.min(stop, body + 200)))
    ? undefined
    : { start: body, end: stop, rule: 'private-key' };
}
const DASHES = charset('-');

/** Behind the header lines of a block, which stay, when there are any. */
function afterHeaders(text: string, from: number): number {
  JOINT.lastIndex = from;
  JOINT.test(text);
  let at = JOINT.lastIndex;
  HEADER.lastIndex = at;
  for (let line = 0; line < 8 && HEADER.test(text); line++) at = HEADER.lastIndex;
  return at === JOINT.lastIndex ? from : at;
}

/** Takes lines of base64 and header lines; stops at `-----END`, at a sentence, at the end of a string. */
function bodyEnd(text: string, from: number): number {
  const limit = Math.min(text.length, from + MAX_BLOCK);
  let at = from;
  let end = from;
  while (at < limit) {
    JOINT.lastIndex = at;
    JOINT.test(text);
    const line = Math.max(at, JOINT.lastIndex);
    if (text[line] === '-' || line >= limit) {
      return end === from ? from : text.startsWith('----', line) ? line : end;
    }
    HEADER.lastIndex = line;
    if (HEADER.test(text)) {
      at = HEADER.lastIndex;
      continue;
    }
    const stop = runEnd(BODY, text, line, limit - line);
    const isSentence =
      text[stop] === ' ' && /[A-Za-z]/.test(text[stop + 1] ?? ' ') && stop - line < 24;
    if (stop === line || isSentence) return end;
    // What stands behind the body on its line and is no joint ends the block.
    end = stop;
    at = stop;
  }
  return end;
}

/** The lines of a PuTTY key behind `Private-Lines: n`. */
export function puttyLines(text: string, _start: number, end: number): Found | undefined {
  PUTTY.lastIndex = end;
  const match = PUTTY.exec(text);
  if (match === null) return undefined;
  const start = PUTTY.lastIndex;
  let stop = start;
  for (let line = Number(match[1]); line > 0 && stop < text.length; line--) {
    stop = runEnd(BODY, text, stop, 256);
    if (line > 1)
      stop += /^(?:\r?\n|(?:\\r)?\\n)/.exec(text.slice(stop, stop + 4))?.[0].length ?? 0;
  }
  return stop > start ? { start, end: stop, rule: 'private-key' } : undefined;
}
const PUTTY = /\s{0,2}(\d{1,3})(?:\r?\n|(?:\\r)?\\n)/y;
