/** What users adjust: each kind of rule, what a bad one does, and that nothing but the named change happens. */
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  createRedactor,
  createSecretMemory,
  type RedactionRules,
  type RedactorOptions,
  type RuleProblem,
} from '../src/index.ts';
import { compilePolicy } from '../src/policy/compile.ts';
import { PolicyRun } from '../src/policy/policy.ts';
import { Pseudonyms } from '../src/policy/pseudonym.ts';
import { Walk } from '../src/walk.ts';
import { verifies } from '../../../test/requirements.ts';

verifies('M5.5');

const CARD = ['4111', '1111', '1111', '1111'].join(' ');
const TOKEN = `gh${'p_'}${'aB3xY9'.repeat(6)}`;

function withRules(rules: RedactionRules, options: RedactorOptions = {}) {
  const problems: RuleProblem[] = [];
  const redactor = createRedactor({
    ...options,
    rules,
    onRuleProblem: (problem) => problems.push(problem),
  });
  return { redactor, problems, text: (value: string) => redactor.redactText(value).value };
}

describe('literals', () => {
  test('go as they are, in keys, in numbers, percent-encoded and in base64', () => {
    const { redactor } = withRules({ literals: ['Project Nightjar/7', '440044'] });
    const base64 = Buffer.from('xxProject Nightjar/7 is late').toString('base64');
    const { value, counts } = redactor.redact({
      a: 'about Project Nightjar/7, in full',
      b: encodeURIComponent('Project Nightjar/7'),
      c: base64,
      'Project Nightjar/7': 1,
      n: 440044,
      m: 4400,
      short: '440044',
    });
    const json = JSON.stringify(value);
    expect(json).not.toMatch(/Nightjar|440044/);
    expect(Buffer.from(base64, 'base64').toString()).toContain('Nightjar');
    expect(json).toContain('about [REDACTED:user-literal], in full');
    expect((value as { m: number }).m).toBe(4400);
    expect(counts.get('user-literal')).toBe(6);
  });

  test('of other scripts are found too, and what looks like a mark stays one', () => {
    const { text } = withRules({ literals: ['проект ёж', 'user-literal', 'REDACTED'] });
    const once = text('о проект ёж здесь');
    expect(once).toBe('о [REDACTED:user-literal] здесь');
    expect(text(once)).toBe(once);
  });

  test('come from the environment by name; one that is not set is no problem', () => {
    const { text, problems } = withRules(
      { environment: ['ACME_LICENCE', 'NOT_SET'] },
      { environment: { ACME_LICENCE: 'plain words here' } },
    );
    expect(text('it says plain words here, twice')).toBe(
      'it says [REDACTED:user-environment], twice',
    );
    expect(problems).toEqual([]);
  });
});

describe('prefix rules', () => {
  const rules = {
    prefixes: [{ id: 'acme-key', prefix: 'ak_', charset: 'a-z0-9', min: 8, max: 12 }],
  };

  test('take the run behind the prefix, from min to max', () => {
    const { text } = withRules(rules);
    expect(text('see ak_abcd1234 here')).toBe('see [REDACTED:acme-key] here');
    expect(text('see ak_abcd123 here')).toBe('see ak_abcd123 here');
    expect(text('see ak_abcd12345678X here')).toBe('see [REDACTED:acme-key]X here');
    expect(text('see peak_abcd1234 here'), 'a word runs into a short prefix').toContain(
      'peak_abcd1234',
    );
  });

  test('work beside built-in rules, inside JSON in a string', () => {
    const { text } = withRules(rules);
    expect(text(JSON.stringify({ note: 'ak_abcd1234', token: TOKEN }))).toBe(
      '{"note":"[REDACTED:acme-key]","token":"[REDACTED:keyed-secret]"}',
    );
  });
});

describe('pattern rules', () => {
  const staff = {
    id: 'staff-number',
    literal: 'staff',
    pattern: String.raw`staff[- ]no\.? ?(?<secret>\d{6})`,
    flags: 'i',
  };

  test('cut the group named secret, near the literal only', () => {
    const { text, problems } = withRules({ patterns: [staff] });
    expect(problems).toEqual([]);
    expect(text('Staff no. 123456 left')).toBe('Staff no. [REDACTED:staff-number] left');
    expect(text('number 123456 left')).toBe('number 123456 left');
  });

  test('look 256 characters to both sides of the literal and no further', () => {
    const { text } = withRules({
      patterns: [{ id: 'far-code', literal: 'code', pattern: '<[0-9]{6}>' }],
    });
    expect(text(`code${' '.repeat(240)}<123456>`)).toContain('[REDACTED:far-code]');
    expect(text(`code${' '.repeat(260)}<123456>`)).toContain('<123456>');
    expect(text(`<123456>${' '.repeat(240)}code`)).toContain('[REDACTED:far-code]');
  });

  test('without a literal are refused with their name and reason; the other rules and the built-in ones stay on', () => {
    const { text, problems } = withRules({
      patterns: [{ id: 'no-literal', pattern: 'x[0-9]{6}' } as never, staff],
      literals: ['sesame street'],
    });
    expect(text(`sesame street, staff no 123456, ${TOKEN}`)).toBe(
      '[REDACTED:user-literal], staff no [REDACTED:staff-number], [REDACTED:github-token]',
    );
    expect(problems).toEqual([
      { rule: 'patterns[0] "no-literal"', reason: expect.stringContaining('has no literal') },
    ]);
  });

  test('that are exponential are refused with their name and reason, and the text is redacted by the others', () => {
    const { text, problems } = withRules({
      patterns: [{ id: 'evil', literal: 'aaa', pattern: '(a+)+$' }],
    });
    expect(text(`${'a'.repeat(5_000)}! ${TOKEN}`)).toContain('[REDACTED:github-token]');
    expect(problems).toEqual([
      {
        rule: 'patterns[0] "evil"',
        reason: expect.stringMatching(/^pattern can read one text in two ways/),
      },
    ]);
  });

  test('that take longer than their budget blank the field, are told once and are not tried again', () => {
    let now = 0;
    const { policy } = compilePolicy({
      rules: { patterns: [{ ...staff, budgetMs: 5 }] },
      clock: () => (now += 3),
    });
    if (policy === undefined) throw new Error('no policy');
    const walk = (value: string) => {
      const run = new PolicyRun(policy, {});
      const bounds = { maxString: 1e5, maxTotal: 1e6, maxDepth: 10, maxNodes: 100 };
      return { value: new Walk(bounds, true, undefined, undefined, run).value(value), run };
    };
    expect(walk('staff no 123456').value).toBe('staff no [REDACTED:staff-number]');
    const slow = walk(`one staff no 123456${' '.repeat(100)}two staff no 123456`);
    expect(slow.value).toBe('[REDACTED:staff-number]');
    expect(slow.run.disabled).toEqual(['staff-number']);
    const later = walk('a staff no 654321 after it');
    expect(later.value, 'fails closed').toBe('[REDACTED:staff-number]');
    expect(later.run.disabled).toEqual([]);
    expect(walk('nothing of that kind').value).toBe('nothing of that kind');
  });

  test('are judged by processor time: a machine that is busy with others switches no rule off', () => {
    let now = 0;
    const wall = vi.spyOn(performance, 'now').mockImplementation(() => (now += 1_000));
    try {
      const { text } = withRules({ patterns: [{ ...staff, budgetMs: 1_000 }] });
      for (let i = 0; i < 3; i++)
        expect(text('staff no 123456')).toBe('staff no [REDACTED:staff-number]');
    } finally {
      wall.mockRestore();
    }
  });
});

describe('the allow-list', () => {
  const value = {
    content: [{ text: 'write to ada@example.org' }],
    contact: { email: 'ada@example.org', alt: 'bob@example.org' },
  };

  test('lets one rule stay at one path of one tool, and counts it', () => {
    const { redactor, problems } = withRules({
      allow: [{ rule: '*email', tool: 'crm_*', path: 'contact.email' }],
    });
    const redaction = redactor.redact(value, { tool: 'crm_find' });
    expect(problems).toEqual([]);
    expect(redaction.value).toEqual({
      content: [{ text: 'write to [REDACTED:email]' }],
      contact: { email: 'ada@example.org', alt: '[REDACTED:email]' },
    });
    expect([...(redaction.allowed ?? [])].reduce((sum, [, n]) => sum + n, 0)).toBeGreaterThan(0);
    expect(JSON.stringify(redactor.redact(value, { tool: 'other' }).value)).not.toContain('ada@');
    expect(JSON.stringify(redactor.redact(value).value), 'no tool known').not.toContain('ada@');
  });

  test('wins over the echo of the same value, and leaves other secrets of the call alone', () => {
    const { redactor } = withRules({
      allow: [{ rule: 'keyed-secret', path: 'arguments.session_token' }],
    });
    const secrets = createSecretMemory();
    const first = {
      arguments: { session_token: 'kq83hf0akd83jf02', password: 'zz91kd02jf83hs77' },
    };
    redactor.redact(first, { secrets });
    expect(redactor.redact('kq83hf0akd83jf02 and zz91kd02jf83hs77', { secrets }).value).toBe(
      'kq83hf0akd83jf02 and [REDACTED:echo]',
    );
  });

  test('reaches into JSON in a string and through **', () => {
    const { redactor } = withRules({ allow: [{ rule: 'email', path: '**.owner' }] });
    const json = JSON.stringify({ rows: [{ owner: 'ada@example.org', other: 'bob@example.org' }] });
    expect(redactor.redact({ content: [{ text: json }] }).value).toEqual({
      content: [{ text: '{"rows":[{"owner":"ada@example.org","other":"[REDACTED:email]"}]}' }],
    });
  });

  test('names a value only as an HMAC under the configured key', () => {
    const key = Buffer.alloc(32, 7);
    const hmac = new Pseudonyms({ id: 'f1', key }).allowed('support@example.org');
    expect(hmac).toBe(createHmac('sha256', key).update('allow\0support@example.org').digest('hex'));
    const rules = { allow: [{ rule: 'email', value: hmac }] };
    const { text } = withRules(rules, { pseudonymKey: { id: 'f1', key } });
    expect(text('support@example.org or ada@example.org')).toBe(
      'support@example.org or [REDACTED:email]',
    );
    expect(withRules(rules).text('support@example.org')).toBe('[REDACTED:email]');
  });

  test.each([
    [{ rule: 'email' }, 'needs a path or a value'],
    [{ rule: 'email', path: '**' }, 'needs a path or a value'],
    [{ rule: 'email', path: '*.*' }, 'needs a path or a value'],
    [{ rule: 'email', value: 'ab'.repeat(32) }, 'pseudonymKeyFile'],
    [{ rule: 'email', value: 'ada@example.org' }, '64 hex digits'],
    [{ path: 'a' }, 'rule'],
  ])('cannot be %j', (entry, reason) => {
    const { text, problems } = withRules({ allow: [entry as never] });
    expect(text('ada@example.org')).toBe('[REDACTED:email]');
    expect(problems).toEqual([{ rule: 'allow[0]', reason: expect.stringContaining(reason) }]);
    expect(problems[0]?.reason).not.toContain('ada@');
  });
});

describe('pseudonyms', () => {
  const rules = { pseudonyms: ['email', 'card-number', 'keyed-secret'] };

  test('tell equal values from different ones, the same in every redactor of a process', () => {
    const { text } = withRules(rules);
    const once = text('ada@example.org, bob@example.org, ada@example.org');
    const [ada, bob, again] = [...once.matchAll(/\[REDACTED:email#([0-9a-v]{8})\]/g)].map(
      ([, id]) => id,
    );
    expect(ada).toBe(again);
    expect(ada).not.toBe(bob);
    expect(withRules(rules).text('ada@example.org')).toBe(`[REDACTED:email#${ada}]`);
    expect(text(once), 'idempotent').toBe(once);
  });

  test('differ from process to process without a key, and not with one', () => {
    const source = new URL('../src/index.ts', import.meta.url).href;
    const run = (key: string) =>
      execFileSync(process.execPath, [
        '--input-type=module',
        '-e',
        `import { createRedactor } from ${JSON.stringify(source)};
         const redactor = createRedactor({ rules: { pseudonyms: ['email'] } ${key} });
         process.stdout.write(redactor.redactText('ada@example.org').value);`,
      ]).toString();
    const keyed = ", pseudonymKey: { id: 'f1', key: Buffer.alloc(32, 7) }";
    const one = run('');
    expect(one).toMatch(/^\[REDACTED:email#[0-9a-v]{8}\]$/);
    expect(one).not.toBe(run(''));
    // First 40 bits of node's own HMAC, in base32 with the extended hex alphabet (RFC 4648 7).
    const hmac = createHmac('sha256', Buffer.alloc(32, 7))
      .update('pseudonym\0ada@example.org')
      .digest();
    const bits = BigInt(`0x${hmac.subarray(0, 5).toString('hex')}`);
    expect(run(keyed)).toBe(`[REDACTED:email#f1.${bits.toString(32).padStart(8, '0')}]`);
  });

  test('are never given to PINs, codes, social security numbers, dates and short passwords', () => {
    const { redactor } = withRules(rules);
    const value = {
      pin: '4711',
      otp: '123456',
      ssn: '078-05-1120',
      date_of_birth: '1990-01-02',
      password: 'correct horse',
      cvv: 123,
    };
    expect(JSON.stringify(redactor.redact(value).value)).not.toContain('#');
    expect(redactor.redact({ password: 'a long passphrase of many words' }).value).toEqual({
      password: expect.stringMatching(/^\[REDACTED:keyed-secret#[0-9a-v]{8}\]$/),
    });
  });

  test('asked for such a rule are refused', () => {
    const { problems, text } = withRules({ pseudonyms: ['ssn', 'keyed-birth'] });
    text('anything');
    expect(problems.map(({ rule }) => rule)).toEqual([
      'pseudonyms[0] "ssn"',
      'pseudonyms[1] "keyed-birth"',
    ]);
  });
});

describe('partial masks', () => {
  test('keep the last four of a card, the domain of an address, the public prefix of a token', () => {
    const { text, problems } = withRules({
      masks: ['card-number', 'email', 'github-token', 'acme-key'],
      prefixes: [{ id: 'acme-key', prefix: 'acme_live_', charset: 'a-z0-9', min: 8 }],
    });
    const masked = text(`${CARD}; ada@example.org; ${TOKEN}; acme_live_abcd1234`);
    expect(problems).toEqual([]);
    expect(masked).toBe(
      '[REDACTED:card-number ***1111]; [REDACTED:email ***@example.org]; [REDACTED:github-token ghp_***]; [REDACTED:acme-key acme_live_***]',
    );
    expect(text(masked), 'idempotent').toBe(masked);
  });

  test('of a rule without a harmless part are refused', () => {
    const { text, problems } = withRules({ masks: ['keyed-secret'] });
    text('anything');
    expect(problems).toEqual([
      { rule: 'masks[0] "keyed-secret"', reason: expect.stringContaining('harmless') },
    ]);
  });
});

describe('a hook', () => {
  test('sees redacted texts with their path and may change them; what it gives is redacted again', () => {
    const seen: string[] = [];
    const redactor = createRedactor({
      hook: (text, { path, tool }) => {
        seen.push(`${tool} ${path} ${text}`);
        return text === 'plain words' ? `${TOKEN} instead` : undefined;
      },
    });
    const { value } = redactor.redact(
      { a: [{ b: 'plain words' }], c: `my ${TOKEN}` },
      { tool: 't' },
    );
    expect(value).toEqual({
      a: [{ b: '[REDACTED:github-token] instead' }],
      c: 'my [REDACTED:github-token]',
    });
    expect(seen).toEqual(['t a.0.b plain words', 't c my [REDACTED:github-token]']);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['gives a promise', (async () => 'x') as never],
    ['gives a number', (() => 5) as never],
    ['gives null', (() => null) as never],
  ])('that %s makes the text an error mark, and the rest of the value stays', (_, hook) => {
    const { value, failed } = createRedactor({ hook }).redact({ a: 'some words', n: 5, b: true });
    expect(value).toEqual({ a: '[REDACTION-ERROR]', n: 5, b: true });
    expect(failed).toBe(true);
  });
});

describe('rules that are no rules', () => {
  test.each([
    ['a list', [] as never, 'redaction'],
    ['a text', 'sesame' as never, 'redaction'],
    ['an unknown member', { sesame: 1 } as never, '"sesame"'],
    ['no list', { literals: 'sesame' } as never, 'literals'],
    ['a short literal', { literals: ['abc'] }, 'literals[0]'],
    ['a number for a literal', { literals: [5] as never }, 'literals[0]'],
    [
      'an id in use',
      { prefixes: [{ id: 'github-token', prefix: 'x_y', charset: 'a-z', min: 8 }] },
      'prefixes[0] "github-token"',
    ],
    [
      'an open charset',
      { prefixes: [{ id: 'wide', prefix: 'x_y', charset: ' -~', min: 8 }] },
      'prefixes[0] "wide"',
    ],
    [
      'a broken pattern',
      { patterns: [{ id: 'p', literal: 'sesame', pattern: '(' }] },
      'patterns[0] "p"',
    ],
    [
      'an unknown field',
      { patterns: [{ id: 'p', literal: 'sesame', pattern: 'a', Flags: 'i' }] as never },
      'patterns[0] "p"',
    ],
  ])('%s: one problem that quotes no value, and the built-in rules work', (_, rules, where) => {
    const { text, problems } = withRules(rules);
    expect(text(`it is ${TOKEN}`)).toBe('it is [REDACTED:github-token]');
    expect(problems.map(({ rule }) => rule)).toEqual([where]);
    expect(problems[0]?.reason).not.toMatch(/sesame|abc/);
  });
});

describe('Redactor.rules', () => {
  test('names the built-in set, and the user’s own behind a dot', () => {
    const plain = createRedactor().rules;
    const { redactor } = withRules({ literals: ['sesame street'] });
    expect(plain).toMatch(/^[\d.]+\+[0-9a-f]{8}$/);
    expect(redactor.rules).toMatch(new RegExp(`^${plain.replace('+', '\\+')}\\.[0-9a-f]{8}$`));
    expect(
      withRules({ literals: ['open again'] }).redactor.rules,
      'says nothing of the literal',
    ).toBe(redactor.rules);
    expect(withRules({ pseudonyms: ['email'] }).redactor.rules).not.toBe(redactor.rules);
    expect(withRules({}).redactor.rules).toBe(plain);
    expect(withRules({ literals: ['abc'] }).redactor.rules, 'no rule that works').toBe(plain);
  });
});

test('explain tells rule and place of each find and never the value', () => {
  const finds: unknown[] = [];
  createRedactor().redact(
    { a: [`x ${TOKEN}`], password: 'hunter22 hunter' },
    { explain: (find) => finds.push(find) },
  );
  expect(finds).toEqual([
    { rule: 'github-token', path: 'a.0', start: 2, end: 2 + TOKEN.length },
    { rule: 'keyed-secret', path: 'password' },
  ]);
});

const everything: RedactionRules = {
  literals: ['Nightjar', 'über'],
  prefixes: [{ id: 'acme-key', prefix: 'acme_live_', charset: 'a-z0-9', min: 8 }],
  patterns: [{ id: 'staff-number', literal: 'staff', pattern: '[0-9]{6}', budgetMs: 1_000 }],
  pseudonyms: ['email', 'keyed-secret'],
  masks: ['card-number', 'acme-key', 'github-token'],
  allow: [{ rule: 'email', path: '**.owner' }],
};

test('with rules of every kind the input is never mutated, literals never stay and a second redaction finds nothing (I5)', () => {
  const { redactor, problems } = withRules(everything, {
    hook: (text) => text.replaceAll('kiwi', 'fig'),
  });
  const piece = fc.oneof(
    fc.constantFrom(
      'Nightjar',
      'über',
      'acme_live_abcd1234',
      'staff 123456',
      'ada@example.org',
      CARD,
      TOKEN,
      'kiwi',
      ' ',
      '/',
    ),
    fc.string({ maxLength: 8 }),
  );
  const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const value = fc.dictionary(
    fc.constantFrom('owner', 'a', 'password', 'Nightjar', 'email'),
    fc.oneof(text, fc.array(text), fc.integer()),
  );
  fc.assert(
    fc.property(value, (input) => {
      const before = structuredClone(input);
      const once = redactor.redact(input);
      expect(input).toEqual(before);
      expect(once.failed).toBe(false);
      expect(JSON.stringify(once.value)).not.toMatch(/Nightjar|über|kiwi|acme_live_abcd/);
      expect(redactor.redact(once.value).value).toEqual(once.value);
    }),
    { numRuns: 300 },
  );
  expect(problems).toEqual([]);
});

test.each([
  'staff ',
  'Nightjar',
  'acme_live_abcd1234 ',
  '[REDACTED:',
  'ada@example.org ',
  'staff 123456,',
])(
  'with rules of every kind a text of nothing but "%s" costs no more than its length asks for',
  (bait) => {
    const { redactor } = withRules(everything);
    const cost = (length: number): number => {
      const input = bait.repeat(length / bait.length);
      let best = Infinity;
      for (let n = 0; n < 3; n++) {
        const began = process.cpuUsage();
        redactor.redactText(input);
        const { user, system } = process.cpuUsage(began);
        best = Math.min(best, (user + system) / 1_000);
      }
      return best;
    };
    cost(8_192);
    expect(cost(65_536)).toBeLessThan(150);
  },
);
