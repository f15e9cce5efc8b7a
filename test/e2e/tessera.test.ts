/**
 * Our reading side on a log that we did not write (audit.md 10.5): Tessera makes it by its POSIX driver, with its own
 * checkpoint, entry bundles and proofs; our notes, hashes, tree and proofs must agree with every byte of them.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCheckpoint, type Checkpoint } from '../../packages/audit/src/checkpoint.ts';
import { leafHash } from '../../packages/audit/src/hash.ts';
import { openNote, parseVkey, type Verifier } from '../../packages/audit/src/note.ts';
import { inclusionRanges, RangeRoots, rootOfInclusion } from '../../packages/audit/src/proof.ts';
import { formatTlogProof, parseTlogProof } from '../../packages/audit/src/tlog-proof.ts';
import { Frontier } from '../../packages/audit/src/tree.ts';
import { missingPrograms, requireProgram } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

const skipped = missingPrograms('tessera-log');
/** One full bundle of 256 and a partial one. */
const ENTRIES = 300;

describe.skipIf(skipped !== undefined)(`a log written by Tessera ${skipped ?? ''}`, () => {
  const folder = join(aSandbox().work, 'tessera');
  let verifier: Verifier;
  let note = '';
  let checkpoint: Checkpoint;
  let entries: Buffer[] = [];

  beforeAll(() => {
    const args = ['write', folder, String(ENTRIES)];
    const vkey = execFileSync(requireProgram('tessera-log'), args, {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    verifier = parseVkey(vkey.trim());
    note = readFileSync(join(folder, 'checkpoint'), 'utf8');
    checkpoint = parseCheckpoint(openNote(note, [verifier]).text);
    entries = [...bundle('000'), ...bundle(`001.p/${ENTRIES - 256}`)];
  });

  afterAll(removeSandboxes);

  /** Entries of a C2SP bundle: a length of 16 bits, big-endian, before each. */
  function bundle(name: string): Buffer[] {
    const bytes = readFileSync(join(folder, 'tile/entries', name));
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length;) {
      const length = bytes.readUInt16BE(at);
      found.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return found;
  }

  function rootOf(of: readonly Buffer[]): Buffer {
    const tree = Frontier.empty();
    for (const entry of of) tree.append(leafHash(entry));
    return tree.root();
  }

  test('has a checkpoint that we accept by its key, and refuse changed', () => {
    expect(checkpoint).toMatchObject({ origin: 'tessera.example/log', size: ENTRIES });
    expect(() => openNote(note.replace('\n300\n', '\n301\n'), [verifier])).toThrow('is wrong');
  });

  test('has the root that our tree gives for its entries, and no other for one flipped bit', () => {
    expect(entries.map(String).slice(0, 2)).toEqual(['entry 0 ✓', 'entry 1 ✓']);
    expect(entries).toHaveLength(ENTRIES);
    expect(rootOf(entries)).toEqual(checkpoint.root);
    const changed = entries.with(271, Buffer.from('entry 27l ✓'));
    expect(rootOf(changed)).not.toEqual(checkpoint.root);
  });

  test('has a proof of every entry that ours equals byte for byte and that leads to its root', () => {
    for (const [index, entry] of entries.entries()) {
      const text = readFileSync(join(folder, 'proofs', `${index}.tlog-proof`), 'utf8');
      const proof = parseTlogProof(text);
      expect(rootOfInclusion(leafHash(entry), index, ENTRIES, proof.hashes)).toEqual(
        checkpoint.root,
      );
      expect(rootOfInclusion(leafHash(entry), index ^ 1, ENTRIES, proof.hashes)).not.toEqual(
        checkpoint.root,
      );
      const ours = new RangeRoots(inclusionRanges(index, ENTRIES));
      for (const each of entries) ours.add(leafHash(each));
      const hashes = ours.roots() ?? [];
      expect(formatTlogProof({ extra: undefined, index, hashes, checkpoint: note })).toBe(text);
    }
  });
});
