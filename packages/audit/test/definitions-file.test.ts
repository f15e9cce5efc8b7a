/** `definitions.json`: a text beside a log that outlives the process and is no part of the evidence. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openLogbook } from '../src/logbook.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

describe('what servers offered last', () => {
  it('is there for the next process, private, and verification has nothing to say of it', () => {
    const root = aRoot();
    const first = openLogbook({ root, service: 'shop' });
    expect(first.definitions.read()).toBeUndefined();
    first.definitions.write('one');
    first.definitions.write('two');
    first.close();
    const second = openLogbook({ root, service: 'shop' });
    expect(second.definitions.read()).toBe('two');
    second.close();
    const path = join(second.folder, 'definitions.json');
    expect(readFileSync(path, 'utf8')).toBe('two');
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(verifyLog(second.folder, { deep: true }).problems).toEqual([]);
  });

  it('is not kept, nor read, beyond 16 MiB (I10)', () => {
    const logbook = openLogbook({ root: aRoot(), service: 'shop' });
    const path = join(logbook.folder, 'definitions.json');
    logbook.definitions.write('x'.repeat(16 * 1024 * 1024 + 1));
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, Buffer.alloc(16 * 1024 * 1024 + 1, 'x'));
    expect(logbook.definitions.read()).toBeUndefined();
    logbook.close();
  });
});
