/**
 * What happens at the gate (semconv 7.2, 7.4): logins, refusals, tokens, clients. Each is an event, a metric and, but
 * for the harmless ones, an entry. The path is the attacker's choice unless it is one that the server configured: only
 * then it is a leaf target, otherwise `_OTHER`, and stands redacted in the payload.
 */
import { OTHER } from '@mcp-logbook/semconv/names';
import type { CallKind, EntryOutcome } from '@mcp-logbook/semconv/names';
import type { AccessEvent, AccessName, Side } from '../exchange.ts';
import { boundedReason } from '../http/reasons.ts';
import type { Identities, Identity } from './person.ts';
import { peerJson } from './person.ts';
import type { Shared } from './shared.ts';

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

interface Meaning {
  readonly kind: CallKind;
  readonly action: string;
  /** Absent: `denied`, or `failure` where authorization had no part in it. */
  readonly outcome?: EntryOutcome;
}

/** Kind, action and outcome of each event (audit.md 1). */
const MEANING: Readonly<Record<AccessName, Meaning>> = {
  login: { kind: 'auth.login', action: 'login', outcome: 'success' },
  bearer_refused: { kind: 'auth.failure', action: 'login' },
  scope_refused: { kind: 'authz.denied', action: 'authorize' },
  access_refused: { kind: 'authz.denied', action: 'authorize' },
  session_refused: { kind: 'authz.denied', action: 'authorize' },
  rate_refused: { kind: 'authz.denied', action: 'authorize' },
  request_refused: { kind: 'authz.denied', action: 'authorize', outcome: 'failure' },
  stream_declined: { kind: 'authz.denied', action: 'authorize', outcome: 'failure' },
  token_issued: { kind: 'auth.token.issued', action: 'issue', outcome: 'success' },
  token_refreshed: { kind: 'auth.token.refreshed', action: 'refresh', outcome: 'success' },
  token_refused: { kind: 'auth.token.refused', action: 'issue' },
  token_revoked: { kind: 'auth.token.revoked', action: 'revoke', outcome: 'success' },
  revocation_refused: { kind: 'authz.denied', action: 'revoke' },
  client_registered: { kind: 'auth.client.registered', action: 'register', outcome: 'success' },
  registration_refused: { kind: 'authz.denied', action: 'register' },
  authorized: { kind: 'authz.granted', action: 'authorize', outcome: 'success' },
  authorization_started: { kind: 'authz.granted', action: 'authorize', outcome: 'unknown' },
  authorization_refused: { kind: 'authz.denied', action: 'authorize' },
};

/** See the file's header. */
export class Gate {
  readonly #shared: Shared;
  readonly #identities: Identities;
  readonly #isEntered: (side: Side) => boolean;

  constructor(shared: Shared, identities: Identities, isEntered: (side: Side) => boolean) {
    this.#shared = shared;
    this.#identities = identities;
    this.#isEntered = isEntered;
  }

  record(access: AccessEvent): void {
    const { audit, backend, guard, ids, now, scrub } = this.#shared;
    const timeMicros = now();
    const reason = boundedReason(access.reason);
    const identity = this.#identities.of(access.person, access.clientId);
    const path = scrub.name(access.path, 256);
    const id = ids.uuidV7(Math.floor(timeMicros / 1000));
    const { kind, action, outcome = refusalOf(access) } = MEANING[access.event];
    const told =
      access.event === 'token_refused' && access.asked?.['grant_type'] === 'refresh_token'
        ? 'refresh'
        : action;
    // The gate of a server is always watched; what a client meets only where the client's side is entered.
    const entered = access.side === 'server' || this.#isEntered('client');
    const written =
      audit !== undefined &&
      entered &&
      access.event !== 'stream_declined' && // no evidence of anything
      guard('log', false, () =>
        audit.append({
          id,
          timeMicros,
          kind,
          action: told,
          outcome,
          target: this.#target(access, path),
          side: access.side,
          ...(outcome !== 'success' && {
            error: reason ?? (access.status === undefined ? OTHER : String(access.status)),
          }),
          ...(identity.key === undefined ? { anonymous: true } : { person: identity.key }),
          rules: scrub.rules,
          payload: this.#payload(access, identity, path),
        }),
      );
    guard('auth', undefined, () =>
      backend.auth({
        event: access.event,
        side: access.side,
        entered,
        outcome,
        action: told,
        reason,
        status: access.status,
        path,
        sessionId: scrub.name(access.sessionId, 256),
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

  #target(access: AccessEvent, path: string | undefined): string {
    if (USUAL_PATHS.has(access.path)) return access.path;
    return access.isKnownPath === true && path !== undefined ? path : OTHER;
  }

  #payload(access: AccessEvent, identity: Identity, path: string | undefined): string {
    const { scrub } = this.#shared;
    const session = scrub.name(access.sessionId, 256);
    const description = scrub.text(access.description, 1_024, undefined);
    const asked = Object.entries(access.asked ?? {}).map(
      ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(scrub.name(value, 512) ?? '')}`,
    );
    const isRefusal = access.event.endsWith('_refused');
    const members = [
      identity.key !== undefined && `"person":${JSON.stringify(identity.key)}`,
      identity.json !== undefined && `"identity":${identity.json}`,
      session !== undefined && `"session":${JSON.stringify(session)}`,
      `"peer":${peerJson(access.peer, scrub) ?? '{}'}`,
      `"method":${JSON.stringify(scrub.name(access.method) ?? '')}`,
      path !== undefined && `"uri":${JSON.stringify(path)}`,
      asked.length > 0 && `"request":{${asked.join(',')}}`,
      isRefusal &&
        `"error":${JSON.stringify({ code: access.status, type: access.reason === undefined ? undefined : scrub.name(access.reason), message: description })}`,
    ];
    return `{${members.filter((member) => member !== false).join(',')}}`;
  }
}

/** A refusal by authorization is `denied`; by a fault of the server or of the request's form, `failure`. */
function refusalOf({ status, reason }: AccessEvent): EntryOutcome {
  return (status !== undefined && status >= 500) ||
    reason === 'server_error' ||
    reason === 'method_not_allowed'
    ? 'failure'
    : 'denied';
}
