/** `prove` and `check` as an operator and an outsider use them, and proofs across to verifiers that are not ours. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLogbook, prove as makeProof } from '@mcp-logbook/audit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandRun, mcpLogbook } from '../harness/cli.ts';
import { asRecord, present } from '../harness/json.ts';
import { callLeaves, segmentFiles } from '../harness/logbook.ts';
import { missingPrograms, requireProgram } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

const sandbox = aSandbox();
const proofFile = join(sandbox.work, 'entry.tlog-proof');
let vkey = '';
let folder = '';
let id = '';

beforeAll(() => {
  const log = openLogbook({ root: sandbox.logs, service: 'shop' });
  for (let n = 0; n < 25; n += 1) {
    const payload = { arguments: { order: `order-${n}`, note: 'é ✓' } };
    log.record({ kind: 'tool.call', target: 'buy', person: `|user-${n % 3}`, payload });
    if (n % 4 === 0) log.commit();
  }
  log.close();
  ({ vkey, folder } = log);
  id = String(present(callLeaves(sandbox.logs)[7]).leaf['id']);
});

afterAll(removeSandboxes);

const prove = (...args: string[]): CommandRun =>
  mcpLogbook(['prove', '--dir', sandbox.logs, ...args]);

function check(proof: string, key = vkey, ...args: string[]): CommandRun {
  writeFileSync(proofFile, proof);
  // An outsider has no log and no key: another home, another root.
  return mcpLogbook(['check', proofFile, '--key', key, ...args], { HOME: sandbox.work });
}

describe('prove and check', () => {
  test('prove one entry to somebody who has the verifier key and the file alone', () => {
    const proof = prove(id);
    expect(proof).toMatchObject({ code: 0, stderr: '' });
    expect(proof.stdout).toMatch(/^c2sp\.org\/tlog-proof@v1\nextra /);
    const checked = check(proof.stdout);
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toContain(`in log ${vkey.split('+')[0]}`);
    expect(checked.stdout).toContain(id);
    expect(checked.stdout).toContain('payload not disclosed');
    expect(checked.stdout).not.toContain('order-7');
  });

  test('show the payload when it is disclosed', () => {
    const { stdout } = prove(id, '--disclose');
    const checked = check(stdout, vkey, '--json');
    const report = asRecord(JSON.parse(checked.stdout));
    expect([checked.code, report['ok']]).toEqual([0, true]);
    expect(String(report['payload'])).toContain('order-7');
  });

  test('end with 1 when the check fails, and say what is wrong', () => {
    const proof = prove(id).stdout;
    const other = openLogbook({ root: aSandbox().logs, service: 'other' });
    other.close();
    expect(check(proof, other.vkey)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('FAIL no signature of an expected key'),
    });
    expect(check(proof.replace(/^index \d+/m, 'index 3'))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('the leaf is not entry 3'),
    });
    expect(prove('01900000-0000-7000-8000-000000000000')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('no entry has that id'),
    });
  });

  test('end with 2 on what is no id, no proof, no key or no log', () => {
    expect(prove('everything').code).toBe(2);
    expect(mcpLogbook(['prove', '--dir', sandbox.work, id]).code).toBe(2);
    expect(check('hello\n')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not a tlog-proof'),
    });
    expect(check(prove(id).stdout, 'nonsense').code).toBe(2);
    expect(mcpLogbook(['check', proofFile]).code).toBe(2);
  });

  test('end with 3 when a file or a key cannot be read', () => {
    expect(mcpLogbook(['check', join(sandbox.work, 'none'), '--key', vkey]).code).toBe(3);
    const copy = aSandbox();
    const keyless = join(copy.work, 'keyless');
    spawnSync('cp', ['-r', folder, keyless]);
    expect(mcpLogbook(['prove', id, keyless]).code).toBe(0);
    expect(mcpLogbook(['prove', id, keyless, '--disclose'])).toMatchObject({
      code: 3,
      stdout: '',
    });
  });
});

const skipped = missingPrograms('tessera-log');

describe.skipIf(skipped !== undefined)(`transparency-dev's proof reader ${skipped ?? ''}`, () => {
  /** What it says of a proof for a leaf line. */
  function foreignCheck(proof: string, leaf: string): number | null {
    const leafFile = join(sandbox.work, 'leaf');
    writeFileSync(leafFile, leaf);
    writeFileSync(proofFile, proof);
    return spawnSync(requireProgram('tessera-log'), ['check', proofFile, vkey, leafFile]).status;
  }

  test('takes our proof of every entry, and no changed one', () => {
    const leaves = readFileSync(present(segmentFiles(folder)[0]), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"leaf":'));
    for (const leaf of leaves) {
      const leafId = String(asRecord(asRecord(JSON.parse(leaf))['leaf'])['id']);
      const proof = makeProof(folder, leafId) ?? '';
      expect(foreignCheck(proof, leaf)).toBe(0);
      expect(foreignCheck(proof, `${leaf} `)).toBe(1);
      expect(foreignCheck(proof.replace(/^index \d+/m, 'index 77'), leaf)).toBe(1);
    }
  });
});
