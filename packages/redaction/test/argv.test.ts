/** Secrets in lists of arguments: the commands of `commands.ts`, one argument an item. */
import { describe, expect, test } from 'vitest';
import { argvSecrets, forgetLists, listedSecrets } from '../src/argv.ts';
import { createRedactor, createSecretMemory } from '../src/index.ts';
import { cut } from './cut.ts';

const gone = '[REDACTED:keyed-secret]';
const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('of a list goes', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'a value tied to its flag',
      ['mysql', '-u', 'root', '-phunter22', 'shop'],
      ['mysql', '-u', 'root', `-p${gone}`, 'shop'],
    ],
    [
      'the item behind a flag',
      ['docker', 'login', '-u', 'ana', '-p', 'x y', 'r.example'],
      ['docker', 'login', '-u', 'ana', '-p', gone, 'r.example'],
    ],
    [
      'the part behind the user',
      ['curl', '-s', '-u', 'ana:hunter22', 'https://x.example/'],
      ['curl', '-s', '-u', `ana:${gone}`, 'https://x.example/'],
    ],
    [
      'of a program with its path',
      ['/usr/bin/redis-cli', '-a', 'hunter22'],
      ['/usr/bin/redis-cli', '-a', gone],
    ],
    [
      'of a command behind another',
      ['sudo', 'docker', 'exec', 'db', 'mysql', '-phunter22'],
      ['sudo', 'docker', 'exec', 'db', 'mysql', `-p${gone}`],
    ],
    ['without a flag', ['AUTH', 'hunter22'], ['AUTH', gone]],
    ['with signs that a shell would read', ['mysql', `-pa"b'c|d;e f`], ['mysql', `-p${gone}`]],
    [
      'behind a long flag of one dash',
      ['keytool', '-storepass', 'hunter22', '-v'],
      ['keytool', '-storepass', gone, '-v'],
    ],
    [
      'whatever the command: a user and a password',
      ['tool', '-u', 'ana', '-p', 'hunter22'],
      ['tool', '-u', 'ana', '-p', gone],
    ],
  ])('%s', (_, list, expected) => {
    expect(redact(list)).toEqual(expected);
    expect(redact({ cmd: list })).toEqual({ cmd: expected });
    const text = JSON.stringify({ cmd: list });
    expect(redact(text), 'as text').toBe(JSON.stringify({ cmd: expected }));
    expect(redact(expected), 'again').toEqual(expected);
  });

  test.each<[string, object, object]>([
    [
      'command and args',
      { command: 'mysql', args: ['-u', 'root', '-phunter22'] },
      { command: 'mysql', args: ['-u', 'root', `-p${gone}`] },
    ],
    [
      'Path and Args',
      { Path: '/bin/redis-cli', Args: ['-a', 'hunter22'] },
      { Path: '/bin/redis-cli', Args: ['-a', gone] },
    ],
    [
      'Entrypoint and Cmd',
      { Entrypoint: ['docker', 'login'], Cmd: ['-p', 'hunter22'] },
      { Entrypoint: ['docker', 'login'], Cmd: ['-p', gone] },
    ],
    [
      'command and one argument',
      { command: 'mysql', args: ['-phunter22'] },
      { command: 'mysql', args: [`-p${gone}`] },
    ],
    [
      'a flag tied to its value',
      { command: 'docker', args: ['login', '-u', 'ana', '-p=hunter22'] },
      { command: 'docker', args: ['login', '-u', 'ana', `-p=${gone}`] },
    ],
  ])('whose command is beside it: %s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected);
  });

  test('an e-mail address before the password goes too, and the password is looked for elsewhere', () => {
    const secrets = createSecretMemory();
    const redactor = createRedactor();
    const call = ['curl', '-u', 'ana@x.example:q7Zk2Xw9Lm'];
    expect(redactor.redact(call, { secrets }).value).toEqual([
      'curl',
      '-u',
      `[REDACTED:email]:${gone}`,
    ]);
    expect(redactor.redact('got q7Zk2Xw9Lm', { secrets }).value).not.toContain('q7Zk2Xw9Lm');
  });
});

describe('stay', () => {
  test.each<[unknown]>([
    [['docker', 'run', '-p', '8080:80', '-u', '1000', 'nginx']],
    [['mysql', '-u', 'root', '-p', 'shop']],
    [['mysql', '-p$PASSWORD']],
    [['docker', 'login', '--password-stdin']],
    [['ssh', '-p', '2222', 'x.example']],
    [['tar', '-x', '-p', '-f', 'x.tar']],
    [['curl', '-u', 'ana', 'https://x.example/']],
    [['- mysql', '- -phunter22x']],
    [['auth', 'middleware']],
    [['http', 'https', 'ws']],
    [{ command: 'docker', args: ['run', '-p', '8080:80'] }],
    [{ command: 7, args: ['-phunter22'] }],
    [{ name: 'mysql', args: ['-phunter22'] }],
    [['mysql', 5, null, '-v']],
  ])('%j', (value) => {
    expect(redact(value)).toEqual(value);
  });
});

test('a long list is looked at within bounds', () => {
  const list = Array.from({ length: 100_000 }, () => 'mysql');
  const start = process.cpuUsage();
  expect(argvSecrets(list, undefined)).toBeUndefined();
  expect(process.cpuUsage(start).user).toBeLessThan(100_000);
});

describe('a list in a text', () => {
  const find = (text: string, word: string): string => {
    forgetLists();
    const start = text.indexOf(word);
    return cut(text, listedSecrets(text, start, start + word.length + 1));
  };

  test.each([
    ['mysql', 'CMD ["mysql", "-uroot", "-phunter22"]', 'CMD ["mysql", "-uroot", "-p<cut>"]'],
    [
      'sshpass',
      "run(['sshpass', '-p', 'hunter22', 'ssh', 'x'])",
      "run(['sshpass', '-p', '<cut>', 'ssh', 'x'])",
    ],
    ['curl', "spawn('curl', ['-u', 'ana:hunter22'])", "spawn('curl', ['-u', 'ana:<cut>'])"],
    [
      'redis-cli',
      'command:\n  - redis-cli\n  - -a\n  - hunter22\n  - ping\nname: x\n',
      'command:\n  - redis-cli\n  - -a\n  - <cut>\n  - ping\nname: x\n',
    ],
    [
      'redis-cli',
      'command:\n- redis-cli\n- "-a"\n- "hunter22"\n',
      'command:\n- redis-cli\n- "-a"\n- "<cut>"\n',
    ],
    [
      'mysql',
      'command: mysql\nargs: ["-uroot", "-phunter22"]\n',
      'command: mysql\nargs: ["-uroot", "-p<cut>"]\n',
    ],
    [
      'mysql',
      'command = "mysql"\nargs = ["-phunter22"]\n',
      'command = "mysql"\nargs = ["-p<cut>"]\n',
    ],
  ])('%s: %s', (word, text, expected) => {
    expect(find(text, word)).toBe(expected);
    expect(redact(text)).toBe(expected.replace('<cut>', gone));
  });

  test.each([
    ['docker', 'CMD ["docker", "run", "-p", "8080:80"]'],
    ['mysql', '- mysql\n- -p\n- shop\n'],
    ['mysql', '"mysql", and then "-p" of a sentence'],
    ['mysql', 'uses: mysql\nname: -phunter22\n'],
  ])('%s stays: %s', (word, text) => {
    expect(find(text, word)).toBe(text);
    expect(redact(text)).toBe(text);
  });
});
