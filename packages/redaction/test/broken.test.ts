/** Tokens of known families in pieces. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';
import { TOKEN_RULES } from '../src/rules.ts';
import { vectorsOf } from '../src/rules/vectors.ts';

const redactor = createRedactor();
const rule = TOKEN_RULES.find(({ id }) => id === 'github-token');
const [token = ''] = rule === undefined ? [] : vectorsOf(rule, 31, 1).map(({ text }) => text);

/** True when 10 characters of the token, behind its public prefix, are seen. */
function isSeen(text: string): boolean {
  const body = token.slice(4);
  return Array.from({ length: body.length - 9 }, (_, i) => body.slice(i, i + 10)).some((piece) =>
    text.includes(piece),
  );
}

const joints: readonly (readonly [name: string, join: (a: string, b: string) => string])[] = [
  ['lines', (a, b) => `it is ${a}\n${b} as you know`],
  ['lines with blanks', (a, b) => `  ${a}\r\n      ${b}\n`],
  ['a backslash', (a, b) => `login ${a}\\\n${b}`],
  ['a sum', (a, b) => `const k = "${a}" + "${b}";`],
  ['a sum over lines', (a, b) => `k = '${a}' +\n    '${b}'`],
  ['neighbours', (a, b) => `k = "${a}" "${b}"`],
  ['a list that is joined', (a, b) => `["${a}", "${b}"].join('')`],
  ['dots', (a, b) => `$k = '${a}' . '${b}';`],
  ['a zero-width space', (a, b) => `it is ${a}\u200b${b} for you`],
  ['a soft hyphen', (a, b) => `it is ${a}\u00ad${b} for you`],
  ['colours', (a, b) => `it is ${a}\u001b[0m\u001b[31m${b}\u001b[0m`],
  ['quoted-printable', (a, b) => `${a}=\r\n${b}`],
  ['a word break', (a, b) => `<p>${a}<wbr>${b}</p>`],
  ['events of a stream', (a, b) => `data: {"delta":"${a}"}\n\ndata: {"delta":"${b}"}\n\n`],
  ['an escaped line end', (a, b) => `{"t":"${a}\\n${b}"}`],
];

describe('a token in two pieces goes', () => {
  test.each(joints)('%s', (name, join) => {
    // Behind a first piece that could be whole, a neighbour is another text.
    const isLoose = name === 'neighbours' || name === 'a list that is joined';
    for (const at of isLoose ? [5, 9, 14, 20] : [5, 9, 14, 20, 27, 33]) {
      const text = join(token.slice(0, at), token.slice(at));
      const { value } = redactor.redact(text);
      expect(isSeen(String(value)), `${at}: ${text} => ${String(value)}`).toBe(false);
    }
  });
});

describe('what follows a literal or a token by itself stays', () => {
  test.each([
    'glpat-\ncreate one in the settings',
    'prefix "ghp_" and "github_pat_" are known',
    'ghp_\n0123456789 lines\n',
    'sk_test_"\n"another line of words"',
  ])('%s', (text) => {
    expect(redactor.redact(text).value).toBe(text);
  });

  test.each([
    `${token}\ncreated by the build of monday`,
    `"${token}", "rotation of all tokens"`,
    `${token}\nbuild_number=20481`,
  ])('%#', (text) => {
    expect(redactor.redact(text).value).toBe(text.replace(token, '[REDACTED:github-token]'));
  });
});

test.each([
  ['lines', '\n'],
  ['strings that are joined', '" +\n"'],
])('a token below another is one of its own, whatever family: %s', (_, joint) => {
  const vectors = TOKEN_RULES.flatMap((each, seed) => vectorsOf(each, seed, 1));
  // In every order of two neighbours that a step of 1, 7 and 31 makes.
  for (const step of [1, 7, 31]) {
    const order = vectors.map(
      (_one, i) => vectors[(i * step) % vectors.length] ?? { text: '', secret: '' },
    );
    for (let i = 0; i < order.length; i += 64) {
      const part = order.slice(i, i + 64);
      const { value } = redactor.redact(part.map(({ text }) => text).join(joint));
      for (const { text, secret } of part) {
        const middle = secret.slice(secret.length / 2 - 8, secret.length / 2 + 8);
        expect(String(value).includes(middle), text).toBe(false);
      }
    }
  }
});
