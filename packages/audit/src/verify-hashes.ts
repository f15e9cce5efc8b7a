/**
 * What the walk of `verifyLog` compares with commits: the tree over all leaves so far, and the seals since the last commit.
 *
 * A leaf costs two hashes: its own, and with many of them at once half a node of `appendAll` each way.
 */
import { HASH_BYTES, sha256 } from './hash.ts';
import { Frontier } from './tree.ts';

/** Leaves added to the tree in one go: as many as a commit covers at most. */
const LEAVES_AT_ONCE = 1024;

export class WalkHashes {
  readonly #tree: Frontier;
  /** SHA-256 of each seal since the last commit. */
  #seals = Buffer.alloc(HASH_BYTES * 1024);
  #sealCount = 0;
  /** Hashes of leaves that are not in `#tree` yet; room for a prefix before the first. */
  readonly #leaves = Buffer.alloc(1 + HASH_BYTES * LEAVES_AT_ONCE);
  #leafCount = 0;

  /** @param tree over what was removed before the first leaf; it stays as it is */
  constructor(tree: Frontier = Frontier.empty()) {
    this.#tree = tree.clone();
  }

  /** @param hash as latin1 text */
  addLeaf(hash: string): void {
    if (this.#leafCount === LEAVES_AT_ONCE) this.#grow();
    this.#leaves.write(hash, 1 + HASH_BYTES * this.#leafCount, 'latin1');
    this.#leafCount += 1;
  }

  /** @param digest as latin1 text */
  addSeal(digest: string): void {
    const at = HASH_BYTES * this.#sealCount;
    if (at === this.#seals.length) this.#seals = Buffer.concat([this.#seals, Buffer.alloc(at)]);
    this.#seals.write(digest, at, 'latin1');
    this.#sealCount += 1;
  }

  /** Root of the tree over all leaves so far. */
  root(): Buffer {
    this.#grow();
    return this.#tree.root();
  }

  /** What a commit here must say of the seals since the last one. */
  seals(): Buffer {
    return sha256(this.#seals.subarray(0, HASH_BYTES * this.#sealCount));
  }

  /** A commit: the seals behind it are the next one's. */
  beginSeals(): void {
    this.#sealCount = 0;
  }

  #grow(): void {
    this.#tree.appendAll(this.#leaves, this.#leafCount);
    this.#leafCount = 0;
  }
}
