import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { openLogbook } from '../src/logbook.ts';
import { aFolder, anEntry, readLog, removeFolders, sequenceProblems } from './sample-log.ts';

afterAll(removeFolders);

const service = 'My Server';

describe('a log', () => {
  test('begins, takes entries, ends and goes on in the same folder', () => {
    const root = aFolder();
    const first = openLogbook({ root, service });
    expect(first.append(anEntry())).toBe(true);
    expect(first.record({ kind: 'auth.login', person: '|bob', payload: { ip: '::1' } })).toMatch(
      /^[0-9a-f-]{36}$/,
    );
    first.close();
    first.close();
    const second = openLogbook({ root, service });
    second.append(anEntry());
    second.close();

    const log = readLog(second.folder);

    expect(second.folder).toBe(join(root, 'my-server'));
    expect(second.origin).toBe(first.origin);
    expect(log.problems).toEqual([]);
    expect(log.uncommitted).toBe(0);
    expect(log.leaves.map((leaf) => leaf['kind'])).toEqual([
      'log.genesis',
      'log.started',
      'tool.call',
      'auth.login',
      'log.stopped',
      'log.started',
      'tool.call',
      'log.stopped',
    ]);
    expect(sequenceProblems(log.leaves)).toEqual([]);
    expect(log.leaves[2]).toMatchObject({
      v: 1,
      service,
      stream: first.origin,
      class: 'default',
      us: 1200,
    });
    expect(log.leaves[2]?.['actor']).toBe(log.leaves[6]?.['actor']);
  });

  test('holds no payload, person or key in clear, and nothing others can read', () => {
    const root = aFolder();
    const canaries = ['canary-argument-7f3', 'canary-person-91b', 'canary-address-c02'];
    const log = openLogbook({ root, service });
    log.append(
      anEntry({ person: `https://idp.example|${canaries[1]}`, payload: JSON.stringify(canaries) }),
    );
    log.record({
      kind: 'data.access',
      person: String(canaries[1]),
      payload: { from: canaries[2] },
    });
    log.close();
    for (const name of readdirSync(root, { recursive: true })) {
      const path = join(root, String(name));
      const status = statSync(path);
      if (process.platform !== 'win32')
        expect((status.mode & 0o077).toString(8), String(name)).toBe('0');
      if (!status.isFile()) continue;
      const text = readFileSync(path, 'latin1');
      for (const canary of [...canaries, 'idp.example'])
        expect(text.includes(canary), String(name)).toBe(false);
    }
  });

  test('is one folder for each writer at a time', () => {
    const root = aFolder();
    const first = openLogbook({ root, service });
    const second = openLogbook({ root, service });
    expect([first.folder, second.folder]).toEqual([
      join(root, 'my-server'),
      join(root, 'my-server-2'),
    ]);
    expect(second.origin).not.toBe(first.origin);
    first.close();
    const third = openLogbook({ root, service });
    expect(third.folder).toBe(first.folder);
    second.close();
    third.close();
    expect(readLog(first.folder).problems).toEqual([]);
    expect(readLog(second.folder).problems).toEqual([]);
  });

  test('gives a person one pseudonym a fleet, and none that names the person', () => {
    const log = openLogbook({ root: aFolder(), service });
    expect(log.pseudonym('i|alice')).toMatch(/^p_[a-z2-7]{16}$/);
    expect(log.pseudonym('i|alice')).toBe(log.pseudonym('i|alice'));
    expect(log.pseudonym('i|alice')).not.toBe(log.pseudonym('i|bob'));
    log.close();
  });

  test('is refused nothing by odd fields: they are put right', () => {
    const log = openLogbook({ root: aFolder(), service });
    const odd = {
      id: 'not a uuid',
      timeMicros: Number.NaN,
      outcome: 'odd' as 'success',
      durationMicros: -1.5,
      trace: 'xyz',
      span: '',
      target: 'ü'.repeat(2000),
      kind: '\ud800',
      payload: '{"lone":"\ud800"}',
    };
    expect(log.append(anEntry(odd))).toBe(true);
    expect(log.append(anEntry({ anonymous: true, person: '' }))).toBe(true);
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(log.record({ kind: 'x', payload: cyclic })).toBeUndefined();
    log.close();
    const again = openLogbook({ root: join(log.folder, '..'), service });
    again.close();
    const read = readLog(log.folder);
    expect(read.problems).toEqual([]);
    expect(read.leaves[2]).toMatchObject({
      outcome: 'unknown',
      us: 0,
      time: '1970-01-01T00:00:00.000000Z',
    });
    expect(read.leaves[3]?.['actor']).toBe('anonymous');
  });

  test('cuts a payload over 256 KiB with a mark', () => {
    const log = openLogbook({ root: aFolder(), service });
    log.append(anEntry({ payload: JSON.stringify({ text: '\u0001'.repeat(300_000) }) }));
    log.append(anEntry({ payload: JSON.stringify({ text: 'x'.repeat(256 * 1024 - 11) }) }));
    log.append(anEntry({ payload: JSON.stringify({ text: 'x'.repeat(256 * 1024 - 10) }) }));
    log.close();
    const sizes = readLog(log.folder).leaves.map((leaf) => Number(leaf['size']));
    expect(sizes[2]).toBeLessThanOrEqual(256 * 1024);
    expect(sizes[3]).toBe(256 * 1024);
    expect(sizes[4]).toBeLessThan(64 * 1024);
  });
});

describe('keys over an existing log', () => {
  function aRoot(): string {
    const root = aFolder();
    const log = openLogbook({ root, service });
    log.append(anEntry());
    log.close();
    return root;
  }

  const rootKey = (root: string): string => join(root, 'keys', 'root.key');

  test.each([
    ['no root key', 'ERR_LOGBOOK_KEY_MISSING', (root: string) => rmSync(rootKey(root))],
    [
      'no keys folder',
      'ERR_LOGBOOK_KEY_MISSING',
      (root: string) => rmSync(join(root, 'keys'), { recursive: true }),
    ],
    [
      'no master',
      'ERR_LOGBOOK_KEY_MISSING',
      (root: string) => rmSync(join(root, 'keys', 'master.1')),
    ],
    [
      'no keyring',
      'ERR_LOGBOOK_KEY_MISSING',
      (root: string) => rmSync(join(root, 'my-server', 'keys.db')),
    ],
    [
      'no signing key',
      'ERR_LOGBOOK_KEY_MISSING',
      (root: string) => rmSync(join(root, 'my-server', 'signing.key')),
    ],
    [
      'another root key',
      'ERR_LOGBOOK_KEY_WRONG',
      (root: string) => writeFileSync(rootKey(root), Buffer.alloc(32, 7).toString('base64url')),
    ],
    [
      'half a root key',
      'ERR_LOGBOOK_KEY_WRONG',
      (root: string) => writeFileSync(rootKey(root), 'AAAA'),
    ],
  ])('%s: refused with %s, no new key is made', (_, code, spoil) => {
    const root = aRoot();
    spoil(root);
    const before = readdirSync(root, { recursive: true }).filter(
      (name) => !String(name).endsWith('lock.db'),
    );

    expect(() => openLogbook({ root, service })).toThrow(expect.objectContaining({ code }));

    const after = readdirSync(root, { recursive: true }).filter(
      (name) => !String(name).endsWith('lock.db'),
    );
    expect(after.filter((name) => /root\.key|master|keys\.db|signing/.test(String(name)))).toEqual(
      before.filter((name) => /root\.key|master|keys\.db|signing/.test(String(name))),
    );
  });

  test('another passphrase is refused, the same one opens', () => {
    const root = aFolder();
    const passphraseFile = join(aFolder(), 'passphrase');
    writeFileSync(passphraseFile, 'correct horse\n');
    openLogbook({ root, service, passphraseFile }).close();
    openLogbook({ root, service, passphraseFile }).close();
    writeFileSync(passphraseFile, 'wrong horse\n');
    expect(() => openLogbook({ root, service, passphraseFile })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_WRONG' }),
    );
  });

  test('a key file elsewhere is made there once and needed from then on', () => {
    const root = aFolder();
    const keyFile = join(aFolder(), 'sub', 'root.key');
    openLogbook({ root, service, keyFile }).close();
    expect(Buffer.from(readFileSync(keyFile, 'utf8').trim(), 'base64url')).toHaveLength(32);
    rmSync(keyFile);
    expect(() => openLogbook({ root, service, keyFile })).toThrow(
      expect.objectContaining({ code: 'ERR_LOGBOOK_KEY_MISSING' }),
    );
  });
});

describe('processes', () => {
  const writer = fileURLToPath(new URL('./writer.ts', import.meta.url));

  test('killed at any moment lose nothing that was acknowledged (I3)', async () => {
    const rounds = process.env['SLOW'] === '1' ? 50 : 4;
    const root = aFolder();
    for (let round = 0; round < rounds; round += 1) {
      const acknowledged = await killedWriter(root, (kill) => {
        setTimeout(kill, 20 + Math.random() * 120);
      });
      openLogbook({ root, service: 'writer' }).close();
      const log = readLog(join(root, 'writer'));
      expect(log.problems).toEqual([]);
      expect(sequenceProblems(log.leaves)).toEqual([]);
      const ids = new Set(log.leaves.map((leaf) => String(leaf['id'])));
      expect(acknowledged.filter((id) => !ids.has(id))).toEqual([]);
    }
  }, 120_000);

  test('that start at once get a folder and a keyring master each, and one root key', async () => {
    const root = aFolder();
    const running: Array<() => void> = [];
    // All are killed once all have written something.
    const started = (kill: () => void): void => {
      running.push(kill);
      if (running.length === 3) for (const each of running) each();
    };
    const acknowledged = await Promise.all([1, 2, 3].map(() => killedWriter(root, started)));
    expect(readdirSync(join(root, 'keys')).toSorted()).toEqual([
      'master.1',
      'master.2',
      'master.3',
      'root.key',
    ]);
    for (const ids of acknowledged) expect(ids.length).toBeGreaterThan(0);
    for (const name of ['writer', 'writer-2', 'writer-3']) {
      openLogbook({ root, service: 'writer' }).close();
      expect(readLog(join(root, name)).problems.filter((each) => !each.endsWith('torn'))).toEqual(
        [],
      );
    }
  }, 300_000);

  /** Starts a writer, hands out how to kill it at its first entry, says what it had acknowledged. */
  function killedWriter(root: string, started: (kill: () => void) => void): Promise<string[]> {
    const child = spawn(process.execPath, ['--conditions=@mcp-logbook/source', writer, root], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.stdout.on('data', (data: Buffer) => {
        if (text === '') started(() => child.kill('SIGKILL'));
        text += data.toString();
      });
      child.on('close', () => resolve(text.split('\n').slice(0, -1)));
    });
  }

  test('that exit without close leave a log that goes on', () => {
    const root = aFolder();
    const result = spawnSync(
      process.execPath,
      ['--conditions=@mcp-logbook/source', writer, root, '10'],
      { encoding: 'utf8' },
    );
    expect(result.status).toBe(0);
    expect(result.stderr).toBe('');
    const ids = result.stdout.split('\n').slice(0, -1);
    expect(ids).toHaveLength(10);
    openLogbook({ root, service: 'writer' }).close();
    const log = readLog(join(root, 'writer'));
    expect(log.problems).toEqual([]);
    expect(log.leaves.filter((leaf) => ids.includes(String(leaf['id'])))).toHaveLength(10);
  });
});
