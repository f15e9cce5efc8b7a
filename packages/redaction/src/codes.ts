/** Codes that no sign ties to their name: `482913 is your login code`, and the lines under `Recovery codes:`. */
import type { Assigned } from './values.ts';

const NUMBER = /(?:^|[\s"'`*>(:])(?:[A-Z]{1,3}-)?(\d{4,8})$/;
const NAMED = /(?:[\w-]{1,20} ){0,4}(?:code|otp|pin|passcode|password)\b/iy;

/** Around ` is your ` and ` as your `. */
export function codeBefore(text: string, start: number, end: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - 16), start);
  const code = NUMBER.exec(lead)?.[1];
  NAMED.lastIndex = end;
  return code === undefined || !NAMED.test(text)
    ? undefined
    : { start: start - code.length, end: start };
}

const LIST = /s?["'`*]{0,3}:?["'`*]{0,3}[ \t]*(?:\r?\n)/iy;
const LINE =
  /[ \t]{0,8}(?:\d{1,2}[.)][ \t]{1,4}|[-*\u2022][ \t]{1,4})?["'`]?((?=[A-Za-z\d-]{0,40}\d)[A-Za-z\d]{4,12}(?:-[A-Za-z\d]{4,12}){0,4})["'`]?,?[ \t]{0,4}(?:\r?\n|$)/y;
const MAX_CODES = 24;

/** The lines below `recovery code`, `backup codes:`. */
export function codeLines(text: string, _start: number, end: number): Assigned[] | undefined {
  LIST.lastIndex = end;
  if (!LIST.test(text)) return undefined;
  const found: Assigned[] = [];
  LINE.lastIndex = LIST.lastIndex;
  while (found.length < MAX_CODES) {
    const from = LINE.lastIndex;
    const match = LINE.exec(text);
    const code = match?.[1];
    if (match === null || code === undefined) break;
    const start = from + match[0].lastIndexOf(code);
    found.push({ start, end: start + code.length });
  }
  return found.length < 2 ? undefined : found;
}
