/** `createSink`: the central log and its front door in one, as `mcp-logbook serve` runs them. */
import { defaultRoot } from '../default-root.ts';
import { privateKeyOf, recipientOf } from '../hpke.ts';
import { keyAccess, type KeyAccess } from '../access.ts';
import { openRootKeys } from '../root-secret.ts';
import type { DoorOptions, Sink } from './http/sink.ts';
import type { SinkStoreOptions } from './store/open.ts';

export interface SinkOptions extends DoorOptions, Omit<SinkStoreOptions, 'observer'> {
  /** The fleet's pseudonym key: with it the admin endpoint understands `p_...` and tells it for an erasure in Loki. */
  readonly pseudonymKeyFile?: string | undefined;
}

/**
 * Opens the central log and listens.
 * @throws LogbookError `ERR_LOGBOOK_USAGE` for settings that cannot be, `ERR_LOGBOOK_LOCKED` when another sink writes
 * that log, `ERR_LOGBOOK_IO` when the address cannot be had, and what `openLogbook` throws
 */
export async function createSink(options: SinkOptions): Promise<Sink> {
  // Loaded now and not with this package: every recorded server loads that (hotpath.md 3).
  const [{ startSink }, { openSinkStore }, { AdminRunner }] = await Promise.all([
    import('./http/sink.ts'),
    import('./store/open.ts'),
    import('./admin/runner.ts'),
  ]);
  const { root = defaultRoot(), pseudonymKeyFile } = options;
  return await startSink(
    options,
    (observer) => openSinkStore({ ...options, observer }),
    new AdminRunner({ root, pseudonymKeyFile, ...keyAccess(options) }),
  );
}

/** Where the root secret of a sink comes from, as for `createSink`. */
export type SinkKeys = KeyAccess & Pick<SinkStoreOptions, 'root'>;

/** The public key that producers seal payloads to; makes the root secret on first use, and needs no running sink. */
export function sinkRecipient({ root = defaultRoot(), ...access }: SinkKeys): string {
  const keys = openRootKeys({ root, ...keyAccess(access) }, { create: true });
  return recipientOf(privateKeyOf(keys.recipientSecret()));
}
