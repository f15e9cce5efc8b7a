/**
 * Read access to the keys of one root folder: what `query` and `verify --deep` need to open seals. Never makes a key.
 */
import type { KeyObject } from 'node:crypto';
import { Keyring } from './keyring.ts';
import type { Leaf } from './leaf.ts';
import { openRootKeys, type RootKeys, type RootSecretSource } from './root-secret.ts';

/** Where the root secret comes from: the command, else the passphrase, else the file, by default `<root>/keys/root.key`. */
export interface KeyAccess {
  /** Base64 or base64url of 32 bytes; made on first use. */
  readonly keyFile?: string | undefined;
  /** File whose text is stretched (scrypt) to the secret. */
  readonly passphraseFile?: string | undefined;
  /** Command that prints the secret (key-command.ts). */
  readonly keyCommand?: string | undefined;
}

/** Those three alone. */
export function keyAccess({ keyFile, passphraseFile, keyCommand }: KeyAccess): KeyAccess {
  return { keyFile, passphraseFile, keyCommand };
}

/**
 * Opens the root keys for reading.
 * @throws LogbookError `ERR_LOGBOOK_KEY_MISSING`, `ERR_LOGBOOK_KEY_WRONG`
 */
export function openKeysForReading(root: string, access: KeyAccess): RootKeys {
  const source: RootSecretSource = { root, ...keyAccess(access) };
  return openRootKeys(source, { create: false });
}

/** Opens the keyring of one log for reading. */
export function openKeyringForReading(folder: string, origin: string, keys: RootKeys): Keyring {
  return Keyring.open({ folder, origin, keys, readOnly: true });
}

/** What of a leaf the opening of its seal needs. */
export type LeafOfSeal = Pick<Leaf, 'time' | 'actor' | 'class' | 'pc'>;

/** The key that the seal of a leaf was made with; undefined when it was destroyed. */
export function sealingKeyOf(
  keyring: Keyring,
  leaf: LeafOfSeal,
  subject: string | undefined,
): KeyObject | undefined {
  return keyring.findSealingKey(subject ?? leaf.actor, leaf.class, leaf.time.slice(0, 7));
}
