/** The lock of a log's folder: who has it, and until when. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { tryLock } from '../src/lock.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook-lock-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('one has the lock until it releases it', () => {
  const first = tryLock(folder);
  expect(first).toBeDefined();
  expect(tryLock(folder)).toBeUndefined();
  expect(tryLock(folder, 'ship.db')).toBeDefined();
  first?.release();
  expect(tryLock(folder)).toBeDefined();
});

test('a lock that nobody remembers is held all the same, to the end of the process', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  expect(tryLock(folder)).toBeDefined();
  for (let turn = 0; turn < 5; turn++) {
    await nextTurn();
    collect();
  }
  expect(tryLock(folder)).toBeUndefined();
});
