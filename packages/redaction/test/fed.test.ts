/** What a shell feeds to a command that asks for a secret. */
import { describe, expect, test } from 'vitest';
import { fedSecret, substituted } from '../src/fed.ts';
import { lookAt } from './cut.ts';

type Look = Parameters<typeof lookAt>[2];
type Row = readonly [what: string, text: string, expected: string];

function takes(literal: string, look: Look, rows: readonly Row[]): void {
  test.each(rows)('%s', (_, text, expected) => {
    expect(lookAt(text, literal, look)).toBe(expected);
  });
}

function leaves(literal: string, look: Look, rows: readonly string[]): void {
  test.each(rows)('leaves %j', (text) => {
    expect(lookAt(text, literal, look)).toBe(text);
  });
}

describe('a pipe into --password-stdin', () => {
  takes('--password-stdin', fedSecret, [
    [
      'bare',
      'echo hunter22 | docker login --password-stdin',
      'echo <cut> | docker login --password-stdin',
    ],
    [
      'quoted, with a flag',
      "echo -n 'hunter 22' | docker login -u bob --password-stdin",
      "echo -n '<cut>' | docker login -u bob --password-stdin",
    ],
    [
      'printf',
      'printf "hunter22" | docker login --password-stdin',
      'printf "<cut>" | docker login --password-stdin',
    ],
  ]);
  leaves('--password-stdin', fedSecret, [
    'echo $PASSWORD | docker login --password-stdin',
    'cat token.txt | docker login --password-stdin',
    'echo hunter22 | tee x | docker login --password-stdin',
    'echo hunter22\ndocker login --password-stdin',
  ]);
});

describe('a here string', () => {
  takes('sudo -s', fedSecret, [
    ['quoted', "sudo -S ls <<< 'hunter 22'", "sudo -S ls <<< '<cut>'"],
    ['bare', 'sudo -S systemctl restart x <<<hunter22', 'sudo -S systemctl restart x <<<<cut>'],
  ]);
  leaves('sudo -s', fedSecret, ['sudo -S ls <<< $PASSWORD', 'sudo -S ls << EOF']);
});

describe('a substituted process', () => {
  takes('(echo ', substituted, [
    ['a key file', 'x --key-file <(echo -n "a b c")', 'x --key-file <(echo -n "<cut>")'],
    [
      'an input',
      'vpn --passwd-on-stdin < <(echo hunter22)',
      'vpn --passwd-on-stdin < <(echo <cut>)',
    ],
  ]);
  leaves('(echo ', substituted, [
    'diff <(echo hunter22) x',
    'x --key-file <(echo $KEY)',
    'x --key-file $(echo hunter22)',
  ]);
});
