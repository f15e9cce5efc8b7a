/**
 * Which path is which OAuth endpoint: the defaults of the MCP SDK at any mount point, and whatever a metadata document
 * that this process served says (RFC 8414). A name alone proves nothing (`/register` may be a sign-up form): `access.ts`
 * asks for a trace of OAuth unless the path was learned.
 */
export type EndpointRole = 'authorize' | 'token' | 'register' | 'revoke' | 'metadata';

const BY_NAME = /\/(authorize|token|register|revoke)\/?$/;
const METADATA = /^\/\.well-known\/(?:oauth-authorization-server|openid-configuration)(?:\/|$)/;
const MEMBERS = [
  ['authorization_endpoint', 'authorize'],
  ['token_endpoint', 'token'],
  ['registration_endpoint', 'register'],
  ['revocation_endpoint', 'revoke'],
] as const;
/** Learned paths; a process that serves metadata of many tenants must not grow for ever (I10). */
const MAX_LEARNED = 256;
const learned = new Map<string, EndpointRole>();

/** What a path may be. */
export function roleOf(path: string): EndpointRole | undefined {
  const known = learned.get(path);
  if (known !== undefined) return known;
  const name = BY_NAME.exec(path)?.[1];
  if (name !== undefined) return name as EndpointRole;
  return METADATA.test(path) ? 'metadata' : undefined;
}

/** Whether a metadata document named this path. */
export function isLearned(path: string): boolean {
  return learned.has(path);
}

/** Learns from a metadata document. */
export function learnEndpoints(metadata: Readonly<Record<string, unknown>>): void {
  for (const [member, role] of MEMBERS) {
    const url = metadata[member];
    const path = typeof url === 'string' ? URL.parse(url)?.pathname : undefined;
    if (path !== undefined && path !== '/' && learned.size < MAX_LEARNED) learned.set(path, role);
  }
}
