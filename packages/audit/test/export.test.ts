/** Export: what goes out in which form, and that each log notes it first. Forms are checked by readers of the tests' own. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { csvLine, CSV_HEADER } from '../src/export-csv.ts';
import { ocsfLine } from '../src/export-ocsf.ts';
import { exportLog, type ExportOptions, type ExportReport } from '../src/export.ts';
import {
  openLogbook,
  planRetention,
  query,
  retain,
  verifyLog,
  erase,
  type QueryRow,
} from '../src/index.ts';
import { faultsOf } from './ocsf-classes.ts';
import { aFolder, removeFolders } from './sample-log.ts';

vi.setConfig({ testTimeout: 30_000 });
afterEach(removeFolders);

const KINDS = [
  'tool.call',
  'resource.read',
  'prompt.get',
  'sampling',
  'elicitation',
  'data.access',
  'auth.login',
  'auth.failure',
  'auth.token.issued',
  'auth.client.registered',
  'auth.logout',
  'authz.granted',
  'authz.denied',
  'config.changed',
  'session.opened',
  'session.closed',
];
const OUTCOMES = ['success', 'failure', 'denied', 'unknown'] as const;

/** Two logs: one with each kind and outcome, one with a person who was erased. */
async function aRoot(): Promise<string> {
  const root = aFolder();
  const shop = openLogbook({ root, service: 'shop' });
  for (const [n, kind] of KINDS.entries())
    for (const outcome of OUTCOMES)
      shop.record({
        kind,
        outcome,
        action: ['read', 'write', 'delete', 'execute', 'add'][n % 5] ?? '',
        target: `t${n}`,
        person: 'https://issuer.example|ada',
        trace: 'ab'.repeat(16),
        span: 'cd'.repeat(8),
        durationMicros: 1500,
        ...(outcome === 'failure' && { error: 'timeout' }),
        payload: {
          method: 'tools/call',
          requestId: n,
          session: 's1',
          client: { name: 'host', version: '1' },
          peer: { address: '192.0.2.7', port: 4000, userAgent: 'x' },
          request: { arguments: { canary: 'mellon' } },
          result: { ok: true },
          error: { code: -32000, message: 'too late' },
        },
      });
  shop.record({ kind: 'tool.call', target: '_OTHER' });
  shop.record({ kind: 'tool.call', anonymous: true });
  shop.close();
  const cafe = openLogbook({ root, service: 'cafe' });
  cafe.record({ kind: 'tool.call', target: 'brew', person: '|bob', payload: { cup: 'mellon' } });
  cafe.record({ kind: 'tool.call', target: 'pour', person: '|eve', payload: { cup: 'mug' } });
  cafe.close();
  await erase({ root, user: '|bob' });
  return root;
}

async function exported(
  options: Omit<ExportOptions, 'write'>,
): Promise<ExportReport & { readonly text: string }> {
  let text = '';
  const report = await exportLog({ ...options, write: (piece) => void (text += piece) });
  return { ...report, text };
}

function parsed(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

describe('JSON Lines', () => {
  test('have every entry that query finds, in its order, with the leaf as it was signed', async () => {
    const root = await aRoot();
    const rows = query(root, { limit: 1000 });
    const { text, entries, sha256 } = await exported({ root, format: 'jsonl' });
    const lines = parsed(text);
    expect(entries).toBe(rows.length);
    expect(lines.map((line) => line['leaf'])).toEqual(rows.map(({ leaf }) => leaf));
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
    for (const line of lines) {
      const { log, file, line: number, leaf } = line;
      const folder = String(log).slice(0, String(log).lastIndexOf('/'));
      const signed = readFileSync(join(root, folder, String(file)), 'utf8').split('\n');
      expect(JSON.stringify({ leaf })).toBe(signed[Number(number) - 1]);
      expect(line['v']).toBe(1);
    }
  });

  test('payloads stay sealed unless they are asked for; what was erased says so either way', async () => {
    const root = await aRoot();
    const closed = await exported({ root, format: 'jsonl' });
    expect(closed.text).not.toMatch(/mellon|"mug"|issuer\.example|"payload"/);
    expect(closed.sealed).toMatchObject({ erased: 1, unopened: closed.entries - 1 });
    const open = await exported({
      root,
      format: 'jsonl',
      payloads: true,
      filter: { server: 'cafe' },
    });
    expect(open.text).toContain('"cup":"mug"');
    expect(open.text).not.toContain('mellon');
    expect(parsed(open.text).find(({ sealed }) => sealed === 'erased')).not.toHaveProperty(
      'payload',
    );
  });

  test('filters as query; without its limit, with one the newest', async () => {
    const root = aFolder();
    const log = openLogbook({ root, service: 'shop' });
    for (let n = 0; n < 150; n += 1)
      log.record({ kind: 'tool.call', target: `t${n}`, person: n % 2 === 0 ? '|ada' : '|eve' });
    log.close();
    const all = await exported({ root, format: 'jsonl', filter: { user: '|ada' } });
    expect(all.entries).toBe(75);
    const some = await exported({ root, format: 'jsonl', filter: { user: '|ada', limit: 2 } });
    expect(parsed(some.text).map(({ leaf }) => Object(leaf).target)).toEqual(['t148', 't146']);
    const text = await exported({ root, format: 'jsonl', filter: { text: 't149' } });
    expect([text.entries, text.sealed]).toEqual([1, { unopened: 1 }]);
  });
});

describe('the log.exported entry', () => {
  test('is in each log that gave something, names a pseudonym and no person, and verifies', async () => {
    const root = await aRoot();
    const { logs } = await exported({
      root,
      format: 'ocsf',
      filter: { user: '|eve', text: 'mug', since: 0 },
      reason: 'audit 7',
    });
    expect(logs.map(({ folder }) => folder)).toEqual([join(root, 'cafe')]);
    const [row, ...more] = query(root, { kind: 'log.exported' });
    expect(more).toEqual([]);
    const [eve] = query(root, { user: '|eve', tool: 'pour' });
    expect(row?.leaf).toMatchObject({ target: 'ocsf', action: 'export', outcome: 'success' });
    expect(logs).toMatchObject([{ done: { entry: row?.leaf.id } }]);
    expect(row?.payload).toMatchObject({
      format: 'ocsf',
      payloads: false,
      reason: 'audit 7',
      conditions: { user: eve?.leaf.actor, text: true, since: '1970-01-01T00:00:00.000Z' },
      by: { pid: process.pid },
    });
    expect(JSON.stringify(row?.payload)).not.toMatch(/\|eve|"mug/);
    expect(verifyLog(join(root, 'cafe')).ok).toBe(true);
  });

  test('comes before the first line goes out, is not in its own export, and not where nothing matched', async () => {
    const root = await aRoot();
    let before: number | undefined;
    let text = '';
    await exportLog({
      root,
      format: 'jsonl',
      write: (piece) => {
        before ??= query(root, { kind: 'log.exported' }).length;
        text += piece;
      },
    });
    expect(before).toBe(2);
    expect(text).not.toContain('log.exported');
    const none = await exported({ root, format: 'jsonl', filter: { tool: 'none' } });
    expect([none.text, none.entries, none.logs]).toEqual(['', 0, []]);
    expect(query(root, { kind: 'log.exported' })).toHaveLength(2);
    const next = await exported({ root, format: 'jsonl', filter: { kind: 'log.exported' } });
    expect(next.entries).toBe(2);
  });

  test('is made by the writer when one runs; the log goes on and verifies', async () => {
    const root = aFolder();
    const log = openLogbook({ root, service: 'shop' });
    log.record({ kind: 'tool.call', target: 'buy' });
    const { entries, logs } = await exported({ root, format: 'csv', filter: { tool: 'buy' } });
    expect([entries, logs]).toEqual([1, [expect.objectContaining({ done: expect.anything() })]]);
    log.record({ kind: 'tool.call', target: 'sell' });
    log.close();
    expect(query(root, { kind: 'log.exported' })).toHaveLength(1);
    expect(verifyLog(join(root, 'shop')).ok).toBe(true);
  }, 20_000);

  test('that cannot be written lets nothing out; other logs are exported', async () => {
    const root = await aRoot();
    const log = openLogbook({ root, service: 'shop' });
    const stopped = await exported({ root, format: 'jsonl', waitMs: 0 });
    expect(stopped.logs.find(({ folder }) => folder.endsWith('shop'))).toMatchObject({
      waiting: true,
    });
    expect(new Set(parsed(stopped.text).map((line) => Object(line['leaf']).service))).toEqual(
      new Set(['cafe']),
    );
    log.close();
  });

  test('asked for by a file that is none of ours is put aside', async () => {
    const root = aFolder();
    const log = openLogbook({ root, service: 'shop' });
    const requests = join(root, 'shop', 'requests');
    await exported({ root, format: 'csv' });
    const name = '00000000-0000-4000-8000-000000000000.json';
    writeFileSync(
      join(requests, name),
      JSON.stringify({ op: 'export', format: 'xml', payloads: true, by: {}, conditions: {} }),
    );
    await expect
      .poll(() => readdirSync(join(root, 'shop', 'quarantine')), { timeout: 10_000 })
      .toEqual([`request.${name}`]);
    log.close();
  }, 20_000);
});

test('archived segments are exported as hot ones', async () => {
  const root = aFolder();
  const day = 86_400_000_000;
  let now = Date.parse('2026-01-01T12:00:00Z') * 1000;
  const log = openLogbook({ root, service: 'shop', now: () => now });
  log.record({ kind: 'tool.call', target: 'old', payload: { cup: 'mug' } });
  await log.flush();
  now += day;
  log.record({ kind: 'tool.call', target: 'new' });
  log.close();
  const later = now + 40 * day;
  expect(planRetention({ root, now: () => later })).not.toEqual([]);
  await retain({ root, now: () => later });
  expect(readdirSync(join(root, 'shop', 'archive'))).not.toEqual([]);
  const { text } = await exported({
    root,
    format: 'jsonl',
    payloads: true,
    filter: { tool: 'old' },
  });
  expect(parsed(text)).toMatchObject([{ leaf: { target: 'old' }, payload: { cup: 'mug' } }]);
});

test('pieces are at most a chunk and an entry, however many entries there are', async () => {
  const root = aFolder();
  const log = openLogbook({ root, service: 'shop', mode: 'best-effort' });
  for (let n = 0; n < 3000; n += 1) log.record({ kind: 'tool.call', payload: { n } });
  log.close();
  const sizes: number[] = [];
  await exportLog({ root, format: 'jsonl', write: (piece) => void sizes.push(piece.length) });
  expect(sizes.length).toBeGreaterThan(5);
  expect(Math.max(...sizes)).toBeLessThan(64 * 1024 + 2048);
});

describe('OCSF', () => {
  test('events of every kind and outcome are valid: class, type, enums, what must be there', async () => {
    const root = await aRoot();
    for (const payloads of [false, true]) {
      const { text, entries } = await exported({ root, format: 'ocsf', payloads });
      const events = parsed(text);
      expect(events).toHaveLength(entries);
      expect(events.map(faultsOf).filter((faults) => faults.length > 0)).toEqual([]);
      const kinds = new Set(events.map((event) => Object(event['metadata']).event_code));
      expect([...kinds]).toEqual(expect.arrayContaining([...KINDS, 'erasure.completed']));
    }
  });

  test('the checker of these tests finds what is missing, unknown or wrong', async () => {
    const root = await aRoot();
    const { text } = await exported({
      root,
      format: 'ocsf',
      filter: { kind: 'tool.call', limit: 1 },
    });
    const event = parsed(text)[0] ?? {};
    expect(faultsOf(event)).toEqual([]);
    for (const wrong of [
      { type_uid: 600_304 },
      { severity_id: 7 },
      { category_uid: 3 },
      { api: {} },
      { actor: {} },
      { src_endpoint: undefined },
      { foreign: 1 },
      { status: 'Failure', status_id: 1 },
      { time: '2026' },
      { class_uid: 1 },
    ])
      expect(faultsOf({ ...event, ...wrong })).not.toEqual([]);
  });

  test('a denied read by a known person, as a SIEM sees it', async () => {
    const root = await aRoot();
    const filter = { kind: 'tool.call', outcome: 'denied' };
    const { text } = await exported({ root, format: 'ocsf', payloads: true, filter });
    expect(parsed(text)).toMatchObject([
      {
        class_uid: 6003,
        type_uid: 600_302,
        activity_name: 'Read',
        status_id: 2,
        action_id: 2,
        metadata: { version: '1.9.0', profiles: ['security_control', 'trace'] },
        actor: { user: { uid: 'https://issuer.example|ada' }, session: { uid: 's1' } },
        api: { operation: 'tools/call', request: { data: { arguments: { canary: 'mellon' } } } },
        resources: [{ name: 't0' }],
        src_endpoint: { ip: '192.0.2.7', port: 4000 },
        trace: { uid: 'ab'.repeat(16), span: { uid: 'cd'.repeat(8) } },
      },
    ]);
  });
});

/** RFC 4180, read with a state machine. */
function csvRecords(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ',') {
      record.push(cell);
      cell = '';
    } else if (char === '\r' && text[at + 1] === '\n') {
      records.push([...record, cell]);
      record = [];
      cell = '';
      at += 1;
    } else cell += char;
  }
  return records;
}

function aRow(target: string, payload: unknown): QueryRow {
  return {
    folder: 'f',
    origin: 'shop/00',
    index: 0,
    leaf: {
      v: 1,
      id: '018f0000-0000-7000-8000-000000000000',
      time: '2026-01-01T00:00:00.000001Z',
      kind: 'tool.call',
      action: 'read',
      outcome: 'success',
      target,
      service: 'shop',
      class: 'default',
      stream: 'shop/00',
      seq: 1,
      size: 1,
      pc: 'A'.repeat(43),
    },
    sealed: 'opened',
    payload,
    location: { file: 'segments/000000000000.jsonl', line: 1 },
  };
}

describe('CSV', () => {
  test('is RFC 4180 whatever a name or payload holds, and comes back as it was', () => {
    const [names = []] = csvRecords(CSV_HEADER);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.json(), (target, json) => {
        const payload: unknown = JSON.parse(json);
        const records = csvRecords(csvLine(aRow(`t${target}`, { payload })));
        expect(records).toHaveLength(1);
        const [cells = []] = records;
        expect(cells).toHaveLength(names.length);
        expect(cells[names.indexOf('target')]).toBe(`t${target}`);
        expect(JSON.parse(cells[names.indexOf('payload')] ?? '')).toEqual({ payload });
      }),
    );
  });

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '  =1', '\n=1', '＝1', '\u00a0=1'])(
    '%j is no formula',
    (target) => {
      const names = csvRecords(CSV_HEADER)[0] ?? [];
      const [cells = []] = csvRecords(csvLine(aRow(target, {})));
      expect(cells[names.indexOf('target')]).toBe(`'${target}`);
    },
  );

  test('a header stands even without entries', async () => {
    const { text } = await exported({ root: await aRoot(), format: 'csv', filter: { tool: 'no' } });
    expect(text).toBe(CSV_HEADER);
  });
});

test('what a peer put into a payload never breaks an OCSF event', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      const payload: unknown = JSON.parse(json);
      const members = { request: payload, peer: payload, client: payload, error: payload };
      for (const given of [payload, members, { session: payload, method: payload, uri: payload }])
        expect(faultsOf(JSON.parse(ocsfLine(aRow('t', given))))).toEqual([]);
    }),
  );
});
