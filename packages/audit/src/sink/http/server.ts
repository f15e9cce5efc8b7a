/**
 * The sink's front door: one HTTP or HTTPS server over a store (audit.md 5).
 *
 * Nothing that Node answers by itself may lose evidence: requests it cannot parse, headers that are too large, time-outs
 * and foreign `Expect` values are answered 503 or with a closed connection, both of which a collector tries again.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { asLogbookError } from '../../errors.ts';
import type { AdminPort } from '../admin/runner.ts';
import type { SinkStore } from '../types.ts';
import { ADMIN_PREFIX, AdminDoor } from './admin.ts';
import { Credentials } from './credentials.ts';
import { Intake, type IntakePath } from './intake.ts';
import { ReadApi, type MetricsText } from './read-api.ts';
import { readTls, watchTls, type TlsFiles } from './tls.ts';
import type { TokenFile } from './tokens.ts';
import type { SinkDecoders, SinkHttpObserver, SinkLimits } from './types.ts';

const MAX_HEADER_BYTES = 16_384;
/** Longer than a Go client keeps an idle connection (90 s), so that the sink never closes one that is just being used. */
const KEEP_ALIVE_MS = 120_000;
const TLS_LOOK_MS = 1_000;
const IDLE_HEARTBEAT_MS = 10_000;

export interface SinkServerParts {
  readonly store: SinkStore;
  readonly decoders: SinkDecoders;
  readonly observer: SinkHttpObserver;
  readonly limits: SinkLimits;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly tokens?: TokenFile | undefined;
  readonly tls?: TlsFiles | undefined;
  readonly metrics?: MetricsText | undefined;
  /** The admin endpoint; absent = off. */
  readonly admin?: { readonly port: AdminPort; readonly tokens: TokenFile } | undefined;
}

/** A listening server. */
export interface SinkServer {
  readonly port: number;
  /** Takes nothing new, lets what is under way end (bounded by `closeTimeoutMs`), then resolves. The store stays open. */
  close(): Promise<void>;
}

/** @throws LogbookError the address cannot be listened on, the TLS files cannot be used */
export async function startSinkServer(parts: SinkServerParts): Promise<SinkServer> {
  const { store, observer, limits, tls, admin } = parts;
  const withCertificates = tls?.clientCa !== undefined;
  const credentials = new Credentials(parts.tokens, withCertificates);
  const intake = new Intake({ ...parts, credentials });
  let closing = false;
  const reads = new ReadApi({ ...parts, credentials, closing: () => closing });
  const commands = new AdminDoor(
    admin && {
      port: admin.port,
      credentials: new Credentials(admin.tokens, withCertificates),
      observer,
    },
  );
  const answers = new WeakMap<Socket, ServerResponse>();

  const handle = (request: IncomingMessage, response: ServerResponse, begin: () => void): void => {
    answers.set(request.socket, response);
    const path = pathOf(request.url);
    if (isIntake(path)) void intake.handle(path, request, response, begin);
    else if (path.startsWith(ADMIN_PREFIX)) void commands.handle(path, request, response, begin);
    else void reads.handle(path, request, response);
  };

  const options = {
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: Math.min(2_000, limits.headersTimeoutMs),
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    requireHostHeader: false,
    noDelay: true,
  };
  const secure =
    tls === undefined
      ? undefined
      : createTlsServer({
          ...options,
          ...readTls(tls),
          requestCert: tls.clientCa !== undefined,
          // Looked at for each request instead: health stays open, and refusals are counted.
          rejectUnauthorized: false,
        });
  const server: Server = secure ?? createServer(options);
  server.maxConnections = limits.connections;
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, () => undefined),
  );
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, () => response.writeContinue()),
  );
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
    handle(request, response, () => undefined),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const answer = answers.get(socket);
    const idle = answer === undefined || answer.writableFinished || !answer.headersSent;
    if (!socket.writable || error.code === 'ECONNRESET' || !idle) {
      socket.destroy();
      return;
    }
    socket.end(
      'HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
    );
  });

  await listen(server, parts.host, parts.port);
  const stopWatching =
    tls === undefined || secure === undefined
      ? undefined
      : watchTls(
          tls,
          TLS_LOOK_MS,
          (material) => secure.setSecureContext(material),
          (error) => observer.problem(error),
        );
  const alive = (): void => {
    if (store.readiness().ready) observer.heartbeat(Date.now() / 1000);
  };
  alive();
  const beat = setInterval(alive, IDLE_HEARTBEAT_MS);
  beat.unref();

  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      closing = true;
      intake.close();
      clearInterval(beat);
      stopWatching?.();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      // Half of the time, so that a command that does not end in it is told so before its connection goes.
      const commandsEnd = admin?.port.close(limits.closeTimeoutMs / 2);
      const impatient = setTimeout(() => server.closeAllConnections(), limits.closeTimeoutMs);
      await closed;
      clearTimeout(impatient);
      await commandsEnd;
      // A connection may be gone while its records are still being stored.
      while (intake.underWay > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

/** The path without its query; a trailing slash means the same. */
function pathOf(url: string | undefined): string {
  const path = (url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function isIntake(path: string): path is IntakePath {
  return path === '/v1/logs' || path === '/v1/traces';
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        asLogbookError(
          error,
          `cannot listen on ${host}:${port}`,
          'choose another address with --listen, or stop what listens there',
        ),
      ),
    );
    server.listen(port, host, () => resolve());
  });
}
