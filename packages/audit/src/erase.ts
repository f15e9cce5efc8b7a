/**
 * `erase` and `setHold`: one person, in every log under a root that knows them (audit.md 6).
 *
 * The person is looked up in every keyring (an HMAC of `iss|sub`), so nothing but pseudonyms goes into logs and requests.
 * Each log's lock is taken if it is free, else its writer is asked (requests.ts). A hold in any of the logs denies the
 * erasure in all of them. Logs of other machines are not reached from here: their own `erase` is.
 */
import { createSecretKey } from 'node:crypto';
import { openKeyringForReading, openKeysForReading } from './access.ts';
import { defaultRoot } from './default-root.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import type { ErasureResult } from './erasure.ts';
import {
  inEach,
  inLog,
  logsUnder,
  type CommandOptions,
  type LogEnd,
  type LogPlace,
} from './in-logs.ts';
import { fleetPseudonym } from './pseudonym.ts';
import { openReader } from './reader.ts';
import type { HoldResult } from './requests.ts';
import { readKeyFile, type RootKeys } from './root-secret.ts';

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

/** Entries looked through to find out whom a name means. */
const MAX_LOOKED = 10_000;
const PSEUDONYM = /^p_[a-z2-7]{16}$/;

/**
 * Erases a person from every log under the root. Entries, signatures and proofs of everyone, this person's leaves
 * included, stay as they are; what was sealed for them can never be read again.
 * @returns what became of it in each log that knows the person
 * @throws LogbookError `ERR_LOGBOOK_UNKNOWN_PERSON` when none does, `ERR_LOGBOOK_USAGE` when the name fits several people,
 * `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_IO`, `ERR_LOGBOOK_DISK_FULL`
 */
export async function erase(options: EraseOptions): Promise<LogEnd<ErasureResult>[]> {
  return await withOwnErrors(options, () => eraseInAll(options));
}

async function eraseInAll(options: EraseOptions): Promise<LogEnd<ErasureResult>[]> {
  const { root, keys, targets } = await findPerson(options);
  let heldBy: string | undefined;
  for (const { folder, origin, actor } of targets) {
    const keyring = openKeyringForReading(folder, origin, keys);
    heldBy ??= keyring.hold(actor)?.authority;
    keyring.close();
  }
  const { reason } = options;
  return await inEach<ErasureResult, Target>(root, options, targets, ({ actor }) => ({
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
  return await withOwnErrors(options, () => holdInAll(options));
}

async function holdInAll(options: HoldOptions): Promise<LogEnd<HoldResult>[]> {
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
  const where = lift === true ? held : targets;
  return await inEach<HoldResult, Target>(root, options, where, ({ actor }) => ({
    op,
    actor,
    authority,
  }));
}

/** Names under which telemetry may know a person. */
export interface TelemetryNames {
  /** `enduser.pseudo.id`: `p_...`. */
  readonly pseudonym: string | undefined;
  /** `enduser.id`, where MCP_LOGBOOK_IDENTITY is `plain`: `iss|sub`. */
  readonly person: string | undefined;
}

/**
 * Under which names telemetry knows a person, to be asked before the erasure: afterwards only `iss|sub` and `p_...` are
 * understood. The pseudonym is right where the servers have this root's keys, or the fleet's key file is given.
 * @throws LogbookError as `erase`, but for unknown people
 */
export function telemetryNames(options: EraseOptions): TelemetryNames {
  const { root = defaultRoot(), user, pseudonymKeyFile } = options;
  try {
    const keys = openKeysForReading(root, options);
    const isKnown = knowing(logsUnder(root), keys, user).length > 0;
    const person =
      (isKnown ? user : personNamed(root, options, user)) ??
      (user.includes('|') ? user : undefined);
    if (person === undefined)
      return { pseudonym: PSEUDONYM.test(user) ? user : undefined, person: undefined };
    const fleet =
      pseudonymKeyFile === undefined
        ? keys.pseudonymKey()
        : createSecretKey(readKeyFile(pseudonymKeyFile));
    return { pseudonym: fleetPseudonym(fleet, person), person };
  } catch (error) {
    throw asLogbookError(error, `cannot read the logs under "${root}"`);
  }
}

/** What the disk says while logs and keyrings are looked through is told as ours. */
async function withOwnErrors<T>({ root }: CommandOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asLogbookError(error, `cannot read the logs under "${root ?? defaultRoot()}"`);
  }
}

// --- whom and where

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
  const keys = openKeysForReading(root, options);
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
  const reader = openReader(root, options);
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
