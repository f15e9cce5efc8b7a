/**
 * The client's side of authorization: what its OAuth provider is told by the SDK's `auth()` (a token was obtained or
 * refreshed, a client registered, a person sent to log in, credentials found bad), and what a server refused it.
 *
 * A provider is the program's own object: its methods are called as they are, with what they get, and answer what they
 * answer (I8). Of tokens only the claims that `identity.ts` lists are read; verifiers, codes and secrets never.
 */
import { hash } from 'node:crypto';
import type { AccessEvent, AccessName } from '../exchange.ts';
import { authOf } from '../identity.ts';
import type { RecorderPort } from '../ports.ts';
import type { Transport } from './message.ts';
import { fieldsOf, textOf } from '../values.ts';

type Method = (...args: unknown[]) => unknown;
type Fields = Readonly<Record<string, unknown>>;

const watched = new WeakSet();

/** Watches the OAuth provider of a client's transport, once. */
export function watchProvider(transport: Transport, recorder: RecorderPort): void {
  const { _oauthProvider, _authProvider } = transport as Fields;
  const provider = (_oauthProvider ?? _authProvider) as Record<string, unknown> | undefined;
  if (typeof provider !== 'object' || provider === null || watched.has(provider)) return;
  if (typeof provider['saveTokens'] !== 'function') return;
  watched.add(provider);
  let clientId: string | undefined;
  let canRefresh = false;
  let byCode = false;
  let known: string | undefined;
  const tell = (event: AccessName, more: Partial<AccessEvent> = {}): void =>
    recorder.access({
      event,
      side: 'client',
      method: 'POST',
      path: pathOf(transport),
      peer: {},
      ...(clientId !== undefined && { clientId }),
      ...more,
    });
  around(provider, 'clientInformation', (_, value) => {
    clientId = textOf(fieldsOf(value)['client_id']) ?? clientId;
  });
  around(provider, 'tokens', (_, value) => {
    const { refresh_token: refresh, access_token: access } = fieldsOf(value);
    canRefresh = textOf(refresh) !== undefined;
    known = digestOf(access);
  });
  around(provider, 'codeVerifier', () => {
    byCode = true;
  });
  around(provider, 'saveClientInformation', ([information]) => {
    const id = textOf(fieldsOf(information)['client_id']);
    // The SDK saves a client it knows again, with its issuer.
    if (id === undefined || id === clientId) return;
    clientId = id;
    tell('client_registered');
  });
  around(provider, 'redirectToAuthorization', () => tell('authorization_started'));
  around(provider, 'saveTokens', ([tokens]) => {
    const { id_token: id, access_token: access, scope } = fieldsOf(tokens);
    const isOld = known !== undefined && known === digestOf(access); // saved again, with its issuer
    known = digestOf(access);
    if (isOld) return;
    const { person } = authOf({ token: typeof id === 'string' ? id : access, clientId });
    const asked = textOf(scope);
    tell(canRefresh && !byCode ? 'token_refreshed' : 'token_issued', {
      ...(person !== undefined && { person }),
      ...(asked !== undefined && { asked: { scope: asked } }),
    });
    byCode = false;
  });
  around(provider, 'invalidateCredentials', ([what]) =>
    tell('token_refused', { reason: what === 'tokens' ? 'invalid_grant' : 'invalid_client' }),
  );
}

/** HTTP 401 or 403, where that is why a request of a client failed; SDK 1 and 2, whatever their classes are called. */
export function refusedStatus(error: unknown): 401 | 403 | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, status, constructor } = error as {
    code?: unknown;
    status?: unknown;
    constructor?: { name?: unknown; mcpBrand?: unknown };
  };
  const name = `${textOf(constructor?.mcpBrand) ?? ''} ${textOf(constructor?.name) ?? ''} ${error.name}`;
  if (/\bUnauthorizedError\b/.test(name)) return 401;
  if (/\bInsufficientScopeError\b/.test(name)) return 403;
  return [code, status].find((value): value is 401 | 403 => value === 401 || value === 403);
}

/** A server refused a request of ours. */
export function refusedBy(
  transport: Transport,
  status: 401 | 403,
  sessionId?: string,
): AccessEvent {
  return {
    event: status === 401 ? 'bearer_refused' : 'scope_refused',
    side: 'client',
    status,
    reason: status === 401 ? 'invalid_token' : 'insufficient_scope',
    method: 'POST',
    path: pathOf(transport),
    peer: {},
    ...(sessionId !== undefined && { sessionId }),
  };
}

/** Has `seen` told of each call of a method once it is over; what it gives back and throws passes through. */
function around(
  provider: Record<string, unknown>,
  name: string,
  seen: (args: readonly unknown[], value: unknown) => void,
): void {
  const method = provider[name];
  if (typeof method !== 'function') return;
  const look = (args: readonly unknown[], value: unknown): void => {
    try {
      seen(args, value);
    } catch {
      // Telemetry never throws into the program (I8).
    }
  };
  const wrapped: Method = function (this: unknown, ...args) {
    const value: unknown = Reflect.apply(method, this, args);
    if (value instanceof Promise)
      value.then(
        (settled) => look(args, settled),
        () => undefined,
      );
    else look(args, value);
    return value;
  };
  try {
    provider[name] = wrapped;
  } catch {
    // A frozen provider is left alone.
  }
}

function digestOf(token: unknown): string | undefined {
  return typeof token === 'string' ? hash('sha256', token, 'base64url') : undefined;
}

function pathOf(transport: Transport): string {
  const { _url: url } = transport as { _url?: unknown };
  return url instanceof URL ? url.pathname : '';
}
