/** The check of users' regular expressions: known slow shapes are refused, useful ones pass, what passes is quick. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costProblem } from '../src/policy/regex-check.ts';

describe('refused', () => {
  test.each([
    // Exponential: the shapes of the OWASP page on ReDoS and of published advisories.
    ['(a+)+$', ''],
    ['([a-zA-Z]+)*$', ''],
    ['(a|aa)+$', ''],
    ['(a|a?)+$', ''],
    ['(?:a|a)*$', ''],
    [String.raw`^(([a-z])+.)+[A-Z]([a-z])+$`, ''],
    [String.raw`^(?:\w+\s?)*$`, ''],
    [String.raw`(?:a*b*)*c`, ''],
    ['(?:a|b|ab)*c', ''],
    ['(?:ab|a|b)+$', ''],
    ['(?:[aA]|a)+$', ''],
    ['(?:k|K)+$', 'i'],
    ['(?:k|\u212A)+$', 'i'],
    // Exponential in their own length only.
    [`${'a?'.repeat(30)}${'a'.repeat(30)}`, ''],
    ['(?:a?){30}a{30}', ''],
    ['(?:a|a){30}$', ''],
    ['(?:a|[ab]){1,30}$', ''],
    ['(?:a{1,9}){1,9}$', ''],
    // Polynomial.
    [String.raw`\d+\d+$`, ''],
    [String.raw`\s*\s*x`, ''],
    [String.raw`a.*b.*c`, ''],
    [String.raw`\w+@\w+\.\w*\w*$`, ''],
    ['[a-z]*x?[a-z]*$', ''],
    // Not understood.
    [String.raw`(a)\1`, ''],
    ['(?=a)a', ''],
    ['(?<!a)b', ''],
    [String.raw`\p{L}+`, ''],
    ['(?:)*', ''],
    ['[a-z]{1,400}', ''],
  ])('/%s/%s', (source, flags) => {
    expect(new RegExp(source, `u${flags}`)).toBeInstanceOf(RegExp);
    expect(costProblem(source, flags)).toMatch(/\w/);
  });
});

describe('accepted', () => {
  test.each([
    [String.raw`staff[- ]no\.? ?(?<secret>\d{6})`, 'i'],
    [String.raw`\bEMP-\d{4,8}\b`, ''],
    [String.raw`patient(?:[ _-]?id)?\s*[:=]\s*(?<secret>[A-Z]{2}\d{6})`, 'i'],
    [String.raw`\d{4}[ -]?\d{4}[ -]?\d{4}`, ''],
    [String.raw`https?://[^\s/]+/private/[A-Za-z0-9_-]{16,64}`, ''],
    ['(?:foo|bar|baz)=[^&;]+', ''],
    [String.raw`"(?:[^"\\]|\\.)*"`, ''],
    [String.raw`[\w.]+@corp\.example`, ''],
    ['a{2}b{3,}?c', ''],
    [String.raw`[\x41-\x5a\u{1F600}]+\-[^\S]`, ''],
    ['', ''],
  ])('/%s/%s', (source, flags) => {
    expect(costProblem(source, flags)).toBeUndefined();
  });
});

test('what passes never takes long on a window, whatever the expression', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '.', String.raw`\w`, '[^a]');
  const { regex } = fc.letrec<{ regex: string }>((tie) => ({
    regex: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc
        .tuple(tie('regex'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}'))
        .map(([body, repeat]) => `(?:${body})${repeat}`),
      fc.tuple(tie('regex'), tie('regex')).map(([one, other]) => `(?:${one}|${other})`),
      fc.tuple(tie('regex'), tie('regex')).map((parts) => parts.join('')),
    ),
  }));
  let accepted = 0;
  fc.assert(
    fc.property(regex, fc.constantFrom('a', 'ab', 'aab'), (source, unit) => {
      if (costProblem(source, '') !== undefined) return;
      accepted++;
      // The end can never fit, so every way is tried. Exponential ones would not come back at all.
      const text = unit.repeat(512).slice(0, 511);
      const began = process.cpuUsage();
      new RegExp(`(?:${source})\n`, 'u').test(text);
      const { user } = process.cpuUsage(began);
      expect(user / 1_000, source).toBeLessThan(500);
    }),
    { numRuns: 1_500, seed: 7 },
  );
  expect(accepted).toBeGreaterThan(200);
});
