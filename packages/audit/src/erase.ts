/**
 * `erase` and `setHold`: one person, in every log under a root that knows them (audit.md 6).
 *
 * The person is looked up in every keyring (an HMAC of `iss|sub`), so nothing but pseudonyms goes into logs and requests.
 * Each log's lock is taken if it is free, else its writer is asked (requests.ts). A hold in any of the logs denies the
 * erasure in all of them. Logs of other machines are not reached from here: their own `erase` is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openKeyringForReading, openKeysForReading, type KeyAccess } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import type { ErasureResult } from './erasure.ts';
import { readIdentity } from './folder.ts';
import { tryLock, type FolderLock } from './lock.ts';
import { guardObserver } from './observer.ts';
import { openLog } from './open-log.ts';
import { openReader } from './reader.ts';
import { doTask, putRequest, type HoldResult, type Task, type TaskResult } from './requests.ts';
import type { RootKeys } from './root-secret.ts';

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

export interface EraseOptions extends CommandOptions {
  /** `iss|sub`; or a `sub`, e-mail, user name or pseudonym that fits one person only. */
  readonly user: string;
  /** Kept in `erasure.requested`, sealed; at most 1,024 characters. Names no person. */
  readonly reason?: string | undefined;
}

export interface HoldOptions extends CommandOptions {
  readonly user: string;
  /** Whose word it is, e.g. a court's file number; at most 1,024 characters. */
  readonly authority: string;
  /** Lifts the hold instead. */
  readonly lift?: boolean | undefined;
}

/** What became of the task in one log. */
export type LogEnd<T> = { readonly folder: string; readonly origin: string } & (
  | { readonly done: T }
  /** Not done there: why. */
  | { readonly failed: LogbookError }
  /** The writer has the request and did not answer in time: it, or the next one, will do it. */
  | { readonly waiting: true }
);

const WAIT_MS = 30_000;
const LOOK_MS = 50;
/** Entries looked through to find out whom a name means. */
const MAX_LOOKED = 10_000;

/**
 * Erases a person from every log under the root. Entries, signatures and proofs of everyone, this person's leaves
 * included, stay as they are; what was sealed for them can never be read again.
 * @returns what became of it in each log that knows the person
 * @throws LogbookError `ERR_LOGBOOK_UNKNOWN_PERSON` when none does, `ERR_LOGBOOK_USAGE` when the name fits several people,
 * `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export async function erase(options: EraseOptions): Promise<LogEnd<ErasureResult>[]> {
  const { root, keys, targets } = await findPerson(options);
  let heldBy: string | undefined;
  for (const { folder, origin, actor } of targets) {
    const keyring = openKeyringForReading(folder, origin, keys);
    heldBy ??= keyring.hold(actor)?.authority;
    keyring.close();
  }
  const { reason } = options;
  return await inEach<ErasureResult>(root, options, targets, (actor) => ({
    op: 'erase',
    actor,
    reason,
    heldBy,
  }));
}

/**
 * Holds a person's entries against erasure and expiry, or lifts that.
 * @returns what became of it in each log that knows the person
 * @throws LogbookError as `erase`
 */
export async function setHold(options: HoldOptions): Promise<LogEnd<HoldResult>[]> {
  const { authority, lift } = options;
  if (authority.trim() === '')
    throw new LogbookError('ERR_LOGBOOK_USAGE', 'a hold needs an authority: whose word it is');
  const { root, keys, targets } = await findPerson(options);
  const held = targets.filter(({ folder, origin, actor }) => {
    const keyring = openKeyringForReading(folder, origin, keys);
    const hold = keyring.hold(actor);
    keyring.close();
    return hold !== undefined;
  });
  if (lift === true && held.length === 0)
    throw new LogbookError('ERR_LOGBOOK_USAGE', 'this person is not on hold', {
      hint: 'there is nothing to lift',
    });
  const op = lift === true ? 'lift' : 'hold';
  return await inEach<HoldResult>(root, options, lift === true ? held : targets, (actor) => ({
    op,
    actor,
    authority,
  }));
}

// --- whom and where

interface LogPlace {
  readonly folder: string;
  readonly origin: string;
}

interface Target extends LogPlace {
  readonly actor: string;
}

interface Found {
  readonly root: string;
  readonly keys: RootKeys;
  readonly targets: readonly Target[];
}

/** Goes on with interrupted erasures on the way: a person half erased would not be found. */
async function findPerson(options: CommandOptions & { readonly user: string }): Promise<Found> {
  const { root = defaultRoot(), user } = options;
  if (user === '') throw new LogbookError('ERR_LOGBOOK_USAGE', 'no user is named');
  const logs = logsUnder(root);
  if (logs.length === 0)
    throw new LogbookError('ERR_LOGBOOK_NOT_A_LOG', `no log under "${root}"`, {
      hint: 'name the root folder of the logs',
    });
  const { keyFile, passphraseFile } = options;
  const keys = openKeysForReading(root, { keyFile, passphraseFile });
  for (const log of logs) {
    const keyring = openKeyringForReading(log.folder, log.origin, keys);
    const interrupted = keyring.erasures().length > 0;
    keyring.close();
    if (interrupted) await inLog(root, options, log, undefined);
  }
  let targets = knowing(logs, keys, user);
  if (targets.length === 0) {
    const person = personNamed(root, options, user);
    if (person !== undefined) targets = knowing(logs, keys, person);
  }
  if (targets.length === 0) {
    const hint =
      'give the user as "iss|sub", as `query --json` shows it; an erased person is not known any more';
    throw new LogbookError('ERR_LOGBOOK_UNKNOWN_PERSON', `no log under "${root}" knows this user`, {
      hint,
    });
  }
  return { root, keys, targets };
}

function logsUnder(root: string): LogPlace[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .flatMap((folder) => {
      const identity = readIdentity(folder);
      return identity === undefined ? [] : [{ folder, origin: identity.origin }];
    });
}

function knowing(logs: readonly LogPlace[], keys: RootKeys, person: string): Target[] {
  return logs.flatMap((log) => {
    const keyring = openKeyringForReading(log.folder, log.origin, keys);
    try {
      const actor = keyring.findActor(person);
      return actor === undefined ? [] : [{ ...log, actor }];
    } finally {
      keyring.close();
    }
  });
}

/** The one person that a shorter name fits. */
function personNamed(root: string, options: CommandOptions, user: string): string | undefined {
  const { keyFile, passphraseFile, pseudonymKeyFile } = options;
  const reader = openReader(root, { keyFile, passphraseFile, pseudonymKeyFile });
  try {
    const people = new Set<string>();
    for (const { payload } of reader.query({ user, limit: MAX_LOOKED })) {
      const person: unknown = Object(payload).person;
      if (typeof person === 'string' && person !== '') people.add(person);
    }
    if (people.size > 1)
      throw new LogbookError('ERR_LOGBOOK_USAGE', `this name fits ${people.size} people`, {
        hint: 'give the user as "iss|sub", as `query --json` shows it',
      });
    return [...people][0];
  } finally {
    reader.close();
  }
}

// --- doing it

async function inEach<T extends TaskResult>(
  root: string,
  options: CommandOptions,
  targets: readonly Target[],
  task: (actor: string) => Task,
): Promise<LogEnd<T>[]> {
  const ends: LogEnd<T>[] = [];
  for (const { actor, ...log } of targets) {
    try {
      const done = await inLog(root, options, log, task(actor));
      // A task's result is of its own kind: `taskSteps` decides by `op`.
      ends.push(done === undefined ? { ...log, waiting: true } : { ...log, done: done as T });
    } catch (error) {
      ends.push({ ...log, failed: asLogbookError(error, `cannot write log "${log.folder}"`) });
    }
  }
  return ends;
}

/** @returns undefined when the writer did not answer in time, or nothing was asked */
async function inLog(
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
  const { keyFile, passphraseFile, now = () => Date.now() * 1000 } = options;
  const observer = guardObserver(undefined);
  const opened = openLog(
    {
      source: { root, keyFile, passphraseFile },
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
