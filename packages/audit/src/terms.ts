/**
 * Names a person can be searched by, and their HMACs: the index must find people without naming them (audit.md 8).
 *
 * Names of a payload: `iss|sub` whole, its `sub`, e-mail and user name claims (lower case), the fleet pseudonym; of an
 * entry without a person the client id. Term = first 16 bytes of HMAC-SHA-256(index key, kind ":" name).
 */
import { createHmac, type KeyObject } from 'node:crypto';
import { fleetPseudonym } from './pseudonym.ts';

/** The keys that names are hashed with. */
export interface TermKeys {
  /** HKDF of the root secret. */
  readonly index: KeyObject;
  /** Key of `p_...` pseudonyms. */
  readonly fleet: KeyObject;
}

const TERM_BYTES = 16;
/** Claims that name a person, as identity providers spell them. */
const NAME_CLAIMS = [
  'email',
  'preferred_username',
  'upn',
  'username',
  'user_name',
  'login',
] as const;

/** Names of a payload's person; without the fleet key no pseudonym is among them. */
export function namesOf(payload: unknown, fleet: KeyObject | undefined): string[] {
  const names = new Set<string>();
  const person = textOf(payload, 'person');
  const identity = fieldOf(payload, 'identity');
  if (person !== undefined) {
    names.add(person);
    // An issuer is a URL and has no bar; a subject may have some ("auth0|123").
    const bar = person.indexOf('|');
    if (bar >= 0) names.add(person.slice(bar + 1));
    if (fleet !== undefined) names.add(fleetPseudonym(fleet, person));
  }
  for (const claims of [identity, fieldOf(identity, 'claims')]) {
    for (const claim of NAME_CLAIMS) {
      const name = textOf(claims, claim);
      if (name !== undefined) names.add(name.toLowerCase());
    }
  }
  const clientId = textOf(identity, 'clientId');
  if (person === undefined && clientId !== undefined) names.add(clientId);
  return [...names];
}

/** Session id of a payload. */
export function sessionOf(payload: unknown): string | undefined {
  return textOf(payload, 'session');
}

/** What a user typed, as names it may mean. */
export function namesTyped(user: string): string[] {
  return [...new Set([user, user.toLowerCase()])];
}

/** The HMAC that stands for a name in the index. */
export function termOf(key: KeyObject, kind: 'person' | 'session' | 'check', name: string): Buffer {
  return createHmac('sha256', key).update(`${kind}:${name}`).digest().subarray(0, TERM_BYTES);
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === 'string' && text !== '' ? text : undefined;
}
