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
