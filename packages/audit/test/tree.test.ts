import { describe, expect, test } from 'vitest';
import { LogbookError } from '../src/errors.ts';
import { emptyRoot, leafHash, nodeHash, sha256 } from '../src/hash.ts';
import { Frontier } from '../src/tree.ts';

/** RFC 6962 2.1 by its recursive definition. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return sha256('');
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(
    Buffer.concat([
      Buffer.of(1),
      naiveRoot(leaves.slice(0, split)),
      naiveRoot(leaves.slice(split)),
    ]),
  );
}

const leaves = Array.from({ length: 1100 }, (_, index) => leafHash(Buffer.from(`leaf ${index}`)));

/** Leaf hashes as `appendAll` takes them. */
function flat(hashes: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(0xee), ...hashes]);
}

describe('RFC 6962', () => {
  // Inputs and roots of the Certificate Transparency reference implementation (merkletree/tree_test.go).
  const inputs = [
    '',
    '00',
    '10',
    '2021',
    '3031',
    '40414243',
    '5051525354555657',
    '606162636465666768696a6b6c6d6e6f',
  ];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];

  test('roots are those of the reference implementation', () => {
    const tree = Frontier.empty();
    expect(tree.root().toString('hex')).toBe(roots[0]);
    for (const [index, input] of inputs.entries()) {
      tree.append(leafHash(Buffer.from(input, 'hex')));
      expect(tree.root().toString('hex')).toBe(roots[index + 1]);
    }
  });

  test('leaf and node hashes are told apart by their prefix', () => {
    const pair = Buffer.concat([emptyRoot(), emptyRoot()]);
    expect(leafHash(pair).equals(nodeHash(emptyRoot(), emptyRoot()))).toBe(false);
  });
});

describe('the frontier', () => {
  test('has the root of a naive tree at every size to 260', () => {
    const tree = Frontier.empty();
    for (let size = 0; size <= 260; size += 1) {
      expect(tree.size).toBe(size);
      expect(tree.root().equals(naiveRoot(leaves.slice(0, size))), `size ${size}`).toBe(true);
      tree.append(leaves[size] ?? Buffer.alloc(0));
    }
  });

  test('goes on from what was stored of it, at every size to 130', () => {
    const whole = Frontier.empty();
    for (let size = 0; size < 130; size += 1) {
      const again = Frontier.from(size, whole.hashes);
      const leaf = leaves[size] ?? Buffer.alloc(0);
      whole.append(leaf);
      again.append(leaf);
      expect(again.root().equals(whole.root()), `size ${size}`).toBe(true);
    }
  });

  test('takes many leaves at once as it takes each, from every size to 40 and in every number to 70', () => {
    for (let from = 0; from <= 40; from += 1) {
      const before = Frontier.empty();
      for (const leaf of leaves.slice(0, from)) before.append(leaf);
      const single = before.clone();
      for (let count = 0; count <= 70; count += 1) {
        const atOnce = before.clone();
        atOnce.appendAll(flat(leaves.slice(from, from + count)), count);
        expect(atOnce.size).toBe(from + count);
        expect(atOnce.hashes.map(String), `${from} + ${count}`).toEqual(single.hashes.map(String));
        single.append(leaves[from + count] ?? Buffer.alloc(0));
      }
    }
  });

  test('takes 1,024 at once from an odd size', () => {
    const tree = Frontier.empty();
    tree.append(leaves[0] ?? Buffer.alloc(0));
    tree.appendAll(flat(leaves.slice(1, 1025)), 1024);
    expect(tree.root().equals(naiveRoot(leaves.slice(0, 1025)))).toBe(true);
  });

  test('a clone is independent', () => {
    const tree = Frontier.empty();
    tree.append(leaves[0] ?? Buffer.alloc(0));
    const root = tree.root();
    tree.clone().append(leaves[1] ?? Buffer.alloc(0));
    expect(tree.size).toBe(1);
    expect(tree.root().equals(root)).toBe(true);
  });

  test('refuses a stored edge that does not fit its size', () => {
    const hash = emptyRoot();
    for (const [size, hashes] of [
      [3, [hash]],
      [4, [hash, hash]],
      [0, [hash]],
      [-1, []],
      [1.5, [hash]],
      [1, [hash.subarray(1)]],
    ] as const) {
      expect(() => Frontier.from(size, hashes), String(size)).toThrow(LogbookError);
    }
  });
});
