/** The lazy logbook: opened at the first entry, an unusable folder never throws, closing is final. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openReader } from '@mcp-logbook/audit';
import { LazyLogbook, type LogbookConfig } from '../src/lazy-logbook.ts';

const { warnOnce } = vi.hoisted(() => ({ warnOnce: vi.fn() }));
vi.mock('../src/diag.ts', () => ({ warnOnce, lineOf: (error: Error) => error.message }));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook-lazy-'));
  warnOnce.mockClear();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function aConfig(part: Partial<LogbookConfig> = {}): LogbookConfig {
  return {
    mode: 'blocking',
    dir: join(folder, 'logs'),
    keyFile: undefined,
    passphraseFile: undefined,
    keyCommand: undefined,
    pseudonymKeyFile: undefined,
    checkpointCopy: undefined,
    verifyEveryMs: 0,
    serviceName: undefined,
    alerts: undefined,
    identity: 'pseudonym',
    ...part,
  };
}

test('no file is made before the first entry, and the log is named after the server', () => {
  const log = new LazyLogbook(aConfig());
  expect(existsSync(join(folder, 'logs'))).toBe(false);
  log.serverName = () => 'shop';
  expect(log.record({ kind: 'auth.login' })).toMatch(/^[0-9a-f-]{36}$/);
  log.close();
  const reader = openReader(join(folder, 'logs'));
  expect(reader.query({ kind: 'auth.login' }).map(({ leaf }) => leaf.service)).toEqual(['shop']);
  reader.close();
});

test('a folder that cannot be made is one line and counted drops; the caller is told by false', () => {
  writeFileSync(join(folder, 'file'), '');
  const log = new LazyLogbook(aConfig({ dir: join(folder, 'file', 'logs') }));
  const dropped = vi.fn();
  log.telemetry = {
    appended: vi.fn(),
    dropped,
    checkpoint: vi.fn(),
    state: vi.fn(),
    verified: vi.fn(),
    integrity: vi.fn(),
  };
  expect(log.record({ kind: 'auth.login' })).toBeUndefined();
  expect(log.record({ kind: 'auth.login' })).toBeUndefined();
  expect(dropped).toHaveBeenCalledTimes(2);
  expect(warnOnce).toHaveBeenCalledTimes(1);
  expect(log.pseudonym('|ada')).toBe('');
  log.close();
});

test('opening is not tried again within 30 seconds, and then it is', () => {
  vi.useFakeTimers();
  const open = vi.fn(() => {
    throw new Error('no');
  });
  const log = new LazyLogbook(aConfig(), open);
  log.record({ kind: 'auth.login' });
  log.record({ kind: 'auth.login' });
  expect(open).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(30_001);
  log.record({ kind: 'auth.login' });
  expect(open).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

test('a closed log is not opened by a late entry', () => {
  const open = vi.fn();
  const log = new LazyLogbook(aConfig(), open);
  log.close();
  expect(log.record({ kind: 'auth.login' })).toBeUndefined();
  expect(open).not.toHaveBeenCalled();
});

test('mode off opens nothing and counts nothing as lost', () => {
  const open = vi.fn();
  const log = new LazyLogbook(aConfig({ mode: 'off' }), open);
  expect(log.record({ kind: 'auth.login' })).toBeUndefined();
  expect(open).not.toHaveBeenCalled();
});
