import { generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { LogbookError } from '../../src/errors.ts';
import { openWith, PAYLOAD_INFO, recipientOf } from '../../src/hpke.ts';
import { openLogbook, type Logbook } from '../../src/logbook.ts';
import { tryLock } from '../../src/lock.ts';
import { blankSeal, commitment } from '../../src/seal.ts';
import { listSegments } from '../../src/segment.ts';
import { createShipper } from '../../src/ship/create.ts';
import type { Shipper, ShipperOptions } from '../../src/ship/shipper.ts';
import { verifyLog } from '../../src/verify.ts';
import { aLog, aRoot, removeRoots } from '../small-log.ts';
import { idsOf, startReceiver, until, type Answer, type Receiver } from './receiver.ts';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const thing of open.splice(0).toReversed()) await thing.close();
  removeRoots();
});

async function aReceiver(): Promise<Receiver> {
  const receiver = await startReceiver();
  open.push(receiver);
  return receiver;
}

async function aShipper(
  options: Pick<ShipperOptions, 'root' | 'endpoint'> & Partial<ShipperOptions>,
  problems: LogbookError[] = [],
): Promise<Shipper> {
  const shipper = await createShipper({
    observer: { problem: (error) => problems.push(error) },
    ...options,
  });
  open.push(shipper);
  return shipper;
}

/** Ids of the leaves of a log, as its lines stand. */
function idsIn(lines: readonly string[]): string[] {
  return lines.filter((line) => line.startsWith('{"leaf"')).map((line) => JSON.parse(line).leaf.id);
}

function record(log: Logbook, count: number): void {
  for (let n = 0; n < count; n += 1)
    log.record({ kind: 'tool.call', target: 'echo', person: `|u${n % 3}`, payload: { n } });
}

describe('shipNow', () => {
  it('sends every entry and commit once, in order, the body the exact leaf line (audit.md 5)', async () => {
    const log = aLog({ entries: 2_500, commitEvery: 100 });
    const receiver = await aReceiver();
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url });
    expect(await shipper.shipNow()).toEqual({ complete: true, busy: [] });
    const expected = log.lines.flatMap((line) =>
      line.startsWith('{"seal"')
        ? []
        : [line.startsWith('{"commit"') ? JSON.parse(line).commit : line],
    );
    expect(receiver.accepted.map(({ body }) => body)).toEqual(expected);
    expect(receiver.requests.length).toBeGreaterThan(2);
    expect(receiver.mostOpen()).toBe(1);
    expect(receiver.requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
    });
    await shipper.shipNow();
    expect(receiver.accepted).toHaveLength(expected.length);
    // Nothing that the shipper left in the folder disturbs the log.
    expect(verifyLog(log.folder, { deep: true })).toMatchObject({ ok: true });
  });

  it('sends salt and payload in clear to loopback, and they match the commitment', async () => {
    const log = aLog({ entries: 3, commitEvery: 1 });
    const receiver = await aReceiver();
    await (await aShipper({ root: log.root, endpoint: receiver.url })).shipNow();
    const calls = receiver.accepted.filter(({ kind }) => kind === 'tool.call');
    expect(calls).toHaveLength(3);
    for (const { body, clear, sealed } of calls) {
      const [salt = '', ...payload] = (clear ?? '').split('.');
      const bytes = Buffer.from(payload.join('.'));
      expect(sealed).toBeUndefined();
      expect(commitment(Buffer.from(salt, 'base64url'), bytes)).toBe(
        JSON.parse(body ?? '').leaf.pc,
      );
      expect(JSON.parse(bytes.toString()).request.name).toBe('Zoë');
    }
  });

  it('seals salt and payload to the recipient, each opening alone with its leaf', async () => {
    const { privateKey } = generateKeyPairSync('x25519');
    const log = aLog({ entries: 5, commitEvery: 2 });
    const file = join(log.root, 'recipient');
    writeFileSync(file, `${recipientOf(privateKey)}\n`);
    for (const recipient of [recipientOf(privateKey), file]) {
      rmSync(join(log.folder, 'ship.json'), { force: true });
      const receiver = await aReceiver();
      await (await aShipper({ root: log.root, endpoint: receiver.url, recipient })).shipNow();
      const calls = receiver.accepted.filter(({ kind }) => kind === 'tool.call');
      expect(calls).toHaveLength(5);
      for (const { body = '', clear, sealed = '' } of calls.toReversed()) {
        expect(clear).toBeUndefined();
        const plain = openWith(privateKey, sealed, Buffer.from(body), PAYLOAD_INFO);
        expect(commitment(plain.subarray(0, 16), plain.subarray(16))).toBe(
          JSON.parse(body).leaf.pc,
        );
      }
    }
  });

  it('sends an erased entry without payload, and a damaged one too, which it tells (I6)', async () => {
    const log = aLog({ entries: 4, commitEvery: 2 });
    const seals = log.lines.flatMap((line, n) => (line.startsWith('{"seal"') ? [n] : []));
    const [erased = 0, damaged = 0] = seals.slice(3);
    const lines = [...log.lines];
    lines[erased] = blankSeal(lines[erased] ?? '');
    const text = lines[damaged] ?? '';
    lines[damaged] = `${text.slice(0, 40)}${text[40] === 'A' ? 'B' : 'A'}${text.slice(41)}`;
    writeFileSync(log.segment, `${lines.join('\n')}\n`);
    const receiver = await aReceiver();
    const problems: LogbookError[] = [];
    await (await aShipper({ root: log.root, endpoint: receiver.url }, problems)).shipNow();
    const bodies = receiver.accepted;
    expect(idsOf(bodies)).toEqual(idsIn(log.lines));
    for (const place of [erased, damaged]) {
      const found = bodies.find(({ body }) => body === lines[place - 1]);
      expect(found).toMatchObject({ sealed: undefined, clear: undefined });
    }
    expect(bodies.filter(({ clear }) => clear !== undefined)).toHaveLength(seals.length - 2);
    expect(problems.map(({ code }) => code)).toEqual(['ERR_LOGBOOK_SEAL']);
  });

  it('goes on where it was accepted last, after every kind of refusal, and drops nothing', async () => {
    const log = aLog({ entries: 3_000, commitEvery: 50 });
    const receiver = await aReceiver();
    const answers: Record<number, Answer> = {
      0: { status: 503, headers: { 'retry-after': '0' } },
      1: { status: 401 },
      3: { status: 404 },
      // partial_success { rejected_log_records: 1 }: OTLP says not to retry, evidence says to.
      4: { status: 200, body: Buffer.from('0a020801', 'hex') },
      6: { status: 500 },
      7: { status: 400 },
      8: { status: 302, headers: { location: 'http://127.0.0.1:1/' } },
    };
    receiver.answer = (n) => answers[n] ?? { status: 200 };
    const problems: LogbookError[] = [];
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url }, problems);
    await shipper.shipNow();
    expect(idsOf(receiver.accepted)).toEqual(idsIn(log.lines));
    expect(problems.map(({ message }) => /answered \d+|refused some/.exec(message)?.[0])).toEqual([
      'answered 503',
      'answered 401',
      'answered 404',
      'refused some',
      'answered 500',
      'answered 400',
      'answered 302',
    ]);
    for (const { message } of problems) expect(message).toContain('nothing is lost');
  }, 60_000);

  it('waits as long as Retry-After says', async () => {
    const log = aLog({ entries: 1, commitEvery: 1 });
    const receiver = await aReceiver();
    const times: number[] = [];
    receiver.answer = (n) => {
      times.push(performance.now());
      return n === 0 ? { status: 429, headers: { 'retry-after': '2' } } : { status: 200 };
    };
    await (await aShipper({ root: log.root, endpoint: receiver.url })).shipNow();
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_950);
  });

  it('reads the token again when its file changes, and never tells it', async () => {
    const log = aLog({ entries: 2, commitEvery: 1 });
    const receiver = await aReceiver();
    const tokenFile = join(log.root, 'token');
    writeFileSync(tokenFile, 'old-token-canary\n');
    chmodSync(tokenFile, 0o600);
    receiver.answer = (_, headers) => {
      if (headers.authorization === 'Bearer new-token-canary') return { status: 200 };
      writeFileSync(tokenFile, 'new-token-canary\n');
      return { status: 401 };
    };
    const problems: LogbookError[] = [];
    await (
      await aShipper({ root: log.root, endpoint: receiver.url, tokenFile }, problems)
    ).shipNow();
    expect(receiver.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer old-token-canary',
      'Bearer new-token-canary',
    ]);
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems) + String(problems[0])).not.toContain('canary');
  });

  it('leaves a log alone that another shipper has, so no two ship it at once', async () => {
    const log = aLog({ entries: 2, commitEvery: 1 });
    const receiver = await aReceiver();
    const other = tryLock(log.folder, 'ship.db');
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url });
    expect(await shipper.shipNow()).toEqual({ complete: true, busy: [log.folder] });
    expect(receiver.requests).toEqual([]);
    other?.release();
    expect(await shipper.shipNow()).toEqual({ complete: true, busy: [] });
    expect(idsOf(receiver.accepted)).toEqual(idsIn(log.lines));
  });

  it('begins again with a cursor file that is damaged, of another log or ahead of the log', async () => {
    const log = aLog({ entries: 3, commitEvery: 1 });
    const receiver = await aReceiver();
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url });
    const path = join(log.folder, 'ship.json');
    await shipper.shipNow();
    const good = readFileSync(path, 'utf8');
    for (const bad of [
      '',
      '{',
      'null',
      good.replace('"format":1', '"format":2'),
      good.replace('small/', 'other/'),
      good.replace(/"offset":\d+/, '"offset":99999999'),
      good.replace(/"offset":\d+/, '"offset":-1'),
      good.replace(/"segment":"[^"]+"/, '"segment":"../../x"'),
    ]) {
      expect(bad).not.toBe(good);
      receiver.accepted.length = 0;
      writeFileSync(path, bad);
      await shipper.shipNow();
      expect(idsOf(receiver.accepted)).toEqual(idsIn(log.lines));
      expect(readFileSync(path, 'utf8')).toBe(good);
    }
  });

  it('ships what a killed writer acknowledged, not the torn rest, and the log still verifies (I3)', async () => {
    const log = aLog({ entries: 6, commitEvery: 3 });
    // As a SIGKILL leaves it: pairs behind the last commit, then half a leaf.
    const commits = log.lines.flatMap((line, n) => (line.startsWith('{"commit"') ? [n] : []));
    const keep = log.lines.slice(0, (commits.at(-2) ?? 0) + 1);
    const tail = log.lines.slice(keep.length).filter((line) => !line.startsWith('{"commit"'));
    expect(tail.length).toBeGreaterThan(0);
    const text = [...keep, ...tail].join('\n');
    writeFileSync(log.segment, `${text}\n${log.lines.at(-3)?.slice(0, 50)}`);
    for (const name of ['frontier', 'checkpoint', 'checkpoints.jsonl'])
      rmSync(join(log.folder, name));
    const receiver = await aReceiver();
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url });
    await shipper.shipNow();
    expect(idsOf(receiver.accepted)).toEqual(idsIn([...keep, ...tail]));
    // The next writer adopts the same entries and adds its own; no entry is sent twice.
    openLogbook({ root: log.root, service: 'small' }).close();
    expect(verifyLog(log.folder)).toMatchObject({ ok: true });
    await shipper.shipNow();
    const all = readFileSync(log.segment, 'utf8').split('\n');
    expect(idsOf(receiver.accepted)).toEqual(idsIn(all));
  });

  it('ships nothing behind a seal that does not open and no commit covers: a crash will take it back', async () => {
    const log = aLog({ entries: 4, commitEvery: 2 });
    const receiver = await aReceiver();
    const leaf = log.lines.filter((line) => line.startsWith('{"leaf"')).at(-1) ?? '';
    const seal = log.lines.filter((line) => line.startsWith('{"seal"')).at(-2) ?? '';
    appendFileSync(log.segment, `${leaf}\n${seal}\n`);
    await (await aShipper({ root: log.root, endpoint: receiver.url })).shipNow();
    expect(idsOf(receiver.accepted)).toEqual(idsIn(log.lines));
    truncateSync(log.segment, log.bytes.length);
  });

  it('ships the entries of several segments, each once and in order', async () => {
    const root = aRoot();
    for (const day of [1, 2, 3]) {
      const log = openLogbook({ root, service: 'days', now: () => Date.UTC(2026, 0, day) * 1000 });
      record(log, 5);
      log.close();
    }
    const folder = join(root, 'days');
    const segments = listSegments(folder);
    expect(segments).toHaveLength(3);
    const lines = segments.flatMap((name) =>
      readFileSync(join(folder, 'segments', name), 'utf8').split('\n'),
    );
    const receiver = await aReceiver();
    await (await aShipper({ root, endpoint: receiver.url })).shipNow();
    expect(idsOf(receiver.accepted)).toEqual(idsIn(lines));
  });
});

describe('reship', () => {
  it('sends again from a producer number, up to the cursor, and leaves the cursor alone', async () => {
    const log = aLog({ entries: 2_000, commitEvery: 100 });
    const receiver = await aReceiver();
    const shipper = await aShipper({ root: log.root, endpoint: receiver.url });
    expect(await shipper.reship(log.folder, 1)).toBe(0);
    await shipper.shipNow();
    const cursor = readFileSync(join(log.folder, 'ship.json'), 'utf8');
    const all = idsIn(log.lines);
    for (const from of [1, 2, 1_500, all.length, all.length + 1]) {
      receiver.accepted.length = 0;
      // Also while another process holds the log for shipping: a gap must be fillable on a running server.
      const other = tryLock(log.folder, 'ship.db');
      expect(await shipper.reship(log.folder, from)).toBe(all.length - from + 1);
      other?.release();
      expect(idsOf(receiver.accepted)).toEqual(all.slice(from - 1));
    }
    expect(readFileSync(join(log.folder, 'ship.json'), 'utf8')).toBe(cursor);
  });
});

describe('follow', () => {
  it('ships a log while it is written, only what is committed and on disk, and adopts stranded ones', async () => {
    const stranded = aLog({ entries: 20, commitEvery: 5 });
    const { root } = stranded;
    const elsewhere = openLogbook({ root, service: 'busy' });
    open.push(elsewhere);
    record(elsewhere, 3);
    elsewhere.commit();
    const receiver = await aReceiver();
    const states = new Map<string, number>();
    const log = openLogbook({ root, service: 'own' });
    open.push(log);
    const shipper = await aShipper({
      root,
      endpoint: receiver.url,
      observer: { state: (origin, pending) => states.set(origin, pending) },
    });
    shipper.follow(log.folder);
    record(log, 10);
    const streams = (): string[] => [
      ...new Set(
        receiver.accepted.flatMap(({ body, kind }) =>
          kind === 'tool.call' ? [String(JSON.parse(body ?? '').leaf.service)] : [],
        ),
      ),
    ];
    await until(() => streams().includes('own') && streams().includes('small'), 'own and stranded');
    record(log, 10);
    await until(
      () => receiver.accepted.filter(({ body }) => body?.includes('"service":"own"')).length >= 21,
      'the entries that came later',
    );
    // The log of a live process that has its own shipper, or none, is not ours.
    expect(streams().toSorted()).toEqual(['own', 'small']);
    await until(() => states.get(log.origin) === 0, 'nothing pending');
    log.close();
    await shipper.drain(2_000);
    const lines = readFileSync(join(log.folder, 'segments', '000000000000.jsonl'), 'utf8').split(
      '\n',
    );
    expect(idsOf(receiver.accepted).filter((id) => idsIn(lines).includes(id))).toEqual(
      idsIn(lines),
    );
  });

  it('drains within its cap when nobody answers, and the next start ships the rest', async () => {
    const root = aRoot();
    const receiver = await aReceiver();
    receiver.answer = () => 'hang';
    const log = openLogbook({ root, service: 'own' });
    record(log, 5);
    const pending: [number, number][] = [];
    const shipper = await aShipper({
      root,
      endpoint: receiver.url,
      observer: { state: (_, count, age) => pending.push([count, age]) },
    });
    shipper.follow(log.folder);
    await until(() => receiver.requests.length > 0, 'a request');
    log.close();
    const started = performance.now();
    await shipper.drain(300);
    expect(performance.now() - started).toBeLessThan(1_500);
    expect(receiver.accepted).toEqual([]);
    expect(pending[0]?.[0]).toBeGreaterThan(0);
    expect(pending[0]?.[1]).toBeGreaterThan(0);
    receiver.answer = () => ({ status: 200 });
    await (await aShipper({ root, endpoint: receiver.url })).shipNow();
    expect(receiver.accepted.filter(({ kind }) => kind === 'tool.call')).toHaveLength(5);
  });
});

describe('createShipper', () => {
  it.each([
    ['http://collector:4320', /payloads would travel in clear/],
    ['http://10.0.0.1:4320', /payloads would travel in clear/],
    ['http://127.0.0.1.example.com', /payloads would travel in clear/],
    ['ftp://127.0.0.1', /neither http nor https/],
    ['http://user:secret@127.0.0.1', /holds credentials/],
    ['collector', /not a URL/],
  ])('refuses %s, and never repeats credentials', async (endpoint, message) => {
    const { root } = aLog({ entries: 1, commitEvery: 1 });
    const made = createShipper({ root, endpoint });
    await expect(made).rejects.toThrow(message);
    await expect(made).rejects.not.toThrow(/secret/);
    await expect(made).rejects.toMatchObject({ code: 'ERR_LOGBOOK_USAGE' });
  });

  it('takes https, loopback, and any http with a recipient', async () => {
    const { root } = aLog({ entries: 1, commitEvery: 1 });
    const recipient = recipientOf(generateKeyPairSync('x25519').privateKey);
    for (const options of [
      { endpoint: 'https://collector:4320' },
      { endpoint: 'http://localhost:4320/base/' },
      { endpoint: 'http://[::1]:4320' },
      { endpoint: 'http://127.9.9.9:4320' },
      { endpoint: 'http://collector:4320', recipient },
    ])
      await aShipper({ root, ...options });
    await expect(
      createShipper({ root, endpoint: 'http://localhost', recipient: 'nonsense' }),
    ).rejects.toThrow(/recipient is not an X25519 public key/);
  });

  it('never ships leaves without their payloads because the root key is not there', async () => {
    const log = aLog({ entries: 1, commitEvery: 1 });
    rmSync(join(log.root, 'keys', 'root.key'));
    await expect(
      createShipper({ root: log.root, endpoint: 'http://localhost' }),
    ).rejects.toMatchObject({
      code: 'ERR_LOGBOOK_KEY_MISSING',
    });
  });
});
