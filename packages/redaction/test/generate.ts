/**
 * Made-up secrets for tests: one arbitrary per token family, built from the rule data, and places to put them.
 * Nothing here is a real credential and none stands in the file as text.
 */
import fc from 'fast-check';
import { TOKEN_RULES, type TokenRule } from '../src/rules.ts';
import { type Vector, vectorsOf } from '../src/rules/vectors.ts';

/** A token and the part of it that must not survive. */
export interface Token {
  readonly rule: string;
  readonly text: string;
  readonly body: string;
}

/** A token of one family. */
export function tokenOf(rule: TokenRule): fc.Arbitrary<Token> {
  return fc.nat().map((seed) => {
    const { text, secret } = vectorsOf(rule, seed, rule.prefixes.length)[
      seed % rule.prefixes.length
    ] as Vector; // as many as there are literals
    return { rule: rule.id, text, body: secret };
  });
}

/** A token of any family. */
export const anyToken: fc.Arbitrary<Token> = fc.oneof(...TOKEN_RULES.map(tokenOf));

/** Where a secret can stand: name, and the value that holds it. */
export const PLACES: Readonly<Record<string, (text: string) => unknown>> = {
  prose: (text) => `use ${text} for it, please`,
  'end of a sentence': (text) => `the one is ${text}.`,
  'nested JSON': (text) => ({ a: [{ b: { c: text } }] }),
  'JSON in a string': (text) => JSON.stringify({ list: [text], n: 1 }),
  'JSON in JSON in a string': (text) => JSON.stringify({ text: JSON.stringify({ deep: text }) }),
  code: (text) => `const x = call("${text}");`,
  XML: (text) => `<item>${text}</item>`,
  'URL path': (text) => `https://host.example/a/${text}/b`,
  'URL query': (text) => `https://host.example/a?first=1&x=${text}&y=2`,
  CJK: (text) => `令牌是${text}，请保存`,
  'log line': (text) => `2026-11-26T00:00:00Z INFO [app] got ${text} from peer`,
  'object key': (text) => ({ [text]: 1 }),
  CSV: (text) => `1,${text},2\n`,
  markdown: (text) => `\`${text}\``,
  'escaped newline': (text) => `first\\n${text}\\nlast`,
};

/** True when a 14-character piece of `body` is left in `output`. */
export function survives(body: string, output: string): boolean {
  for (let i = 0; i + 14 <= body.length; i++) {
    if (output.includes(body.slice(i, i + 14))) return true;
  }
  return false;
}

/** Words, names, signs, secrets and marks that mean something to the redactor, in any order, and random text. */
const PIECES: readonly string[] = [
  // Of the user's rules, of other secrets of the call, personal.
  'Nightjar|über|acme_live_abcd1234|staff 123456|kiwi|x1Y2z3Night|hunter22|q7Zk2Xw9LmTpR4sD',
  'ada@example.org|4111 1111 1111 1111|123-45-6789|+1 212-555-0100|DE89 3704 0044 0532 0130 00',
  '0123456789abcdef0123456789abcdef|[REDACTED:keyed-secret]|[REDACTED:github-token]|-----END',
  '[BINARY data 3 bytes sha256:0123456789ab]|INSERT INTO t (a, password) VALUES (1, ',
  'password|token|key|secret|api key|cookie|pass|pin|phone|ssn |令牌|пароль|a.example|bob|Bearer |Basic ',
  'Authorization: |export |sig=|code=|is |the |true|user=|https://|://|%3D|&quot;|--|#{|${|{{|}}|<%=',
  String.raw` |/|"|'|\|{|}|[|]|<|>|(|)|=|:|;|&|,|%|$|@|?|\"|\n`,
]
  .flatMap((line) => line.split('|'))
  .concat('|', '\n', '\t', `-----BEGIN ${'PRIVATE'} KEY-----`)
  .concat(`gh${'p_'}${'aB3xY9'.repeat(6)}`, `sk_${'live_'}${'q7Zk2Xw9Lm4T'.repeat(2)}`);

const NAMES: readonly string[] = (
  'owner a password Nightjar email phone name value type data blob uri key token headers rows columns kind metadata ' +
  'kty d secrets cookie Cookie credentials text title dob args description mimeType label from to k v ssn apiKey'
).split(' ');

const LEAVES: readonly unknown[] = [
  'image',
  'audio',
  'password',
  'API key',
  'token',
  'string',
  '--token',
  'Secret',
  'RSA',
  true,
  false,
  null,
  4_111_111_111_111_111,
  44_004_400,
];

/** A text made of pieces that mean something. */
export const anyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom(...PIECES) },
      { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

/** JSON data with such texts as values and as names, frames of names and values, tables, JSON in strings. */
export const anyValue: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => {
  const name = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
    { weight: 1, arbitrary: anyText },
  );
  const leaf = fc.oneof(
    { weight: 4, arbitrary: anyText },
    { weight: 2, arbitrary: fc.constantFrom(...LEAVES) },
    { weight: 1, arbitrary: fc.integer() },
  );
  return {
    value: fc.oneof(
      { maxDepth: 3 },
      { weight: 3, arbitrary: leaf },
      { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 5 }) },
      { weight: 3, arbitrary: fc.dictionary(name, tie('value'), { maxKeys: 5 }) },
      { weight: 1, arbitrary: tie('value').map((value) => JSON.stringify(value)) },
    ),
  };
}).value;
