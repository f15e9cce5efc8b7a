/** `btoa("ana:x")`, `b64encode(b'ana:x')`: a user and a password about to be encoded for a header. */
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isIssued, isStrong } from './wordy.ts';

/** Calls that encode, in lower case. */
export const ENCODERS: readonly string[] =
  'btoa( b64encode( base64_encode( encodetostring( buffer.from( base64.encode( strict_encode64('.split(
    ' ',
  );
const PAIR = /\s{0,4}(?:b|\[\]byte\()?(["'`])[\w.@+-]{1,64}:((?:(?!\1)[^\\\s/]){4,128})\1/y;

/** The password of a pair behind one of `ENCODERS`. */
export function pairToEncode(text: string, _start: number, end: number): Assigned | undefined {
  PAIR.lastIndex = end;
  const value = PAIR.exec(text)?.[2];
  if (value === undefined || isPlaceholder(value) || !(isStrong(value, true) || isIssued(value)))
    return undefined;
  const stop = PAIR.lastIndex - 1;
  return { start: stop - value.length, end: stop };
}
