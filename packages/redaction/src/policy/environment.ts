/**
 * Secrets in the environment of the process itself. A server that prints its own token, or the connection string it
 * was started with, in a result or an error gives away what no argument ever held.
 *
 * Taken are values of variables with a sensitive name, and what the built-in rules find in the others (the password of
 * a URL, the token in a header list). Only what cannot be ordinary text: 8 characters or more, no word, no name of a
 * thing, no placeholder, no path, no URL without a password.
 */
import { looksRandom } from '../charset.ts';
import { classifyKey, isPlaceholder } from '../keys.ts';
import { scan } from '../scan.ts';
import { isStrong, isWordy } from '../wordy.ts';

const MIN_LENGTH = 8;
/** Longer ones are recognised by this much of their start. */
const MAX_LENGTH = 4_096;
const MAX_SECRETS = 100;
const URL_START = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
const PATH_START = /^(?:~|\.{0,2})[/]|^[A-Za-z]:[\\/]/;

/** The values to look for, each once, at most 100. */
export function environmentSecrets(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const found = new Set<string>();
  for (const [name, value] of Object.entries(environment)) {
    if (found.size >= MAX_SECRETS) break;
    if (value === undefined || value.length < MIN_LENGTH) continue;
    for (const secret of secretsOf(name, value.trim()))
      if (isTelling(secret)) found.add(secret.slice(0, MAX_LENGTH));
  }
  return [...found];
}

function secretsOf(name: string, value: string): readonly string[] {
  const kind = classifyKey(name);
  const isNamed = kind === 'secret' || kind === 'pass' || (kind === 'weak' && looksRandom(value));
  if (isNamed && !URL_START.test(value)) return [value];
  const line = `${name}=${value}`.slice(0, 4 * MAX_LENGTH);
  return (scan(line, false) ?? []).map(({ start, end }) => line.slice(start, end));
}

/** True for what stands in a text for one reason only. */
function isTelling(value: string): boolean {
  if (value.length < MIN_LENGTH || isPlaceholder(value) || isWordy(value) || isPath(value))
    return false;
  return (
    isStrong(value, true) ||
    /^\d{12,64}$/.test(value) ||
    value.length >= MAX_LENGTH ||
    // A passphrase of words is one by its blanks.
    (value.length >= 16 && /\S\s\S/.test(value))
  );
}

/** A secret may begin with a slash: then what follows is no name. */
function isPath(value: string): boolean {
  return PATH_START.test(value) && !value.split(/[\\/:]/).some(looksRandom);
}
