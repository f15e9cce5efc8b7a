/**
 * What a shell feeds to a command that asks for a secret: `echo x | docker login --password-stdin`, `sudo -S y <<< 'x'`,
 * `--key-file <(echo x)`.
 *
 * A line, 320 characters of it at most (I5).
 */
import { isPlaceholder } from './keys.ts';
import { lineEnd } from './value-ends.ts';
import type { Assigned } from './values.ts';

const MAX_LINE = 320;
const TEXT = String.raw`(?:\\?"([^"\\\n]{3,200})\\?"|'([^'\n]{3,200})'|((?:[^\s"'\`()|;&$<>]|\$(?![\w({])){3,200}))`;
const PIPED = new RegExp(
  String.raw`(?:echo|printf)\s{1,3}(?:-\w{1,2}\s{1,3})?(?:["']%s(?:\\n)?["'] )?${TEXT}\s{0,3}\|[^|\n]{1,200}$`,
);
const HERE = new RegExp(String.raw`[^<\n]{0,160}<<<\s{0,2}${TEXT}`, 'y');
const FED = new RegExp(String.raw`\s{0,2}(?:-\w{1,2} )?(?:["']%s(?:\\n)?["'] )?${TEXT}\s?\)`, 'y');
/** Of a command that asks for a secret. */
const ASKS =
  /pass(?:w|p|-|_|\b)|pwd|secret|token|key-?file|credential|\b(?:su|cryptsetup|openconnect|kinit|ssh-add|smbpasswd)\b/i;

/** Around `--password-stdin`, `sudo -S` and the like. */
export function fedSecret(text: string, start: number, end: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const piped = PIPED.exec(lead);
  if (piped !== null) return inMatch(piped, start - lead.length + piped.index);
  HERE.lastIndex = end;
  return inMatch(HERE.exec(text), end);
}

/** Behind `<(echo `. */
export function substituted(text: string, start: number, end: number): Assigned | undefined {
  if (text[start - 1] !== '<') return grouped(text, end);
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const rest = text.slice(end, lineEnd(text, end, 64));
  if (!ASKS.test(lead.slice(lead.lastIndexOf('\n') + 1) + rest)) return undefined;
  FED.lastIndex = end;
  return inMatch(FED.exec(text), end);
}

/** `(echo x; echo x) | smbpasswd -s`. */
function grouped(text: string, end: number): Assigned | undefined {
  GROUPED.lastIndex = end;
  const match = GROUPED.exec(text);
  return match !== null && ASKS.test(match[4] ?? '') ? inMatch(match, end) : undefined;
}
const GROUPED = new RegExp(
  String.raw`\s{0,2}(?:-\w{1,2} )?${TEXT}\s?;[^|\n]{1,200}\|([^|\n]{1,80})`,
  'y',
);

function inMatch(match: RegExpExecArray | null, from: number): Assigned | undefined {
  const value = match?.[1] ?? match?.[2] ?? match?.[3];
  if (match === null || value === undefined || isPlaceholder(value)) return undefined;
  const start = from + match[0].indexOf(value, match[0].startsWith('echo') ? 5 : 0);
  return { start, end: start + value.length };
}
