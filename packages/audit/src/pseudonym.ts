/**
 * Names that stand for people: `a_` + 16 random base32 characters in one log, whose keyring alone knows who that is; `p_` +
 * 16 made with the fleet's key, the same on every server that shares it.
 */
import { createHmac, randomBytes, type KeyObject } from 'node:crypto';

/** Longest id of a person that is kept in memory: thousands of larger ones would fill it. */
export const MAX_REMEMBERED_ID = 1024;
/** Most people kept in memory for a key. */
const MAX_PEOPLE = 4096;

/** The same people are asked for again and again, and an HMAC takes 4 us. */
const made = new WeakMap<KeyObject, Map<string, string>>();

/** A new pseudonym of a log. */
export function newActor(): string {
  return `a_${base32(randomBytes(10))}`;
}

/** Fleet pseudonym: `p_` + 16 base32 characters of HMAC-SHA-256(fleet key, `iss|sub`). */
export function fleetPseudonym(key: KeyObject, person: string): string {
  const known = made.get(key) ?? new Map<string, string>();
  const found = known.get(person);
  if (found !== undefined) return found;
  const pseudonym = `p_${base32(createHmac('sha256', key).update(person).digest().subarray(0, 10))}`;
  if (known.size >= MAX_PEOPLE) known.clear();
  if (person.length <= MAX_REMEMBERED_ID) known.set(person, pseudonym);
  made.set(key, known);
  return pseudonym;
}

/** Lower-case RFC 4648 base32, without padding. */
function base32(data: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of data) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((value >>> bits) & 31);
    }
    value &= (1 << bits) - 1;
  }
  return text;
}
