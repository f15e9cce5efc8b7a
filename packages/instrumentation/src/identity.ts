/**
 * Who called. In this order: `authInfo` (verified by the server's own middleware), the JWT inside its token (decoded
 * only, since it was verified), `req.user`; on stdio the OS user. The token itself is never kept, nor any claim that is
 * not listed in `CLAIMS`. Baggage and `clientInfo` are never an identity.
 */
import { hostname, userInfo } from 'node:os';
import type { Connection, HttpPeer, Person } from './exchange.ts';
import { currentHttp, httpPeer, markMcp } from './http/store.ts';
import { fieldsOf, textOf } from './values.ts';

/** What identification finds: a person, or only the OAuth client. */
export interface Identified {
  readonly person?: Person;
  readonly clientId?: string;
}

/** Claims worth keeping in the sealed payload. */
const CLAIMS = [
  'name',
  'email',
  'preferred_username',
  'azp',
  'sid',
  'tenant',
  'org_id',
  'roles',
] as const;
const SUBJECTS = ['sub', 'userId', 'user_id', 'uid', 'oid', 'email'] as const;
const MAX_TEXT = 256;

/** Who sent a request, from the extras of `onmessage` and the HTTP request around it. */
export function identify(extra: unknown, connection: Connection): Identified {
  const auth = fieldsOf(extra).authInfo ?? attached('auth');
  const found = authOf(auth);
  if (found.person !== undefined || found.clientId !== undefined) return found;
  const user = personOf(fieldsOf(attached('user')), 'request_user', undefined);
  if (user !== undefined) return { person: user };
  if (connection.networkTransport === 'pipe') {
    const person = osUser();
    return person === undefined ? {} : { person };
  }
  return {};
}

/** Network peer of the current HTTP request; marks its path as an MCP path. */
export function peerOf(extra: unknown): HttpPeer | undefined {
  const http = currentHttp();
  if (http !== undefined) {
    markMcp();
    return httpPeer(http);
  }
  const headers = fieldsOf(fieldsOf(extra).requestInfo).headers;
  const agent = fieldsOf(headers)['user-agent'];
  return typeof agent === 'string' ? { userAgent: agent } : undefined;
}

/** Person and client of an `AuthInfo`-shaped value; `req.auth` may also be a function or bare JWT claims. */
export function authOf(auth: unknown): Identified {
  if (typeof auth !== 'object' || auth === null) return {};
  const { token, clientId, scopes, extra, sub } = auth as Record<string, unknown>;
  const payload =
    typeof token === 'string' ? jwtPayload(token) : typeof sub === 'string' ? fieldsOf(auth) : {};
  const claims = { ...payload, ...fieldsOf(extra) };
  const client =
    textOf(clientId, MAX_TEXT) ??
    textOf(claims.azp, MAX_TEXT) ??
    textOf(claims.client_id, MAX_TEXT);
  const person = personOf(claims, 'token', client, scopes);
  return {
    ...(person !== undefined && { person }),
    ...(client !== undefined && { clientId: client }),
  };
}

function personOf(
  claims: Readonly<Record<string, unknown>>,
  source: 'token' | 'request_user',
  clientId: string | undefined,
  scopes?: unknown,
): Person | undefined {
  const subject =
    SUBJECTS.map((key) => textOf(claims[key], MAX_TEXT)).find((text) => text !== undefined) ??
    (source === 'request_user'
      ? (textOf(claims.id, MAX_TEXT) ?? textOf(claims.username, MAX_TEXT))
      : undefined);
  if (subject === undefined) return undefined;
  const kept: Record<string, unknown> = {};
  for (const key of CLAIMS) {
    const value = claims[key];
    if (typeof value === 'string') kept[key] = value.slice(0, MAX_TEXT);
    else if (Array.isArray(value))
      kept[key] = value.filter((item) => typeof item === 'string').slice(0, 20);
  }
  if (Array.isArray(scopes))
    kept.scopes = scopes.filter((scope) => typeof scope === 'string').slice(0, 50);
  return {
    key: `${textOf(claims.iss, MAX_TEXT) ?? ''}|${subject}`,
    source,
    ...(clientId !== undefined && { clientId }),
    ...(Object.keys(kept).length > 0 && { claims: kept }),
  };
}

let localUser: Person | null | undefined;

/** The account this process runs as: issuer `os:<host>`. `undefined` where the account has no name. */
function osUser(): Person | undefined {
  if (localUser === undefined) {
    try {
      localUser = { key: `os:${hostname()}|${userInfo().username}`, source: 'os_user' };
    } catch {
      localUser = null;
    }
  }
  return localUser ?? undefined;
}

function attached(name: 'auth' | 'user'): unknown {
  return (currentHttp()?.request as Record<string, unknown> | undefined)?.[name];
}

function jwtPayload(token: string): Readonly<Record<string, unknown>> {
  const parts = token.split('.');
  const body = parts[1];
  if (parts.length !== 3 || body === undefined || body.length > 16_384) return {};
  try {
    return fieldsOf(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
  } catch {
    return {};
  }
}
