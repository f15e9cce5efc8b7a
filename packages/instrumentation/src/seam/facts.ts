/**
 * What one connection is: filled from the handshake, from the transport's shape and from each request's extras.
 * Everything a peer says of itself stays a claim (clientInfo, serverInfo).
 */
import type { Connection, Side } from '../exchange.ts';
import { currentHttp, versionOf } from '../http/store.ts';
import { type Listed, Lists } from './lists.ts';
import { Registry } from './registry.ts';
import type { Transport } from './message.ts';
import { fieldsOf } from '../values.ts';

const MAX_LISTS = 1_000;
const MODERN = 'io.modelcontextprotocol/';

export class Facts {
  readonly connection: Connection;
  readonly registry: Registry;
  /** Id of the `initialize` request in flight. */
  initializeId: unknown;
  /** List requests in flight: their answers tell what is registered. */
  readonly #listIds: Map<string, { readonly method: string; readonly cursor: unknown }> = new Map();
  readonly #lists = new Lists();
  /** Its transport is of a kind that we do not know. */
  #isUnknown = false;
  handshakeDone = false;

  constructor(protocol: object, transport: Transport) {
    const { name } = fieldsOf((protocol as { _serverInfo?: unknown })._serverInfo);
    const registry = new Registry(protocol, typeof name === 'string' ? name : undefined);
    this.registry = registry;
    this.connection = {
      role: roleOf(protocol),
      resourceName: (uri) => registry.resourceName(uri),
      isRegistered: (kind, name) => registry.isRegistered(kind, name),
      toolAnnotations: (name) => registry.toolAnnotations(name),
    };
    this.#own(protocol);
    this.#network(transport);
  }

  /**
   * A request or notification came in, or `initialize` goes out.
   * @returns the connection as this message shows it: where each request says who it is from (2026-07-28), requests of
   * two clients over one connection keep their own names
   */
  see(method: string, params: unknown, extra: unknown): Connection {
    const c = this.connection;
    const { clientInfo, protocolVersion, _meta } = fieldsOf(params);
    if (method === 'initialize') {
      this.#client(clientInfo);
      if (c.role === 'server' && typeof protocolVersion === 'string')
        c.protocolVersion = protocolVersion;
    }
    const meta = fieldsOf(_meta);
    const version = meta[`${MODERN}protocolVersion`];
    const { sessionId, requestInfo, request } = fieldsOf(extra);
    if (typeof sessionId === 'string') c.sessionId = sessionId;
    if (
      c.networkTransport === undefined &&
      (requestInfo !== undefined || request !== undefined || this.#isInHttp())
    )
      this.#http();
    if (c.networkProtocolVersion === undefined && c.networkTransport === 'tcp') this.#http();
    if (typeof version === 'string') return this.#stateless(version, meta[`${MODERN}clientInfo`]);
    // Without sessions a handshake is on another connection: the header says what came of it.
    if (c.protocolVersion === undefined && c.role === 'server') {
      const named = currentHttp()?.request.headers['mcp-protocol-version'];
      if (typeof named === 'string') c.protocolVersion = named;
    }
    return c;
  }

  /** 2026-07-28: no handshake and no session; the first client is the connection's, another one its own view of it. */
  #stateless(version: string, clientInfo: unknown): Connection {
    const c = this.connection;
    const { name, version: clientVersion } = fieldsOf(clientInfo);
    if (c.stateless !== true) {
      c.stateless = true;
      c.protocolVersion = version;
      this.#client(clientInfo);
      return c;
    }
    if (
      c.protocolVersion === version &&
      (clientInfo === undefined || (c.clientName === name && c.clientVersion === clientVersion))
    )
      return c;
    const own = Object.create(c) as Connection;
    own.protocolVersion = version;
    if (typeof name === 'string') own.clientName = name;
    if (typeof clientVersion === 'string') own.clientVersion = clientVersion;
    return own;
  }

  /** A list was asked for, of us or by us. Those that are never answered must not pile up (I10). */
  expectList(side: Side, id: unknown, method: string, params: unknown): void {
    if (this.#listIds.size >= MAX_LISTS) this.#listIds.clear();
    this.#listIds.set(idOf(side, id), { method, cursor: fieldsOf(params)['cursor'] });
  }

  /**
   * An answer to one of these lists, of ours or for us.
   * @returns the list, once its last page has passed
   */
  seeList(side: Side, id: unknown, result: unknown): Listed | undefined {
    if (this.#listIds.size === 0) return undefined;
    const key = idOf(side, id);
    const asked = this.#listIds.get(key);
    if (asked === undefined) return undefined;
    this.#listIds.delete(key);
    this.registry.learn(asked.method, result);
    return this.#lists.page(asked.method, asked.cursor, result);
  }

  /** An answer of ours leaves. */
  seeAnswer(id: unknown, result: unknown, transport: Transport): void {
    if (this.initializeId === undefined || id !== this.initializeId) return;
    this.initializeId = undefined;
    this.seeInitialized(result, transport);
    this.handshakeDone = result !== undefined;
  }

  /** The result of `initialize`, on either side. */
  seeInitialized(result: unknown, transport: Transport): void {
    const { protocolVersion, serverInfo } = fieldsOf(result);
    const c = this.connection;
    if (typeof protocolVersion === 'string') c.protocolVersion = protocolVersion;
    const { name, version } = fieldsOf(serverInfo);
    if (typeof name === 'string') c.serverName = name;
    if (typeof version === 'string') c.serverVersion = version;
    if (typeof transport.sessionId === 'string') c.sessionId = transport.sessionId;
  }

  #client(info: unknown): void {
    const { name, version } = fieldsOf(info);
    if (typeof name === 'string') this.connection.clientName = name;
    if (typeof version === 'string') this.connection.clientVersion = version;
  }

  /** Our own name, from the SDK object. */
  #own(protocol: object): void {
    const { _serverInfo, _clientInfo } = protocol as {
      _serverInfo?: unknown;
      _clientInfo?: unknown;
    };
    const { name, version } = fieldsOf(_serverInfo);
    if (typeof name === 'string') this.connection.serverName = name;
    if (typeof version === 'string') this.connection.serverVersion = version;
    this.#client(_clientInfo);
  }

  #network(transport: Transport): void {
    const c = this.connection;
    const shape = innermost(transport);
    if ('_stdin' in shape || '_stdout' in shape || '_serverParams' in shape)
      c.networkTransport = 'pipe';
    else if (HTTP_MEMBERS.some((member) => member in shape)) {
      c.networkTransport = 'tcp';
      c.networkProtocolName = 'http';
    } else if (shape._url instanceof URL) {
      c.networkTransport = 'tcp';
      c.networkProtocolName = shape._url.protocol.startsWith('ws') ? 'websocket' : 'http';
      c.serverAddress = shape._url.hostname;
      c.serverPort =
        Number(shape._url.port) || (/^(https|wss):$/.test(shape._url.protocol) ? 443 : 80);
    }
    this.#isUnknown = isUnknown(shape);
    if (typeof transport.sessionId === 'string') c.sessionId = transport.sessionId;
  }

  /** Whether a message came over a transport of its own kind while an HTTP request is being served: over that. */
  #isInHttp(): boolean {
    return this.connection.role === 'server' && this.#isUnknown && currentHttp() !== undefined;
  }

  #http(): void {
    const c = this.connection;
    c.networkTransport = 'tcp';
    c.networkProtocolName = 'http';
    const request = currentHttp()?.request;
    if (request !== undefined) c.networkProtocolVersion = versionOf(request);
  }
}

/** What server transports on HTTP have: the Node shell of SDK 1 and 2, HTTP + SSE, the standard one, SDK 2's per request. */
const HTTP_MEMBERS = ['_webStandardTransport', '_endpoint', 'handleRequest', 'handleMessage'];

/** SDK 2's `serveStdio` gives Protocol a channel in front of the real transport. */
function innermost(transport: Transport): Record<string, unknown> {
  const { _wire: wire } = transport as { _wire?: unknown };
  return (typeof wire === 'object' && wire !== null ? wire : transport) as Record<string, unknown>;
}

/** Ids are unique per direction only. */
function idOf(side: Side, id: unknown): string {
  return `${side} ${typeof id} ${String(id)}`;
}

/** What no transport on this process's stdio has: a child's stdio, memory, a remote end. */
const OTHER_MEMBERS = ['_serverParams', '_otherTransport', '_url', ...HTTP_MEMBERS];

/** Whether a transport speaks over this process's stdin and stdout, or may: one of an unknown kind behind a server. */
export function isOwnStdio(protocol: object, transport: Transport): boolean {
  if (isStdio(transport)) return true;
  return roleOf(protocol) === 'server' && isUnknown(innermost(transport));
}

function isUnknown(shape: object): boolean {
  return !OTHER_MEMBERS.some((member) => member in shape);
}

/** Whether a transport speaks over this process's stdin and stdout for certain. */
export function isStdio(transport: Transport): boolean {
  const shape = innermost(transport);
  return '_stdin' in shape || '_stdout' in shape;
}

function roleOf(protocol: object): Side {
  return '_clientInfo' in protocol && !('_serverInfo' in protocol) ? 'client' : 'server';
}
