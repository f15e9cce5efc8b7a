/** What texts of everyday tools showed: one row for a class, and its look-alikes. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('goes', () => {
  test.each([
    ['default of a look-up', '@Value("${db.password:[hunter22x]}")'],
    ['default in a shell', 'x=${DB_PASSWORD:-[hunter22x]}'],
    ['a line of keys and values', 'app/db/host:db1\napp/db/password:[hunter22x]\n'],
    ['a quote that closes a question', 'expect "password:"\nsend "[hunter22x]\\r"\nexpect "$ "'],
    ['a question of a script in Python', "c.expect('Password:')\nc.sendline('[hunter22x]')"],
    ['a PIN that a sentence tells', 'the alarm PIN is [7392].'],
    ['a PIN in German', 'Die PIN lautet [4829], danke'],
    ['a PIN of something in Italian', 'Il PIN della carta è [48291]'],
    [
      'words of a wallet',
      'seed: [legal winner thank year wave sausage worth useful legal winner thank yellow]',
    ],
    ['a pair to encode', "auth = base64.b64encode(b'ana:[hunter22x]')"],
    ['a pair to encode, Java', 'encodeToString("ana:[hunter22x]".getBytes())'],
    ['a hash of a directory', 'bob:{SHA}[5en6G6MezRroT3XKqkdPOmY/BfQ=]'],
    ['an answer of a mail client', '334 UGFzc3dvcmQ6\n[V3o5MmtxWG0=]\n235 OK'],
    [
      'a seed of an authenticator',
      'enter this key in your authenticator app: [JBSW Y3DP EHPK 3PXP QQ2A 77ZB]',
    ],
    ['a secure string', "(ConvertTo-SecureString -AsPlainText '[hunter22x]' -Force)"],
    ['a cell with a comma', 'user,password,n\nana,"[q7Z,k2Xw9]",1\n'],
    [
      'a map with a number in it',
      'data: {"client_secret":{"value":"[q7Zk2Xw9Lm]","expires_at":1700000000}}\n',
    ],
    ['a date of birth', 'Patient: x, DOB: [04/12/1979], ward 3'],
    ['a date of birth in German', 'geb. [12.03.1985], Tel. folgt'],
    ['a record number', 'MRN [00482917] of x'],
  ])('%s', (_, line) => {
    const [before = '', secret = '', after = ''] = line.split(/\[(?=[^\]]*\])|(?<=\[[^\]]*)\]/);
    const found = String(redact(before + secret + after));
    expect(found.replace(/\[REDACTED:[a-z0-9-]+\]/, '<cut>')).toBe(`${before}<cut>${after}`);
    expect(redact(found)).toBe(found);
  });

  test('the full name of a person', () => {
    expect(redact({ fullName: 'Ana Maria de la Cruz', cardholder_name: "O'Neil, Jörg" })).toEqual({
      fullName: '[REDACTED:keyed-name]',
      cardholder_name: '[REDACTED:keyed-name]',
    });
  });
});

describe('stays', () => {
  test.each([
    '${PASSWORD:?not set} ${PASSWORD:+x} ${db.password:} ${db.name:hunter22x}',
    'acme/vault-password:1.2.3',
    'src/auth/password:12: not used',
    'Set-ADAccountPassword -Identity ana -Reset',
    'expect "password:"\nexpect "login:"',
    'the pin is 13 of 40',
    'seed: 4829170',
    "Buffer.from('data:text/plain')",
    'btoa("time:12:30")',
    'echo {SHA} of it',
    'use an authenticator app with your code that ends soon',
    '| Secret | Days |\n|---|---|\n| tls-wildcard-2024 | 365 |\n',
    'db-password  2024-01-01T10:00:00  automatic\n',
    '&token_type=bearer HTTP/1.1',
    'cubbyhole_1a2b3c4d  per-token secret storage',
    'the date of birth of a user was changed on 2024-01-01',
    'born to be wild',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });

  test.each(['octocat/Hello-World', 'login rejects a wrong password', 'Ana', 'main'])(
    'a full name that is %s',
    (fullName) => {
      expect(redact({ fullName, full_name: fullName })).toEqual({ fullName, full_name: fullName });
    },
  );
});
