/** Places where a secret stands without a name: one function a place, what it takes and what it leaves. */
import { describe, expect, test } from 'vitest';
import * as places from '../src/places.ts';
import { lookAt } from './cut.ts';

type Row = readonly [what: string, text: string, expected: string];

function takes(literal: string, look: Parameters<typeof lookAt>[2], rows: readonly Row[]): void {
  test.each(rows)('%s', (_, text, expected) => {
    expect(lookAt(text, literal, look)).toBe(expected);
  });
}

function leaves(
  literal: string,
  look: Parameters<typeof lookAt>[2],
  rows: readonly string[],
): void {
  test.each(rows)('leaves %j', (text) => {
    expect(lookAt(text, literal, look)).toBe(text);
  });
}

describe('bearer', () => {
  takes('bearer ', places.bearer, [
    ['a token', 'Bearer abcdef123456, then', 'Bearer <cut>, then'],
    ['without the stop of the sentence', 'Bearer abcdef123456.', 'Bearer <cut>.'],
    ['letters alone that nobody would write', 'Bearer qMYgcXyCOfUsmWMAROfn', 'Bearer <cut>'],
    ['24 letters without a digit', `Bearer ${'aBcDeFgH'.repeat(3)}`, 'Bearer <cut>'],
  ]);
  leaves('bearer ', places.bearer, [
    'Bearer abc1234',
    'Bearer authentication',
    'Bearer AuthenticationScheme',
    'Bearer <token-goes-here1>',
    `Bearer ${'aB'.repeat(11)}`,
    'Bearer ${TOKEN}',
  ]);
});

describe('basic', () => {
  const pair = Buffer.from('bob:hunter22').toString('base64');
  takes('basic ', places.basic, [
    ['user and password', `Basic ${pair}, then`, 'Basic <cut>, then'],
  ]);
  leaves('basic ', places.basic, [
    'Basic bob',
    `Basic ${Buffer.from('no pair').toString('base64')}`,
    'Basic authentication',
  ]);
});

describe('the user part of a URL', () => {
  takes('://', places.urlPassword, [
    ['the password', 'https://bob:hunter22@db.example/x', 'https://bob:<cut>@db.example/x'],
    ['up to the last @', 'https://bob:p@ss@db.example/x', 'https://bob:<cut>@db.example/x'],
    ['without a user', 'redis://:hunter22@db.example', 'redis://:<cut>@db.example'],
    ['with a colon in it', 'https://bob:a:b1@db.example', 'https://bob:<cut>@db.example'],
    ['with a slash in it', 'https://bob:a/b1@db.example', 'https://bob:<cut>@db.example'],
    [
      'a token without a password',
      'https://q7Zk2Xw9LmTpR4sD@db.example',
      'https://<cut>@db.example',
    ],
  ]);
  leaves('://', places.urlPassword, [
    'https://db.example/x',
    'https://db.example:8080/a@b',
    'https://bob@db.example',
    'https://db.example/?mail=a:b@c.example',
    'https://bob:password@db.example',
    'https://bob:${PASSWORD}@db.example',
    'https://db.example "x:y@z"',
    `https://bob:${'x'.repeat(512)}@db.example`,
  ]);
});

describe('SQL', () => {
  takes('identified', places.sqlIdentified, [
    ['BY', "CREATE USER x IDENTIFIED BY 'hunter22';", "CREATE USER x IDENTIFIED BY '<cut>';"],
    [
      'WITH a plugin',
      'IDENTIFIED WITH "mysql_native_password" AS "*6C8"',
      'IDENTIFIED WITH "mysql_native_password" AS "<cut>"',
    ],
    ['BY PASSWORD', "identified by password '*6C8'", "identified by password '<cut>'"],
  ]);
  leaves('identified', places.sqlIdentified, [
    "identified by name 'bob'",
    'IDENTIFIED BY ?',
    "IDENTIFIED BY '<password>'",
  ]);
  takes('set password', places.sqlSetPassword, [
    ['=', "SET PASSWORD = 'hunter22'", "SET PASSWORD = '<cut>'"],
    [
      'FOR a user',
      "SET PASSWORD FOR 'bob'@'%' = PASSWORD('hunter22')",
      "SET PASSWORD FOR 'bob'@'%' = PASSWORD('<cut>')",
    ],
    ['TO', "set password to 'hunter22'", "set password to '<cut>'"],
  ]);
  leaves('set password', places.sqlSetPassword, [
    "set password 'policy'",
    "SET PASSWORD = '${PW}'",
  ]);
  takes('crypt(', places.sqlCrypt, [
    [
      'a literal before the salt',
      "crypt('hunter22', gen_salt('bf'))",
      "crypt('<cut>', gen_salt('bf'))",
    ],
  ]);
  leaves('crypt(', places.sqlCrypt, [
    "crypt('abc', x)",
    "crypt('hunter22')",
    'crypt(password, salt)',
  ]);
});

describe('PowerShell', () => {
  takes('securestring', places.secureString, [
    [
      'bare',
      'ConvertTo-SecureString hunter22 -AsPlainText',
      'ConvertTo-SecureString <cut> -AsPlainText',
    ],
    [
      '-String',
      "ConvertTo-SecureString -String 'hunter22' -Force",
      "ConvertTo-SecureString -String '<cut>' -Force",
    ],
  ]);
  leaves('securestring', places.secureString, [
    'ConvertTo-SecureString $plain',
    'ConvertTo-SecureString -AsPlainText',
    'SecureString variables',
  ]);
});

describe('account files', () => {
  takes(']:', places.relayPassword, [
    ['a mail relay map', '[smtp.example]:587 bob:hunter22', '[smtp.example]:587 bob:<cut>'],
  ]);
  leaves(']:', places.relayPassword, ['[smtp.example]: 587 bob', '[x]:587 bob']);
  takes(':5432:', places.pgpass, [
    ['.pgpass', 'db.example:5432:shop:bob:hunter22', 'db.example:5432:shop:bob:<cut>'],
    ['with an escaped colon', String.raw`*:5432:*:bob:a\:b1`, '*:5432:*:bob:<cut>'],
    ['in a file of more lines', 'x\ndb:5432:shop:bob:hunter22\ny', 'x\ndb:5432:shop:bob:<cut>\ny'],
  ]);
  leaves(':5432:', places.pgpass, [
    'see db:5432:shop:bob:hunter22',
    'db:5432:shop',
    'db:5432:shop:bob:<password>',
  ]);
  takes('" "', places.quotedPair, [['pgbouncer', '"bob" "md5x1y2z3"', '"bob" "<cut>"']]);
  leaves('" "', places.quotedPair, [
    '"bob" "builder"',
    'say "bob" "md5x1y2z3"',
    '"bob" "md5x1y2z3" more',
  ]);
});

describe('connection strings of one word', () => {
  takes('@tcp(', places.dsnPassword, [
    ['of Go', 'bob:hunter22@tcp(db:3306)/shop', 'bob:<cut>@tcp(db:3306)/shop'],
  ]);
  leaves('@tcp(', places.dsnPassword, ['bob@tcp(db:3306)', 'bob:${PW}@tcp(db:3306)']);
  takes(':thin:', places.oraclePassword, [
    [
      'of Oracle',
      'jdbc:oracle:thin:bob/hunter22@//db:1521/x',
      'jdbc:oracle:thin:bob/<cut>@//db:1521/x',
    ],
  ]);
  leaves(':thin:', places.oraclePassword, ['jdbc:oracle:thin:@//db:1521/x']);
  takes(':1521', places.easyConnect, [
    [
      'easy connect',
      'sqlplus bob/hunter22@db.example:1521/x',
      'sqlplus bob/<cut>@db.example:1521/x',
    ],
  ]);
  leaves(':1521', places.easyConnect, [
    'db.example:1521/x',
    'bob@db.example:1521',
    'a/b/c@db.example:1521',
  ]);
});

describe('a data URI', () => {
  const bytes = 'QUJD'.repeat(16);
  takes(';base64,', places.dataUri, [
    ['keeps its type', `data:image/png;base64,${bytes}">`, 'data:image/png;base64,<cut>">'],
  ]);
  leaves(';base64,', places.dataUri, [`data:text/plain;base64,${bytes.slice(1)}`]);
});

describe('headers and keys', () => {
  const hex = '0123456789abcdef'.repeat(2);
  takes(' response="', places.digestResponse, [
    [
      'the response of a Digest',
      `Digest username="bob", response="${hex}"`,
      'Digest username="bob", response="<cut>"',
    ],
  ]);
  leaves(' response="', places.digestResponse, [
    `x, response="${hex.slice(1)}"`,
    'x, response="ok"',
  ]);
  takes('private-mac:', places.puttyMac, [
    ['the checksum of a PuTTY key', `Private-MAC: ${hex}`, 'Private-MAC: <cut>'],
  ]);
  leaves('private-mac:', places.puttyMac, ['Private-MAC: none']);
  takes('"kty', places.jwkMembers, [
    [
      'private members of a key',
      `{"kty":"RSA","n":"AQAB-public-modulus","d":"abcdefghijklmnop","qi":"ponmlkjihgfedcba"}`,
      `{"kty":"RSA","n":"AQAB-public-modulus","d":"<cut>","qi":"<cut>"}`,
    ],
    [
      'of this key only',
      `{"kty":"oct","k":"abcdefghijklmnop"},{"d":"abcdefghijklmnop"}`,
      `{"kty":"oct","k":"<cut>"},{"d":"abcdefghijklmnop"}`,
    ],
  ]);
  leaves('"kty', places.jwkMembers, ['{"kty":"RSA","d":"short"}']);
});
