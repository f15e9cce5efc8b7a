/**
 * Merkle proofs against a naive tree: the recursive definitions of RFC 6962 2.1, memoized, sharing nothing with the
 * product. BOUND = all trees up to this size (default 130; 1,024 in full, a minute).
 */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  consistencyRanges,
  inclusionRanges,
  isConsistent,
  type LeafRange,
  RangeRoots,
  rootOfInclusion,
} from '../src/proof.ts';

const BOUND = process.env['MCP_LOGBOOK_FULL'] === '1' ? 1024 : 130;

const sha = (...parts: Uint8Array[]): Buffer =>
  createHash('sha256').update(Buffer.concat(parts)).digest();
const leafAt = (n: number): Buffer => sha(Buffer.of(0), Buffer.from(`leaf ${n}`));
const memo = new Map<number, Buffer>();

/** MTH(D[first:end]). */
function mth(first: number, end: number): Buffer {
  if (end === first) return sha();
  if (end === first + 1) return leafAt(first);
  const known = memo.get(first * 65_536 + end);
  if (known !== undefined) return known;
  const k = first + splitOf(end - first);
  const root = sha(Buffer.of(1), mth(first, k), mth(k, end));
  memo.set(first * 65_536 + end, root);
  return root;
}

/** The largest power of two smaller than n. */
function splitOf(n: number): number {
  return 2 ** Math.floor(Math.log2(n - 1));
}

/** PATH(m, D[first:end]). */
function path(m: number, first: number, end: number): Buffer[] {
  if (end - first === 1) return [];
  const k = first + splitOf(end - first);
  return m < k ? [...path(m, first, k), mth(k, end)] : [...path(m, k, end), mth(first, k)];
}

/** SUBPROOF(m, D[first:end], known). */
function subproof(m: number, first: number, end: number, known: boolean): Buffer[] {
  if (m === end) return known ? [] : [mth(first, end)];
  const k = first + splitOf(end - first);
  return m <= k
    ? [...subproof(m, first, k, known), mth(k, end)]
    : [...subproof(m, k, end, false), mth(first, k)];
}

const rootsOf = (ranges: readonly LeafRange[]): Buffer[] =>
  ranges.map(({ first, end }) => mth(first, end));
const hex = (hashes: readonly Buffer[] | undefined): string =>
  (hashes ?? []).map((hash) => hash.toString('hex')).join(' ');

describe('inclusion proofs', () => {
  test(`of every leaf in every tree up to ${BOUND} leaves are those of the naive tree and lead to its root`, () => {
    const wrong: string[] = [];
    for (let size = 1; size <= BOUND; size += 1) {
      const root = mth(0, size);
      for (let index = 0; index < size; index += 1) {
        const proof = rootsOf(inclusionRanges(index, size));
        const leads = rootOfInclusion(leafAt(index), index, size, proof)?.equals(root) === true;
        if (!leads || hex(proof) !== hex(path(index, 0, size))) wrong.push(`${index} of ${size}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('hold for no other leaf, index or size, and with no hash changed, added, removed or moved', () => {
    const wrong: string[] = [];
    for (let size = 1; size <= 34; size += 1) {
      const root = mth(0, size);
      for (let index = 0; index < size; index += 1) {
        const proof = rootsOf(inclusionRanges(index, size));
        const holds = (leaf: Buffer, i: number, n: number, hashes: Buffer[]): boolean =>
          rootOfInclusion(leaf, i, n, hashes)?.equals(root) === true;
        const leaf = leafAt(index);
        for (let other = 0; other < 36; other += 1) {
          if (other !== index && holds(leaf, other, size, proof)) wrong.push(`index ${other}`);
          if (other !== index && holds(leafAt(other), index, size, proof))
            wrong.push(`leaf ${other}`);
        }
        const changed = proof.map((_, at) => proof.map((hash, n) => (n === at ? sha(hash) : hash)));
        const shorter = proof.map((_, at) => proof.toSpliced(at, 1));
        const longer = [
          [...proof, sha()],
          [sha(), ...proof],
        ];
        const moved = proof.length > 1 ? [proof.toReversed()] : [];
        for (const bad of [...changed, ...shorter, ...longer, ...moved])
          if (holds(leaf, index, size, bad)) wrong.push(`${index} of ${size}: ${hex(bad)}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('no index or size that is not a whole number below 2^53 is taken', () => {
    for (const bad of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
      expect(rootOfInclusion(leafAt(0), bad, 8, [])).toBeUndefined();
      expect(rootOfInclusion(leafAt(0), 0, bad, [])).toBeUndefined();
    }
    expect(rootOfInclusion(leafAt(0), 0, 0, [])).toBeUndefined();
    expect(rootOfInclusion(leafAt(0), 1, 1, [])).toBeUndefined();
  });

  test('sizes beyond 32 bits keep their bits', () => {
    const hashes = Array.from({ length: 40 }, (_, n) => leafAt(n));
    expect(inclusionRanges(2 ** 40 - 1, 2 ** 40)).toHaveLength(40);
    expect(rootOfInclusion(leafAt(0), 2 ** 40 - 1, 2 ** 40, hashes)).toBeDefined();
    expect(rootOfInclusion(leafAt(0), 2 ** 40 - 1, 2 ** 41, hashes)).toBeUndefined();
  });
});

describe('consistency proofs', () => {
  test(`between all sizes up to ${BOUND} are those of the naive tree and hold`, () => {
    const wrong: string[] = [];
    for (let size = 1; size <= BOUND; size += 1) {
      for (let old = 1; old <= size; old += 1) {
        const proof = rootsOf(consistencyRanges(old, size));
        const trees = [
          { size: old, root: mth(0, old) },
          { size, root: mth(0, size) },
        ] as const;
        if (hex(proof) !== hex(subproof(old, 0, size, true)) || !isConsistent(...trees, proof))
          wrong.push(`${old} to ${size}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('hold for no other root or size, and with no hash changed, added or removed', () => {
    const wrong: string[] = [];
    for (let size = 1; size <= 34; size += 1) {
      for (let old = 1; old <= size; old += 1) {
        const proof = rootsOf(consistencyRanges(old, size));
        const before = { size: old, root: mth(0, old) };
        const after = { size, root: mth(0, size) };
        const bad: [typeof before, typeof after, Buffer[]][] = [
          [{ ...before, root: sha() }, after, proof],
          [before, { ...after, root: sha() }, proof],
          [before, after, [...proof, sha()]],
          [before, after, [sha(), ...proof]],
          [after, before, proof],
          ...proof.map((_, at): [typeof before, typeof after, Buffer[]] => [
            before,
            after,
            proof.toSpliced(at, 1),
          ]),
          ...proof.map((_, at): [typeof before, typeof after, Buffer[]] => [
            before,
            after,
            proof.map((hash, n) => (n === at ? sha(hash) : hash)),
          ]),
        ];
        if (old !== size) bad.push([{ ...before, size: old + 1 }, after, proof]);
        for (const each of bad)
          if (isConsistent(...each) && !(old === size && each[0] === after && each[1] === before))
            wrong.push(`${old} to ${size}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a tree without leaves is the beginning of every other, by an empty proof', () => {
    const empty = { size: 0, root: sha() };
    expect(isConsistent(empty, { size: 3, root: mth(0, 3) }, [])).toBe(true);
    expect(isConsistent(empty, { size: 3, root: mth(0, 3) }, [sha()])).toBe(false);
    expect(consistencyRanges(0, 3)).toEqual([]);
  });
});

test('one pass over the leaves gives the roots of all ranges, in their order', () => {
  for (let size = 1; size <= 40; size += 1) {
    for (let at = 0; at < size; at += 1) {
      for (const ranges of [inclusionRanges(at, size), consistencyRanges(at, size)]) {
        const roots = new RangeRoots(ranges);
        for (let n = 0; n < size; n += 1) roots.add(leafAt(n));
        expect(hex(roots.roots())).toBe(hex(rootsOf(ranges)));
      }
    }
  }
  const short = new RangeRoots(inclusionRanges(0, 8));
  for (let n = 0; n < 7; n += 1) short.add(leafAt(n));
  expect(short.roots()).toBeUndefined();
});
