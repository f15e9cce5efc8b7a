/** Verification of a server's own log in its idle time: what the thread finds, what the host tells, when there is none. */
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogWatch, openLogbook, type Logbook } from '@mcp-logbook/audit';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { IdleWatch, type IdleOutputs } from '../src/idle-watch.ts';

/** On a busy machine. */
const WAIT = { timeout: 20_000, interval: 50 };

let root = '';
let logbook: Logbook;
let segment = '';
let watch: IdleWatch | undefined;
let looks: { age: number; failures: number }[] = [];
let failed: string[] = [];
let troubles: string[] = [];

const outputs: IdleOutputs = {
  verified: (_, age, failures) => void looks.push({ age, failures }),
  failed: ({ origin, check }) => void failed.push(`${origin} ${check}`),
  trouble: (message) => void troubles.push(message),
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'logbook-idle-'));
  logbook = openLogbook({ root, service: 'shop' });
  segment = join(logbook.folder, 'segments', '000000000000.jsonl');
  record(3);
  [looks, failed, troubles] = [[], [], []];
});

afterEach(() => {
  watch?.close();
  watch = undefined;
  logbook.close();
  rmSync(root, { recursive: true, force: true });
  vi.useRealTimers();
});

function record(count: number): void {
  for (let n = 0; n < count; n += 1)
    logbook.record({ kind: 'tool.call', target: 'echo', person: '|ada', payload: { n } });
  logbook.commit();
}

function start(everyMs = 50): void {
  const { folder, origin, vkey } = logbook;
  watch = new IdleWatch({ origin, begin: () => new LogWatch(folder, vkey) }, everyMs, outputs);
}

/** Waits for looks that begin after now. */
async function lookedAgain(): Promise<void> {
  const { length } = looks;
  await vi.waitFor(() => expect(looks.length).toBeGreaterThan(length + 1), WAIT);
}

test('a sound log that grows is sound; a byte changed behind what was looked at is told once, until it is right again', async () => {
  start();
  await lookedAgain();
  record(3);
  await lookedAgain();
  expect([failed, troubles]).toEqual([[], []]);
  expect(looks.every(({ age, failures }) => age === 0 && failures === 0)).toBe(true);

  const bytes = readFileSync(segment);
  const changed = Buffer.from(bytes);
  const at = bytes.indexOf('"target":"echo"') + 11;
  changed[at] = (changed[at] ?? 0) ^ 1;
  writeFileSync(segment, changed, { flag: 'r+' });
  await vi.waitFor(() => expect(failed).toEqual([`${logbook.origin} root`]), WAIT);
  await lookedAgain();
  expect(failed).toHaveLength(1);
  expect(looks.at(-1)).toMatchObject({ failures: 1 });
  expect(looks.at(-1)?.age).toBeGreaterThan(0);

  writeFileSync(segment, bytes, { flag: 'r+' });
  await vi.waitFor(() => expect(looks.at(-1)).toEqual({ age: 0, failures: 0 }), WAIT);
  writeFileSync(segment, changed, { flag: 'r+' });
  await vi.waitFor(() => expect(failed).toHaveLength(2), WAIT);
});

test('the newline of the last commit is a byte as any other', async () => {
  start();
  await lookedAgain();
  const { length } = readFileSync(segment);
  const text = readFileSync(segment, 'latin1');
  writeFileSync(segment, `${text.slice(0, length - 1)}x`, { flag: 'r+', encoding: 'latin1' });
  await vi.waitFor(() => expect(failed).toEqual([`${logbook.origin} shrunk`]), WAIT);
  writeFileSync(segment, text, { flag: 'r+', encoding: 'latin1' });
});

test('a log that cannot be looked at is told as trouble, and again looked at when it can be', async () => {
  const { folder } = logbook;
  const away = `${folder}-away`;
  renameSync(folder, away);
  start();
  await vi.waitFor(() => expect(troubles.length + failed.length).toBeGreaterThan(0), WAIT);
  renameSync(away, folder);
  await vi.waitFor(() => expect(looks.at(-1)).toEqual({ age: 0, failures: 0 }), WAIT);
});

test('what is not signed yet is no failure', async () => {
  appendFileSync(segment, '{"leaf":{"v":1');
  start();
  await lookedAgain();
  expect([failed, troubles]).toEqual([[], []]);
});

test('nothing is looked at before its time, nor after the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  start(20_000);
  await vi.advanceTimersByTimeAsync(19_900);
  expect(looks).toEqual([]);
  // A slow machine takes more slices for it.
  await vi.advanceTimersByTimeAsync(15_000);
  expect(looks).toHaveLength(1);
  watch?.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([looks.length, failed, troubles]).toEqual([1, [], []]);
});

test('a busy server is waited for, but not for ever', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const begin = vi.fn(() => new LogWatch(logbook.folder, logbook.vkey));
  watch = new IdleWatch({ origin: logbook.origin, begin }, 20_000, outputs);
  let waited = 0;
  for (; begin.mock.calls.length === 0 && waited < 120_000; waited += 100) {
    watch.entered();
    await vi.advanceTimersByTimeAsync(100);
  }
  // Twenty seconds until the look is due, ten of waiting for a moment.
  expect(waited).toBeGreaterThanOrEqual(30_000);
  expect(waited).toBeLessThan(31_000);
});

test('a log of many commits is read in many slices, between which other work has its turn', async () => {
  for (let n = 0; n < 100; n += 1) record(1);
  const begin = vi.fn(() => new LogWatch(logbook.folder, logbook.vkey));
  const step = vi.spyOn(LogWatch.prototype, 'step');
  watch = new IdleWatch({ origin: logbook.origin, begin }, 50, outputs);
  await vi.waitFor(() => expect(looks.length).toBeGreaterThan(0), WAIT);
  // A signature takes about 0.1 ms, a slice 3 ms.
  expect(step.mock.calls.length).toBeGreaterThan(2);
  step.mockRestore();
  expect([failed, troubles]).toEqual([[], []]);
});
