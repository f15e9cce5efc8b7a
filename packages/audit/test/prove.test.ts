/** A proof of one entry: made from the log, checked with nothing but the verifier key, false in every changed form. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LogbookError } from '../src/errors.ts';
import { openLogbook } from '../src/logbook.ts';
import { generateSigner, signNote } from '../src/note.ts';
import { checkProof, prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { blankSeal } from '../src/seal.ts';
import { formatTlogProof, parseTlogProof } from '../src/tlog-proof.ts';
import { aLog, aRoot, removeRoots, type SmallLog } from './small-log.ts';

afterAll(removeRoots);

const log = aLog({ entries: 20, commitEvery: 3 });
const { vkey } = JSON.parse(readFileSync(join(log.folder, 'log.json'), 'utf8'));
const ids = idsOf(log);

function idsOf({ lines }: SmallLog): string[] {
  return lines
    .filter((line) => line.startsWith('{"leaf":'))
    .map((line) => JSON.parse(line).leaf.id);
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof LogbookError ? error.code : String(error);
  }
}

function proofOf(id: string | undefined, disclose = false): string {
  return prove(log.folder, id ?? '', { disclose }) ?? 'none';
}

describe('prove', () => {
  test('every entry of a log has a proof, with and without its payload', () => {
    const rows = new Map(query(log.root, { limit: 100 }).map((row) => [row.leaf.id, row]));
    expect(rows.size).toBe(ids.length);
    for (const [index, id] of ids.entries()) {
      const closed = checkProof(proofOf(id), vkey);
      expect(closed).toMatchObject({ ok: true, index, size: ids.length, leaf: { id } });
      expect(closed.payload).toBeUndefined();
      const open = checkProof(proofOf(id, true), vkey);
      expect(open).toMatchObject({ ok: true, index });
      expect(JSON.parse(open.payload ?? 'null')).toEqual(rows.get(id)?.payload);
    }
  });

  test('trees of 1 to 12 leaves prove each of theirs', () => {
    const root = aRoot();
    for (let size = 1; size <= 12; size += 1) {
      const { folder } = openLogbookOf(root, `s${size}`, size);
      const lines = readFileSync(join(folder, 'segments', '000000000000.jsonl'), 'utf8');
      const own = JSON.parse(readFileSync(join(folder, 'log.json'), 'utf8')).vkey;
      for (const [, id] of lines.matchAll(/^\{"leaf":\{"v":1,"id":"([^"]+)"/gm))
        expect(checkProof(prove(folder, id ?? '') ?? '', own).ok).toBe(true);
    }
  });

  test('a proof tells when it was signed and by whom', () => {
    const report = checkProof(proofOf(ids[4]), vkey);
    expect(report.signedBy).toEqual([report.origin]);
    expect(Math.abs(Date.now() - Date.parse(report.signedAt ?? ''))).toBeLessThan(3_600_000);
  });

  test('a proof shows nothing of any other entry', () => {
    const text = Buffer.from(proofOf(ids[4], true)).toString();
    const extra = Buffer.from(parseTlogProof(text).extra ?? []).toString();
    for (const id of ids) expect(text.includes(id) || extra.includes(id)).toBe(id === ids[4]);
  });

  test('an entry that is not there has none; a folder without a log is refused', () => {
    expect(prove(log.folder, '01900000-0000-7000-8000-000000000000')).toBeUndefined();
    expect(prove(log.folder, '')).toBeUndefined();
    expect(codeOf(() => prove(log.root, ids[0] ?? ''))).toBe('ERR_LOGBOOK_NOT_A_LOG');
  });

  test('an entry that is not signed yet has none, and the error says so', () => {
    const open = openLogbook({ root: aRoot(), service: 'open' });
    open.commit();
    open.record({ kind: 'tool.call', target: 'late', payload: {} });
    const text = readFileSync(join(open.folder, 'segments', '000000000000.jsonl'), 'utf8');
    const id = [...text.matchAll(/"id":"([^"]+)"/g)].at(-1)?.[1] ?? '';
    expect(codeOf(() => prove(open.folder, id))).toBe('ERR_LOGBOOK_UNPROVABLE');
    open.commit();
    expect(checkProof(prove(open.folder, id) ?? '', open.vkey)).toMatchObject({ ok: true });
    open.close();
  });

  test('an erased payload cannot be disclosed, and the entry still be proven; the old proof stays true (I6)', () => {
    const own = aLog({ entries: 6, commitEvery: 2 });
    const key = JSON.parse(readFileSync(join(own.folder, 'log.json'), 'utf8')).vkey;
    const id = idsOf(own)[2] ?? '';
    const before = prove(own.folder, id) ?? '';
    const at = own.lines.findIndex((line) => line.includes(id));
    const lines = own.lines.with(at + 1, blankSeal(own.lines[at + 1] ?? ''));
    writeFileSync(own.segment, `${lines.join('\n')}\n`);
    expect(codeOf(() => prove(own.folder, id, { disclose: true }))).toBe('ERR_LOGBOOK_UNPROVABLE');
    expect(prove(own.folder, id)).toBe(before);
    expect(checkProof(before, key).ok).toBe(true);
  });

  test('a log whose leaves were changed behind its signature gives no proof', () => {
    const own = aLog({ entries: 6, commitEvery: 2 });
    const id = idsOf(own)[2] ?? '';
    const text = own.bytes.toString('latin1');
    writeFileSync(own.segment, Buffer.from(text.replace('tool-0', 'tool-9'), 'latin1'));
    expect(codeOf(() => prove(own.folder, id))).toBe('ERR_LOGBOOK_INTEGRITY');
  });
});

describe('check', () => {
  const text = proofOf(ids[9], true);

  test('one flipped bit in any byte of a proof is refused', () => {
    const bytes = Buffer.from(text);
    const taken: number[] = [];
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << ((at * 5) % 8));
      try {
        if (checkProof(changed.toString('latin1'), vkey).ok) taken.push(at);
      } catch (error) {
        if (!(error instanceof LogbookError)) throw error;
      }
    }
    expect(taken).toEqual([]);
  });

  test('a proof cut off anywhere is refused', () => {
    const taken: number[] = [];
    for (let end = 0; end < text.length; end += 1) {
      try {
        if (checkProof(text.slice(0, end), vkey).ok) taken.push(end);
      } catch (error) {
        if (!(error instanceof LogbookError)) throw error;
      }
    }
    expect(taken).toEqual([]);
  });

  test('with the key of another log it is false', () => {
    const other = generateSigner('other/12345678').vkey;
    expect(checkProof(text, other)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('no signature of an expected key'),
    });
  });

  test('a checkpoint that the key signed for another origin is false', () => {
    const signer = generateSigner('mine/12345678');
    const proof = parseTlogProof(text);
    const body = proof.checkpoint.slice(0, proof.checkpoint.indexOf('\n\n') + 1);
    const checkpoint = signNote(body, signer);
    expect(checkProof(formatTlogProof({ ...proof, checkpoint }), signer.vkey)).toMatchObject({
      ok: false,
      problem: expect.stringContaining('checkpoint is of log'),
    });
  });

  test('another leaf, payload or salt in a true proof is false', () => {
    const proof = parseTlogProof(text);
    const shown = JSON.parse(Buffer.from(proof.extra ?? []).toString());
    const other = JSON.parse(
      Buffer.from(parseTlogProof(proofOf(ids[10], true)).extra ?? []).toString(),
    );
    for (const [change, problem] of [
      [{ leaf: other.leaf }, 'the leaf is not entry 9'],
      [{ payload: other.payload }, 'the payload is not the one'],
      [{ salt: other.salt }, 'the payload is not the one'],
      [{ payload: `${shown.payload} ` }, 'the payload is not the one'],
    ] as const) {
      const extra = Buffer.from(JSON.stringify({ ...shown, ...change }));
      expect(checkProof(formatTlogProof({ ...proof, extra }), vkey)).toMatchObject({
        ok: false,
        problem: expect.stringContaining(problem),
      });
    }
  });

  test('what is no proof of a logbook is malformed, not false', () => {
    const proof = parseTlogProof(text);
    for (const bad of [
      '',
      'c2sp.org/tlog-proof@v1\n',
      text.replace('@v1', '@v2'),
      text.replace('index 9', 'index 09'),
      text.replace('index 9', 'index -9'),
      text.replace('index 9', `index ${2 ** 53}`),
      text.replace('extra ', 'extra *'),
      text.replace('\nextra', '\n extra'),
      text.replaceAll('\n', '\r\n'),
      formatTlogProof({ ...proof, extra: undefined }),
      formatTlogProof({ ...proof, extra: Buffer.from('{}') }),
      formatTlogProof({ ...proof, extra: Buffer.from('{"leaf":"x","payload":"y"}') }),
      formatTlogProof({ ...proof, extra: Buffer.from([0xff, 0xfe]) }),
      formatTlogProof({ ...proof, hashes: Array(64).fill(Buffer.alloc(32)) }),
    ]) {
      expect([bad.slice(0, 60), codeOf(() => checkProof(bad, vkey))]).toEqual([
        bad.slice(0, 60),
        'ERR_LOGBOOK_PROOF_MALFORMED',
      ]);
    }
    expect(codeOf(() => checkProof(text, 'nonsense'))).toBe('ERR_LOGBOOK_KEY_MALFORMED');
  });

  test('formatting what was read gives the same text', () => {
    for (const id of ids) expect(formatTlogProof(parseTlogProof(proofOf(id)))).toBe(proofOf(id));
  });
});

/** A closed log with `size` leaves or a few more: genesis, start and stop are entries too. */
function openLogbookOf(root: string, service: string, size: number): { readonly folder: string } {
  const logbook = openLogbook({ root, service });
  for (let n = 0; n < size; n += 1) {
    logbook.record({ kind: 'tool.call', target: 'x', payload: { n } });
    logbook.commit();
  }
  logbook.close();
  return logbook;
}
