/**
 * The right edge of an RFC 6962 tree, all that appending needs: one hash for each complete subtree, biggest first.
 * A tree of 13 leaves has the edge [8, 4, 1]; its root folds the edge from the right. Also the audit paths of
 * RFC 6962 section 2.1.1 for tests and proofs.
 */
import { emptyRoot, nodeHash } from './hash.ts';

/** The growing edge of a tree. Never shrinks (I2). */
export class Frontier {
  #size: number;
  readonly #hashes: Buffer[];

  private constructor(size: number, hashes: Buffer[]) {
    this.#size = size;
    this.#hashes = hashes;
  }

  /** The edge of the empty tree. */
  static empty(): Frontier {
    return new Frontier(0, []);
  }

  /**
   * An edge as it was stored.
   * @throws RangeError when the number of hashes does not belong to the size
   */
  static from(size: number, hashes: readonly Uint8Array[]): Frontier {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new RangeError(`tree size ${size} is not a whole number`);
    if (hashes.length !== onesOf(size))
      throw new RangeError(
        `tree of ${size} leaves has ${onesOf(size)} edge hashes, found ${hashes.length}`,
      );
    return new Frontier(
      size,
      hashes.map((hash) => Buffer.from(hash)),
    );
  }

  /** Adds one leaf: as many node hashes as the size has trailing ones, one on average. */
  append(leaf: Buffer): void {
    let hash = leaf;
    for (let n = this.#size; n % 2 === 1; n = Math.floor(n / 2)) {
      const left = this.#hashes.pop();
      if (left === undefined) throw new RangeError('the edge is shorter than its size says');
      hash = nodeHash(left, hash);
    }
    this.#hashes.push(hash);
    this.#size += 1;
  }

  /** Number of leaves. */
  get size(): number {
    return this.#size;
  }

  /** Edge hashes, biggest subtree first. */
  get hashes(): readonly Buffer[] {
    return this.#hashes;
  }

  /** Root of the tree of `size` leaves. */
  root(): Buffer {
    let root = this.#hashes.at(-1);
    if (root === undefined) return emptyRoot();
    for (let i = this.#hashes.length - 2; i >= 0; i -= 1) {
      const left = this.#hashes[i];
      if (left !== undefined) root = nodeHash(left, root);
    }
    return root;
  }

  /** An independent copy. */
  clone(): Frontier {
    return new Frontier(this.#size, [...this.#hashes]);
  }
}

function onesOf(size: number): number {
  let ones = 0;
  for (let n = size; n > 0; n = Math.floor(n / 2)) ones += n % 2;
  return ones;
}
