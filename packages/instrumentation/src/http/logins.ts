/**
 * First use of a session or token: one `login`, not one a request (audit.md 1). Remembered are digests, never a token;
 * at most `MAX_KNOWN` of them, the oldest forgotten first (I10): a session that was silent for so long logs in again.
 */
import { hash } from 'node:crypto';
import type { Identified } from '../identity.ts';

const MAX_KNOWN = 10_000;
const known = new Set<string>();
/** Who a verified token belonged to, by the token's digest: names the caller when a later use of it is refused. */
const owners = new Map<string, Identified>();

/** Whether this is the first use. Without a session a token counts by itself. */
export function isFirstUse(
  who: Identified,
  session: string | undefined,
  token: string | undefined,
): boolean {
  const name = who.person?.key ?? who.clientId ?? '';
  const key = hash('sha256', `${session ?? `token ${token ?? ''}`}\n${name}`, 'base64url');
  if (token !== undefined && token !== '') remember(token, who);
  if (known.has(key)) return false;
  known.add(key);
  if (known.size > MAX_KNOWN) known.delete(known.values().next().value as string);
  return true;
}

/** Who used this token before. */
export function ownerOf(token: string): Identified | undefined {
  return owners.get(hash('sha256', token, 'base64url'));
}

function remember(token: string, who: Identified): void {
  const digest = hash('sha256', token, 'base64url');
  if (owners.has(digest)) return;
  owners.set(digest, who);
  if (owners.size > MAX_KNOWN) owners.delete(owners.keys().next().value as string);
}
