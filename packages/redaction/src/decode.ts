/**
 * Secrets inside an encoding: base64 (also twice), hexadecimal, every byte percent-encoded, `\u0041` and `&#65;` escapes.
 *
 * Runs of 24 or more such characters are decoded when their beginning gives readable text, and scanned; when anything is
 * found in it the whole run goes. At most 8 KiB a run, two layers deep (I5).
 */
import { charset, isIn, runEnd, runStart } from './charset.ts';
import type { Found } from './personal.ts';

const SHORTEST = 24;
const MAX_RUN = 8_192;
const MAX_RUNS = 64;
const CODED = charset('A-Za-z0-9+/=_%&#;\\-');
const READABLE = /^[\t\n\r -~]+$/;

/** The encoded runs in the first `length` code units in which `finds` sees something. */
export function encodedRuns(
  text: string,
  length: number,
  finds: (decoded: string) => boolean,
): readonly Found[] | undefined {
  let found: Found[] | undefined;
  let at = 0;
  for (let count = 0; at + SHORTEST <= length && count < MAX_RUNS;) {
    let probe = at + SHORTEST - 1;
    while (probe >= at && isIn(CODED, text, probe)) probe--;
    if (probe >= at) {
      at = probe + 1;
      continue;
    }
    const start = runStart(CODED, text, at, MAX_RUN);
    const end = Math.min(length, runEnd(CODED, text, at, MAX_RUN));
    count++;
    const run = text.slice(start, end);
    const decoded = decode(run, 0);
    if (decoded !== undefined && finds(decoded))
      (found ??= []).push({ start, end, rule: 'encoded-secret' });
    at = end + 1;
  }
  return found;
}

/** The readable text that the run stands for. */
function decode(run: string, depth: number): string | undefined {
  const once = /^(?:%[0-9a-f]{2}){8}/i.test(run)
    ? unescaped(run, /%([0-9a-f]{2})/gi, 16)
    : /^(?:\\u00[0-9a-f]{2}){6}/i.test(run)
      ? unescaped(run, /\\u00([0-9a-f]{2})/gi, 16)
      : /^(?:\\x[0-9a-f]{2}){6}/i.test(run)
        ? unescaped(run, /\\x([0-9a-f]{2})/gi, 16)
        : /^(?:&#x[0-9a-f]{2};){6}/i.test(run)
          ? unescaped(run, /&#x([0-9a-f]{2});/gi, 16)
          : /^(?:&#\d{2,3};){6}/.test(run)
            ? unescaped(run, /&#(\d{2,3});/g, 10)
            : bytes(run);
  if (once === undefined || !READABLE.test(once)) return undefined;
  return depth === 0 && once.length >= SHORTEST && /^[A-Za-z0-9+/=_-]+$/.test(once)
    ? (decode(once, 1) ?? once)
    : once;
}

function unescaped(run: string, pattern: RegExp, radix: number): string {
  return run.replace(pattern, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, radix)),
  );
}

/** Hexadecimal or base64, when the first bytes are readable. */
function bytes(run: string): string | undefined {
  if (/[%&#;\\]/.test(run)) return undefined;
  if (/^(?:[0-9a-f]{2}){12,}$/i.test(run)) return readable(run, 'hex', 24);
  return /^[A-Za-z0-9+/_-]+={0,2}$/.test(run) ? readable(run, 'base64', 24) : undefined;
}

function readable(run: string, encoding: 'hex' | 'base64', lead: number): string | undefined {
  if (!READABLE.test(Buffer.from(run.slice(0, lead), encoding).toString('latin1')))
    return undefined;
  return Buffer.from(run, encoding).toString('latin1');
}
