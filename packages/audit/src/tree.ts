/**
 * The RFC 6962 Merkle tree, append-only: its right edge (`Frontier`), and proofs.
 * The frontier of a tree of n leaves holds one hash for each 1 bit of n: the roots of the perfect subtrees the n leaves
 * split into, biggest (leftmost) first. The root folds them from the right. I2: a frontier only grows.
 * Proofs follow RFC 9162 section 2.1.3 and 2.1.4 (the same as RFC 6962, with verification written out).
 */
import { LogbookError } from './errors.ts';
import { HASH_BYTES, emptyRoot, nodeHash, sha256Latin1 } from './hash.ts';

/** The right edge of a tree: all that appending and the root need. */
export class Frontier {
  #size: number;
  #hashes: Buffer[];

  private constructor(size: number, hashes: Buffer[]) {
    this.#size = size;
    this.#hashes = hashes;
  }

  /** Gives the tree without leaves. */
  static empty(): Frontier {
    return new Frontier(0, []);
  }

  /**
   * Takes up a stored right edge.
   * @throws LogbookError `ERR_LOGBOOK_TREE` when the number of hashes does not fit the size
   */
  static from(size: number, hashes: readonly Uint8Array[]): Frontier {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new LogbookError(
        'ERR_LOGBOOK_TREE',
        `tree size must be a whole number, instead got ${size}`,
      );
    }
    const expected = countOnes(size);
    if (hashes.length !== expected || hashes.some((hash) => hash.length !== HASH_BYTES)) {
      throw new LogbookError(
        'ERR_LOGBOOK_TREE',
        `a tree of ${size} leaves has ${expected} edge hashes of ${HASH_BYTES} bytes, instead got ${hashes.length}`,
      );
    }
    return new Frontier(
      size,
      hashes.map((hash) => Buffer.from(hash)),
    );
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** Right edge, biggest subtree first. */
  get hashes(): readonly Buffer[] {
    return this.#hashes;
  }

  /** Adds one leaf by its hash. */
  append(leafHash: Uint8Array): void {
    this.#push(Buffer.isBuffer(leafHash) ? leafHash : Buffer.from(leafHash), 1);
  }

  /**
   * Adds `count` leaves whose hashes stand one behind the other from byte 1 of `flat`, and destroys `flat`.
   *
   * The same as `append` for each, at about half the cost: two neighbours are already the input of their parent, and
   * the byte before them is free for the prefix 0x01, so nothing is copied (0.6 us a leaf).
   */
  appendAll(flat: Buffer, count: number): void {
    for (let done = 0; done < count;) {
      // The biggest perfect subtree that begins at this size and is all there.
      let width = 1;
      while (this.#size % (2 * width) === 0 && done + 2 * width <= count) width *= 2;
      const start = 1 + done * HASH_BYTES;
      for (let nodes = width / 2; nodes >= 1; nodes /= 2) {
        for (let i = 0; i < nodes; i += 1) {
          const at = start + i * 2 * HASH_BYTES;
          flat[at - 1] = 1;
          const node = sha256Latin1(flat.subarray(at - 1, at + 2 * HASH_BYTES));
          flat.write(node, start + i * HASH_BYTES, 'latin1');
        }
      }
      this.#push(Buffer.from(flat.subarray(start, start + HASH_BYTES)), width);
      done += width;
    }
  }

  /** Gives the tree's root. */
  root(): Buffer {
    let root = this.#hashes.at(-1);
    if (root === undefined) return emptyRoot();
    for (let at = this.#hashes.length - 2; at >= 0; at -= 1) {
      const left = this.#hashes[at];
      if (left !== undefined) root = nodeHash(left, root);
    }
    return root;
  }

  /** Gives an independent copy. */
  clone(): Frontier {
    return new Frontier(this.#size, [...this.#hashes]);
  }

  /** Adds a perfect subtree of `width` leaves, of which the size is a multiple. */
  #push(subtree: Buffer, width: number): void {
    let hash = subtree;
    // Each trailing 1 bit of the size is a subtree that the new one completes.
    for (let rest = this.#size / width; rest % 2 === 1; rest = (rest - 1) / 2) {
      const left = this.#hashes.pop();
      if (left === undefined) break;
      hash = nodeHash(left, hash);
    }
    this.#hashes.push(hash);
    this.#size += width;
  }
}

function countOnes(size: number): number {
  let ones = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2;
  return ones;
}
