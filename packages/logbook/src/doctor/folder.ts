/** The folder of the logs: can it be written, is there space, do the keys open what is there, who writes. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LogbookError, openReader, showKeys } from '@mcp-logbook/audit';
import { logsUnder } from '../cli/usage.ts';
import { lineOf } from '../diag.ts';
import { codeOf, type Finding, note, ok, type Setup, wrong } from './finding.ts';

/** Bytes that a start writes with ease. */
const TRIED_BYTES = 64 * 1024;
/** As the log's own watch over its disk (audit: space.ts). */
const LOW = 0.1;
const PLENTY_BYTES = 20 * 2 ** 30;
/** An entry that much ahead of the clock was not written by this clock. */
const AHEAD_MS = 60_000;

const ELSEWHERE =
  'give this user the right to write there, or name another folder: MCP_LOGBOOK_DIR';

/** Writes a file where the logs are, or would be, and removes it. */
export function checkFolder({ root }: Setup): Finding[] {
  const folder = nearest(root);
  const path = join(folder, `.mcp-logbook-doctor-${process.pid}`);
  try {
    if (!statSync(folder).isDirectory())
      return [
        wrong('folder', `"${folder}" is not a folder, so "${root}" cannot be made`, ELSEWHERE),
      ];
    const fd = openSync(path, 'wx', 0o600);
    try {
      const bytes = Buffer.alloc(TRIED_BYTES, 0x20);
      for (let at = 0; at < bytes.length; at += writeSync(fd, bytes, at));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = codeOf(error);
    return [
      code === 'ENOSPC' || code === 'EDQUOT'
        ? wrong(
            'folder',
            `no space left for logs in "${root}" (${code})`,
            'free space; entries are dropped',
          )
        : wrong('folder', `"${root}" cannot be written (${code})`, ELSEWHERE),
    ];
  } finally {
    if (existsSync(path)) rmSync(path);
  }
  return [
    ok('folder', existsSync(root) ? `"${root}" can be written` : `"${root}" can be made`),
    ...space(folder),
  ];
}

function space(folder: string): Finding[] {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    const free = blocks > 0 ? bavail / blocks : 1;
    const bytes = bavail * bsize;
    const text = `${Math.floor(free * 100)} % (${Math.floor(bytes / 2 ** 20)} MiB) free on the disk of the logs`;
    return [
      free < LOW && bytes < PLENTY_BYTES
        ? wrong(
            'space',
            text,
            'free space before the log stops; `mcp-logbook retain` compresses old segments',
          )
        : ok('space', text),
    ];
  } catch {
    // A file system that cannot say how much is free.
    return [];
  }
}

/** Keys that are missing, do not open, or can be read by others. */
export function checkKeys({ config, root }: Setup): Finding[] {
  const { keyFile, passphraseFile, keyCommand, pseudonymKeyFile } = config;
  const found: Finding[] = [];
  const files: [name: string, path: string | undefined][] = [
    ['MCP_LOGBOOK_KEY_FILE', keyFile],
    ['MCP_LOGBOOK_PASSPHRASE_FILE', passphraseFile],
    ['MCP_LOGBOOK_PSEUDONYM_KEY_FILE', pseudonymKeyFile],
    ['the root key', join(root, 'keys', 'root.key')],
  ];
  for (const [name, path] of files) {
    if (path === undefined) continue;
    // A key file that is not there is made at the first start; showKeys tells where logs need it.
    if (!existsSync(path)) {
      if (path === passphraseFile || path === pseudonymKeyFile)
        found.push(
          wrong('keys', `${name} names "${path}", which is not there`, 'restore it, or unset it'),
        );
      continue;
    }
    found.push(...openToOthers(name, path));
  }
  if (logsUnder(root).length === 0) return found;
  try {
    const report = showKeys({ root, keyFile, passphraseFile, keyCommand });
    const problems = [...report.problems, ...report.logs.flatMap((log) => log.problems)];
    for (const problem of problems)
      found.push(
        wrong(
          'keys',
          problem.message,
          problem.hint ?? 'mcp-logbook keys show tells all; restore from a backup',
        ),
      );
    if (problems.length === 0)
      found.push(ok('keys', `${report.secret} opens ${report.logs.length} log(s)`));
  } catch (error) {
    found.push(wrong('keys', lineOf(error), 'mcp-logbook keys show'));
  }
  return found;
}

function openToOthers(name: string, path: string): Finding[] {
  if (process.platform === 'win32') return [];
  try {
    const { mode } = statSync(path);
    const octal = (mode & 0o777).toString(8).padStart(4, '0');
    closeSync(openSync(path, 'r'));
    return (mode & 0o077) === 0
      ? []
      : [
          wrong(
            'keys',
            `${name} "${path}" can be read by others (mode ${octal})`,
            `chmod 600 "${path}"`,
          ),
        ];
  } catch (error) {
    return [
      wrong('keys', `${name} "${path}" cannot be read (${codeOf(error)})`, 'see who owns it'),
    ];
  }
}

/** Who writes now; a writer that was stopped keeps its log, and erasures and rotations wait for it. */
export function checkWriters({ root }: Setup): Finding[] {
  const writers = holders();
  return logsUnder(root).flatMap((folder): Finding[] => {
    const pid = writers.get(join(realpathSync(folder), 'lock.db'));
    if (pid === undefined) return [];
    const state = /^State:\s+(\w)/m.exec(read(`/proc/${pid}/status`))?.[1];
    return state === 'T' || state === 't'
      ? [
          wrong(
            'writer',
            `process ${pid}, which writes log "${folder}", is stopped: erasures, rotations and other requests wait for it`,
            `kill -CONT ${pid}, or end it; the next start goes on with the log`,
          ),
        ]
      : [
          ok(
            'writer',
            `process ${pid} writes log "${folder}"; another start gets a folder of its own`,
          ),
        ];
  });
}

/** Entries from the future: the clock was set back since, or was wrong then. */
export function checkClock({ root, config }: Setup): Finding[] {
  if (logsUnder(root).length === 0) return [];
  const { keyFile, passphraseFile, keyCommand } = config;
  try {
    const reader = openReader(root, { keyFile, passphraseFile, keyCommand });
    try {
      const [newest] = reader.query({ limit: 1 });
      const problems = reader
        .problems()
        .map((problem) => wrong('log', lineOf(problem), 'mcp-logbook verify'));
      const ahead = newest === undefined ? 0 : Date.parse(newest.leaf.time) - Date.now();
      return ahead < AHEAD_MS
        ? problems
        : [
            ...problems,
            wrong(
              'clock',
              `the newest entry is of ${newest?.leaf.time}, ${Math.round(ahead / 1000)} s ahead of this clock`,
              'set the clock by NTP; entries keep their order, their times are those of the clock',
            ),
          ];
    } finally {
      reader.close();
    }
  } catch (error) {
    // What keys have wrong is told by checkKeys.
    if (error instanceof LogbookError && error.code.startsWith('ERR_LOGBOOK_KEY')) return [];
    return [wrong('log', lineOf(error), 'mcp-logbook verify')];
  }
}

/** Notes on who can read the folder. */
export function checkPrivacy({ root }: Setup): Finding[] {
  if (process.platform === 'win32' || !existsSync(root)) return [];
  const mode = statSync(root).mode & 0o777;
  return (mode & 0o022) === 0
    ? []
    : [
        note(
          'folder',
          `"${root}" can be written by others (mode ${mode.toString(8).padStart(4, '0')}): they could remove a log`,
          `chmod 700 "${root}"`,
        ),
      ];
}

/** The folder itself or the first that exists above it. */
function nearest(path: string): string {
  let folder = path;
  while (!exists(folder)) {
    const above = dirname(folder);
    if (above === folder) break;
    folder = above;
  }
  return folder;
}

/** Also a link that leads nowhere. */
function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Process by the lock file that it has open. Linux only, and processes of this user; elsewhere nothing is known. */
function holders(): Map<string, number> {
  const found = new Map<string, number>();
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const path = target(`/proc/${pid}/fd/${fd}`);
      if (path.endsWith('lock.db')) found.set(path, Number(pid));
    }
  }
  return found;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
