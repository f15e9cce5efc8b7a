/** `report`: counts are right, memory is bounded, and no name that a peer chose does anything in a terminal or browser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogbook, openReader, type QueryRow, type RecordInput } from '@mcp-logbook/audit';
import { afterAll, describe, expect, test } from 'vitest';
import { collect, OTHERS, type Report } from '../src/report/collect.ts';
import { Durations } from '../src/report/durations.ts';
import { htmlReport } from '../src/report/html.ts';
import { duration, percent, shown } from '../src/report/names.ts';
import { textReport } from '../src/report/text.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const time = { since: new Date(Date.now() - 3_600_000), until: new Date(Date.now() + 60_000) };

function aReport(entries: readonly RecordInput[], service = 'shop'): Report {
  const root = mkdtempSync(join(tmpdir(), 'logbook-report-'));
  folders.push(root);
  const log = openLogbook({ root, service });
  for (const entry of entries) log.record(entry);
  log.close();
  const reader = openReader(root);
  try {
    return collect(reader.rows(time), time, reader.logs().length);
  } finally {
    reader.close();
  }
}

const call: RecordInput = { kind: 'tool.call', target: 'buy', person: '|ada' };

describe('counts', () => {
  test('calls, errors, denials, durations and redactions by server, tool and user', () => {
    const report = aReport([
      { ...call, durationMicros: 1000 },
      { ...call, durationMicros: 3000, outcome: 'failure', error: 'timeout' },
      { ...call, person: '|bob', payload: { text: '[REDACTED:aws-key] and [REDACTED:email]' } },
      { ...call, person: '|bob', target: 'sell', outcome: 'denied' },
      { kind: 'authz.denied', person: '|eve' },
      { kind: 'auth.failure', anonymous: true },
      { kind: 'auth.login', person: '|ada' },
      { kind: 'resource.read', target: 'file', payload: { text: '[REDACTED:email]' } },
    ]);
    const total = { calls: 5, errors: 1, denied: 3, redactions: 3 };
    expect(report).toMatchObject({
      logs: 1,
      closed: 0,
      total: { ...total, max: 3000 },
      servers: [{ name: 'shop', ...total }],
      errors: [{ name: 'timeout', count: 1 }],
      redactions: [
        { name: 'email', count: 2 },
        { name: 'aws-key', count: 1 },
      ],
    });
    expect(report.tools.map(({ name, calls, denied }) => [name, calls, denied])).toEqual([
      ['shop / buy', 3, 0],
      ['shop / sell', 1, 1],
      ['shop / file', 1, 0],
    ]);
    expect(report.users.map(({ name, calls, denied }) => [name, calls, denied])).toEqual([
      ['|bob', 2, 1],
      ['|ada', 2, 0],
      ['-', 1, 0],
      ['anonymous', 0, 1],
      ['|eve', 0, 1],
    ]);
    expect(report.timeline.reduce((sum, { calls }) => sum + calls, 0)).toBe(5);
    // Genesis, start, stop and the eight.
    expect(report.entries).toBe(11);
  });

  test('a call of two entries, as strict mode has it, once', () => {
    const report = aReport([
      { ...call, phase: 'request', payload: { text: '[REDACTED:email]' } },
      { ...call, phase: 'result', durationMicros: 5, payload: { text: '[REDACTED:email]' } },
    ]);
    expect(report.total).toMatchObject({ calls: 1, redactions: 1 });
  });

  test('of an empty time are all zero, and both pages say so', () => {
    const report = collect([], time, 2);
    expect(report.total).toEqual({ name: 'total', calls: 0, errors: 0, denied: 0, redactions: 0 });
    expect(textReport(report, 80, (_, text) => text)).toContain('0 calls, 0 errors (-)');
    expect(htmlReport(report, new Date(0))).toContain('0 entries of 2 logs');
  });

  test('of more groups than are kept go to one, and none is lost', () => {
    function* rows(): Generator<QueryRow> {
      const [row] = aRow();
      if (row === undefined) throw new Error('there is one');
      for (let n = 0; n < 12_000; n += 1)
        yield { ...row, leaf: { ...row.leaf, target: `tool-${n}`, error: `e-${n}` } };
    }
    const report = collect(rows(), time, 1);
    expect(report.tools).toHaveLength(10_001);
    expect(report.tools[0]).toMatchObject({ name: OTHERS, calls: 2000 });
    expect(report.errors[0]).toEqual({ name: OTHERS, count: 2000 });
    expect(report.total.calls).toBe(12_000);
    const html = htmlReport(report, new Date(0));
    expect(html.length).toBeLessThan(1_000_000);
    expect(html).toContain('and 9501 more');
  });
});

function aRow(): QueryRow[] {
  const root = mkdtempSync(join(tmpdir(), 'logbook-report-'));
  folders.push(root);
  const log = openLogbook({ root, service: 'shop' });
  log.record({ ...call, outcome: 'failure' });
  log.close();
  const reader = openReader(root);
  try {
    return reader.query({ kind: 'tool.call' });
  } finally {
    reader.close();
  }
}

describe('durations', () => {
  test.each([1, 7, 999, 1000, 12_345, 1e6, 3.6e9])('of %i us are within 3 %', (us) => {
    const durations = new Durations();
    for (let n = 0; n < 10; n += 1) durations.add(us);
    const { p50 = 0, p95 = 0, max } = durations.summary();
    for (const quantile of [p50, p95]) expect(Math.abs(quantile / us - 1)).toBeLessThan(0.03);
    expect(max).toBe(us);
  });

  test('have their quantiles at any order, and none when there are none', () => {
    const durations = new Durations();
    expect(durations.summary()).toEqual({});
    for (let n = 1000; n >= 1; n -= 1) durations.add(n * 1000);
    const { p50 = 0, p95 = 0 } = durations.summary();
    expect(p50 / 500_000).toBeCloseTo(1, 1);
    expect(p95 / 950_000).toBeCloseTo(1, 1);
    durations.add(0);
    expect(durations.summary().max).toBe(1_000_000);
  });

  test('are shown in units people read', () => {
    expect([0, 999, 1000, 12_345, 999_499, 1e6, 90e6, undefined].map(duration)).toEqual([
      '0 µs',
      '999 µs',
      '1.00 ms',
      '12.3 ms',
      '999 ms',
      '1.0 s',
      '90.0 s',
      '-',
    ]);
    expect([percent(1, 3), percent(0, 0)]).toEqual(['33.3 %', '-']);
  });
});

/** All but the newline. */
const CONTROL = /(?!\n)[\p{Cc}\p{Cf}\p{Surrogate}]/u;

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</td></table></body></html><h1>gone',
  '</style></title><svg/onload=alert(1)>',
  '&lt;script&gt;',
  'javascript:alert(1)',
  '<a href="https://evil.example">',
  '\u001b[2J\u001b]0;title\u0007',
  '\u202egnp.exe',
  '\u0000zero\u0000',
  '\ud800lone',
  `${'\u{1f468}\u200d'.repeat(300)}`,
  'x'.repeat(1_000_000),
  'constructor',
  '__proto__',
  '',
];

describe('names that peers chose', () => {
  const hostile = aReport(
    HOSTILE.flatMap((name): RecordInput[] => [
      { ...call, target: name, person: `|${name}`, error: name, outcome: 'failure' },
      { kind: 'authz.denied', person: name, payload: { text: `[REDACTED:${name.slice(0, 100)}]` } },
    ]),
  );

  test('are all in the report, once each', () => {
    expect(hostile.total).toMatchObject({ calls: HOSTILE.length, denied: HOSTILE.length });
    expect(hostile.tools.map(({ name }) => name)).toContain('shop / __proto__');
  });

  test('are text in the page and nothing else: tags and attributes are those of the template', () => {
    const html = htmlReport(hostile, new Date(0));
    const body = html.slice(html.indexOf('</style>'));
    const tags = [...body.matchAll(/<\/?([a-z0-9]*)([^<>]*)>/gi)];
    expect(new Set(tags.map(([, name]) => name))).toEqual(
      new Set('style head body h1 h2 p div b i table tr th td html'.split(' ')),
    );
    for (const [, , attributes = ''] of tags)
      expect(attributes).toMatch(/^(?: (?:class="[a-z]*"|style="height:\d+%"|title="[^"<>]*"))*$/);
    // With the tags gone no angle bracket is left, and no quote that could end an attribute.
    expect(body.replaceAll(/<\/?[a-z0-9]*[^<>]*>/gi, '')).not.toMatch(/[<>"']/);
    expect(html).not.toMatch(CONTROL);
    expect(html.length).toBeLessThan(200_000);
  });

  test('leave the page without anything from outside', () => {
    const html = htmlReport(hostile, new Date(0));
    expect(html).not.toMatch(/<(?:script|link|img|iframe|object|embed|base|form|svg)\b/i);
    expect(html).not.toMatch(/url\(|@import|@font-face/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  test('bring no control character to the terminal, and no line over its width', () => {
    const text = textReport(hostile, 100, (_, line) => line);
    expect(text).not.toMatch(CONTROL);
    for (const line of text.split('\n')) expect(Array.from(line).length).toBeLessThanOrEqual(120);
  });

  test('are cut by characters, with an ellipsis', () => {
    expect(shown('abcdef', 6)).toBe('abcdef');
    expect(shown('abcdefg', 6)).toBe('abcde…');
    expect(shown('\u{1f600}'.repeat(7), 6)).toBe(`${'\u{1f600}'.repeat(5)}…`);
    expect(Array.from(shown('x'.repeat(1e6), 6))).toHaveLength(6);
  });
});
