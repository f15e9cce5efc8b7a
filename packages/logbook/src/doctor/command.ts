/** What a session with a command showed, and when nothing of it was recorded, why. */
import { openSync, readSync, closeSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRedactor } from '@mcp-logbook/redaction';
import { baseOf, isWrapped } from '../init/entry.ts';
import { headOf, programOf, shebangOf } from '../init/shebang.ts';
import { type Finding, listed, ok, wrong } from './finding.ts';
import type { Noted } from './probe.ts';
import { type Session, sessionWith } from './session.ts';

/** Lines of a server's stderr that are shown when it does not answer. */
const STDERR_LINES = 5;
const LINE_LENGTH = 300;

/** Starts the command under the flag and says what was seen. */
export async function checkCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<Finding[]> {
  const session = await sessionWith(command, args, env, timeoutMs);
  const { server, tools, stray, entries, noted } = session;
  const found: Finding[] = [];
  if (server === undefined) return [unanswered(session, noted)];
  found.push(
    ok(
      'command',
      `${server.name} ${server.version} answers${tools === undefined ? ', but not tools/list' : ` and lists ${tools} tools`}`,
    ),
  );
  if (stray > 0)
    found.push(
      wrong(
        'command',
        `it prints ${stray} line(s) on stdout that are not JSON-RPC; hosts drop the connection for that`,
        'have it log to stderr; the flag itself prints nothing there',
      ),
    );
  const sdks = sdksOf(noted);
  if (entries > 0) {
    const how = isWrapped(command, args)
      ? 'from outside, by wrap'
      : sdks.length === 0
        ? 'without a recognised SDK'
        : `by ${listed(sdks)}`;
    found.push(ok('recorded', `${entries} entries in a logbook made for this: seen ${how}`));
    return found;
  }
  const old = tooOld(noted, session.stderr);
  const why = old ?? whyNot(session, command, env);
  const remedy = old === undefined ? wrapped(command, args) : NEWER;
  found.push(wrong('recorded', `nothing of it was recorded: ${why}`, remedy));
  return found;
}

const NEWER = 'start it with Node.js 22.15 or newer, or by mcp-logbook wrap -- command';

const wrapped = (command: string, args: readonly string[]): string =>
  `mcp-logbook wrap -- ${[command, ...args.slice(0, 1)].join(' ')}${args.length > 1 ? ' ...' : ''} records it from outside`;

function unanswered({ trouble, stderr }: Session, noted: readonly Noted[]): Finding {
  const old = tooOld(noted, stderr);
  if (old !== undefined) return wrong('command', `${trouble ?? 'no answer'}: ${old}`, NEWER);
  const redactor = createRedactor();
  const lines = stderr
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-STDERR_LINES)
    .map((line) => redactor.redactText(line).value.slice(0, LINE_LENGTH));
  const said = lines.length === 0 ? '' : `; its stderr ends with: ${lines.join(' | ')}`;
  return wrong(
    'command',
    `no MCP session: ${trouble ?? 'no answer'}${said}`,
    'start it by hand and see; give it the variables that its host gives it',
  );
}

/** In order of likelihood. */
function whyNot(
  { noted }: Session,
  command: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const started = noted.filter((line) => line.at === 'start');
  if (started.length === 0) return notNode(command, env);
  if (sdksOf(noted).length > 0)
    return `an MCP SDK was recognised (${listed(sdksOf(noted))}), but nothing connected through it`;
  // What a launcher started last, and is no Node.js of ours.
  const child = noted.filter((line) => line.at === 'spawn').at(-1);
  const file = child === undefined ? undefined : (programOf(child.file, env) ?? child.file);
  if (file !== undefined && !isNodeBinary(file))
    return `the Node.js process is a launcher: it starts "${baseOf(file)}", ${kindOf(file)}`;
  const what = started.some(({ sea }) => sea) ? 'a single executable (SEA)' : 'Node.js';
  return `it is ${what} without an MCP SDK that is recognised, and its messages go past process.stdin and process.stdout`;
}

function tooOld(noted: readonly Noted[], stderr: string): string | undefined {
  for (const line of noted)
    if (line.at === 'start' && !hooks(line.version))
      return `it runs on Node.js ${line.version.replace(/^v/, '')}, 22.15 is needed`;
  return /ERR_REQUIRE_ESM[\s\S]*register\.js|register\.js[\s\S]*ERR_REQUIRE_ESM/.test(stderr)
    ? 'its Node.js cannot load the flag, 22.15 is needed'
    : undefined;
}

/** Whether a version has `module.registerHooks`: 22.15, and 23.5 on. */
function hooks(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 15);
}

const LAUNCHERS: ReadonlyMap<string, string> = new Map([
  ['bun', 'Bun runs it, which ignores NODE_OPTIONS'],
  ['bunx', 'Bun runs it, which ignores NODE_OPTIONS'],
  ['deno', 'Deno runs it, where the flag stands down'],
  ['uvx', 'uv runs it, and it is Python'],
  ['uv', 'uv runs it, and it is Python'],
  ['pipx', 'pipx runs it, and it is Python'],
  ['docker', 'it runs in a container, which gets no variables of this shell'],
  ['podman', 'it runs in a container, which gets no variables of this shell'],
]);

function notNode(command: string, env: Readonly<Record<string, string | undefined>>): string {
  const base = baseOf(command);
  const launcher = LAUNCHERS.get(base);
  if (launcher !== undefined) return launcher;
  if (/^python[\d.]*$/.test(base)) return 'it is Python';
  const program = programOf(command, env) ?? command;
  if (base === 'env' || base === 'sh' || base === 'bash')
    return `no Node.js process with the flag came up under "${base}"`;
  return `"${base}" is ${kindOf(program)}`;
}

/** What a file is, in words. */
function kindOf(path: string): string {
  const head = headOf(path, 4);
  const magic = head.toString('hex');
  if (
    magic === '7f454c46' ||
    magic.startsWith('4d5a') ||
    /^(cffaedfe|feedfacf|cafebabe)$/.test(magic)
  )
    return holds(path, 'NODE_SEA_BLOB')
      ? 'a single executable of Node.js (SEA), which was made to ignore NODE_OPTIONS'
      : 'a native program, not Node.js';
  const line = shebangOf(path, {});
  const interpreter = /^#!\s*(?:\S*\/env\s+(?:-S\s+)?)?(\S+)/.exec(line)?.[1];
  if (interpreter === undefined) return 'no Node.js';
  const base = baseOf(interpreter);
  return base.startsWith('python') ? 'a Python program' : `a script of ${base}, not Node.js`;
}

/** Whether a large file holds a text; read in pieces. */
function holds(path: string, text: string): boolean {
  const piece = Buffer.alloc(4 * 2 ** 20);
  try {
    const fd = openSync(path, 'r');
    try {
      for (
        let at = 0, read = 0;
        (read = readSync(fd, piece, 0, piece.length, at)) > 0;
        at += read
      ) {
        if (piece.subarray(0, read).includes(text)) return true;
        if (read === piece.length) at -= text.length;
      }
      return false;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

function isNodeBinary(path: string): boolean {
  return path === process.execPath || baseOf(path) === 'node';
}

/** Each recognised SDK in words: package and version, and its module form. */
function sdksOf(noted: readonly Noted[]): string[] {
  const seen = noted.flatMap((line) =>
    line.at === 'sdk'
      ? [`${packageOf(line.url)} (${line.format.startsWith('module') ? 'ES module' : 'CommonJS'})`]
      : [],
  );
  return [...new Set(seen)];
}

function packageOf(url: string): string {
  try {
    let folder = dirname(fileURLToPath(url));
    while (dirname(folder) !== folder) {
      const own = Object(manifest(join(folder, 'package.json'))) as Record<string, unknown>;
      if (typeof own['name'] === 'string' && typeof own['version'] === 'string')
        return `${own['name']} ${own['version']}`;
      folder = dirname(folder);
    }
  } catch {
    // Not a file.
  }
  return 'an MCP SDK';
}

function manifest(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
