/**
 * Certificate, key and client CA from files, taken up again when one of them changes, without a restart.
 *
 * A set that does not fit together (half-way through a rotation, a key of another certificate) leaves the running one
 * in force and is told once; the next change is tried again.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { LogbookError } from '../../errors.ts';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Present: every client must show a certificate of this CA. */
  readonly clientCa?: string | undefined;
}

/** What `https.createServer` and `setSecureContext` take. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly minVersion: 'TLSv1.2';
}

/** @throws LogbookError `ERR_LOGBOOK_USAGE` when the files cannot be read or do not fit together */
export function readTls(files: TlsFiles): TlsMaterial {
  const material: TlsMaterial = {
    cert: readPem(files.cert),
    key: readPem(files.key),
    ...(files.clientCa !== undefined && { ca: readPem(files.clientCa) }),
    minVersion: 'TLSv1.2',
  };
  try {
    createSecureContext(material);
    // A CA file without a certificate would be taken silently, and then trust nobody.
    if (material.ca !== undefined) void new X509Certificate(material.ca);
  } catch (cause) {
    throw new LogbookError(
      'ERR_LOGBOOK_USAGE',
      `"${files.cert}" and "${files.key}" are not a certificate and its key` +
        (files.clientCa === undefined ? '' : `, or "${files.clientCa}" is no certificate`),
      { cause, hint: 'both must be PEM, and the key without a passphrase' },
    );
  }
  return material;
}

/** Looks at the files every `everyMs` and hands over what is new. Gives the function that ends it. */
export function watchTls(
  files: TlsFiles,
  everyMs: number,
  changed: (material: TlsMaterial) => void,
  problem: (error: Error) => void,
): () => void {
  let seen = stateOf(files);
  const timer = setInterval(() => {
    const state = stateOf(files);
    if (state === seen) return;
    seen = state;
    try {
      changed(readTls(files));
    } catch (error) {
      problem(error instanceof Error ? error : new Error('unusable TLS files'));
    }
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function stateOf({ cert, key, clientCa }: TlsFiles): string {
  return [cert, key, clientCa]
    .filter((path) => path !== undefined)
    .map((path) => {
      const found = statSync(path, { bigint: true, throwIfNoEntry: false });
      return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeNs}`;
    })
    .join(' / ');
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new LogbookError('ERR_LOGBOOK_USAGE', `TLS file "${path}" cannot be read`, {
      cause,
      hint: 'name PEM files that this process may read',
    });
  }
}
