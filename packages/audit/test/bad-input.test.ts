/**
 * Bad input of issue 6: keys that are wrong or missing, foreign files in the folders, a log of a newer format, clocks that are
 * far off, user ids of 1 MB, zero bytes in names. Each is a clear message with what to do, or makes no difference; nothing
 * that was written is lost, and no key is made over an existing log.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import { erase } from '../src/erase.ts';
import { asLogbookError, type LogbookError } from '../src/errors.ts';
import { rotateKeys } from '../src/keys-rotate.ts';
import { showKeys } from '../src/keys-report.ts';
import { openLogbook, type Logbook } from '../src/logbook.ts';
import { prove } from '../src/prove.ts';
import { query } from '../src/query.ts';
import { planRetention, retain } from '../src/retain.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const service = 'shop';

interface Small {
  readonly root: string;
  readonly folder: string;
}

function aLog(root = aRoot()): Small {
  const logbook = openLogbook({ root, service });
  logbook.record({ kind: 'tool.call', target: 'buy', person: '|ada', payload: { n: 1 } });
  logbook.close();
  return { root, folder: logbook.folder };
}

/** Every file of a log and its keys, but for what readers and locks leave. */
function filesOf({ root }: Small): Record<string, string> {
  const files: Record<string, string> = {};
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !/lock\.db|index\.db/.test(path))
      files[path.slice(root.length)] = readFileSync(path, 'base64');
  }
  return files;
}

async function caught(work: () => unknown): Promise<LogbookError> {
  try {
    await work();
  } catch (error) {
    return asLogbookError(error, 'not one of ours');
  }
  throw new Error('nothing was thrown');
}

/** Whatever writes. */
const WRITERS: readonly [name: string, work: (log: Small) => unknown][] = [
  ['opening', ({ root }) => openLogbook({ root, service })],
  ['erase', ({ root }) => doneOrThrown(erase({ root, user: '|ada' }))],
  ['rotate', ({ root }) => doneOrThrown(rotateKeys({ root }))],
];
/** Whatever opens payloads. */
const READERS: readonly [name: string, work: (log: Small) => unknown][] = [
  ['verify --deep', ({ folder }) => verifyLog(folder, { deep: true })],
  ['prove --disclose', ({ root, folder }) => prove(folder, idIn(root), { disclose: true })],
];

async function doneOrThrown(
  ends: ReturnType<typeof rotateKeys> | ReturnType<typeof erase>,
): Promise<void> {
  for (const end of await ends) if ('failed' in end) throw end.failed;
}

/** Id of the one call, read without any key. */
function idIn(root: string): string {
  const text = readFileSync(join(root, service, 'segments', '000000000000.jsonl'), 'utf8');
  return /"id":"([^"]*)","time":"[^"]*","kind":"tool\.call"/.exec(text)?.[1] ?? '';
}

describe('a key that is wrong or missing', () => {
  const damages: readonly [
    name: string,
    damage: (log: Small) => void,
    code: string,
    named: string,
  ][] = [
    [
      'root.key gone',
      ({ root }) => rmSync(join(root, 'keys', 'root.key')),
      'KEY_MISSING',
      'root.key',
    ],
    [
      'another root.key',
      ({ root }) =>
        writeFileSync(join(root, 'keys', 'root.key'), Buffer.alloc(32, 9).toString('base64')),
      'KEY_WRONG',
      'master.1',
    ],
    [
      'root.key cut off',
      ({ root }) => writeFileSync(join(root, 'keys', 'root.key'), 'AAAA'),
      'KEY_WRONG',
      'root.key',
    ],
    [
      'root.key empty',
      ({ root }) => writeFileSync(join(root, 'keys', 'root.key'), ''),
      'KEY_WRONG',
      'root.key',
    ],
    ['master gone', ({ root }) => rmSync(join(root, 'keys', 'master.1')), 'KEY_MISSING', 'master'],
    [
      'master damaged',
      ({ root }) => writeFileSync(join(root, 'keys', 'master.1'), 'x'),
      'KEY_WRONG',
      'master.1',
    ],
    [
      'keys folder gone',
      ({ root }) => rmSync(join(root, 'keys'), { recursive: true }),
      'KEY_MISSING',
      'keys',
    ],
    ['keys.db gone', ({ folder }) => rmSync(join(folder, 'keys.db')), 'KEY_MISSING', 'keys.db'],
    [
      'keys.db empty',
      ({ folder }) => writeFileSync(join(folder, 'keys.db'), ''),
      'KEY_MISSING',
      'keys.db',
    ],
    [
      'keys.db no database',
      ({ folder }) => writeFileSync(join(folder, 'keys.db'), 'hello '.repeat(999)),
      'KEY_WRONG',
      'keys.db',
    ],
    [
      'keys.db of another log',
      ({ folder }) => cpSync(join(aLog().folder, 'keys.db'), join(folder, 'keys.db')),
      'KEY_WRONG',
      'keys.db',
    ],
  ];
  const cases = damages.flatMap(([name, damage, code, named]) =>
    [...WRITERS, ...READERS].map(([who, work]) => ({ name, who, damage, work, code, named })),
  );

  it.each(cases)(
    '$name: $who says so, makes no key and changes nothing',
    async ({ damage, work, code, named }) => {
      const log = aLog();
      damage(log);
      const before = filesOf(log);
      const error = await caught(() => work(log));
      expect(error.code).toBe(`ERR_LOGBOOK_${code}`);
      expect(error.message).toContain(named);
      expect(`${error.message} ${error.hint}`).toMatch(/restore|give the key|use another/);
      expect(filesOf(log)).toEqual(before);
      expect(showKeys({ root: log.root }).logs.length).toBe(1);
    },
  );

  it.each(WRITERS.map(([name, work]) => ({ name, work })))(
    'signing.key gone or of another log: $name says so, the log still verifies and is read',
    async ({ work }) => {
      for (const damage of ['gone', 'other', 'text']) {
        const log = aLog();
        const path = join(log.folder, 'signing.key');
        if (damage === 'gone') rmSync(path);
        else if (damage === 'text') writeFileSync(path, 'hello');
        else cpSync(join(aLog().folder, 'signing.key'), path);
        const before = filesOf(log);
        const error = await caught(() => work(log));
        expect(error.code).toMatch(/^ERR_LOGBOOK_KEY_(?:WRONG|MISSING)$/);
        expect(error.message).toContain('signing.key');
        expect(error.hint).toContain('keys restore');
        expect(filesOf(log)).toEqual(before);
        expect(verifyLog(log.folder, { deep: true }).problems).toEqual([]);
        expect(query(log.root, { user: '|ada' })).toHaveLength(1);
      }
    },
  );
});

describe('foreign files', () => {
  const harmless: readonly [name: string, put: (log: Small) => void][] = [
    ['a file in the root', ({ root }) => writeFileSync(join(root, 'notes.txt'), 'x')],
    ['a folder in the root', ({ root }) => mkdirSync(join(root, 'photos'))],
    ['a link to nowhere in the root', ({ root }) => symlinkSync('/nowhere', join(root, 'link'))],
    ['a folder log.json in the root', ({ root }) => mkdirSync(join(root, 'log.json'))],
    ['a note in keys', ({ root }) => writeFileSync(join(root, 'keys', 'README'), 'x')],
    ['a master that is none', ({ root }) => writeFileSync(join(root, 'keys', 'master.7'), 'hello')],
    ['a folder named as a master', ({ root }) => mkdirSync(join(root, 'keys', 'master.7'))],
    [
      'files in the log',
      ({ folder }) =>
        ['.DS_Store', 'signing.key~', 'x.tmp'].forEach((name) =>
          writeFileSync(join(folder, name), 'x'),
        ),
    ],
    ['a folder in the log', ({ folder }) => mkdirSync(join(folder, 'lost+found'))],
    [
      'an editor’s files in segments',
      ({ folder }) =>
        ['README', '000000000000.jsonl~', '.000000000000.jsonl.swp'].forEach((name) =>
          writeFileSync(join(folder, 'segments', name), 'x'),
        ),
    ],
    ['a folder in segments', ({ folder }) => mkdirSync(join(folder, 'segments', 'old'))],
    [
      'a signing.key.next that is none',
      ({ folder }) => writeFileSync(join(folder, 'signing.key.next'), 'x'),
    ],
    ['a file in place of requests', ({ folder }) => writeFileSync(join(folder, 'requests'), 'x')],
    [
      'requests that are none',
      ({ folder }) => {
        mkdirSync(join(folder, 'requests'));
        writeFileSync(join(folder, 'requests', 'x'), '');
        for (const [n, text] of ['{"op":"rot', '{"op":"destroy"}', 'null', '[]'].entries())
          writeFileSync(
            join(folder, 'requests', `0a1b2c3d-0a1b-4c2d-8e3f-0a1b2c3d4e5${n}.json`),
            text,
          );
      },
    ],
  ];

  it.each(harmless)(
    '%s make no difference to writer, readers, erase and rotate',
    async (_, put) => {
      const log = aLog();
      put(log);
      expect(verifyLog(log.folder, { deep: true, index: true }).problems).toEqual([]);
      expect(query(log.root, { user: '|ada' })).toMatchObject([{ payload: { n: 1 } }]);
      expect(showKeys({ root: log.root }).problems).toEqual([]);
      aLog(log.root);
      await doneOrThrown(rotateKeys({ root: log.root }));
      await doneOrThrown(erase({ root: log.root, user: '|ada' }));
      expect(verifyLog(log.folder, { deep: true }).problems).toEqual([]);
    },
  );

  it.each([
    ['empty', ''],
    ['of text', 'hello\n'],
    ['of text without a newline', 'hello'],
  ])('a later segment %s is found, kept in quarantine and not written to', (_, text) => {
    const log = aLog();
    writeFileSync(join(log.folder, 'segments', '000000000999.jsonl'), text);
    expect(verifyLog(log.folder).ok).toBe(false);
    aLog(log.root);
    expect(verifyLog(log.folder, { deep: true }).problems).toEqual([]);
    expect(readdirSync(join(log.folder, 'segments'))).toEqual(['000000000000.jsonl']);
    const quarantine = join(log.folder, 'quarantine');
    const kept = existsSync(quarantine)
      ? readdirSync(quarantine).map((name) => readFileSync(join(quarantine, name), 'utf8'))
      : [];
    expect(kept).toEqual(text === '' ? [] : [text]);
  });

  it('a segment of another log is refused by the writer, and named by verify', async () => {
    const log = aLog();
    cpSync(
      join(aLog().folder, 'segments', '000000000000.jsonl'),
      join(log.folder, 'segments', '000000000999.jsonl'),
    );
    const before = filesOf(log);
    expect(verifyLog(log.folder).problems[0]?.message).toContain('000000000999.jsonl');
    const error = await caught(() => openLogbook({ root: log.root, service }));
    expect([error.code, error.message]).toEqual([
      'ERR_LOGBOOK_INTEGRITY',
      expect.stringContaining('000000000999.jsonl'),
    ]);
    expect(filesOf(log)).toEqual(before);
  });

  it.each([
    ['of another program', '{"level":"info"}'],
    ['that is no JSON', 'hello'],
    ['that is empty', ''],
  ])(
    'a log.json %s in another folder: servers run on, erase names it and what to do',
    async (_, text) => {
      const log = aLog();
      mkdirSync(join(log.root, 'other'));
      writeFileSync(join(log.root, 'other', 'log.json'), text);
      aLog(log.root);
      expect(query(log.root, { user: '|ada' })).toHaveLength(2);
      // Somebody may be in there: an erasure that passes it over would be a lie.
      const error = await caught(() => erase({ root: log.root, user: '|ada' }));
      expect(error.message).toContain(join('other', 'log.json'));
      expect(error.hint).toContain('move');
      const { logs, problems } = showKeys({ root: log.root });
      expect([logs.length, problems.length]).toEqual([1, 1]);
      rmSync(join(log.root, 'other'), { recursive: true });
      await doneOrThrown(erase({ root: log.root, user: '|ada' }));
    },
  );
});

describe('a log of a newer format', () => {
  it('is refused by whatever writes or opens it, with what to do, and not changed', async () => {
    const log = aLog();
    const path = join(log.folder, 'log.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"format":1', '"format":2'));
    const before = filesOf(log);
    for (const [, work] of WRITERS) {
      const error = await caught(() => work(log));
      expect(error.code).toBe('ERR_LOGBOOK_FORMAT_VERSION');
      expect(error.message).toMatch(/log\.json" is of format 2, .* knows format 1/);
      expect(error.hint).toContain('newer');
    }
    const { ok, problems } = verifyLog(log.folder);
    expect([ok, problems[0]]).toEqual([
      false,
      expect.objectContaining({ code: 'identity', message: expect.stringContaining('format 2') }),
    ]);
    expect(showKeys({ root: log.root }).problems).toEqual([
      expect.objectContaining({ code: 'ERR_LOGBOOK_FORMAT_VERSION' }),
    ]);
    expect(filesOf(log)).toEqual(before);
  });

  it.each([0, -1, 1.5, '2', null])('a format %j is no format', async (format) => {
    const log = aLog();
    const path = join(log.folder, 'log.json');
    writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), format }));
    const error = await caught(() => openLogbook({ root: log.root, service }));
    expect(error.code).toBe('ERR_LOGBOOK_FORMAT');
  });
});

describe('a clock that is far off', () => {
  it.each([
    ['in 1970', 0, '1970-01-01'],
    ['before 1970', -5e15, '1970-01-01'],
    ['in 2100', Date.UTC(2100, 0, 1) * 1000, '2100-01-01'],
    ['beyond what is exact', 1e19, '2255-06-05'],
    ['that is none', Number.NaN, '1970-01-01'],
    ['without an end', Number.POSITIVE_INFINITY, '1970-01-01'],
  ])(
    '%s: entries are kept, signed, sealed and found, and the log goes on when it is set right',
    (_, micros, day) => {
      const root = aRoot();
      let now = micros;
      const logbook = openLogbook({ root, service, now: () => now });
      logbook.record({ kind: 'tool.call', person: '|ada', payload: { n: 1 } });
      logbook.commit();
      now = Date.UTC(2026, 10, 26) * 1000;
      logbook.record({ kind: 'tool.call', person: '|ada', payload: { n: 2 } });
      now = micros;
      logbook.record({ kind: 'tool.call', person: '|ada', payload: { n: 3 } });
      logbook.close();
      const again = openLogbook({ root, service });
      again.record({ kind: 'tool.call', person: '|ada', payload: { n: 4 } });
      again.close();
      expect(verifyLog(logbook.folder, { deep: true, index: true }).problems).toEqual([]);
      const rows = query(root, { user: '|ada' });
      expect(new Set(rows.map(({ payload }) => Object(payload).n))).toEqual(new Set([1, 2, 3, 4]));
      expect(rows.filter(({ leaf }) => leaf.time.startsWith(day))).toHaveLength(2);
      expect(
        query(root, {
          kind: 'tool.call',
          since: new Date(day),
          until: new Date(`${day}T23:59:59.999Z`),
        }),
      ).toHaveLength(2);
    },
  );
});

describe('a user id of 1 MB', () => {
  const user = `https://issuer.example|${'u'.repeat(1024 * 1024)}`;

  it('is entered, found, held apart from another of the same beginning, and erased', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service });
    logbook.record({ kind: 'tool.call', person: user, payload: { n: 1 } });
    logbook.record({ kind: 'tool.call', person: `${user}2`, payload: { n: 2 } });
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true, index: true }).problems).toEqual([]);
    const [mine] = query(root, { user });
    const [other] = query(root, { user: `${user}2` });
    expect(mine?.leaf.actor).toMatch(/^a_/);
    expect(other?.leaf.actor).not.toBe(mine?.leaf.actor);
    await doneOrThrown(erase({ root, user }));
    expect(query(root, { kind: 'tool.call' }).map(({ sealed }) => sealed)).toEqual([
      'opened',
      'erased',
    ]);
    expect(await caught(() => erase({ root, user }))).toMatchObject({
      code: 'ERR_LOGBOOK_UNKNOWN_PERSON',
      message: expect.not.stringContaining('uuuu'),
    });
  });

  it('takes no more memory the more of them come (I10)', () => {
    const logbook = openLogbook({ root: aRoot(), service });
    setFlagsFromString('--expose-gc');
    // Typed by V8, not by Node: a function without arguments.
    const collect = runInNewContext('gc') as () => void;
    const megabytes = (): number => {
      collect();
      return process.memoryUsage().heapUsed / 2 ** 20;
    };
    const before = megabytes();
    for (let n = 0; n < 100; n += 1) enterBig(logbook, n);
    // Kept, they would be 100 MB for keyring and pseudonyms each.
    expect(megabytes() - before).toBeLessThan(60);
    logbook.close();
  });
});

function enterBig(logbook: Logbook, n: number): void {
  const person = `${n}|${'u'.repeat(1024 * 1024)}`;
  expect(logbook.pseudonym(person)).toMatch(/^p_/);
  logbook.record({ kind: 'tool.call', person, payload: {} });
}

describe('zero bytes', () => {
  it('in names, users, sessions and payloads are kept as they are, and found by the whole name only', async () => {
    const root = aRoot();
    const logbook = openLogbook({ root, service: 'sh\0op' });
    logbook.record({
      kind: 'tool.call',
      target: 'bu\0y',
      person: '|a\0da',
      payload: { session: 's\0x', text: 'p\0q' },
    });
    logbook.record({
      kind: '\0',
      action: '\0',
      target: '\0',
      error: '\0',
      class: '\0',
      payload: { '\0': '\0' },
    });
    logbook.close();
    expect(verifyLog(logbook.folder, { deep: true, index: true }).problems).toEqual([]);
    for (const filter of [
      { tool: 'bu\0y' },
      { user: '|a\0da' },
      { session: 's\0x' },
      { text: 'p\0q' },
      { kind: '\0' },
    ])
      expect(query(root, filter), JSON.stringify(filter)).toHaveLength(1);
    for (const filter of [{ tool: 'bu' }, { user: '|a' }, { session: 's' }, { kind: '' }])
      expect(query(root, filter), JSON.stringify(filter)).toEqual([]);
    expect(query(root, { tool: 'bu\0y' })[0]).toMatchObject({
      leaf: { target: 'bu\0y', service: 'sh\0op' },
    });
    await doneOrThrown(erase({ root, user: '|a\0da' }));
    expect(query(root, { tool: 'bu\0y' })[0]?.sealed).toBe('erased');
  });

  it.each([
    ['the root folder', { root: '/srv/a\0b' }],
    ['the key file', { keyFile: '/srv/a\0b' }],
    ['the passphrase file', { passphraseFile: '/srv/a\0b' }],
  ])('in the name of %s are refused', async (what, options) => {
    const error = await caught(() => openLogbook({ root: aRoot(), service, ...options }));
    expect([error.code, error.message]).toEqual([
      'ERR_LOGBOOK_USAGE',
      expect.stringContaining(`${what} has a zero byte in its name`),
    ]);
  });
});

it('a root that was moved, keys and all, is the same log', () => {
  const log = aLog();
  const moved = join(aRoot(), 'moved');
  renameSync(log.root, moved);
  aLog(moved);
  expect(verifyLog(join(moved, service), { deep: true }).problems).toEqual([]);
});

describe('a root folder that cannot be listed', () => {
  it('is told by a code and by its name, by every command that writes', async () => {
    const file = join(aRoot(), 'a-file');
    writeFileSync(file, '');
    const told = { code: 'ERR_LOGBOOK_IO', message: `cannot read "${file}": ENOTDIR` };
    await expect(erase({ root: file, user: '|ada' })).rejects.toMatchObject(told);
    await expect(retain({ root: file })).rejects.toMatchObject(told);
    expect(() => planRetention({ root: file })).toThrow(told.message);
  });

  it('and so is a folder of keys', async () => {
    const { root } = aLog();
    const keyFile = join(aRoot(), 'root.key');
    renameSync(join(root, 'keys', 'root.key'), keyFile);
    rmSync(join(root, 'keys'), { recursive: true });
    writeFileSync(join(root, 'keys'), '');
    const told = {
      code: 'ERR_LOGBOOK_IO',
      message: `cannot read "${join(root, 'keys')}": ENOTDIR`,
    };
    await expect(retain({ root, keyFile })).rejects.toMatchObject(told);
    await expect(erase({ root, keyFile, user: '|ada' })).rejects.toMatchObject(told);
  });
});
