/**
 * The sink as a whole: checks what it was told, opens the store, then the front door; and the way back.
 *
 * Everything that can be wrong with the settings is found before the log is touched. Whoever can reach the address can
 * write evidence, so without credentials it listens on loopback only.
 */
import { LogbookError } from '../../errors.ts';
import { decodeLogs, decodeSpans } from '../../otlp/decode.ts';
import type { AdminPort } from '../admin/runner.ts';
import type { SinkStore } from '../types.ts';
import { isLoopback } from './credentials.ts';
import type { MetricsText } from './read-api.ts';
import { startSinkServer } from './server.ts';
import { readTls, type TlsFiles } from './tls.ts';
import { TokenFile } from './tokens.ts';
import { DEFAULT_SINK_LIMITS, type SinkHttpObserver, type SinkLimits } from './types.ts';

/** Where the sink listens, and whom it lets in. */
export interface DoorOptions {
  /** Address or name of an interface. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** File of bearer tokens, one a line; read again when it changes. */
  readonly tokenFile?: string | undefined;
  /** File of bearer tokens of the admin endpoint, none of them in `tokenFile`; without it the endpoint is off. */
  readonly adminTokenFile?: string | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly limits?: Partial<SinkLimits> | undefined;
  readonly observer?: Partial<SinkHttpObserver> | undefined;
  /** Gives the text of `/metrics`; without it the path does not exist. */
  readonly metrics?: MetricsText | undefined;
}

/** A running sink. */
export interface Sink {
  readonly url: string;
  /** Folder of the central log. */
  readonly folder: string;
  /** Name of the central log. */
  readonly origin: string;
  /** Its C2SP verifier key. */
  readonly vkey: string;
  /** Public key that producers seal payloads to. */
  readonly recipient: string;
  readonly size: number;
  /** Takes nothing new, ends what is under way, commits, closes the log. */
  close(): Promise<void>;
}

/**
 * Starts a sink over the store that `openStore` opens.
 * @param adminPort does what the admin endpoint is told; needed with `adminTokenFile`
 * @throws LogbookError `ERR_LOGBOOK_USAGE` for settings that cannot be; others as the store says
 */
export async function startSink(
  options: DoorOptions,
  openStore: (observer: SinkHttpObserver) => SinkStore | Promise<SinkStore>,
  adminPort?: AdminPort,
): Promise<Sink> {
  const { host, tls, tokenFile, adminTokenFile } = options;
  const observer = guard(options.observer ?? {});
  if (tokenFile === undefined && tls?.clientCa === undefined && !isLoopback(host))
    throw new LogbookError(
      'ERR_LOGBOOK_USAGE',
      `the sink would listen on "${host}" and let everybody in`,
      {
        hint: 'give --token-file, or --tls-cert, --tls-key and --client-ca, or listen on 127.0.0.1',
      },
    );
  const tokensOf = (path: string | undefined): TokenFile | undefined =>
    path === undefined ? undefined : new TokenFile(path, (error) => observer.problem(error));
  const tokens = tokensOf(tokenFile);
  const adminTokens = tokensOf(adminTokenFile);
  if (tokens !== undefined && adminTokens?.shares(tokens) === true)
    throw new LogbookError(
      'ERR_LOGBOOK_USAGE',
      `token files "${adminTokenFile}" and "${tokenFile}" have a token in common`,
      { hint: 'whoever sends records must not be able to erase people: make another admin token' },
    );
  if (tls !== undefined) readTls(tls);

  const store = await openStore(observer);
  const { origin, recipient } = store;
  try {
    const server = await startSinkServer({
      store,
      decoders: { logs: decodeLogs, spans: decodeSpans },
      observer,
      limits: { ...DEFAULT_SINK_LIMITS, ...options.limits },
      host,
      port: options.port,
      tokens,
      tls,
      metrics: options.metrics,
      admin: adminTokens && adminPort && { tokens: adminTokens, port: adminPort },
    });
    const name = host.includes(':') ? `[${host}]` : host;
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${name}:${server.port}`,
      folder: store.folder,
      origin,
      get vkey() {
        return store.vkey;
      },
      recipient,
      size: store.checkpoint().size,
      close: async () => {
        await server.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** All methods, none of which throws: an observer's fault is not the sink's, and there is nowhere to tell it. */
function guard(observer: Partial<SinkHttpObserver>): SinkHttpObserver {
  const safely = (call: () => void): void => {
    try {
      call();
    } catch {
      // See above.
    }
  };
  return {
    records: (...args) => safely(() => observer.records?.(...args)),
    acknowledged: (...args) => safely(() => observer.acknowledged?.(...args)),
    delay: (...args) => safely(() => observer.delay?.(...args)),
    gaps: (...args) => safely(() => observer.gaps?.(...args)),
    log: (...args) => safely(() => observer.log?.(...args)),
    erasures: (...args) => safely(() => observer.erasures?.(...args)),
    holds: (...args) => safely(() => observer.holds?.(...args)),
    expired: (...args) => safely(() => observer.expired?.(...args)),
    problem: (...args) => safely(() => observer.problem?.(...args)),
    unauthorized: (...args) => safely(() => observer.unauthorized?.(...args)),
    heartbeat: (...args) => safely(() => observer.heartbeat?.(...args)),
  };
}
