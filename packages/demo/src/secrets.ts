/**
 * The secrets of the demo and the search for them. They are random for each run and put together from pieces, so that
 * neither this file nor anything it makes is a credential of anyone. Each search looks for the secret as it is, for
 * its base64 form and for its middle half, so that a secret that was only cut counts as found.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Secrets } from './plan.ts';

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** New secrets. */
export function newSecrets(): Secrets {
  return {
    password: `Zr7-${letters(14)}`,
    token: `gh${'p_'}${letters(36)}`,
    card: newCard(),
  };
}

/** A random bearer token. */
export function newToken(): string {
  return letters(40);
}

/** What a search went through, and what it found. */
export interface Search {
  readonly bytes: number;
  readonly places: number;
  /** In words: which secret, in which form, where. Never the secret. */
  readonly found: readonly string[];
}

/** Searches texts and files for every secret given by name. */
export function searchFor(
  secrets: Readonly<Record<string, string>>,
  texts: readonly { readonly name: string; readonly text: string }[],
  folder: string,
): Search {
  let bytes = 0;
  let places = 0;
  const found: string[] = [];
  const look = (name: string, content: Buffer | string): void => {
    bytes += content.length;
    places += 1;
    for (const [secret, value] of Object.entries(secrets)) {
      for (const [form, text] of formsOf(value)) {
        if (content.includes(text)) found.push(`${secret} (${form}) in ${name}`);
      }
    }
  };
  for (const { name, text } of texts) look(name, text);
  for (const file of filesUnder(folder)) look(file, readFileSync(join(folder, file)));
  return { bytes, places, found };
}

/** Files under a folder, relative to it. */
export function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
}

function formsOf(secret: string): [form: string, text: string][] {
  const quarter = Math.floor(secret.length / 4);
  return [
    ['whole', secret],
    ['middle', secret.slice(quarter, secret.length - quarter)],
    ['base64', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  ];
}

function letters(count: number): string {
  return Array.from(randomBytes(count), (byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** A card number of no bank: 16 digits from a test range, with a right check digit (ISO/IEC 7812). */
function newCard(): string {
  const digits = [4, ...Array.from({ length: 14 }, () => randomInt(1, 10))];
  const sum = digits.reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return [...digits, (10 - (sum % 10)) % 10].join('');
}
