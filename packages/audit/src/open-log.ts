/**
 * From options to a log that is ready to append, synchronously and with few fsyncs: what `openLogbook` and the sink
 * share.
 *
 * Order: keys of the root, a folder and its lock, signing key, keyring, `log.json`, recovery, first entries. A crash
 * between any two leaves a folder that the next start goes on with. Anything that would bury or fork an existing log is
 * refused with a `LogbookError`: a missing or wrong key, an integrity failure.
 */
import { join } from 'node:path';
import { steadyMs, systemMicros } from './clock.ts';
import { startPayload, type ControlEntry } from './control.ts';
import { makeFolder, type FileOps, isThere } from './durable.ts';
import { countOf, type LogMode } from './entry.ts';
import { asLogbookError, LogbookError } from './errors.ts';
import { openSigner, slugOf, writeIdentity, type ClaimedFolder } from './folder.ts';
import { listedKeys } from './key-chain.ts';
import { Keyring } from './keyring.ts';
import type { FolderLock } from './lock.ts';
import { Log } from './log.ts';
import type { SafeObserver } from './observer.ts';
import type { RetentionTime } from './prune.ts';
import { recover } from './recover.ts';
import { serveRequests } from './requests.ts';
import {
  openRootKeys,
  refuseZeroBytes,
  type RootKeys,
  type RootSecretSource,
} from './root-secret.ts';
import { finishRotation, settleRotation } from './signing-rotation.ts';
import { SpaceWatch } from './space.ts';

/** Seams of tests. */
export interface LogSeams {
  readonly ops?: FileOps;
  readonly maxSegmentBytes?: number;
  /** Monotonic milliseconds; default: those of the process, where the clock is the system's. */
  readonly steadyMs?: () => number;
}

export interface OpenLogOptions {
  readonly source: RootSecretSource;
  readonly service: string;
  readonly mode: LogMode;
  /** Takes a folder under the root. */
  readonly claim: (root: string, slug: string) => ClaimedFolder;
  readonly observer: SafeObserver;
  /** Unix microseconds. */
  readonly now: () => number;
  readonly randomBytes?: ((size: number) => Uint8Array) | undefined;
  /** What to do when the folder cannot be used. */
  readonly hint: string;
  /** Whether it does what commands ask for (requests.ts) while it is open; default true. */
  readonly takesRequests?: boolean;
  /** How long things are kept (retention.ts); for ever without. */
  readonly retention?: RetentionTime | undefined;
}

/** A log that was begun, and what it was opened with. Its owner closes log, keyring and lock, in this order. */
export interface OpenedLog {
  readonly log: Log;
  readonly keyring: Keyring;
  readonly lock: FolderLock;
  readonly keys: RootKeys;
}

/**
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_INTEGRITY`, `ERR_LOGBOOK_IO`,
 * `ERR_LOGBOOK_DISK_FULL`, `ERR_LOGBOOK_LOCKED`
 */
export function openLog(options: OpenLogOptions, seams: LogSeams): OpenedLog {
  const { source, service, mode, observer, now } = options;
  const { root } = source;
  const undo: Array<() => void> = [];
  try {
    refuseZeroBytes('root folder', root);
    makeFolder(root);
    const keys = openRootKeys(source, { create: true });
    const slug = slugOf(service);
    const { folder, lock } = options.claim(root, slug);
    undo.push(() => lock.release());
    const date = new Date(countOf(now()) / 1000);
    const logKeys = openSigner(folder, slug, date.toISOString());
    const { identity, fresh, next } = logKeys;
    if (!fresh && !isThere(join(folder, 'keys.db'))) {
      throw new LogbookError(
        'ERR_LOGBOOK_KEY_MISSING',
        `keyring "${join(folder, 'keys.db')}" is missing`,
        {
          hint: 'restore it from a backup (mcp-logbook keys restore FILE), or move the folder away to begin a new log',
        },
      );
    }
    const keyring = Keyring.open({ folder, origin: identity.origin, keys, readOnly: false, fresh });
    undo.push(() => keyring.close());
    if (fresh) writeIdentity(folder, identity);
    const known = { listed: listedKeys(identity), next: next?.verifier };
    const standing = recover(folder, known, keyring, date);
    const { signer, incoming } = settleRotation(folder, logKeys, standing);
    const space = new SpaceWatch(folder, observer);
    const log = new Log({
      folder,
      service,
      mode,
      signer,
      incoming,
      keyring,
      standing,
      observer,
      space,
      nowMicros: now,
      // A clock that is given has nothing to be compared with.
      steadyMs: seams.steadyMs ?? (now === systemMicros ? steadyMs : undefined),
      randomBytes: options.randomBytes,
      ops: seams.ops,
      maxSegmentBytes: seams.maxSegmentBytes,
    });
    const entries: ControlEntry[] = [];
    if (standing.frontier.size === 0) {
      const { origin, vkey, format } = identity;
      entries.push({ kind: 'log.genesis', action: 'create', payload: { origin, vkey, format } });
    }
    if (standing.recovered !== undefined) {
      entries.push({
        kind: 'log.recovered',
        action: 'recover',
        payload: { ...standing.recovered },
      });
    }
    entries.push({ kind: 'log.started', action: 'start', payload: startPayload(mode) });
    log.begin(entries);
    if (incoming !== undefined) finishRotation(folder, incoming.vkey);
    if (fresh) space.keepReserve();
    if (options.takesRequests !== false) {
      const { retention } = options;
      serveRequests({ log, keyring, observer, nowMicros: now, retention });
    }
    return { log, keyring, lock, keys };
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw asLogbookError(error, `cannot use logbook folder "${root}"`, options.hint);
  }
}
