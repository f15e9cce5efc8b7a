/**
 * What stands alone on a line of its own because the lines before say what it is: the output of a command that prints a
 * secret (`$ vault kv get -field=password db`), the line below `Your new password:`.
 *
 * A command's line is at most 256 characters, the value 4,096 (I5).
 */
import { speaksOfSecret } from './frames.ts';
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isIssued, isOpaque, isStrong, isWordy } from './wordy.ts';

/** What commands that print one value are called with; most print other things too, so their line must speak of a secret. */
export const PRINTS: readonly string[] = (
  'versions access |with-decryption|-field=|op read |base64 -d|base64 --decode|printenv |auth token\n|get-secret-value|config:get |' +
  'output -raw |cat /run/secrets/|cat /etc/secrets/|generic-password|print-access-token|get-access-token|get-login-password|' +
  'secrets get |create token |-o tsv|token create |pass show |openssl rand '
).split('|');

const MAX_LINE = 256;
/** Commands that speak of nothing else. */
const SURE =
  /with-decryption|-access-token|login-password|auth token$|create token|token create|-password|\/secrets\/|pass show|openssl rand/;
/** The next line: one value and nothing else. */
const ALONE = /[ \t]{0,16}"?([^\s"]{6,4096})"?[ \t]{0,8}(?=\r?\n|$)/y;

/** The line below a command that prints a secret. */
export function printedSecret(text: string, start: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - MAX_LINE), start);
  const from = start - lead.length + lead.lastIndexOf('\n') + 1;
  const newline = text.slice(start, start + MAX_LINE).indexOf('\n');
  if (newline < 0) return undefined;
  const line = text.slice(from, start + newline).trimEnd();
  if (!SURE.test(line) && !speaksOfSecret(line)) return undefined;
  return aloneAt(text, start + newline + 1);
}

/** The line up to `end`, when the sign of a prompt stands in it. */
function promptBefore(text: string, end: number): string | undefined {
  const from = Math.max(0, end - MAX_LINE);
  let hasPrompt = false;
  for (let at = end - 1; at >= from; at--) {
    const code = text.charCodeAt(at);
    if (code === NEWLINE) return hasPrompt ? text.slice(at + 1, end) : undefined;
    if (code === BLANK) hasPrompt ||= '$#>%'.includes(text[at - 1] ?? ' ');
  }
  return hasPrompt && from === 0 ? text.slice(0, end) : undefined;
}
const [NEWLINE, BLANK] = [10, 32];

/** The line of a prompt up to the name of what it asks for: `$ etcdctl get /db/password`, `127.0.0.1:6379> GET password`. */
const ASKED =
  /(?:^|[\w~)\]:/])[$#>%] (?:[\w./-]{1,64} ){0,6}(?:get|cat|show|read|lookup|print|echo|reveal|view|fetch|GET) [^\n]{0,128}$/;

/** What a command prints that asks for what `asked` ends with. */
function printedBelow(text: string, newline: number, asked: string): Assigned | undefined {
  let from = newline + 1;
  // Some repeat the name first.
  const name = asked.slice(asked.lastIndexOf(' ') + 1);
  if (text.startsWith(`${name}\n`, from)) from += name.length + 1;
  return aloneAt(text, from);
}

function aloneAt(text: string, from: number): Assigned | undefined {
  ALONE.lastIndex = from;
  const value = ALONE.exec(text)?.[1];
  if (value === undefined || !isValue(value)) return undefined;
  const first = text.indexOf(value, from);
  return { start: first, end: first + value.length };
}

function isValue(value: string): boolean {
  return (
    !isPlaceholder(value) &&
    !isWordy(value) &&
    !/^[[{(<$/-]|:\/\/|[:)]$/.test(value) &&
    (isStrong(value, true) || isIssued(value))
  );
}

/** Behind a name, a sentence or nothing, and a colon at the end of the line; then perhaps an empty line. */
const BELOW =
  /["'*]{0,3}(?: [\w'\u2019()/`-]{1,40}){0,10}["'*]{0,3}[:?][*]{0,2}[ \t]{0,4}(?:\r?\n[ \t>]{0,16}){1,3}(?:(?:\[[\d:]{4,8}\] )?(?:<[\w. -]{1,24}>|[\w.-]{1,24}:) )?[`*]{0,3}([^\s`]{6,512})[`*]{0,3}[ \t]{0,8}(?=\r?\n|$)/y;
const HEX_KEY = /^[0-9a-f]{24,128}$/;

/** The value that stands alone below the line which the name that ends at `end` is on. */
export function valueBelow(text: string, end: number): Assigned | undefined {
  const newline = text.slice(end, end + MAX_LINE).indexOf('\n');
  if (newline < 0) return undefined;
  const asked = promptBefore(text, end);
  if (asked !== undefined && ASKED.test(asked)) return printedBelow(text, end + newline, asked);
  BELOW.lastIndex = end;
  const match = BELOW.exec(text);
  const value = match?.[1]?.replace(/[*"',]+$/, '');
  if (match === null || value === undefined || !(isOpaque(value) || HEX_KEY.test(value)))
    return undefined;
  if (!isValue(value) || /^[\w.-]{1,40}[:=]/.test(value)) return undefined;
  const start = end + match[0].lastIndexOf(value);
  return { start, end: start + value.length, isLoose: true };
}
