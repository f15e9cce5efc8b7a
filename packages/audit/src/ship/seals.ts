/**
 * Opens the seals of one log, so that payloads can be sealed anew for the central log. Never makes a key.
 *
 * Keys are destroyed by erasure and expiry, and the keyring's master is replaced with each; so the keyring is opened
 * anew every minute, and at once when a key does not fit.
 */
import type { KeyObject } from 'node:crypto';
import {
  openKeyringForReading,
  openKeysForReading,
  sealingKeyOf,
  type KeyAccess,
} from '../access.ts';
import { LogbookError } from '../errors.ts';
import type { Keyring } from '../keyring.ts';
import { parseLeaf, type Leaf } from '../leaf.ts';
import { fleetPseudonym } from '../pseudonym.ts';
import type { RootKeys } from '../root-secret.ts';
import { openSeal, parseSeal } from '../seal.ts';

/** Oldest keys kept in memory. */
const REOPEN_MS = 60_000;
/** Most pseudonyms kept in memory. */
const MAX_PSEUDONYMS = 4096;

/** What a seal held; undefined when it was erased, or its key was destroyed. */
export interface Opened {
  readonly salt: Buffer;
  readonly payload: Buffer;
}

export class SealReader {
  readonly #root: string;
  readonly #folder: string;
  readonly #origin: string;
  readonly #access: KeyAccess;
  readonly #pseudonyms = new Map<string, string>();
  #keys: RootKeys;
  #keyring: Keyring;
  #openedMs = performance.now();

  /** @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`, `ERR_LOGBOOK_IO` */
  constructor(
    root: string,
    folder: string,
    origin: string,
    access: KeyAccess,
    keys: RootKeys = openKeysForReading(root, access),
  ) {
    this.#root = root;
    this.#folder = folder;
    this.#origin = origin;
    this.#access = access;
    this.#keys = keys;
    this.#keyring = this.#openKeyring();
  }

  /**
   * What the seal of a leaf holds.
   * @throws LogbookError `ERR_LOGBOOK_SEAL`, `ERR_LOGBOOK_FORMAT` when it is damaged
   */
  open(leaf: Leaf, leafLine: Uint8Array, sealLine: string): Opened | undefined {
    const seal = parseSeal(sealLine);
    if (seal.form !== 'sealed') return undefined;
    const key = this.#keyOf(leaf, seal.subject);
    return key === undefined ? undefined : openSeal(key, seal.raw, leafLine, leaf.pc);
  }

  /** Whether leaf and seal are whole: what an opening after a crash adopts. */
  opens(leafLine: Buffer, sealLine: string): boolean {
    try {
      return this.open(parseLeaf(leafLine.toString()), leafLine, sealLine) !== undefined;
    } catch (error) {
      if (error instanceof LogbookError) return false;
      throw error;
    }
  }

  /** Fleet pseudonym of an entry's person; the payload is parsed once for each person. */
  pseudonym(fleetKey: KeyObject, leaf: Leaf, payload: Buffer): string | undefined {
    const { actor } = leaf;
    if (actor === undefined || actor === 'anonymous') return undefined;
    const known = this.#pseudonyms.get(actor);
    if (known !== undefined) return known;
    const person = personOf(payload);
    if (person === undefined) return undefined;
    const made = fleetPseudonym(fleetKey, person);
    if (this.#pseudonyms.size >= MAX_PSEUDONYMS) this.#pseudonyms.clear();
    this.#pseudonyms.set(actor, made);
    return made;
  }

  /** Forgets keys that may have been destroyed meanwhile; called between batches. */
  refresh(): void {
    if (performance.now() - this.#openedMs < REOPEN_MS) return;
    this.#reopen();
  }

  close(): void {
    this.#keyring.close();
  }

  #keyOf(leaf: Leaf, subject: string | undefined): KeyObject | undefined {
    try {
      return sealingKeyOf(this.#keyring, leaf, subject);
    } catch (error) {
      if (!(error instanceof LogbookError) || error.code !== 'ERR_LOGBOOK_KEY_WRONG') throw error;
      this.#keys = openKeysForReading(this.#root, this.#access);
      this.#reopen();
      return sealingKeyOf(this.#keyring, leaf, subject);
    }
  }

  #reopen(): void {
    this.#keyring.close();
    this.#pseudonyms.clear();
    this.#keyring = this.#openKeyring();
    this.#openedMs = performance.now();
  }

  #openKeyring(): Keyring {
    try {
      return openKeyringForReading(this.#folder, this.#origin, this.#keys);
    } catch (error) {
      if (!(error instanceof LogbookError) || error.code !== 'ERR_LOGBOOK_KEY_WRONG') throw error;
      this.#keys = openKeysForReading(this.#root, this.#access);
      return openKeyringForReading(this.#folder, this.#origin, this.#keys);
    }
  }
}

function personOf(payload: Buffer): string | undefined {
  try {
    const { person } = Object(JSON.parse(payload.toString()));
    return typeof person === 'string' && person !== '' ? person : undefined;
  } catch {
    return undefined;
  }
}
