/** `showKeys`, `backupKeys`, `restoreKeys` (audit.md 2): nothing secret is shown or copied in clear, and it can be put back. */
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { erase } from '../src/erase.ts';
import { backupKeys, renewBackup, restoreKeys } from '../src/keys-backup.ts';
import { showKeys } from '../src/keys-report.ts';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const service = 'shop';

function aLogOf(...people: string[]): { root: string; folder: string; vkey: string } {
  const root = aRoot();
  const logbook = openLogbook({ root, service });
  for (const person of people)
    logbook.record({ kind: 'tool.call', target: 'buy', person, payload: { of: person } });
  logbook.close();
  const { folder, vkey } = logbook;
  return { root, folder, vkey };
}

function personsOf(root: string): string[] {
  return query(root, { kind: 'tool.call' }).map(({ payload }) => String(Object(payload).of));
}

it('what a crash left of the making of a master goes with that master (I6)', async () => {
  const { root } = aLogOf('|ada', '|bob');
  const left = join(root, 'keys', 'master.1.4711.tmp');
  writeFileSync(left, readFileSync(join(root, 'keys', 'master.1')));
  await erase({ root, user: 'ada' });
  expect(readdirSync(join(root, 'keys')).toSorted()).toEqual(['master.2', 'root.key']);
});

describe('showKeys', () => {
  it('names verifier key, master and counts, and no secret', () => {
    const { root, folder, vkey } = aLogOf('|ada', '|bob');
    const report = showKeys({ root });
    expect(report.logs).toEqual([
      expect.objectContaining({ folder, keys: [vkey], master: 1, people: 2, periods: 1, holds: 0 }),
    ]);
    expect(report.logs[0]?.problems).toEqual([]);
    const text = JSON.stringify(report);
    for (const file of ['keys/root.key', 'keys/master.1', 'shop/signing.key'])
      for (const line of readFileSync(join(root, file), 'utf8').split('\n').filter(Boolean))
        expect(text).not.toContain(line);
  });

  it.each([
    ['signing.key', 'ERR_LOGBOOK_KEY_MISSING', 'shop'],
    ['keys.db', 'ERR_LOGBOOK_KEY_MISSING', 'shop'],
    ['master.1', 'ERR_LOGBOOK_KEY_MISSING', 'keys'],
    ['root.key', 'ERR_LOGBOOK_KEY_MISSING', 'keys'],
  ])('says that %s is missing', (file, code, folder) => {
    const { root } = aLogOf('|ada');
    rmSync(join(root, folder, file));
    const { problems, logs } = showKeys({ root });
    const found = [...problems, ...logs.flatMap((log) => log.problems)];
    expect(found).toEqual([
      expect.objectContaining({ code, message: expect.stringContaining(file.split('.')[0] ?? '') }),
    ]);
  });

  it("says that another log's signing key is not this one's", () => {
    const { root, folder } = aLogOf('|ada');
    const other = aLogOf('|ada');
    writeFileSync(
      join(folder, 'signing.key'),
      readFileSync(join(other.folder, 'signing.key'), 'utf8'),
    );
    expect(showKeys({ root }).logs[0]?.problems).toEqual([
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    ]);
  });
});

describe('a backup of keys', () => {
  it('is 0600, holds no key in clear, and brings back what was lost: the log is read and written on', () => {
    const { root, folder } = aLogOf('|ada', '|bob');
    const file = join(aRoot(), 'backup.jsonl');
    expect(backupKeys({ root, file })).toEqual([expect.objectContaining({ master: 1 })]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const pem = readFileSync(join(folder, 'signing.key'));
    const [, line = ''] = readFileSync(file, 'utf8').split('\n');
    const { keyring, signing } = Object(JSON.parse(line)).log;
    const seed = Buffer.from(pem.toString().split('\n')[1] ?? '', 'base64').subarray(-32);
    for (const part of [keyring, signing])
      for (const secret of [seed, 'PRIVATE KEY', '|ada'])
        expect(Buffer.from(part, 'base64url').includes(secret)).toBe(false);

    rmSync(join(folder, 'keys.db'));
    rmSync(join(folder, 'signing.key'));
    expect(() => openLogbook({ root, service })).toThrow(/signing key/);
    expect(restoreKeys({ root, file })).toEqual([
      expect.objectContaining({ folder, restored: ['signing.key', 'keys.db'] }),
    ]);

    for (const name of ['keys.db', 'signing.key'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, 'signing.key'))).toEqual(pem);
    expect(personsOf(root)).toEqual(['|bob', '|ada']);
    const again = openLogbook({ root, service });
    again.record({ kind: 'tool.call', person: '|ada', payload: { of: 'again' } });
    again.close();
    expect(personsOf(root)).toEqual(['again', '|bob', '|ada']);
    expect(verifyLog(folder, { deep: true })).toMatchObject({ ok: true, problems: [] });
  });

  it('is made beside a running writer, which does not notice', () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service });
    logbook.record({ kind: 'tool.call', person: '|ada', payload: { of: 'ada' } });
    backupKeys({ root, file: join(root, 'backup') });
    expect(
      logbook.record({ kind: 'tool.call', person: '|new', payload: { of: 'new' } }),
    ).toBeDefined();
    expect(() => restoreKeys({ root, file: join(root, 'backup') })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_LOCKED' }),
    );
    logbook.close();
    expect(personsOf(root)).toEqual(['new', 'ada']);
  });

  it('never replaces a file, and leaves alone what is there', () => {
    const { root, folder } = aLogOf('|ada');
    const file = join(root, 'backup');
    backupKeys({ root, file });
    const before = readFileSync(file, 'utf8');
    expect(() => backupKeys({ root, file })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_USAGE' }),
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(restoreKeys({ root, file })).toEqual([
      expect.objectContaining({ folder, restored: [] }),
    ]);
  });

  it('opens nothing any more once a person was erased (I6)', async () => {
    const { root, folder } = aLogOf('|ada', '|gone');
    const file = join(root, 'backup');
    backupKeys({ root, file });
    await erase({ root, user: '|gone' });
    rmSync(join(folder, 'keys.db'));
    expect(() => restoreKeys({ root, file })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_MISSING' }),
    );
  });

  it('is made anew beside the newest known one, and the older ones that are still there are named', async () => {
    const { root } = aLogOf('|ada', '|gone');
    expect(renewBackup({ root })).toBeUndefined();
    const [lost, kept] = [join(aRoot(), 'lost'), join(aRoot(), 'kept')];
    backupKeys({ root, file: lost });
    backupKeys({ root, file: kept });
    rmSync(lost);
    writeFileSync(join(root, 'keys', 'backups.jsonl'), 'not ours\n{"backup":{"file":7}}\n', {
      flag: 'a',
    });
    await erase({ root, user: '|gone' });
    const renewed = renewBackup({ root });
    expect(renewed).toMatchObject({ older: [kept] });
    expect(dirname(renewed?.file ?? '')).toBe(dirname(kept));
    expect(statSync(renewed?.file ?? '').mode & 0o777).toBe(0o600);
    expect(restoreKeys({ root, file: renewed?.file ?? '' })).toMatchObject([{ restored: [] }]);
    expect(() => restoreKeys({ root, file: kept })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_MISSING' }),
    );
  });

  it('needs the root secret it was made with', () => {
    const { root, folder } = aLogOf('|ada');
    const other = aLogOf('|eve');
    const file = join(root, 'backup');
    backupKeys({ root, file });
    rmSync(join(folder, 'keys.db'));
    writeFileSync(
      join(root, 'keys', 'root.key'),
      readFileSync(join(other.root, 'keys', 'root.key'), 'utf8'),
    );
    expect(() => restoreKeys({ root, file })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
  });

  it('that is cut off, changed or something else is refused, and nothing is restored', () => {
    const { root, folder } = aLogOf('|ada');
    const file = join(root, 'backup');
    backupKeys({ root, file });
    rmSync(join(folder, 'keys.db'));
    const good = readFileSync(file, 'utf8');
    const refused = (text: string): void => {
      writeFileSync(file, text);
      expect(() => restoreKeys({ root, file }), text.slice(-80)).toThrow(
        expect.objectContaining({ code: 'ERR_LOGBOOK_USAGE' }),
      );
    };
    for (let cut = 0; cut < good.length; cut += 97) refused(good.slice(0, cut));
    refused(good.slice(0, -1));
    for (let at = 0; at < good.length; at += 101)
      refused(`${good.slice(0, at)}${good[at] === 'A' ? 'B' : 'A'}${good.slice(at + 1)}`);
    refused('{}\n');
    refused('{"backup":{"v":1,"logs":1}}\n{"log":null}\n{"end":{}}\n');
    writeFileSync(file, good.replace('"v":1', '"v":2'));
    expect(() => restoreKeys({ root, file })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT_VERSION' }),
    );
    writeFileSync(file, good);
    expect(restoreKeys({ root, file })).toEqual([
      expect.objectContaining({ restored: ['keys.db'] }),
    ]);
  });

  it('of a log that is not here says so, and restores the others', () => {
    const { root, folder } = aLogOf('|ada');
    const second = openLogbook({ root, service: 'second' });
    second.close();
    const file = join(root, 'backup');
    backupKeys({ root, file });
    rmSync(second.folder, { recursive: true });
    rmSync(join(folder, 'keys.db'));
    expect(restoreKeys({ root, file })).toEqual([
      { origin: second.origin },
      expect.objectContaining({ folder, restored: ['keys.db'] }),
    ]);
  });
});
