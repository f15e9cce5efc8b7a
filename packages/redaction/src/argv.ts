/**
 * Secrets in lists of arguments: `["mysql", "-u", "root", "-px"]`, `{ command: "curl", args: ["-u", "ana:x"] }`, and
 * the same in text that is no JSON: `CMD ["redis-cli", "-a", "x"]`, a YAML list of an argument a line.
 *
 * A list is written as the command line that it stands for and judged by the records of `commands.ts`. No shell reads
 * it: signs that would end a value there are written as letters, one for one, so that places stay what they are.
 * At most 64 items and 640 characters of a command are looked at (I5).
 */
import { type Command, COMMANDS, commandSecrets } from './commands.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';

const MAX_ITEMS = 64;
const MAX_LINE = 640;
const MAX_HEAD = 64;
/** `sudo docker exec db mysql`: a list has few commands. */
const MAX_COMMANDS = 4;
const DASH = 45;
/** What ends a value on a command line. */
const SHELL_SIGNS = /[\s"'|;&]/g;

/** A record and one of its words. */
interface Start {
  readonly command: Command;
  /** As the line begins, in lower case. */
  readonly words: string;
}

/** By the first word. */
const STARTS = new Map<string, Start[]>();
for (const command of COMMANDS)
  for (const words of command.words) {
    const head = words.trim().split(' ', 1)[0] ?? '';
    const known = STARTS.get(head);
    if (known === undefined) STARTS.set(head, [{ command, words }]);
    else known.push({ command, words });
  }

/** Most lists of texts hold no arguments: one look tells. */
const AS_WRITTEN = new Set([...STARTS.keys()].flatMap((head) => [head, head.toUpperCase()]));

/** Words of everyday lists: in text they are no reason to look. */
const COMMON = new Set(
  'auth http https key net password pragma secret user zip bundle composer vault ::add-mask:: chpasswd option snmp isakmp ' +
    'issecret=true] nickserv plain-text-password-value pre-shared-key authentication-key key-string'.split(
      ' ',
    ),
);
/** Commands whose name tells that a list in a text may be one of arguments, in lower case. */
export const LISTED: readonly string[] = [...STARTS.keys()].filter((head) => !COMMON.has(head));

/** Members that hold the command whose arguments a list is. */
const COMMAND_KEYS = [
  'command',
  'cmd',
  'Path',
  'path',
  'program',
  'executable',
  'file',
  'Entrypoint',
  'entrypoint',
];

/** By item, where in it the secret stands; `undefined` when there is none. `parent`: the record that holds the list. */
export function argvSecrets(
  list: readonly unknown[],
  parent: unknown,
): ReadonlyMap<number, Assigned> | undefined {
  const length = Math.min(list.length, MAX_ITEMS);
  let isArgv = isCommand(list[0]);
  for (let i = 0; i < length && !isArgv; i++) {
    const item = list[i];
    isArgv = typeof item === 'string' && item.charCodeAt(0) === DASH;
  }
  if (!isArgv) return undefined;
  const lead = commandOf(parent, list);
  const items: string[] = [...lead];
  for (let i = 0; i < length && typeof list[i] === 'string'; i++) items.push(list[i] as string); // just seen
  const found = new Map<number, Assigned>();
  let commands = 0;
  for (let i = 0; i < items.length && commands < MAX_COMMANDS; i++)
    if (lookFrom(items, i, lead.length, found)) commands++;
  return found.size === 0 ? undefined : found;
}

function isCommand(item: unknown): boolean {
  if (typeof item !== 'string' || item.length > MAX_HEAD) return false;
  return item.charCodeAt(0) === SLASH ? STARTS.has(programOf(item)) : AS_WRITTEN.has(item);
}
const SLASH = 47;

/** `/usr/bin/mysql`, `mysql.exe`: `mysql`. */
function programOf(item: string): string {
  const name = item.slice(item.lastIndexOf('/') + 1).toLowerCase();
  return name.endsWith('.exe') ? name.slice(name.lastIndexOf('\\') + 1, -4) : name;
}

/** The words of the command that a record names beside its list of arguments. */
function commandOf(parent: unknown, list: readonly unknown[]): readonly string[] {
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) return [];
  for (const key of COMMAND_KEYS) {
    const command = (parent as Record<string, unknown>)[key]; // a record
    if (command === list) continue;
    if (typeof command === 'string') return command.slice(0, 256).split(' ').slice(0, 8);
    if (Array.isArray(command))
      return command.slice(0, 8).filter((item): item is string => typeof item === 'string');
  }
  return [];
}

/**
 * Adds what the command, or the flag, at `at` tells of what comes behind it. The first `skipped` items are not the list's.
 * @returns true for a command
 */
function lookFrom(
  items: readonly string[],
  at: number,
  skipped: number,
  found: Map<number, Assigned>,
): boolean {
  const item = items[at] as string; // in range
  if (item.length > MAX_HEAD) return false;
  const next = items[at + 1];
  if (next !== undefined && LONG_FLAG.test(item) && classifyKey(item) === 'secret')
    if (
      at + 1 >= skipped &&
      !next.startsWith('-') &&
      !isPlaceholder(next) &&
      !found.has(at + 1 - skipped)
    )
      found.set(at + 1 - skipped, { start: 0, end: next.length });
  const starts = STARTS.get(programOf(item));
  if (starts === undefined) return false;
  let line = programOf(item);
  const ends = [line.length];
  for (let i = at + 1; i < items.length && line.length < MAX_LINE; i++) {
    line += ` ${(items[i] as string).slice(0, MAX_LINE).replace(SHELL_SIGNS, '_')}`; // in range
    ends.push(line.length);
  }
  const folded = `${line.toLowerCase()} `;
  for (const { command, words } of starts) {
    if (!folded.startsWith(words)) continue;
    for (const { start, end } of commandSecrets(command, line, words.length) ?? []) {
      const part = ends.findIndex((stop) => end <= stop);
      const own = at + part - skipped;
      const from = part > 0 ? (ends[part - 1] as number) + 1 : 0; // one before it
      if (part < 1 || own < 0 || start < from || found.has(own)) continue;
      found.set(own, { start: start - from, end: end - from });
    }
  }
  return true;
}
/** `-storepass`: two dashes are the walk's own. */
const LONG_FLAG = /^-[A-Za-z][\w-]{3,40}$/;

/** The next item of a list in brackets; `spawn('curl', ['-u', ...])` opens another behind the command. */
const QUOTED = /(\s{0,40},\s{0,40}(?:\[\s{0,40})?)(["'])((?:(?!\2)[^\\\n]){0,400})\2/y;
/** The next line of a YAML list. */
const LINE = /(\n[ \t]{0,40}- )(["']?)([^\r\n"']{1,400})\2[ \t]{0,40}(?=\r?\n|$)/y;
/** A list of arguments below the command, and its first item. */
const BELOW =
  /(["']?\r?\n[ \t]{0,40}["']?args["']?\s{0,4}[:=]\s{0,4}\[\s{0,40})(["'])((?:(?!\2)[^\\\n]){0,400})\2/iy;
/** Before an item of a YAML list. */
const ITEM = /(?:^|\n)[ \t]{0,40}- ["']?(?:\/[\w./-]{1,40}\/)?$/;

/** Up to where lists were looked at in the present text. */
let listsSeen = 0;

/** Another text comes. */
export function forgetLists(): void {
  listsSeen = 0;
}

/** The secrets of the list whose command stands at `start..end`, with what ends it there: a quote or a newline. */
export function listedSecrets(text: string, start: number, end: number): Assigned[] | undefined {
  if (start < listsSeen) return undefined;
  const items = [text.slice(start, end - 1)];
  const places = [start];
  let at = end;
  const takes = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match === null) return false;
    const [, lead = '', quote = '', item = ''] = match;
    items.push(item);
    places.push(at + lead.length + quote.length);
    at = pattern.lastIndex;
    return true;
  };
  const takeAll = (pattern: RegExp): void => {
    while (items.length < MAX_ITEMS && takes(pattern));
  };
  at = end - 1;
  if (!takes(BELOW)) at = end;
  if (text[end - 1] !== '\n' || items.length > 1) takeAll(QUOTED);
  if (items.length === 1) {
    if (text[end - 1] === '\n') at = end - 1;
    if (ITEM.test(text.slice(Math.max(0, start - 88), start))) takeAll(LINE);
  }
  if (items.length === 1) return undefined;
  listsSeen = at;
  const found: Assigned[] = [];
  for (const [i, span] of argvSecrets(items, undefined) ?? []) {
    const from = places[i] as number; // one for each item
    found.push({ start: from + span.start, end: from + span.end });
  }
  return found.length === 0 ? undefined : found.sort((a, b) => a.start - b.start);
}
