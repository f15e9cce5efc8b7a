/**
 * A value that a sentence says before the name of it: `use X as the admin password`, `X is your new PIN for the portal`.
 *
 * Text about secrets has the same words, so the value must look made up, and the name must end what is said of it.
 */
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isStrong } from './wordy.ts';

const LONGEST_LEAD = 128;
/** `as the new`, `is your admin`, right before the name. */
const SAYS =
  /["'`]?,? (?:as|is|was|will be) (?:(?:the|your|my|our|its|their|his|her|a|an|new|current|temporary|temp|default|initial|old|admin|root|wifi|wi-fi|login|master|main|shared|api|access|client|database|db|user|guest|vpn) ){1,4}$/i;
const VALUE = /(?:^|[\s"'`(:])((?!["'`(])[!-~]{8,64})$/;
/** What may follow the name. */
const NEXT =
  /^["'`*]{0,2}(?:[.,;!?)\n]|\s{0,2}$|\s(?:for|of|to|on|in|at|and|when|until|now|please|there|again|from|today)\b)/i;
const HEX = /^[0-9a-f]+$/i;

/** The value before the sensitive name at `start..end`. */
export function precedingValue(text: string, start: number, end: number): Assigned | undefined {
  if (!NEXT.test(text.slice(end, end + 16))) return undefined;
  const lead = text.slice(Math.max(0, start - LONGEST_LEAD), start);
  const said = SAYS.exec(lead)?.[0];
  if (said === undefined) return undefined;
  const value = VALUE.exec(lead.slice(0, -said.length))?.[1];
  if (value === undefined || !/\d/.test(value) || !/[A-Za-z]/.test(value)) return undefined;
  if (!isStrong(value) || HEX.test(value) || /[/=<>{}[\]]/.test(value) || isPlaceholder(value))
    return undefined;
  const from = start - said.length - value.length;
  return { start: from, end: from + value.length };
}
