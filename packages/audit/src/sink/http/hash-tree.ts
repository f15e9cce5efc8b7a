/**
 * Inner nodes of the RFC 6962 tree over the log, for hash tiles and inclusion proofs.
 *
 * Leaf hashes come from the store. The roots of all full subtrees of 256, 65,536, ... leaves never change once there (I2),
 * and are kept: 32 bytes for each 256 leaves. They are computed once, in slices that let other work through, up to the
 * tree size that is asked about; everything else is a fold of at most 256 hashes.
 */
import { HASH_BYTES, nodeHash } from '../../hash.ts';

/** Width of a C2SP tile. */
export const TILE_WIDTH = 256;
/** Tiles hashed before other work gets its turn: about 10 ms. */
const SLICE = 64;

/** Gives leaf hashes of a range of the log. */
export type LeafHashes = (first: number, count: number) => readonly Uint8Array[];

export class HashTree {
  readonly #leafHashes: LeafHashes;
  /** `#roots[k]` = roots of the full subtrees of 256^(k+1) leaves, in order. */
  readonly #roots: GrowingHashes[] = [];
  #catchingUp: Promise<void> | undefined;

  constructor(leafHashes: LeafHashes) {
    this.#leafHashes = leafHashes;
  }

  /** Resolves once every full subtree of a tree of `size` leaves is known. */
  async ready(size: number): Promise<void> {
    while (this.#known() < Math.floor(size / TILE_WIDTH)) {
      this.#catchingUp ??= this.#catchUp(size).finally(() => {
        this.#catchingUp = undefined;
      });
      await this.#catchingUp;
    }
  }

  /** Hashes of tile `n` of a level, `width` of them, one behind the other. Needs `ready`. */
  tile(level: number, n: number, width: number): Buffer {
    return level === 0
      ? Buffer.concat(this.#leafHashes(n * TILE_WIDTH, width))
      : this.#level(level).slice(n * TILE_WIDTH, width);
  }

  /** Inclusion proof of leaf `index` in the tree of `size` leaves, nearest sibling first (RFC 6962 2.1.1). Needs `ready`. */
  inclusionProof(index: number, size: number): Buffer[] {
    let [first, end] = [0, size];
    const proof: Buffer[] = [];
    while (end - first > 1) {
      const middle = first + largestPowerBelow(end - first);
      if (index < middle) {
        proof.unshift(this.root(middle, end));
        end = middle;
      } else {
        proof.unshift(this.root(first, middle));
        first = middle;
      }
    }
    return proof;
  }

  /** Root over leaves `first` to `end`, a node of some tree: `first` is a multiple of the power of two it spans. */
  root(first: number, end: number): Buffer {
    const count = end - first;
    const left = largestPowerBelow(count);
    if (count === 1 || left * 2 === count) return this.#perfect(first, count);
    return nodeHash(this.#perfect(first, left), this.root(first + left, end));
  }

  /** Root of a perfect subtree: folded from the widest known nodes below it. */
  #perfect(first: number, count: number): Buffer {
    let level = 0;
    let width = 1;
    while (width * TILE_WIDTH <= count) {
      width *= TILE_WIDTH;
      level += 1;
    }
    const number = count / width;
    const hashes =
      level === 0
        ? Buffer.concat(this.#leafHashes(first, number))
        : this.#level(level).slice(first / width, number);
    return fold(hashes);
  }

  async #catchUp(size: number): Promise<void> {
    const full = Math.floor(size / TILE_WIDTH);
    for (let done = 0; this.#known() < full; done += 1) {
      if (done % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
      this.#add(1, fold(this.tile(0, this.#known(), TILE_WIDTH)));
    }
  }

  #add(level: number, root: Buffer): void {
    const roots = this.#level(level);
    roots.push(root);
    if (roots.length % TILE_WIDTH !== 0) return;
    this.#add(level + 1, fold(roots.slice(roots.length - TILE_WIDTH, TILE_WIDTH)));
  }

  #known(): number {
    return this.#level(1).length;
  }

  #level(level: number): GrowingHashes {
    return (this.#roots[level - 1] ??= new GrowingHashes());
  }
}

/** Hashes one behind the other in a buffer that doubles. */
class GrowingHashes {
  #bytes = Buffer.alloc(TILE_WIDTH * HASH_BYTES);
  length = 0;

  push(hash: Buffer): void {
    const at = this.length * HASH_BYTES;
    if (at === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(at)]);
    hash.copy(this.#bytes, at);
    this.length += 1;
  }

  slice(first: number, count: number): Buffer {
    return Buffer.from(this.#bytes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES));
  }
}

/** Root over a power of two of hashes that stand one behind the other. Destroys them. */
function fold(hashes: Buffer): Buffer {
  for (let count = hashes.length / HASH_BYTES; count > 1; count /= 2) {
    for (let pair = 0; pair < count / 2; pair += 1) {
      const left = pair * 2 * HASH_BYTES;
      const middle = left + HASH_BYTES;
      nodeHash(hashes.subarray(left, middle), hashes.subarray(middle, middle + HASH_BYTES)).copy(
        hashes,
        pair * HASH_BYTES,
      );
    }
  }
  return Buffer.from(hashes.subarray(0, HASH_BYTES));
}

/** The largest power of two below `count` (RFC 6962's k); of 1 it is 1. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
