/**
 * `showKeys`: which keys the logs under a root have, and whether they open; no secret is in the answer.
 */
import { join } from 'node:path';
import { openKeyringForReading, openKeysForReading, type KeyAccess } from './access.ts';
import { asLogbookError, type LogbookError } from './errors.ts';
import { readIdentity, signerOf, type LogIdentity } from './folder.ts';
import { privateKeyOf, recipientOf } from './hpke.ts';
import { foldersUnder } from './in-logs.ts';
import { programOf } from './key-command.ts';
import type { KeyringSummary } from './keyring.ts';
import type { RootKeys } from './root-secret.ts';
import { defaultRoot } from './default-root.ts';

/** The keys of a root folder. */
export interface KeysReport {
  readonly root: string;
  /** Where the root secret comes from. */
  readonly secret: string;
  /** Why there is none, and folders whose log.json cannot be read. */
  readonly problems: readonly LogbookError[];
  /** Public key that payloads are sealed to on their way to a sink with this root. */
  readonly recipient?: string;
  readonly logs: readonly LogKeysReport[];
}

/** The keys of one log. */
export interface LogKeysReport extends Partial<KeyringSummary> {
  readonly folder: string;
  readonly origin: string;
  /** RFC 3339. */
  readonly created: string;
  /** C2SP verifier keys, oldest first: the last is the one that signs. */
  readonly keys: readonly string[];
  /** What does not open or is not there; empty when all is well. */
  readonly problems: readonly LogbookError[];
}

/**
 * Looks at all keys under a root. Writes nothing.
 * @throws LogbookError `ERR_LOGBOOK_NOT_A_LOG` where no log is; what is wrong with keys is in the report
 */
export function showKeys(options: KeyAccess & { readonly root?: string | undefined }): KeysReport {
  const { root = defaultRoot(), ...access } = options;
  const problems: LogbookError[] = [];
  const attempt = attempts(problems);
  const folders = foldersUnder(root);
  const keys = attempt(`cannot read the keys of "${root}"`, () => openKeysForReading(root, access));
  const logs = folders.flatMap((folder) => {
    const identity = attempt(`cannot read the log of "${folder}"`, () => readIdentity(folder));
    return identity === undefined ? [] : [logKeys(folder, identity, keys)];
  });
  return {
    root,
    secret: sourceOf(root, access),
    problems,
    ...(keys !== undefined && { recipient: recipientOf(privateKeyOf(keys.recipientSecret())) }),
    logs,
  };
}

/** Runs a step; what it throws goes to the list. */
function attempts(problems: LogbookError[]) {
  return <T>(what: string, work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      problems.push(asLogbookError(error, what));
      return undefined;
    }
  };
}

function sourceOf(root: string, { keyFile, passphraseFile, keyCommand }: KeyAccess): string {
  if (keyCommand !== undefined) return `command "${programOf(keyCommand)}"`;
  if (passphraseFile !== undefined) return `passphrase file "${passphraseFile}"`;
  return `key file "${keyFile ?? join(root, 'keys', 'root.key')}"`;
}

function logKeys(
  folder: string,
  identity: LogIdentity,
  rootKeys: RootKeys | undefined,
): LogKeysReport {
  const { origin, created, vkey, rotated = [] } = identity;
  const problems: LogbookError[] = [];
  const attempt = attempts(problems);
  attempt(`cannot read the signing key of "${folder}"`, () => {
    signerOf(folder, identity);
  });
  const summary =
    rootKeys === undefined
      ? undefined
      : attempt(`cannot read the keyring of "${folder}"`, () => {
          const keyring = openKeyringForReading(folder, origin, rootKeys);
          try {
            return keyring.summary();
          } finally {
            keyring.close();
          }
        });
  return { folder, origin, created, keys: [vkey, ...rotated], ...summary, problems };
}
