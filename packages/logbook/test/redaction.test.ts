/** The member `redaction` of the configuration file: schema and types agree, what is wrong is one line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRedactor, redactorOf, type RedactionFile } from '../src/redaction.ts';

/** Every member once: the compiler checks it against the types, the test against the schema and the redactor. */
const EXAMPLE: Required<RedactionFile> = {
  literals: ['Project Nightjar'],
  environment: ['ACME_LICENCE'],
  prefixes: [{ id: 'acme-key', prefix: 'acme_live_', charset: 'A-Za-z0-9', min: 24, max: 64 }],
  patterns: [
    {
      id: 'staff-number',
      literal: 'staff',
      pattern: String.raw`staff[- ]no\.? ?(?<secret>\d{6})`,
      flags: 'i',
      budgetMs: 50,
    },
  ],
  allow: [
    { rule: '*email', tool: 'crm_*', path: 'structuredContent.contact.email' },
    { rule: 'email', value: '0f'.repeat(32) },
  ],
  pseudonyms: ['email', 'keyed-email'],
  masks: ['card-number', 'github-token', 'acme-key'],
  pseudonymKeyFile: 'fleet.key',
  pseudonymKeyId: 'f1',
  hook: './hook.mjs',
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'logbook-redaction-'));
  writeFileSync(join(folder, 'fleet.key'), Buffer.alloc(32, 7));
  writeFileSync(
    join(folder, 'hook.mjs'),
    'export default (text) => (text.includes("kiwi") ? "fruit" : undefined);\n',
  );
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const inFile = (value: unknown) => ({ file: join(folder, 'config.json'), value });
const TOKEN = `gh${'p_'}${'aB3xY9'.repeat(6)}`;

const ajv = new Ajv2020({ strictTypes: false, strictRequired: false, formats: { regex: true } });
const isValid = ajv.compile(
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'src', 'config.schema.json'), 'utf8')),
);

describe('the member redaction', () => {
  test('with every member of the types fits the schema and works', () => {
    expect(isValid({ redaction: EXAMPLE }), JSON.stringify(isValid.errors)).toBe(true);
    const { redactor, problems } = openRedactor(inFile(EXAMPLE));
    expect(problems).toEqual([]);
    expect(redactor.redactText('Project Nightjar, staff no 123456').value).toBe(
      '[REDACTED:user-literal], staff no [REDACTED:staff-number]',
    );
    expect(redactor.redactText('a kiwi').value).toBe('fruit');
    expect(redactor.redactText('ada@example.org').value).toMatch(
      /^\[REDACTED:email#f1\.[0-9a-v]{8}\]$/,
    );
    expect(redactor.rules).toMatch(/\+[0-9a-f]{8}\.[0-9a-f]{8}$/);
  });

  test.each([
    { literals: ['abc'] },
    { literal: ['sesame'] },
    { environment: ['A-B'] },
    { prefixes: [{ id: 'Acme', prefix: 'acme_', charset: 'a-z', min: 8 }] },
    { prefixes: [{ id: 'acme', prefix: 'a', charset: 'a-z', min: 8 }] },
    { prefixes: [{ id: 'acme', prefix: 'acme_', charset: 'a-z', min: 1 }] },
    { prefixes: [{ id: 'acme', prefix: 'acme_', charset: ' a-z', min: 8 }] },
    { patterns: [{ id: 'acme', pattern: 'acme' }] },
    { patterns: [{ id: 'acme', literal: 'acme', pattern: 'acme', flags: 'g' }] },
    { patterns: [{ id: 'acme', literal: 'acme', pattern: 'acme', budgetMs: 0 }] },
    { allow: [{ rule: 'email' }] },
    { allow: [{ rule: 'email', value: 'ada@example.org' }] },
    { pseudonyms: ['Email'] },
    { pseudonymKeyFile: 'fleet.key', pseudonymKeyId: 'F-1' },
    [],
  ])('as %j fits neither the schema nor the redactor', (value) => {
    expect(isValid({ redaction: value })).toBe(false);
    const { redactor, problems } = openRedactor(inFile(value));
    expect(problems).toHaveLength(1);
    expect(redactor.redactText(`it is ${TOKEN}`).value).toBe('it is [REDACTED:github-token]');
  });

  test('with bad rules is one line that names the first and its reason, and quotes no value', () => {
    const lines: string[] = [];
    const redactor = redactorOf(
      inFile({
        patterns: [{ id: 'evil', literal: 'sesame', pattern: '(sesame|e+)+' }],
        literals: ['abc', 'open up'],
      }),
      (_, line) => lines.push(line),
    );
    expect(redactor.redactText(`open up ${TOKEN}`).value).toBe(
      '[REDACTED:user-literal] [REDACTED:github-token]',
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /literals\[0\]: must have 4 to .*\(and 1 more.*built-in rules stay on/,
    );
    expect(lines[0]).not.toMatch(/abc|sesame/);
  });

  test('without a usable key has pseudonyms of the process and says so', () => {
    writeFileSync(join(folder, 'short.key'), 'short');
    for (const file of ['none.key', 'short.key', 5 as never]) {
      const { redactor, problems } = openRedactor(
        inFile({ pseudonyms: ['email'], pseudonymKeyFile: file }),
      );
      expect(problems.map(({ rule }) => rule)).toEqual(['pseudonymKeyFile']);
      expect(redactor.redactText('ada@example.org').value).toMatch(
        /^\[REDACTED:email#[0-9a-v]{8}\]$/,
      );
    }
  });

  test.each([
    ['missing', undefined],
    ['throwing at load', 'throw new Error("sesame");'],
    ['without a function', 'export default 5;'],
    ['throwing at each text', 'export default () => { throw new Error("sesame"); };'],
  ])('with a hook that is %s fails closed', (name, source) => {
    const path = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
    if (source !== undefined) writeFileSync(path, source);
    const { redactor, problems } = openRedactor(inFile({ hook: path }));
    expect(redactor.redact({ a: 'some text', n: 1 })).toMatchObject({
      value: { a: '[REDACTION-ERROR]', n: 1 },
      failed: true,
    });
    expect(problems.map(({ rule }) => rule)).toEqual(name.endsWith('each text') ? [] : ['hook']);
    expect(JSON.stringify(problems)).not.toContain('sesame');
  });
});
