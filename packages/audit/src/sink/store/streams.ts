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

interface State extends StreamState {
  readonly changed: boolean;
}

/** Consecutive numbers that came late. */
interface Run {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
}

export class Streams {
  readonly #index: SinkIndex;
  readonly #nowMs: number;
  readonly #repeated: (stream: string, first: number, last: number) => void;
  readonly #states = new Map<string, State>();
  /** Batches that overtook each other come in runs: taken out of what is missing in one go. */
  #run: Run | undefined;

  /** @param repeated hears of numbers that came before, some of the range at least */
  constructor(
    index: SinkIndex,
    nowMs: number,
    repeated: (stream: string, first: number, last: number) => void,
  ) {
    this.#index = index;
    this.#nowMs = nowMs;
    this.#repeated = repeated;
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

  /** Takes a leaf's number, and what a `producer.gap` says of others. */
  take(stream: string, seq: number, kind: string, target: string | undefined): void {
    const { high, vkey } = this.#state(stream);
    if (seq > high) {
      if (seq > high + 1) this.#index.addMissing(stream, high + 1, seq - 1, this.#nowMs);
      this.#states.set(stream, { high: seq, vkey, changed: true });
    } else if (this.#run?.stream === stream && this.#run.last + 1 === seq) {
      this.#run = { ...this.#run, last: seq };
    } else {
      this.settle();
      this.#run = { stream, first: seq, last: seq };
    }
    if (kind !== 'producer.gap') return;
    const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(target ?? '') ?? [];
    if (first === undefined || last === undefined) return;
    this.settle();
    this.#index.fill(stream, Number(first), Number(last));
  }

  /** Brings the index up to date: before anything asks it what is missing. */
  settle(): void {
    if (this.#run === undefined) return;
    const { stream, first, last } = this.#run;
    this.#run = undefined;
    if (this.#index.fill(stream, first, last) < last - first + 1)
      this.#repeated(stream, first, last);
  }

  /** Writes what changed into the transaction. */
  finish(): void {
    this.settle();
    for (const [name, { high, vkey, changed }] of this.#states)
      if (changed) this.#index.setStream(name, { high, vkey });
  }

  #state(name: string): State {
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
