/**
 * `openLogbook` and the open log as a server uses it. `open-log.ts` tells how one is opened.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { keyAccess, type KeyAccess } from './access.ts';
import { systemMicros } from './clock.ts';
import { defaultRoot } from './default-root.ts';
import type { AuditEntry, LogMode, RecordInput } from './entry.ts';
import { copyingCheckpoints } from './anchor-log.ts';
import { claimFolder } from './folder.ts';
import { uuidV7 } from './id.ts';
import type { Keyring } from './keyring.ts';
import type { FolderLock } from './lock.ts';
import type { Log } from './log.ts';
import { guardObserver, type LogbookObserver } from './observer.ts';
import { openLog, type LogSeams } from './open-log.ts';
import { DefinitionsFile } from './definitions-file.ts';
import { fleetPseudonym } from './pseudonym.ts';
import { readKeyFile } from './root-secret.ts';

export interface LogbookOptions extends KeyAccess {
  /** Root folder; default: `mcp-logbook` in the user's state folder. */
  readonly root?: string;
  /** `OTEL_SERVICE_NAME`, else the server's own name. */
  readonly service: string;
  /** Default `blocking`. */
  readonly mode?: LogMode;
  /** Fleet key of `pseudonym`, the same on every server; default: derived from the root key. */
  readonly pseudonymKeyFile?: string;
  /**
   * File on another machine's disk, or of another account, that gets every published checkpoint as a line: an anchor for
   * `verify --anchors`. Written at most once a second, by the process itself: the mount must not hang.
   */
  readonly checkpointCopy?: string;
  /** Days that payloads, then entries are kept (`mcp-logbook retain`); for ever without. */
  readonly retentionDays?: number | undefined;
  /** Days that entries stay after they were shipped; for ever without. With it nothing goes that was not shipped. */
  readonly shippedDays?: number | undefined;
  readonly observer?: LogbookObserver;
  /** Unix time in microseconds; default: the system's clock. */
  readonly now?: () => number;
  readonly randomBytes?: (size: number) => Uint8Array;
}

/** One open log. No method throws. */
export class Logbook {
  readonly mode: LogMode;
  /** Folder of this log. */
  readonly folder: string;
  /** Name of the log and of its stream. */
  readonly origin: string;
  /** What servers offered last (definitions-file.ts). */
  readonly definitions: DefinitionsFile;
  readonly #log: Log;
  readonly #keyring: Keyring;
  readonly #lock: FolderLock;
  readonly #now: () => number;
  readonly #fleetKey: KeyObject;
  #closed = false;

  constructor(parts: {
    log: Log;
    keyring: Keyring;
    lock: FolderLock;
    now: () => number;
    fleetKey: KeyObject;
  }) {
    this.#log = parts.log;
    this.#keyring = parts.keyring;
    this.#lock = parts.lock;
    this.#now = parts.now;
    this.#fleetKey = parts.fleetKey;
    this.mode = parts.log.mode;
    this.folder = parts.log.folder;
    this.definitions = new DefinitionsFile(this.folder);
    this.origin = parts.log.signer.name;
  }

  /** C2SP verifier key of the signing key in force. */
  get vkey(): string {
    return this.#log.signer.vkey;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#log.size;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#log.bytes;
  }

  /**
   * Enters one entry, as durably as the mode promises, before it returns (I3).
   * @returns false when it could not be written; its number is burned
   */
  append(entry: AuditEntry): boolean {
    return this.#log.append(entry);
  }

  /**
   * Enters an entry of the program's own: login, data access, configuration change.
   * @returns the entry's id, or `undefined` when it could not be written
   */
  record(input: RecordInput): string | undefined {
    try {
      const { payload, ...rest } = input;
      const timeMicros = input.timeMicros ?? this.#now();
      const id = input.id ?? uuidV7(timeMicros / 1000);
      const person = input.person === undefined ? {} : { person: input.person };
      const entry = {
        action: 'execute',
        outcome: 'success',
        ...rest,
        id,
        timeMicros,
        payload: JSON.stringify({ ...person, ...payload }),
      } as const;
      return this.append(entry) ? id : undefined;
    } catch {
      // A payload that JSON cannot hold: cyclic, BigInt, throwing getter.
      return undefined;
    }
  }

  /** The person's fleet pseudonym `p_...`, the same on every server that shares the fleet key. */
  pseudonym(person: string): string {
    return fleetPseudonym(this.#fleetKey, person);
  }

  /** Signs what is not signed yet. */
  commit(): void {
    this.#log.commit();
  }

  /** Resolves when everything entered so far is signed and fsynced. */
  flush(): Promise<void> {
    this.#log.flush();
    return Promise.resolve();
  }

  /** Ends the log: `log.stopped`, commit, fsync, checkpoint. Synchronous, idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#log.close();
    try {
      this.#keyring.close();
    } finally {
      this.#lock.release();
    }
  }
}

/**
 * Opens (or begins) a log of the service under the root.
 *
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_INTEGRITY`, `ERR_LOGBOOK_IO`,
 * `ERR_LOGBOOK_DISK_FULL`; callers decide what a server does then
 */
export function openLogbook(options: LogbookOptions): Logbook {
  return openLogbookWith(options, {});
}

/** `openLogbook` with the seams of tests. */
export function openLogbookWith(options: LogbookOptions, seams: LogSeams): Logbook {
  const { randomBytes, now = systemMicros } = options;
  const fleetFile = options.pseudonymKeyFile;
  const fleetKey = fleetFile === undefined ? undefined : createSecretKey(readKeyFile(fleetFile));
  const { log, keyring, lock, keys } = openLog(
    {
      source: { root: options.root ?? defaultRoot(), ...keyAccess(options) },
      service: options.service,
      mode: options.mode ?? 'blocking',
      claim: claimFolder,
      observer: guardObserver(copyingCheckpoints(options.checkpointCopy, options.observer)),
      now,
      randomBytes,
      retention: { days: options.retentionDays, shippedDays: options.shippedDays },
      hint: 'set MCP_LOGBOOK_DIR to a folder this process can write',
    },
    seams,
  );
  return new Logbook({
    log,
    keyring,
    lock,
    now,
    fleetKey: fleetKey ?? keys.pseudonymKey(),
  });
}
