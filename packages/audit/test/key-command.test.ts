/**
 * The root secret from a command, a passphrase, a file (audit.md 2): the same logs open again, everything else is refused with
 * what to do, nothing secret is in a message, and no key is made over an existing log (W3.3).
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import type { LogbookError } from '../src/errors.ts';
import { programOf, secretOfCommand } from '../src/key-command.ts';
import { showKeys } from '../src/keys-report.ts';
import { openLogbook } from '../src/logbook.ts';
import { query } from '../src/query.ts';
import { readKeyFile, RootKeys } from '../src/root-secret.ts';
import { verifyLog } from '../src/verify.ts';
import { aRoot, removeRoots } from './small-log.ts';

afterAll(removeRoots);

const service = 'shop';
const secret = Buffer.alloc(32, 7).toString('base64');

/** A command that runs a script in Node. */
function nodeCommand(script: string, ...args: string[]): string {
  return JSON.stringify([process.execPath, '-e', script, ...args]);
}

function caught(work: () => unknown): LogbookError {
  try {
    work();
  } catch (error) {
    return error as LogbookError; // Checked by the caller.
  }
  throw new Error('nothing was thrown');
}

describe('a key command', () => {
  it.each([
    ['base64 with a newline', `console.log(${JSON.stringify(secret)})`],
    ['base64url without padding', `process.stdout.write('${secret.replace(/=+$/, '')}')`],
    ['with CR LF', `process.stdout.write(${JSON.stringify(`${secret}\r\n`)})`],
  ])('prints the secret as %s', (_, script) => {
    expect(secretOfCommand(nodeCommand(script))).toEqual(Buffer.alloc(32, 7));
  });

  it('may be a program with arguments parted by blanks, or a JSON list with blanks in it', () => {
    const folder = aRoot();
    const script = join(folder, 'with blank.sh');
    writeFileSync(script, `#!/bin/sh\necho "$1"\n`);
    chmodSync(script, 0o700);
    expect(secretOfCommand(JSON.stringify([script, secret]))).toEqual(Buffer.alloc(32, 7));
    expect(secretOfCommand(`  /bin/echo   ${secret} `)).toEqual(Buffer.alloc(32, 7));
    expect(programOf('/usr/bin/vault read -field=x secret')).toBe('vault');
  });

  it.each([
    ['that is not there', '/nowhere/program canary', 'ERR_LOGBOOK_KEY_MISSING', 'ENOENT'],
    ['that fails', nodeCommand('process.exit(4)'), 'ERR_LOGBOOK_KEY_MISSING', 'code 4'],
    [
      'that is killed',
      nodeCommand('process.kill(process.pid, "SIGTERM"); setTimeout(() => 0, 9000)'),
      'ERR_LOGBOOK_KEY_MISSING',
      'SIGTERM',
    ],
    ['that prints nothing', nodeCommand(''), 'ERR_LOGBOOK_KEY_WRONG', 'printed 0 bytes'],
    ['that prints too little', '/bin/echo canary', 'ERR_LOGBOOK_KEY_WRONG', 'printed 7 bytes'],
    [
      'that prints something around it',
      nodeCommand(`console.log('key: ${secret}')`),
      'ERR_LOGBOOK_KEY_WRONG',
      'no key',
    ],
    [
      'that prints 5 MB',
      nodeCommand('process.stdout.write("canary".repeat(900000))'),
      'ERR_LOGBOOK_KEY_WRONG',
      'over 4096 bytes',
    ],
    ['that is empty', '   ', 'ERR_LOGBOOK_USAGE', 'no program'],
    ['that is half a list', '["/bin/echo"', 'ERR_LOGBOOK_USAGE', 'no program'],
    ['that is a list of numbers', '[1]', 'ERR_LOGBOOK_USAGE', 'no program'],
    ['with a zero byte', '["/bin/echo","a\\u0000b"]', 'ERR_LOGBOOK_USAGE', 'no program'],
  ])('%s is refused, and nothing of it is shown', (_, command, code, message) => {
    const error = caught(() => secretOfCommand(command));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(/by hand|e\.g\./);
    for (const secretText of ['canary', secret]) expect(error.message).not.toContain(secretText);
  });

  it('that does not end is stopped after its time, with what it started', () => {
    const script =
      'require("child_process").spawn("sleep", ["30"], { stdio: "inherit" }); setTimeout(() => 0, 30000)';
    const start = performance.now();
    const error = caught(() => secretOfCommand(nodeCommand(script), 500));
    expect(error.message).toContain('did not end within 0.5 s');
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('gets no input and says nothing on our stdout and stderr', () => {
    const child = spawnSync(
      process.execPath,
      [
        '--conditions=@mcp-logbook/source',
        '--input-type=module',
        '-e',
        `import { secretOfCommand } from ${JSON.stringify(join(import.meta.dirname, '..', 'src', 'key-command.ts'))};
         secretOfCommand(${JSON.stringify(nodeCommand(`console.error('canary'); require('fs').readFileSync(0); console.log('${secret}')`))});`,
      ],
      { encoding: 'utf8', input: 'never read' },
    );
    expect([child.status, child.stdout, child.stderr]).toEqual([0, '', '']);
  });

  it('opens the logs it began, a new root as well as an old one, and shows by name only', () => {
    const root = aRoot();
    const keyCommand = `/bin/echo ${secret}`;
    for (let n = 0; n < 2; n += 1) {
      const logbook = openLogbook({ root, service, keyCommand });
      logbook.record({ kind: 'tool.call', person: '|ada', payload: { n } });
      logbook.close();
      expect(verifyLog(logbook.folder, { deep: { keyCommand } }).problems).toEqual([]);
    }
    expect(query(root, { kind: 'tool.call' }, { keyCommand })).toMatchObject([
      { payload: { n: 1 } },
      { payload: { n: 0 } },
    ]);
    expect(readdirSync(join(root, 'keys'))).toEqual(['master.1']);
    const report = showKeys({ root, keyCommand });
    expect(report).toMatchObject({ secret: 'command "echo"' });
    expect(report.problems).toEqual([]);
    expect(JSON.stringify(report)).not.toContain(secret.slice(0, 20));
  });

  it('that prints another secret is refused over the log, and so is a log without it', () => {
    const root = aRoot();
    openLogbook({ root, service, keyCommand: `/bin/echo ${secret}` }).close();
    const other = `/bin/echo ${Buffer.alloc(32, 8).toString('base64')}`;
    const before = readFileSync(join(root, service, 'segments', '000000000000.jsonl'));
    expect(caught(() => openLogbook({ root, service, keyCommand: other })).code).toBe(
      'ERR_LOGBOOK_KEY_WRONG',
    );
    expect(caught(() => openLogbook({ root, service })).code).toBe('ERR_LOGBOOK_KEY_MISSING');
    expect(caught(() => openLogbook({ root, service, keyCommand: '/bin/false' })).code).toBe(
      'ERR_LOGBOOK_KEY_MISSING',
    );
    expect(readFileSync(join(root, service, 'segments', '000000000000.jsonl'))).toEqual(before);
    expect(readdirSync(join(root, 'keys'))).toEqual(['master.1']);
  });

  it('as docs/operations.md shows it: a key kept encrypted, opened by a program (here openssl)', () => {
    const root = aRoot();
    const [pass, sealed] = [join(root, 'pass'), join(root, 'root.key.enc')];
    writeFileSync(pass, 'the key service\n');
    const how = ['-aes-256-cbc', '-pbkdf2', '-pass', `file:${pass}`];
    const made = spawnSync('openssl', ['enc', ...how, '-out', sealed], { input: `${secret}\n` });
    expect(made.status).toBe(0);
    const keyCommand = ['openssl', 'enc', '-d', ...how, '-in', sealed].join(' ');
    openLogbook({ root: join(root, 'logs'), service, keyCommand }).close();
    openLogbook({ root: join(root, 'logs'), service, keyCommand }).close();
    expect(showKeys({ root: join(root, 'logs'), keyCommand }).problems).toEqual([]);
  });
});

describe('a passphrase', () => {
  it('opens the log again, whatever its newline and Unicode form; another does not', () => {
    const root = aRoot();
    const passphraseFile = join(aRoot(), 'passphrase');
    const open = (text: string): void => {
      writeFileSync(passphraseFile, text);
      openLogbook({ root, service, passphraseFile }).close();
    };
    open('corrèct horse');
    open('corre\u0300ct horse\n');
    open('corrèct horse\r\n');
    for (const wrong of ['correct horse', 'corrèct horse ', 'x'.repeat(1000)])
      expect(caught(() => open(wrong)).code).toBe('ERR_LOGBOOK_KEY_WRONG');
    rmSync(join(root, 'keys', 'passphrase.salt'));
    const error = caught(() => open('corrèct horse'));
    expect([error.code, error.message]).toEqual([
      'ERR_LOGBOOK_KEY_MISSING',
      expect.stringContaining('passphrase.salt'),
    ]);
  });

  it.each([
    ['empty', '', 'ERR_LOGBOOK_KEY_WRONG', 'is empty'],
    ['a large file', 'canary '.repeat(20_000), 'ERR_LOGBOOK_KEY_WRONG', 'at most 65536'],
  ])('that is %s is refused', (_, text, code, message) => {
    const passphraseFile = join(aRoot(), 'passphrase');
    writeFileSync(passphraseFile, text);
    const error = caught(() => openLogbook({ root: aRoot(), service, passphraseFile }));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    expect(error.message).not.toContain('canary');
  });

  it('in a file that is not there, or a folder, says so', () => {
    for (const passphraseFile of [join(aRoot(), 'none'), aRoot()])
      expect(caught(() => openLogbook({ root: aRoot(), service, passphraseFile })).message).toMatch(
        /cannot read passphrase file .*: E/,
      );
  });
});

describe('a key file', () => {
  it.each([
    ['too short', Buffer.alloc(31).toString('base64url')],
    ['too long', Buffer.alloc(33).toString('base64url')],
    ['empty', ''],
    ['binary', '\u0000\u0001\u0002'],
    ['a large file', 'A'.repeat(1024 * 1024)],
  ])('that is %s is refused without showing it', (_, text) => {
    const path = join(aRoot(), 'key');
    writeFileSync(path, text);
    const error = caught(() => readKeyFile(path));
    expect([error.code, error.message]).toEqual([
      'ERR_LOGBOOK_KEY_WRONG',
      expect.stringContaining(path),
    ]);
    if (text.length > 10) expect(error.message).not.toContain(text.slice(0, 10));
  });
});

describe('secrets in memory', () => {
  it('are overwritten once keys are derived from them', () => {
    const bytes = Buffer.alloc(32, 7);
    const keys = new RootKeys(bytes, join(aRoot(), 'keys'));
    expect(bytes).toEqual(Buffer.alloc(32));
    expect(keys.pseudonymKey().export()).toEqual(
      new RootKeys(Buffer.alloc(32, 7), 'elsewhere').pseudonymKey().export(),
    );
    expect(`${inspect(keys, { depth: 9, showHidden: true })}${JSON.stringify(keys)}`).not.toMatch(
      /[0-9a-f]{32}|07 07/,
    );
  });
});
