/**
 * One of many people is erased from a central log (audit.md 6 and 10.7, I6): everything else is byte for byte as it was,
 * every promise made before holds, nothing of the person is left in the folder, and a late duplicate brings nothing back.
 *
 * 5,000 entries of 200 people by default, 100,000 of 1,000 with MCP_LOGBOOK_FULL=1 (`npm run test:erasure:full`). That an erasure killed or
 * refused at any system call goes on is shown in faults.test.ts, at any step of many in packages/audit/test/erase.test.ts.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Anchor,
  checkProof,
  createShipper,
  createSink,
  erase,
  openLogbook,
  prove,
  query,
  readAnchors,
  setHold,
  verifyLog,
} from '@mcp-logbook/audit';
import { afterAll, expect, test } from 'vitest';
import { present } from '../harness/json.ts';
import { filesUnder, logFolders, segmentFiles } from '../harness/logbook.ts';
import { findProgram } from '../harness/programs.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';

const full = process.env['MCP_LOGBOOK_FULL'] === '1';
const ENTRIES = full ? 100_000 : 5_000;
const PEOPLE = full ? 1_000 : 200;
const EACH = ENTRIES / PEOPLE;

const verifier = findProgram('verifier');

const ISSUER = 'https://issuer.example';
const VICTIM = `${ISSUER}|canary-subject-4711`;
const OTHER = `${ISSUER}|user-8`;
/** Nothing that holds one of these may be left, in clear or as the encodings that pass through here. */
const CANARIES = ['canary-subject-4711', 'canary-argument', 'canary-result', 'canary@mail.example'];

afterAll(removeSandboxes);

function linesOf(folder: string): string[] {
  return segmentFiles(folder).flatMap((path) => readFileSync(path, 'latin1').split('\n'));
}

/** Files under a root that hold any of some texts or bytes. */
function holding(root: string, needles: readonly (string | Buffer)[]): string[] {
  return filesUnder(root).filter((path) => {
    const bytes = readFileSync(path);
    return needles.some((needle) => bytes.includes(needle));
  });
}

test(
  `one of ${PEOPLE} people in ${ENTRIES} entries is erased and nothing else is touched (I6)`,
  async () => {
    const { root, work } = aSandbox();
    const tokenFile = join(work, 'token');
    writeFileSync(tokenFile, 'erasure-test-token-0123456789');
    const producer = { root: join(root, 'producer'), service: 'shop' };
    const log = openLogbook(producer);
    for (let n = 0; n < ENTRIES; n += 1) {
      const who = n % PEOPLE;
      const isVictim = who === 7;
      log.record({
        kind: 'tool.call',
        target: `tool-${n % 5}`,
        person: isVictim ? VICTIM : `${ISSUER}|user-${who}`,
        payload: isVictim
          ? {
              identity: { claims: { email: 'canary@mail.example' } },
              request: { text: `canary-argument-${n}` },
              result: { text: `canary-result-${n}` },
            }
          : { request: { n }, result: { text: 'x'.repeat(400) } },
      });
      if (n % 512 === 511) log.commit();
    }
    log.close();

    const central = { root: join(root, 'central'), host: '127.0.0.1', port: 0, tokenFile };
    const sink = await createSink(central);
    const shipper = await createShipper({
      root: producer.root,
      endpoint: sink.url,
      recipient: sink.recipient,
      tokenFile,
    });
    try {
      expect((await shipper.shipNow()).complete).toBe(true);
      const folder = present(logFolders(central.root)[0]);
      const { vkey } = sink;

      // What stood there, and what was promised.
      expect(query(central.root, { user: VICTIM, limit: ENTRIES })).toHaveLength(EACH);
      const [mine] = query(central.root, { user: VICTIM, limit: 1 });
      const [other] = query(central.root, { user: OTHER, limit: 1 });
      const ids = [present(mine).leaf.id, present(other).leaf.id];
      const proofs = ids.map((id) => prove(folder, id, {}));
      const disclosed = prove(folder, present(ids[1]), { disclose: true });
      const anchors: Anchor[] = await readAnchors(sink.url, sink.origin, { tokenFile });
      const old = join(work, 'keys.db');
      copyFileSync(join(folder, 'keys.db'), old);
      const before = linesOf(folder);
      const whole = verifyLog(folder, { vkey });
      expect(whole.problems).toEqual([]);

      // A hold wins; lifted, it does not.
      const options = { root: central.root, user: VICTIM };
      await setHold({ ...options, authority: 'court order 4/26' });
      expect(await erase(options)).toMatchObject([{ done: { outcome: 'denied' } }]);
      await setHold({ ...options, authority: 'court order 5/26', lift: true });
      const [end] = await erase({ ...options, reason: 'art. 17' });
      expect(end).toMatchObject({ done: { outcome: 'completed', seals: EACH } });
      const done = Object(end).done as { actor: string; entry: string };

      // Every leaf, commit and seal of somebody else is as it was; this person's seals are blank, at their length.
      const after = linesOf(folder);
      const changed = before.flatMap((line, n) => (line === after[n] || line === '' ? [] : [n]));
      expect(changed).toHaveLength(EACH);
      for (const n of changed) {
        expect(before[n]?.startsWith(`{"seal":"${done.actor}.`)).toBe(true);
        expect(after[n]).toMatch(
          new RegExp(`^\\{"seal":null,"was":"${done.actor}\\.[\\w-]{43}" *\\}$`),
        );
        expect(after[n]?.length).toBe(before[n]?.length);
      }

      // Roots, old proofs and what others kept of the checkpoints hold; nothing clean raises an alarm.
      const report = verifyLog(folder, { vkey, deep: true, anchors });
      expect(report.problems).toEqual([]);
      expect(report.counts).toMatchObject({ erased: EACH, anchors: anchors.length });
      expect(report.counts.opened).toBe(report.counts.seals - EACH);
      expect(after.some((line) => line.includes(`\\n${whole.size}\\n${whole.root}\\n`))).toBe(true);
      for (const proof of [...proofs, disclosed])
        expect(checkProof(present(proof), vkey).ok).toBe(true);
      if (verifier !== undefined) {
        const { status, stdout, stderr } = spawnSync(verifier, [folder, vkey], {
          encoding: 'utf8',
        });
        expect([status, stdout + stderr]).toEqual([0, expect.stringMatching(/^sound: /)]);
      }

      // The certificate.
      await expect.poll(() => canProve(folder, done.entry), { timeout: 20_000 }).toBe(true);
      const certificate = checkProof(present(prove(folder, done.entry, { disclose: true })), vkey);
      expect(certificate.ok).toBe(true);
      expect(JSON.stringify(certificate)).toContain('"kind":"erasure.completed"');

      // Late duplicates, all of them: the person does not come back.
      expect(await shipper.reship(log.folder, 1)).toBeGreaterThanOrEqual(ENTRIES);
      expect(query(central.root, { user: VICTIM })).toEqual([]);
      expect(verifyLog(folder, { vkey, deep: true }).counts.erased).toBe(EACH);
      expect(query(central.root, { user: OTHER, limit: ENTRIES })).toHaveLength(EACH);

      // No byte is left: of names, arguments and results, and in the keyring not even the pseudonym.
      expect(holding(central.root, CANARIES)).toEqual([]);
      const encoded = CANARIES.flatMap((canary) => [
        Buffer.from(canary, 'utf16le'),
        Buffer.from(canary).toString('hex'),
      ]);
      expect(holding(central.root, encoded)).toEqual([]);
      expect(readFileSync(join(folder, 'keys.db')).includes(done.actor)).toBe(false);
      // The search would find them: the producer's own log holds them sealed, a file in clear does not pass.
      writeFileSync(join(central.root, 'planted'), `x${CANARIES[1]}y`);
      expect(holding(central.root, CANARIES)).toEqual([join(central.root, 'planted')]);

      // An older copy of the keyring opens nothing any more.
      await sink.close();
      copyFileSync(old, join(folder, 'keys.db'));
      expect(() => verifyLog(folder, { vkey, deep: true })).toThrow(
        /master\.\d+", which is not there/,
      );
    } finally {
      await shipper.close();
      await sink.close();
    }
  },
  full ? 3_600_000 : 300_000,
);

/** A checkpoint over the entry is there. */
function canProve(folder: string, id: string): boolean {
  try {
    return prove(folder, id, {}) !== undefined;
  } catch {
    return false;
  }
}
