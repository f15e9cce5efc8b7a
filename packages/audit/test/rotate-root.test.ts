/** `rotateRoot` (audit.md 2): the old secret opens nothing any more, all that was readable is, and a crash loses nothing. */
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openKeysForReading, type KeyAccess } from '../src/access.ts';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { rotateRoot } from '../src/root-rotation.ts';
import { sinkRecipient } from '../src/sink/index.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';
import { all, enter, runRotation, service } from './rotating-log.ts';

afterAll(removeRoots);

const KILLS = all ? Array.from({ length: 70 }, (_, n) => n + 1) : [2, 5, 8, 11, 14, 17, 20, 24, 28];

/** Two logs under a root, and all that is told of them to others. */
function twoLogs() {
  const root = aRoot();
  const logbook = enter(root, 10);
  const pseudonym = logbook.pseudonym('|user-1');
  logbook.close();
  const other = openLogbook({ root, service: 'second' });
  other.record({ kind: 'tool.call', person: '|user-1', payload: { n: 99 } });
  other.close();
  const folders = [logbook.folder, other.folder];
  return { root, folders, pseudonym, recipient: sinkRecipient({ root }) };
}

/** Nothing under a root is wrapped for two secrets. */
function expectOneSecret(root: string): void {
  const keys = join(root, 'keys');
  const names = readdirSync(keys).filter((name) => /^(?:master\.\d+|carried)$/.test(name));
  expect(names.length).toBeGreaterThan(2);
  for (const name of names)
    expect(readFileSync(join(keys, name), 'utf8').split('\n')).toHaveLength(1);
}

describe('a new root secret', () => {
  it('keeps payloads, pseudonyms and recipient, and the old one opens nothing', async () => {
    const { root, folders, pseudonym, recipient } = twoLogs();
    const before = query(root, { kind: 'tool.call' });
    const keys = join(root, 'keys');
    const copy = join(aRoot(), 'keys');
    cpSync(keys, copy, { recursive: true });
    const oldKey = readFileSync(join(keys, 'root.key'), 'utf8');

    const ends = await rotateRoot({ root, reason: 'somebody left' });
    expect(ends).toMatchObject([{ done: { what: 'master' } }, { done: { what: 'master' } }]);
    expect(query(root, { kind: 'tool.call' })).toEqual(before);
    expect(query(root, { kind: 'key.rotated' }).map(({ payload }) => payload)).toMatchObject([
      { reason: 'somebody left' },
      { reason: 'somebody left' },
    ]);
    expect(sinkRecipient({ root })).toBe(recipient);
    const logbook = enter(root, 3);
    expect(logbook.pseudonym('|user-1')).toBe(pseudonym);
    logbook.close();
    for (const folder of folders)
      expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);

    expectOneSecret(root);
    // Neither the old secret with the new files, nor a copy of the old files with the new keyrings.
    expect(readdirSync(keys).toSorted()).toEqual(['carried', 'master.3', 'master.4', 'root.key']);
    const newKey = readFileSync(join(keys, 'root.key'), 'utf8');
    expect(newKey).not.toBe(oldKey);
    writeFileSync(join(keys, 'root.key'), oldKey);
    expect(() => openKeysForReading(root, {})).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
    cpSync(copy, keys, { recursive: true });
    for (const name of ['master.3', 'master.4'])
      writeFileSync(join(keys, name), readFileSync(join(keys, 'master.1')));
    expect(() => verifyLog(folders[0] ?? '', { deep: true })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
  });

  it('goes from a file to a passphrase, to another, to a command, and back to a file', async () => {
    const { root, recipient } = twoLogs();
    const before = query(root, { kind: 'tool.call' });
    const { root: elsewhere } = { root: aRoot() };
    const file = (name: string, text: string): string => {
      const path = join(elsewhere, name);
      writeFileSync(path, text);
      return path;
    };
    const command = `cat ${file('encrypted', Buffer.alloc(32, 7).toString('base64url'))}`;
    const sources: KeyAccess[] = [
      {},
      { passphraseFile: file('one', 'correct horse') },
      { passphraseFile: file('two', 'battery staple') },
      { keyCommand: command },
      { keyFile: join(elsewhere, 'made', 'root.key') },
    ];
    for (const [n, to] of sources.entries()) {
      const from = sources[n - 1];
      if (from === undefined) continue;
      await rotateRoot({ root, ...from, to });
      expect(() => openKeysForReading(root, from)).toThrow(
        expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
      );
      expect(query(root, { kind: 'tool.call' }, to)).toEqual(before);
      expect(sinkRecipient({ root, ...to })).toBe(recipient);
    }
  });

  it('is refused while a log is written, for the same secret, and where only the operator can make one', async () => {
    const { root } = twoLogs();
    const key = readFileSync(join(root, 'keys', 'root.key'), 'utf8');
    const refused = (code: string): object => expect.objectContaining({ code });
    const logbook = openLogbook({ root, service });
    await expect(rotateRoot({ root })).rejects.toThrow(refused('ERR_LOGBOOK_LOCKED'));
    logbook.close();
    const to = { keyFile: join(root, 'keys', 'root.key') };
    await expect(rotateRoot({ root, to })).rejects.toThrow(refused('ERR_LOGBOOK_USAGE'));
    const passphraseFile = join(aRoot(), 'passphrase');
    writeFileSync(passphraseFile, 'correct horse');
    await rotateRoot({ root, to: { passphraseFile } });
    await expect(rotateRoot({ root, passphraseFile })).rejects.toThrow(
      refused('ERR_LOGBOOK_USAGE'),
    );
    expect(readFileSync(join(root, 'keys', 'root.key'), 'utf8')).toBe(key);
    expect(query(root, { kind: 'tool.call' }, { passphraseFile })).toHaveLength(11);
  });

  it.each(KILLS)(
    'killed at file operation %i leaves all readable, and is done again',
    async (at) => {
      const { root, folders, recipient } = twoLogs();
      const before = query(root, { kind: 'tool.call' });
      runRotation(root, at, 'SIGKILL', 'rotate-root');
      expect(query(root, { kind: 'tool.call' })).toEqual(before);
      expect(sinkRecipient({ root })).toBe(recipient);
      await rotateRoot({ root });
      expect(query(root, { kind: 'tool.call' })).toEqual(before);
      expect(sinkRecipient({ root })).toBe(recipient);
      expectOneSecret(root);
      expect(existsSync(join(root, 'keys', 'root.key.next'))).toBe(false);
      enter(root, 3).close();
      for (const folder of folders)
        expect(verifyLog(folder, { deep: true, index: true }).problems).toEqual([]);
    },
  );
});
