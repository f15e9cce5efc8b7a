/**
 * Merkle proofs over the RFC 6962 tree: which subtrees make one, and the check of one by itself.
 *
 * A proof is a list of roots of subtrees, each over a range of leaves; `inclusionRanges` and `consistencyRanges` name
 * the ranges (RFC 6962 2.1.1 and 2.1.2), `RangeRoots` computes all of them in one pass over the leaves, keeping no more
 * than the right edge of one. The checks follow RFC 9162 2.1.3.2 and 2.1.4.2. Everything they get is attacker-controlled.
 */
import { nodeHash } from './hash.ts';
import { Frontier } from './tree.ts';

/** Leaves `first` to `end`, exclusive. */
export interface LeafRange {
  readonly first: number;
  readonly end: number;
}

/** Most hashes of a proof: sizes are below 2^53, and a consistency proof has one more than an inclusion proof. */
export const MAX_PROOF_HASHES = 63;

/** The subtrees of the inclusion proof of leaf `index` in the tree of `size` leaves, its sibling first. Needs index < size. */
export function inclusionRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let [first, end] = [0, size];
  while (end - first > 1) {
    const middle = first + largestPowerBelow(end - first);
    if (index < middle) {
      ranges.unshift({ first: middle, end });
      end = middle;
    } else {
      ranges.unshift({ first, end: middle });
      first = middle;
    }
  }
  return ranges;
}

/** The subtrees of the consistency proof from `old` leaves to `size`. None when either tree is empty or they are one. */
export function consistencyRanges(old: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  if (old === 0 || old === size) return ranges;
  let [first, end] = [0, size];
  // While the subtree begins at leaf 0, the verifier knows its old root already.
  while (end !== old) {
    const middle = first + largestPowerBelow(end - first);
    if (old <= middle) {
      ranges.unshift({ first: middle, end });
      end = middle;
    } else {
      ranges.unshift({ first, end: middle });
      first = middle;
    }
  }
  if (first > 0) ranges.unshift({ first, end });
  return ranges;
}

/** Roots over ranges that do not overlap, of leaves that come in order. */
export class RangeRoots {
  readonly #ranges: readonly LeafRange[];
  readonly #open: { range: LeafRange; tree: Frontier }[];
  readonly #roots = new Map<LeafRange, Buffer>();
  #size = 0;

  /** @param start the tree over leaves that are not added: ranges in it are known as far as its edge tells */
  constructor(ranges: readonly LeafRange[], start: Frontier = Frontier.empty()) {
    this.#ranges = ranges;
    this.#size = start.size;
    const edge = subtreesOf(start);
    this.#open = ranges
      .flatMap((range) => {
        const own = edge.filter(({ first, end }) => first >= range.first && end <= range.end);
        const known = own.reduce((sum, { first, end }) => sum + end - first, 0);
        // Its part of the edge must begin where it does.
        if (known !== Math.max(0, Math.min(range.end, start.size) - range.first)) return [];
        const tree = Frontier.from(
          known,
          own.map(({ hash }) => hash),
        );
        if (range.end > start.size) return { range, tree };
        this.#roots.set(range, tree.root());
        return [];
      })
      .toSorted((a, b) => a.range.first - b.range.first);
  }

  /** Takes the next leaf hash. */
  add(leafHash: Uint8Array): void {
    const [next] = this.#open;
    if (next !== undefined && this.#size >= next.range.first) {
      next.tree.append(leafHash);
      if (this.#size + 1 === next.range.end) {
        this.#roots.set(next.range, next.tree.root());
        this.#open.shift();
      }
    }
    this.#size += 1;
  }

  /** The roots in the order of the ranges; undefined when there were too few leaves. */
  roots(): Buffer[] | undefined {
    const roots = this.#ranges.flatMap((range) => this.#roots.get(range) ?? []);
    return roots.length === this.#ranges.length ? roots : undefined;
  }
}

/** The perfect subtrees of a right edge. */
function subtreesOf({ size, hashes }: Frontier): (LeafRange & { readonly hash: Buffer })[] {
  let first = 0;
  return hashes.map((hash) => {
    let width = 1;
    while (width * 2 <= size - first) width *= 2;
    const subtree = { first, end: first + width, hash };
    first += width;
    return subtree;
  });
}

/** The root that an inclusion proof leads to; undefined when it has the wrong length for that tree. */
export function rootOfInclusion(
  leafHash: Uint8Array,
  index: number,
  size: number,
  hashes: readonly Uint8Array[],
): Buffer | undefined {
  if (!isIndex(index) || !isIndex(size) || index >= size) return undefined;
  let [node, last] = [index, size - 1];
  let root: Buffer = Buffer.from(leafHash);
  for (const hash of hashes) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(hash, root);
      [node, last] = skipLeftEdges(node, last);
    } else {
      root = nodeHash(root, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 ? root : undefined;
}

/** True if a proof shows that the tree of `size` leaves begins with the one of `old` leaves (I2). */
export function isConsistent(
  old: { readonly size: number; readonly root: Uint8Array },
  next: { readonly size: number; readonly root: Uint8Array },
  hashes: readonly Uint8Array[],
): boolean {
  if (!isIndex(old.size) || !isIndex(next.size) || old.size > next.size) return false;
  if (old.size === next.size) return hashes.length === 0 && same(old.root, next.root);
  if (old.size === 0) return hashes.length === 0;
  let [node, last] = [old.size - 1, next.size - 1];
  while (node % 2 === 1) [node, last] = [half(node), half(last)];
  // A perfect old tree is a subtree of the new one, and left out of the proof.
  const [start, ...rest] = node === 0 ? [old.root, ...hashes] : hashes;
  if (start === undefined) return false;
  let oldRoot: Buffer = Buffer.from(start);
  let root: Buffer = Buffer.from(start);
  for (const hash of rest) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldRoot = nodeHash(hash, oldRoot);
      root = nodeHash(hash, root);
      [node, last] = skipLeftEdges(node, last);
    } else {
      root = nodeHash(root, hash);
    }
    [node, last] = [half(node), half(last)];
  }
  return last === 0 && same(oldRoot, old.root) && same(root, next.root);
}

/** A node on the right edge without a right sibling moves up until it is one. */
function skipLeftEdges(node: number, last: number): [number, number] {
  let [up, lastUp] = [node, last];
  while (up % 2 === 0 && up !== 0) [up, lastUp] = [half(up), half(lastUp)];
  return [up, lastUp];
}

/** Sizes go beyond 32 bits, so no shifts. */
function half(n: number): number {
  return Math.floor(n / 2);
}

function isIndex(n: number): boolean {
  return Number.isSafeInteger(n) && n >= 0;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}

/** The largest power of two below `count` (RFC 6962's k); count is at least 2. */
function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
