/**
 * What a group's leaves say about their producers' streams: numbers that come, are missing or were burned, and the key
 * that a stream is pinned to. Lives for one transaction of the index.
 *
 * Numbers begin at 1. Out of order is normal, so a hole is only remembered, with the time it was seen; the producer's own
 * `producer.gap` entries close those it burned. A stream is pinned to the verifier key in the payload of its
 * `log.genesis`; the name must fit the key (note.ts). A key seen later never replaces it.
 */
import { originOf, parseVkey, type Verifier } from '../../note.ts';
import { SALT_BYTES } from '../../seal.ts';
import type { SinkIndex, StreamState } from './sink-index.ts';

export class Streams {
  readonly #index: SinkIndex;
  readonly #nowMs: number;
  readonly #states = new Map<string, StreamState & { readonly changed: boolean }>();

  constructor(index: SinkIndex, nowMs: number) {
    this.#index = index;
    this.#nowMs = nowMs;
  }

  /** The key a stream is pinned to. */
  pinned(stream: string): string | undefined {
    return this.#state(stream).vkey;
  }

  /**
   * Takes the key that came with an entry of the stream.
   * @returns what is wrong with it
   */
  pin(stream: string, vkey: string): string | undefined {
    const verifier = verifierOf(vkey);
    if (verifier === undefined || !isOf(stream, verifier)) return 'key is not of its stream';
    const known = this.#state(stream);
    if (known.vkey !== undefined && known.vkey !== vkey) return 'key is not the pinned one';
    this.#states.set(stream, { ...known, vkey, changed: true });
    return undefined;
  }

  /**
   * Takes a leaf's number, and what a `producer.gap` says of others.
   * @returns false when the number came before
   */
  take(stream: string, seq: number, kind: string, target: string | undefined): boolean {
    const { high, vkey } = this.#state(stream);
    let isNew = true;
    if (seq > high) {
      if (seq > high + 1) this.#index.addMissing(stream, high + 1, seq - 1, this.#nowMs);
      this.#states.set(stream, { high: seq, vkey, changed: true });
    } else {
      isNew = this.#index.fill(stream, seq, seq) > 0;
    }
    if (kind === 'producer.gap') {
      const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(target ?? '') ?? [];
      if (first !== undefined && last !== undefined)
        this.#index.fill(stream, Number(first), Number(last));
    }
    return isNew;
  }

  /** Writes what changed into the transaction. */
  finish(): void {
    for (const [name, { high, vkey, changed }] of this.#states)
      if (changed) this.#index.setStream(name, { high, vkey });
  }

  #state(name: string): StreamState & { readonly changed: boolean } {
    let state = this.#states.get(name);
    if (state === undefined) {
      state = { ...this.#index.stream(name), changed: false };
      this.#states.set(name, state);
    }
    return state;
  }
}

/** The verifier key in the payload (salt16 || text) of a `log.genesis` or `checkpoint.observed`. */
export function vkeyOf(plain: Buffer): string | undefined {
  try {
    const vkey: unknown = Object(JSON.parse(plain.toString('utf8', SALT_BYTES)))['vkey'];
    return typeof vkey === 'string' ? vkey : undefined;
  } catch {
    return undefined;
  }
}

function verifierOf(vkey: string): Verifier | undefined {
  try {
    return parseVkey(vkey);
  } catch {
    return undefined;
  }
}

/** Whether a key is the one that a stream is named after. */
function isOf(stream: string, verifier: Verifier): boolean {
  const slug = stream.slice(0, stream.lastIndexOf('/'));
  return verifier.name === stream && originOf(slug, verifier.publicKey) === stream;
}
