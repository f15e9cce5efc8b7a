/**
 * What a keyring keeps in memory: people's pseudonyms and sealing keys, which cost a row and two derivations each. Bounded;
 * the oldest go first.
 */
import type { KeyObject } from 'node:crypto';
import { MAX_REMEMBERED_ID } from './pseudonym.ts';

/** Most people, and most sealing keys of a period. */
const MAX_ENTRIES = 4096;
/** Most periods: a reader goes through them one after the other. */
const MAX_PERIODS = 8;

type Keys = Map<string, KeyObject>;

export class KeyCache {
  readonly #actors = new Map<string, string>();
  readonly #periods = new Map<string, Keys>();
  /** The period asked for last, which most entries are of: its name is not put together anew. */
  #last = { entryClass: '', month: '', keys: new Map() as Keys };

  actorOf(person: string): string | undefined {
    return this.#actors.get(person);
  }

  rememberActor(person: string, actor: string): void {
    if (person.length <= MAX_REMEMBERED_ID) remember(this.#actors, person, actor, MAX_ENTRIES);
  }

  /** Sealing keys of a period by subject. */
  period(entryClass: string, month: string): Keys {
    if (this.#last.month === month && this.#last.entryClass === entryClass) return this.#last.keys;
    const name = `${entryClass}|${month}`;
    const keys = this.#periods.get(name) ?? new Map<string, KeyObject>();
    remember(this.#periods, name, keys, MAX_PERIODS);
    this.#last = { entryClass, month, keys };
    return keys;
  }

  rememberKey(keys: Keys, subject: string, key: KeyObject): void {
    remember(keys, subject, key, MAX_ENTRIES);
  }

  clear(): void {
    this.#actors.clear();
    this.#periods.clear();
    this.#last = { entryClass: '', month: '', keys: new Map() };
  }
}

function remember<T>(cache: Map<string, T>, name: string, value: T, most: number): void {
  if (cache.size >= most && !cache.has(name)) {
    const oldest = cache.keys().next();
    if (oldest.done !== true) cache.delete(oldest.value);
  }
  cache.set(name, value);
}
