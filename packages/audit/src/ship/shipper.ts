/**
 * The shipper: forwards the logs under a root to the audit port of a collector or sink (audit.md 5). The local log is
 * the spool; there is no other queue.
 *
 *   own logs      `add`ed by the process that writes them: followed while they grow
 *   all others    looked at every minute: what a process that is gone left unshipped is adopted (audit.md 4)
 *
 * Nothing is ever dropped or passed over. Trouble is told once for each kind until it is over.
 */
import { createSecretKey } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openKeysForReading, type KeyAccess } from '../access.ts';
import { isThere } from '../durable.ts';
import { bytesBehind } from '../entries.ts';
import { asLogbookError, type LogbookError } from '../errors.ts';
import { readIdentity } from '../folder.ts';
import { decodeRecipient } from '../hpke.ts';
import { tryLock } from '../lock.ts';
import { readKeyFile } from '../root-secret.ts';
import { AuditClient, type Credentials } from './client.ts';
import { readCursor } from './cursor.ts';
import { deliver, pause, type Ends } from './deliver.ts';
import { logsUrl, requireCover } from './endpoint.ts';
import { LogShipper, reship, type ShipContext, type ShipObserver } from './log-shipper.ts';
import { SealReader } from './seals.ts';
import { WatchedFile } from './watched-file.ts';

/** What a shipper needs. */
export interface ShipperOptions extends KeyAccess, Credentials {
  /** Root folder of the logs. */
  readonly root: string;
  /** OTLP/HTTP base URL; `/v1/logs` is added. */
  readonly endpoint: string;
  /** The sink's public sealing key, or a file with it; without one payloads go in clear, inside TLS or loopback only. */
  readonly recipient?: string | undefined;
  /** Fleet key of `enduser.pseudo.id`; default: derived from the root key. */
  readonly pseudonymKeyFile?: string | undefined;
  /** False: records name nobody, not even by pseudonym. Default true. */
  readonly pseudonyms?: boolean | undefined;
  readonly observer?: ShipObserver | undefined;
}

/** A running shipper. */
export interface Shipper {
  /** Follows a log this process writes, and begins to adopt those that nobody does. */
  follow(folder: string): void;
  /**
   * Ships logs as far as they are now, also those that other processes write; without `folders` all under the root.
   * @returns what was left out: folders that another process is shipping
   */
  shipNow(folders?: readonly string[]): Promise<ShipSummary>;
  /** Ships again from a producer number on; the cursor stays. Gives the number of entries, undefined when it ended early. */
  reship(folder: string, fromSeq: number): Promise<number | undefined>;
  /** No more waits and retries: ships the rest of the followed logs, for at most `capMs`, and ends. */
  drain(capMs: number): Promise<void>;
  /** Ends at once. */
  close(): Promise<void>;
}

/** What `shipNow` did. */
export interface ShipSummary {
  /** All that could be taken was shipped. */
  readonly complete: boolean;
  readonly busy: readonly string[];
}

/** How often a followed log is looked at: one small file is read. */
const POLL_MS = 250;
/** How often other logs are looked at, and a busy one is tried again. */
const ADOPT_MS = 60_000;
const BUSY_MS = 5_000;

/**
 * Makes a shipper; nothing is sent before `follow` or `shipNow`.
 * @throws LogbookError `ERR_LOGBOOK_USAGE` endpoint, `ERR_LOGBOOK_KEY_MALFORMED` recipient, `ERR_LOGBOOK_KEY_MISSING` or
 * `ERR_LOGBOOK_KEY_WRONG` root key
 */
export function startShipper(options: ShipperOptions): Shipper {
  return new LogsShipper(options);
}

class LogsShipper implements Shipper {
  readonly #root: string;
  readonly #client: AuditClient;
  readonly #context: ShipContext;
  readonly #observer: ShipObserver;
  readonly #ending = new AbortController();
  readonly #stop = new AbortController();
  readonly #ends: Ends = { ending: this.#ending.signal, stop: this.#stop.signal };
  readonly #followed = new Map<string, Promise<void>>();
  readonly #told = new Set<string>();
  #adopting: Promise<void> | undefined;

  constructor(options: ShipperOptions) {
    const { root, recipient, observer } = options;
    const url = logsUrl(options.endpoint);
    const readRecipient = recipientReader(recipient);
    requireCover(url, readRecipient() !== undefined);
    const keys = openKeysForReading(root, options);
    const fleetKey =
      options.pseudonyms === false
        ? undefined
        : options.pseudonymKeyFile === undefined
          ? keys.pseudonymKey()
          : createSecretKey(readKeyFile(options.pseudonymKeyFile));
    this.#root = root;
    this.#client = new AuditClient(url, options);
    this.#observer = observer ?? {};
    this.#context = {
      deliver: (body) =>
        deliver(this.#client, body, this.#ends, url.host, (trouble) => {
          if (trouble === undefined) this.#told.clear();
          else this.#tell(trouble);
        }),
      openSeals: (folder, origin) => new SealReader(root, folder, origin, options, keys),
      wrapping: () => ({ recipient: readRecipient(), fleetKey }),
      observer: { ...this.#observer, problem: (error) => this.#tell(error) },
    };
  }

  follow(folder: string): void {
    if (this.#ending.signal.aborted || this.#followed.has(folder)) return;
    this.#followed.set(folder, this.#follow(folder));
    this.#adopting ??= this.#adopt();
  }

  async shipNow(folders: readonly string[] = logsUnder(this.#root)): Promise<ShipSummary> {
    let complete = true;
    const busy: string[] = [];
    for (const folder of folders) {
      if (this.#ending.signal.aborted) return { complete: false, busy };
      const log = LogShipper.open(folder, this.#context);
      if (log === undefined) {
        busy.push(folder);
        continue;
      }
      try {
        if ((await log.pass(false)) !== 'done') complete = false;
      } finally {
        log.close();
      }
    }
    return { complete, busy };
  }

  reship(folder: string, fromSeq: number): Promise<number | undefined> {
    return reship(folder, fromSeq, this.#context);
  }

  async drain(capMs: number): Promise<void> {
    this.#ending.abort();
    const cap = setTimeout(() => this.#stop.abort(), capMs);
    await this.#settled();
    clearTimeout(cap);
    this.#client.close();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    this.#stop.abort();
    await this.#settled();
    this.#client.close();
  }

  async #settled(): Promise<void> {
    await Promise.allSettled([...this.#followed.values(), this.#adopting]);
  }

  /** One log of this process, until the end; its last pass is after it was closed. */
  async #follow(folder: string): Promise<void> {
    let log: LogShipper | undefined;
    try {
      for (;;) {
        const last = this.#ending.signal.aborted;
        try {
          log ??= LogShipper.open(folder, this.#context);
          await log?.pass(true);
        } catch (error) {
          this.#tell(asLogbookError(error, `cannot ship log "${folder}"`));
        }
        if (last || this.#stop.signal.aborted) return;
        await pause(log === undefined ? BUSY_MS : POLL_MS, this.#ends);
      }
    } finally {
      log?.close();
    }
  }

  /** What other processes left behind: at the start, then every minute. */
  async #adopt(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      for (const folder of logsUnder(this.#root)) {
        if (this.#ending.signal.aborted) return;
        if (this.#followed.has(folder)) continue;
        try {
          if (isStranded(folder)) await this.shipNow([folder]);
        } catch (error) {
          this.#tell(asLogbookError(error, `cannot ship log "${folder}"`));
        }
      }
      await pause(ADOPT_MS, this.#ends);
    }
  }

  #tell(error: LogbookError): void {
    const kind = `${error.code} ${error.message}`;
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.#observer.problem?.(error);
  }
}

/** Something is unshipped, and nobody writes the log. Looks at the lock only in the first case, and lets go at once. */
function isStranded(folder: string): boolean {
  const identity = readIdentity(folder);
  if (identity === undefined) return false;
  if (bytesBehind(folder, readCursor(folder, identity.origin)) === 0) return false;
  const lock = tryLock(folder);
  lock?.release();
  return lock !== undefined;
}

/** Folders of the logs under a root. */
function logsUnder(root: string): string[] {
  if (!isThere(root)) return [];
  return readdirSync(root)
    .map((name) => join(root, name))
    .filter((folder) => isThere(join(folder, 'log.json')));
}

/** A key as text is checked once, one in a file whenever that changes. */
function recipientReader(recipient: string | undefined): () => string | undefined {
  if (recipient === undefined) return () => undefined;
  const checked = (text: string): string => {
    decodeRecipient(text);
    return text;
  };
  if (!isThere(recipient)) {
    const text = checked(recipient);
    return () => text;
  }
  const file = new WatchedFile(recipient, 'recipient', (text) => checked(text.trim()));
  return () => file.read();
}
