import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { SeenSpan } from '../src/otlp.ts';
import { Screen, wantsColour } from '../src/screen.ts';
import { newSecrets, searchFor } from '../src/secrets.ts';
import { flipOneByte } from '../src/tamper.ts';
import { depthOf, traceTree } from '../src/trace-tree.ts';

const folders: string[] = [];
const aFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-logbook-demo-test-'));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const aSpan = (spanId: string, parentSpanId: string, startNanos: bigint): SeenSpan => ({
  service: 's',
  traceId: 't',
  spanId,
  parentSpanId,
  name: `span ${spanId}`,
  kind: 'server',
  startNanos,
  endNanos: startNanos + 1_000_000n,
  failed: false,
  attributes: new Map(),
});

test('a claim that does not hold is kept, and said in plain words', () => {
  let text = '';
  const screen = new Screen((part) => (text += part), false);
  screen.check(true, 'water is wet');
  screen.check(false, 'fire is cold');
  expect([screen.claims, screen.failures]).toEqual([2, ['fire is cold']]);
  expect(text).toContain('NOT TRUE: fire is cold');
  expect(text).not.toContain('\u001b[');
});

test('NO_COLOR wins over FORCE_COLOR, and that over the terminal', () => {
  expect(wantsColour({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).toBe(false);
  expect(wantsColour({ FORCE_COLOR: '1' }, false)).toBe(true);
  expect(wantsColour({ FORCE_COLOR: '0' }, true)).toBe(false);
  expect(wantsColour({ NO_COLOR: '' }, true)).toBe(true);
  expect(wantsColour({}, false)).toBe(false);
});

test('children stand under their parent in order of start', () => {
  const spans = [
    aSpan('c', 'a', 30n),
    aSpan('a', '', 10n),
    aSpan('b', 'a', 20n),
    aSpan('d', 'b', 25n),
  ];
  const palette = new Screen(() => {}, false).palette;
  const names = traceTree(spans, palette).map((line) => /span (\w)/.exec(line)?.[1]);
  expect(names).toEqual(['a', 'b', 'd', 'c']);
  expect(depthOf(spans)).toBe(3);
  expect(depthOf([])).toBe(0);
});

test('a search finds a secret whole, cut and in base64, in texts and in files', () => {
  const secrets = newSecrets();
  const { password, token, card } = secrets;
  const folder = aFolder();
  writeFileSync(join(folder, 'a.txt'), `x${Buffer.from(token).toString('base64')}y`);
  const texts = [
    { name: 'wire', text: `<${password}>` },
    { name: 'log', text: `cut: ${card.slice(4)}` },
  ];
  const { found, places } = searchFor({ password, token, card }, texts, folder);
  expect(places).toBe(3);
  expect(found).toEqual(
    expect.arrayContaining([
      'password (whole) in wire',
      'card (middle) in log',
      'token (base64) in a.txt',
    ]),
  );
  expect(
    searchFor({ password, token, card }, [{ name: 'w', text: 'clean' }], aFolder()).found,
  ).toEqual([]);
});

test('a made card number has a right check digit', () => {
  const digits = newSecrets().card.split('').map(Number);
  const sum = digits.reduce((total, digit, index) => {
    const value = index % 2 === 0 ? digit * 2 : digit;
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  expect([digits.length, sum % 10]).toEqual([16, 0]);
});

test('one bit of one leaf changes, in the copy only', () => {
  const root = join(aFolder(), 'root');
  mkdirSync(join(root, 'log', 'segments'), { recursive: true });
  const file = join(root, 'log', 'segments', '000000000000.jsonl');
  const lines = ['{"leaf":{"v":1,"kind":"tool.call"}}', '{"seal":"x"}', '{"commit":"y"}', ''];
  writeFileSync(file, lines.join('\n'));
  const copy = join(aFolder(), 'copy');
  const flip = flipOneByte(root, copy);
  expect(readFileSync(file, 'utf8')).toBe(lines.join('\n'));
  const changed = readFileSync(join(copy, flip.file));
  const differing = [...readFileSync(file)].filter((byte, index) => byte !== changed[index]);
  expect(differing).toHaveLength(1);
  expect([flip.line, flip.before, flip.after]).toEqual([1, 't', 'u']);
});

test('a root without a leaf is refused', () => {
  const root = aFolder();
  expect(() => flipOneByte(root, join(aFolder(), 'copy'))).toThrow('no segment');
});
