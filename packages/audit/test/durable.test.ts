/** Files that cannot be looked at are not absent. */
import fs, { mkdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { isThere } from '../src/durable.ts';
import { erase } from '../src/erase.ts';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { listSegments } from '../src/segment.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});
afterAll(removeRoots);

/** From now on the disk refuses to look at a path that ends so, the nth time it is asked. */
function refusing(end: string, nth: number): { readonly asked: number } {
  const state = { asked: 0 };
  const { statSync } = fs;
  vi.spyOn(fs, 'statSync').mockImplementation(((path: string, ...rest: []) => {
    if (path.endsWith(end) && ++state.asked === nth)
      throw Object.assign(new Error('EIO'), { code: 'EIO' });
    return statSync(path, ...rest);
  }) as typeof statSync);
  syncBuiltinESMExports();
  return state;
}

test('what is there is told from what is not, and neither from what the disk does not say', () => {
  const root = aRoot();
  mkdirSync(join(root, 'here'));
  expect([isThere(join(root, 'here')), isThere(join(root, 'here', 'not'))]).toEqual([true, false]);
  refusing('here', 1);
  expect(() => isThere(join(root, 'here'))).toThrow(
    expect.objectContaining({ code: 'ERR_LOGBOOK_IO' }),
  );
});

test('segments that cannot be listed are no empty log', () => {
  const logbook = openLogbook({ root: aRoot(), service: 'shop' });
  logbook.close();
  refusing('/segments', 1);
  expect(() => listSegments(logbook.folder)).toThrow(
    expect.objectContaining({ code: 'ERR_LOGBOOK_IO' }),
  );
});

test('an erasure that cannot see the segments is not completed (I6)', async () => {
  const root = aRoot();
  const logbook = openLogbook({ root, service: 'shop' });
  for (let n = 0; n < 5; n += 1)
    logbook.record({ kind: 'tool.call', person: '|ada', payload: { n } });
  logbook.close();
  const { folder } = logbook;
  let refused = true;
  for (let nth = 1; refused; nth += 1) {
    const state = refusing('/segments', nth);
    const ends = await erase({ root, user: '|ada' }).catch((failed: unknown) => [{ failed }]);
    refused = state.asked >= nth;
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    const isCompleted = query(root, { kind: 'erasure.completed' }).length > 0;
    expect(verifyLog(folder).counts.erased).toBe(isCompleted ? 5 : 0);
    if (ends.every((end) => 'done' in end)) expect(isCompleted).toBe(true);
    if (isCompleted) break;
  }
  expect(query(root, { user: '|ada' })).toEqual([]);
});
