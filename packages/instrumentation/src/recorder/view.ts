/**
 * What telemetry and log say of a connection: redacted once and kept until the adapter learns something new of it.
 */
import type { Connection } from '../exchange.ts';
import type { ConnectionView } from '../telemetry/record.ts';
import type { Scrubber } from './scrub.ts';

/** A view, and the JSON members it puts into every payload. */
export interface Seen {
  readonly view: ConnectionView;
  /** `"client":{...},"server":{...},"session":"...","protocol":"..."`, or empty. */
  readonly payload: string;
}

interface Cached extends Seen {
  readonly fingerprint: string;
}

/** Views by connection; gone with it. */
export class Views {
  readonly #scrub: Scrubber;
  readonly #cache = new WeakMap<Connection, Cached>();

  constructor(scrub: Scrubber) {
    this.#scrub = scrub;
  }

  of(connection: Connection): Seen {
    const known = this.#cache.get(connection);
    const fingerprint = fingerprintOf(connection);
    if (known !== undefined && known.fingerprint === fingerprint) return known;
    const view = this.#view(connection);
    const cached: Cached = { view, payload: payloadOf(view), fingerprint };
    this.#cache.set(connection, cached);
    return cached;
  }

  #view(c: Connection): ConnectionView {
    const scrub = this.#scrub;
    return {
      role: c.role,
      clientName: scrub.name(c.clientName),
      clientVersion: scrub.name(c.clientVersion),
      serverName: scrub.name(c.serverName),
      serverVersion: scrub.name(c.serverVersion),
      protocolVersion: protocolVersion(c.protocolVersion),
      // Random by specification, but a server chooses it: an opaque id stays, a secret in it does not.
      sessionId: c.stateless === true ? undefined : scrub.name(c.sessionId, 256),
      networkTransport: c.networkTransport,
      networkProtocolName: c.networkProtocolName,
      networkProtocolVersion: c.networkProtocolVersion,
      serverAddress: scrub.name(c.serverAddress, 256),
      serverPort: c.serverPort,
    };
  }
}

/** A metric label: the revisions are dates; anything else a peer makes up is `_OTHER`. */
function protocolVersion(version: string | undefined): string | undefined {
  if (version === undefined || version === '') return undefined;
  return /^\d{4}-\d\d-\d\d$/.test(version) ? version : '_OTHER';
}

function fingerprintOf(c: Connection): string {
  return `${c.clientName}\n${c.clientVersion}\n${c.serverName}\n${c.serverVersion}\n${c.protocolVersion}\n${c.sessionId}\n${c.networkTransport}${c.networkProtocolName}${c.networkProtocolVersion}\n${c.serverAddress}\n${c.serverPort}\n${c.stateless}`;
}

function payloadOf(view: ConnectionView): string {
  const parts: string[] = [];
  if (view.clientName !== undefined)
    parts.push(
      `"client":${JSON.stringify({ name: view.clientName, version: view.clientVersion })}`,
    );
  if (view.serverName !== undefined)
    parts.push(
      `"server":${JSON.stringify({ name: view.serverName, version: view.serverVersion })}`,
    );
  if (view.sessionId !== undefined) parts.push(`"session":${JSON.stringify(view.sessionId)}`);
  if (view.protocolVersion !== undefined)
    parts.push(`"protocol":${JSON.stringify(view.protocolVersion)}`);
  return parts.join(',');
}
