/**
 * A task in each of the logs under a root: what the commands that write share (audit.md 4).
 *
 * Each log's lock is taken if it is free, else its writer is asked (requests.ts).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { keyAccess, type KeyAccess } from './access.ts';
import { systemMicros } from './clock.ts';
import { isThere } from './durable.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { readIdentity } from './folder.ts';
import { tryLock, type FolderLock } from './lock.ts';
import { guardObserver } from './observer.ts';
import { openLog } from './open-log.ts';
import { doTask, putRequest, type Task, type TaskResult } from './requests.ts';

/** Where the logs and their keys are, and how long to wait for a running writer. */
export interface CommandOptions extends KeyAccess {
  /** Root folder; default: `mcp-logbook` in the user's state folder. */
  readonly root?: string | undefined;
  /** The fleet's pseudonym key, as for the writer: for users given as `p_...`. */
  readonly pseudonymKeyFile?: string | undefined;
  /** How long a log's running writer is waited for; default 30,000. */
  readonly waitMs?: number | undefined;
  /** Unix time in microseconds; default: the system's clock. */
  readonly now?: (() => number) | undefined;
}

/** What became of the task in one log. */
export type LogEnd<T> = { readonly folder: string; readonly origin: string } & (
  | { readonly done: T }
  /** Not done there: why. */
  | { readonly failed: LogbookError }
  /** The writer has the request and did not answer in time: it, or the next one, will do it. */
  | { readonly waiting: true }
);

/** One log under the root. */
export interface LogPlace {
  readonly folder: string;
  readonly origin: string;
}

const WAIT_MS = 30_000;
const LOOK_MS = 50;

/**
 * Folders of all logs under a root.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG` when there is none, `ERR_LOGBOOK_IO` when the root cannot be read
 */
export function foldersUnder(root: string): string[] {
  const folders = namesIn(root)
    .map((name) => join(root, name))
    .filter((folder) => isThere(join(folder, 'log.json')));
  if (folders.length > 0) return folders;
  throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `no log under "${root}"`, {
    hint: 'name the root folder of the logs',
  });
}

function namesIn(root: string): string[] {
  try {
    return isThere(root) ? readdirSync(root) : [];
  } catch (cause) {
    throw asLogbookError(cause, `cannot read "${root}"`, 'see that this process may read it');
  }
}

/**
 * All logs under a root. One that cannot be read stops the command: it may hold what the command is about.
 * @throws LogbookError as `foldersUnder`, and `readIdentity`
 */
export function logsUnder(root: string): LogPlace[] {
  return foldersUnder(root).flatMap((folder) => {
    const identity = readIdentity(folder);
    return identity === undefined ? [] : [{ folder, origin: identity.origin }];
  });
}

/** The same in several, one after the other; what fails in one does not keep the others from it. */
export async function inEach<T extends TaskResult, P extends LogPlace>(
  root: string,
  options: CommandOptions,
  targets: readonly P[],
  task: (target: P) => Task,
): Promise<LogEnd<T>[]> {
  const ends: LogEnd<T>[] = [];
  for (const target of targets) {
    const { folder, origin } = target;
    const log = { folder, origin };
    try {
      const done = await inLog(root, options, log, task(target));
      // A task's result is of its own kind: `taskSteps` decides by `op`.
      ends.push(done === undefined ? { ...log, waiting: true } : { ...log, done: done as T });
    } catch (error) {
      ends.push({ ...log, failed: asLogbookError(error, `cannot write log "${log.folder}"`) });
    }
  }
  return ends;
}

/** @returns undefined when the writer did not answer in time, or nothing was asked */
export async function inLog(
  root: string,
  options: CommandOptions,
  log: LogPlace,
  task: Task | undefined,
): Promise<TaskResult | undefined> {
  const lock = tryLock(log.folder);
  if (lock !== undefined) return inFreeLog(root, options, log, lock, task);
  // Whoever writes goes on with interrupted erasures by itself.
  if (task === undefined) return undefined;
  const request = putRequest(log.folder, task);
  const endMs = performance.now() + (options.waitMs ?? WAIT_MS);
  for (;;) {
    const result = request.answer();
    if (result !== undefined) return result;
    if (performance.now() > endMs) return undefined;
    const freed = tryLock(log.folder);
    if (freed !== undefined) {
      // The writer has gone: answered at the last moment, or never.
      if (request.withdraw()) return inFreeLog(root, options, log, freed, task);
      freed.release();
    } else await sleep(LOOK_MS);
  }
}

function inFreeLog(
  root: string,
  options: CommandOptions,
  { folder, origin }: LogPlace,
  lock: FolderLock,
  task: Task | undefined,
): TaskResult | undefined {
  const { now = systemMicros } = options;
  const observer = guardObserver(undefined);
  const opened = openLog(
    {
      source: { root, ...keyAccess(options) },
      service: origin.slice(0, origin.lastIndexOf('/')),
      mode: 'strict',
      claim: () => ({ folder, lock }),
      observer,
      now,
      hint: `see that this process may write "${basename(folder)}" in "${dirname(folder)}"`,
      takesRequests: false,
    },
    {},
  );
  const { log, keyring } = opened;
  try {
    return doTask({ log, keyring, observer, nowMicros: now }, task);
  } finally {
    log.close();
    keyring.close();
    lock.release();
  }
}
