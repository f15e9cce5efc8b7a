/**
 * What a group's leaves say about their producers' streams: numbers that come, are missing or were burned, and the key
 * that a stream is pinned to. Lives for one transaction of the index.
 *
 * Numbers begin at 1. Out of order is normal, so a hole is only remembered, with the time it was seen; the producer's own
 * `producer.gap` entries close those it burned. A stream is pinned to the verifier key in the payload of its
 * `log.genesis`; the name must fit the key (note.ts). A key seen later never replaces it, but by a rotation (key-chain.ts):
 * a `key.rotated` of the stream names a candidate, and a checkpoint that the pinned key and the candidate both signed makes
 * it the pinned key from that size on. Column `vkey` of the index: the key, or with a rotation JSON of `Pinned`.
 */
import { parseCheckpoint } from '../../checkpoint.ts';
import { LogbookError } from '../../errors.ts';
import { rotatedKey } from '../../key-chain.ts';
import type { Leaf } from '../../leaf.ts';
import { openNote, originOf, parseNote, parseVkey, type Verifier } from '../../note.ts';
import { SALT_BYTES } from '../../seal.ts';
import type { SinkIndex, StreamState } from './sink-index.ts';

interface State extends StreamState {
  readonly changed: boolean;
}

/** The keys of a stream. */
interface Pinned {
  /** Oldest first: each signs checkpoints from that size on, up to and with the size at which the next begins. */
  readonly keys: readonly { readonly vkey: string; readonly from: number }[];
  /** Named by `key.rotated`, newest first. */
  readonly candidates: readonly string[];
}

/** What a checkpoint was found to be. */
export interface Judged {
  /** The pinned key that signed it; absent when the stream has none yet. */
  readonly vkey?: string;
  readonly wrong?: string;
}

/** Candidates kept: somebody else may name some too. */
const MAX_CANDIDATES = 4;
/** Observed checkpoints looked through when an entry about a new key comes after them. */
const MAX_LOOKED = 256;

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

  /**
   * Takes the key that came with an entry of the stream.
   * @returns what is wrong with it
   */
  pin(stream: string, vkey: string): string | undefined {
    const verifier = verifierOf(vkey);
    if (verifier === undefined || !isOf(stream, verifier)) return 'key is not of its stream';
    const pinned = this.#pinned(stream);
    const [first] = pinned.keys;
    if (first !== undefined && first.vkey !== vkey) return 'key is not the pinned one';
    if (first === undefined) this.#setPinned(stream, { ...pinned, keys: [{ vkey, from: 0 }] });
    return undefined;
  }

  /** Takes a leaf that may name the stream's next key. A checkpoint that brings it in may have come before. */
  rotate(leaf: Leaf): void {
    const { stream } = leaf;
    const vkey = candidateOf(leaf);
    const pinned = this.#pinned(stream);
    if (vkey === undefined || pinned.keys.some((key) => key.vkey === vkey)) return;
    const others = pinned.candidates.filter((each) => each !== vkey);
    const candidates = [vkey, ...others].slice(0, MAX_CANDIDATES);
    this.#setPinned(stream, { ...pinned, candidates });
    for (const note of this.#index.observed(stream, MAX_LOOKED)) {
      const { text, signatures } = parseNote(note);
      if (signatures.length > 1) this.judge(stream, parseCheckpoint(text).size, note);
    }
  }

  /** Judges a checkpoint of a stream by its pinned key; one that brings in a new key makes that the pinned one. */
  judge(stream: string, size: number, note: string): Judged {
    const { keys, candidates } = this.#pinned(stream);
    const at = keys.findLastIndex(({ from }) => from <= size);
    const { vkey, from = 0 } = keys[at] ?? {};
    if (vkey === undefined) return {};
    const isCurrent = at === keys.length - 1;
    const next = isCurrent ? candidates : [];
    // At the size of a rotation both keys signed.
    const before = size === from ? (keys[at - 1]?.vkey ?? vkey) : vkey;
    try {
      const { verified } = openNote(note, [...new Set([vkey, before, ...next])].map(parseVkey));
      const signed = verified.map((each) => each.vkey);
      if (!signed.includes(vkey) && !signed.includes(before)) return { wrong: OTHER_KEY };
      const incoming = next.find((each) => signed.includes(each));
      if (incoming !== undefined && signed.includes(vkey))
        this.#setPinned(stream, {
          keys: [...keys, { vkey: incoming, from: size }],
          candidates: [],
        });
      return { vkey };
    } catch (error) {
      if (!(error instanceof LogbookError)) throw error;
      const isBad = error.code === 'ERR_LOGBOOK_NOTE_SIGNATURE';
      return { wrong: isBad ? 'checkpoint has a wrong signature' : OTHER_KEY };
    }
  }

  #pinned(stream: string): Pinned {
    const { vkey } = this.#state(stream);
    if (vkey === undefined) return { keys: [], candidates: [] };
    // Written by `#setPinned`, in a file of our own.
    return vkey.startsWith('{')
      ? (JSON.parse(vkey) as Pinned)
      : { keys: [{ vkey, from: 0 }], candidates: [] };
  }

  #setPinned(stream: string, pinned: Pinned): void {
    const { keys, candidates } = pinned;
    const [first, ...later] = keys;
    const plain = later.length === 0 && candidates.length === 0 ? first?.vkey : undefined;
    const vkey = plain ?? JSON.stringify(pinned);
    this.#states.set(stream, { ...this.#state(stream), vkey, changed: true });
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

const OTHER_KEY = 'checkpoint is signed by another key than the pinned one';

function candidateOf(leaf: Leaf): string | undefined {
  try {
    const key = rotatedKey(leaf);
    return key?.name === leaf.stream ? key.vkey : undefined;
  } catch {
    return undefined;
  }
}

/** The verifier key in the payload (salt16 || text) of a `log.genesis`. */
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
