/**
 * Refused access (HTTP 401 and 403): an event, a metric and an entry. The path is the attacker's choice: it is a leaf
 * target only when it is one of the usual ones, otherwise `_OTHER`, and stands redacted in the payload.
 */
import { OTHER } from '@mcp-logbook/semconv/names';
import type { RefusedAccess } from '../exchange.ts';
import type { Identities } from './person.ts';
import { peerJson } from './person.ts';
import type { Shared } from './sessions.ts';

const USUAL_PATHS: ReadonlySet<string> = new Set([
  '/',
  '/mcp',
  '/sse',
  '/message',
  '/messages',
  '/authorize',
  '/token',
  '/register',
  '/revoke',
]);

/** OAuth codes of RFC 6749, 6750, 7009 and 9449; a metric label, so nothing else passes. */
const REASONS: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
  'invalid_client',
  'invalid_grant',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'access_denied',
  'server_error',
  'temporarily_unavailable',
  'unsupported_token_type',
  'invalid_dpop_proof',
  'use_dpop_nonce',
]);

/** See the file's header. */
export class Refusals {
  readonly #shared: Shared;
  readonly #identities: Identities;

  constructor(shared: Shared, identities: Identities) {
    this.#shared = shared;
    this.#identities = identities;
  }

  record(access: RefusedAccess): void {
    const { audit, backend, guard, ids, now, scrub } = this.#shared;
    const timeMicros = now();
    const reason =
      access.reason === undefined ? undefined : REASONS.has(access.reason) ? access.reason : OTHER;
    const identity = this.#identities.of(access.person, access.clientId);
    const path = scrub.name(access.path, 256);
    const id = ids.uuidV7(Math.floor(timeMicros / 1000));
    const written =
      audit !== undefined &&
      guard('log', false, () =>
        audit.append({
          id,
          timeMicros,
          kind: access.status === 401 ? 'auth.failure' : 'authz.denied',
          action: access.status === 401 ? 'login' : 'authorize',
          outcome: 'denied',
          target: USUAL_PATHS.has(access.path) ? access.path : OTHER,
          side: 'server',
          error: reason ?? String(access.status),
          ...(identity.key === undefined ? { anonymous: true } : { person: identity.key }),
          rules: scrub.rules,
          payload: this.#payload(access, identity.key, identity.json, path),
        }),
      );
    guard('auth', undefined, () =>
      backend.auth({
        event: access.status === 401 ? 'bearer_refused' : 'scope_refused',
        reason,
        status: access.status,
        path,
        peerAddress: scrub.name(access.peer.address),
        peerPort: access.peer.port,
        userAgent: scrub.name(access.peer.userAgent, 256),
        oauthClientId: identity.clientId,
        enduserId: identity.enduserId,
        enduserPseudoId: identity.enduserPseudoId,
        entryId: written ? id : undefined,
        timeMicros,
      }),
    );
  }

  #payload(
    access: RefusedAccess,
    person: string | undefined,
    identityJson: string | undefined,
    path: string | undefined,
  ): string {
    const { scrub } = this.#shared;
    const session = scrub.name(access.sessionId, 256);
    const description = scrub.text(access.description, 1_024, undefined);
    const members = [
      person !== undefined && `"person":${JSON.stringify(person)}`,
      identityJson !== undefined && `"identity":${identityJson}`,
      session !== undefined && `"session":${JSON.stringify(session)}`,
      `"peer":${peerJson(access.peer, scrub) ?? '{}'}`,
      `"method":${JSON.stringify(scrub.name(access.method) ?? '')}`,
      path !== undefined && `"uri":${JSON.stringify(path)}`,
      `"error":${JSON.stringify({ code: access.status, type: access.reason === undefined ? undefined : scrub.name(access.reason), message: description })}`,
    ];
    return `{${members.filter((member) => member !== false).join(',')}}`;
  }
}
