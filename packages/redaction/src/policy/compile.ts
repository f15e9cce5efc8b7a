/**
 * Reads the user's rules. One that is wrong is left out and named with its reason; the others and all built-in rules
 * stay on. Reasons hold ids and positions, never a literal or a value.
 */
import { createHash } from 'node:crypto';
import { charset } from '../charset.ts';
import { formsOf } from '../memory.ts';
import { TOKEN_RULES } from '../rules.ts';
import { Masks } from './mask.ts';
import { type Needle, Needles } from './needles.ts';
import { environmentSecrets } from './environment.ts';
import type { Allowed, Policy, TextRule } from './policy.ts';
import { isFewRule, Pseudonyms } from './pseudonym.ts';
import { costProblem } from './regex-check.ts';
import type { RedactionHook, RuleProblem } from './types.ts';

/** What a policy is compiled of. */
export interface PolicySource {
  /** `RedactionRules`, unchecked. */
  readonly rules?: unknown;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly pseudonymKey?: { readonly id: string; readonly key: Uint8Array };
  readonly hook?: RedactionHook;
  readonly clock?: () => number;
}

/** A compiled policy. */
export interface Compiled {
  /** `undefined` when there is nothing to do beyond the built-in rules. */
  readonly policy: Policy | undefined;
  readonly problems: readonly RuleProblem[];
  /** 8 hex digits over the rules as they work, for `Redactor.rules`; empty without any. Literals count by number only. */
  readonly hash: string;
}

const ID = /^[a-z][a-z0-9-]{0,39}$/;
const MEMBERS = [
  'literals',
  'environment',
  'prefixes',
  'patterns',
  'allow',
  'pseudonyms',
  'masks',
] as const;
const MIN_LITERAL = 4;
const MAX_LITERAL = 4_096;
const MAX_RULES = 500;
const MAX_PATTERN = 1_024;

/** A rule that cannot be used; the message is the reason. */
class Bad extends Error {}

/** Compiles. Never throws. */
export function compilePolicy(source: PolicySource): Compiled {
  const compiler = new Compiler(source);
  return compiler.result();
}

type Fields = Readonly<Record<string, unknown>>;

class Compiler {
  readonly #source: PolicySource;
  readonly #problems: RuleProblem[] = [];
  readonly #needles: Needle<TextRule>[] = [];
  readonly #ids = new Set<string>(TOKEN_RULES.map(({ id }) => id));
  readonly #prefixes: { id: string; prefix: string }[] = [];
  /** What goes into the hash. */
  readonly #used: unknown[] = [];

  constructor(source: PolicySource) {
    this.#source = source;
  }

  result(): Compiled {
    const rules = this.#members(this.#source.rules);
    this.#each(rules, 'literals', (item) => {
      this.#literal('user-literal', item);
      return 'literal';
    });
    this.#each(rules, 'environment', (item) => this.#environment(item));
    this.#each(rules, 'prefixes', (item) => this.#prefix(item));
    this.#each(rules, 'patterns', (item) => this.#pattern(item));
    const allow: Allowed[] = [];
    this.#each(rules, 'allow', (item) => {
      const entry = this.#allow(item);
      allow.push(entry);
      return entry;
    });
    const pseudonyms = new Set<string>();
    this.#each(rules, 'pseudonyms', (item) => {
      const id = text(item, 'a rule id', ID);
      if (isFewRule(id))
        throw new Bad(
          'its values are few enough to be tried one by one, so they never get a pseudonym',
        );
      pseudonyms.add(id);
      return id;
    });
    const masked = new Set<string>();
    let masks: Masks | undefined;
    this.#each(rules, 'masks', (item) => {
      const id = text(item, 'a rule id', ID);
      masks ??= new Masks(this.#prefixes);
      if (!masks.knows(id))
        throw new Bad(
          'no part of its values is known to be harmless; card-number, email, keyed-email and token families have one',
        );
      masked.add(id);
      return id;
    });
    // Not a rule of the user's: no part of the hash, which would tell one host from another.
    const own = this.#needles.length;
    for (const value of environmentSecrets(this.#source.environment ?? {}))
      this.#forms('environment-secret', value);
    const { hook, pseudonymKey, clock } = this.#source;
    const hasNoRules =
      hook === undefined && own + allow.length + pseudonyms.size + masked.size === 0;
    const isIdle = hasNoRules && this.#needles.length === 0;
    const needsHmac = pseudonyms.size > 0 || allow.some(({ value }) => value !== undefined);
    return {
      policy: isIdle
        ? undefined
        : {
            needles: this.#needles.length === 0 ? undefined : new Needles(this.#needles),
            allow,
            pseudonyms,
            masked,
            pseudonym: needsHmac ? new Pseudonyms(pseudonymKey) : undefined,
            masks,
            hook,
            clock: clock ?? processorTime,
          },
      problems: this.#problems,
      hash: hasNoRules
        ? ''
        : createHash('sha256')
            .update(JSON.stringify([this.#used, hook !== undefined]))
            .digest('hex')
            .slice(0, 8),
    };
  }

  #members(rules: unknown): Fields {
    if (rules === undefined) return {};
    if (!isFields(rules)) {
      this.#problems.push({ rule: 'redaction', reason: 'is not a JSON object' });
      return {};
    }
    for (const name of Object.keys(rules))
      if (!MEMBERS.some((member) => member === name))
        this.#problems.push({
          rule: shown(name),
          reason: `is no member; there are ${MEMBERS.join(', ')}`,
        });
    return rules;
  }

  #each(rules: Fields, member: (typeof MEMBERS)[number], read: (item: unknown) => unknown): void {
    const list = rules[member];
    if (list === undefined) return;
    if (!Array.isArray(list)) {
      this.#problems.push({ rule: member, reason: 'is not a list' });
      return;
    }
    for (const [n, item] of list.slice(0, MAX_RULES).entries()) {
      try {
        this.#used.push([member, read(item)]);
      } catch (error) {
        if (!(error instanceof Bad)) throw error;
        const id: unknown = isFields(item)
          ? item['id']
          : member === 'pseudonyms' || member === 'masks'
            ? item
            : undefined;
        const name = typeof id === 'string' && ID.test(id) ? ` "${id}"` : '';
        this.#problems.push({ rule: `${member}[${n}]${name}`, reason: error.message });
      }
    }
    if (list.length > MAX_RULES)
      this.#problems.push({
        rule: member,
        reason: `has more than ${MAX_RULES} entries; the rest is left out`,
      });
  }

  #literal(id: string, item: unknown): void {
    if (typeof item !== 'string') throw new Bad('is not a text');
    if (item.trim().length < MIN_LITERAL || item.length > MAX_LITERAL)
      throw new Bad(
        `must have ${MIN_LITERAL} to ${MAX_LITERAL} characters, so that ordinary text stays`,
      );
    this.#forms(id, item);
  }

  /** A value in all its encodings. */
  #forms(id: string, value: string): void {
    const rule: TextRule = { type: 'literal', id };
    for (const form of new Set(formsOf(value)))
      this.#needles.push({ text: form, folded: false, rule });
  }

  #environment(item: unknown): unknown {
    const name = text(item, 'the name of an environment variable', /^[A-Za-z_]\w{0,127}$/);
    const value = this.#source.environment?.[name];
    // Not set here: nothing to look for. A value as short as a flag would take ordinary text along.
    if (value !== undefined && value !== '') this.#literal('user-environment', value);
    return name;
  }

  #prefix(item: unknown): unknown {
    const fields = this.#fields(item, ['id', 'prefix', 'charset', 'min', 'max']);
    const id = this.#id(fields);
    const prefix = text(
      fields['prefix'],
      'prefix: 2 to 64 ASCII characters',
      /^[\x21-\x7e]{2,64}$/,
    );
    const ranges = text(
      fields['charset'],
      'charset: ranges and ASCII characters such as A-Za-z0-9_',
      /^[\x20-\x7e]{1,128}$/,
    );
    const set = charset(ranges);
    if (set[32] === 1)
      throw new Bad('charset holds a blank, so a find would run through whole sentences');
    const min = whole(fields['min'], 'min', 4, 16_384);
    const max =
      fields['max'] === undefined ? Math.max(min, 1_024) : whole(fields['max'], 'max', min, 16_384);
    this.#ids.add(id);
    this.#prefixes.push({ id, prefix });
    const rule: TextRule = { type: 'prefix', id, set, min, max, edge: prefix.length < 6 };
    this.#needles.push({ text: prefix, folded: false, rule });
    return [id, prefix, ranges, min, max];
  }

  #pattern(item: unknown): unknown {
    const fields = this.#fields(item, ['id', 'literal', 'pattern', 'flags', 'budgetMs']);
    const id = this.#id(fields);
    if (fields['literal'] === undefined)
      throw new Bad(
        'has no literal; a pattern is only tried near a literal of 3 characters or more',
      );
    const literal = text(
      fields['literal'],
      'literal: 3 to 64 ASCII characters',
      /^[\x20-\x7e]{3,64}$/,
    );
    if (literal.trim().length < 3) throw new Bad('literal is blank');
    const pattern = text(
      fields['pattern'],
      `pattern: 1 to ${MAX_PATTERN} characters`,
      /^[^]{1,1024}$/,
    );
    const flags =
      fields['flags'] === undefined ? '' : text(fields['flags'], 'flags: i or nothing', /^i?$/);
    const budgetMs =
      fields['budgetMs'] === undefined ? 100 : whole(fields['budgetMs'], 'budgetMs', 1, 1_000);
    let regex: RegExp;
    try {
      regex = new RegExp(pattern, `dgu${flags}`);
    } catch {
      // The message would quote the pattern.
      throw new Bad('pattern is no regular expression (JavaScript, flag u)');
    }
    const problem = costProblem(pattern, flags);
    if (problem !== undefined) throw new Bad(`pattern ${problem}`);
    this.#ids.add(id);
    this.#needles.push({
      text: literal,
      folded: true,
      rule: { type: 'pattern', id, regex, budgetMs, disabled: false },
    });
    return [id, literal, pattern, flags, budgetMs];
  }

  #allow(item: unknown): Allowed {
    const fields = this.#fields(item, ['rule', 'tool', 'path', 'value']);
    const rule = text(
      fields['rule'],
      'rule: a rule id, * for any part of it',
      /^[a-z0-9*-]{1,64}$/,
    );
    const tool =
      fields['tool'] === undefined ? '*' : text(fields['tool'], 'tool: a glob', /^[^]{1,256}$/);
    const path =
      fields['path'] === undefined
        ? undefined
        : text(fields['path'], 'path: keys with dots', /^[^]{1,1024}$/);
    const value =
      fields['value'] === undefined
        ? undefined
        : text(
            fields['value'],
            'value: 64 hex digits that mcp-logbook redact --hmac gives',
            /^[0-9a-f]{64}$/,
          );
    if (value !== undefined && this.#source.pseudonymKey === undefined)
      throw new Bad(
        'allows by value, which needs pseudonymKeyFile: a random key is another one in every process',
      );
    if (value === undefined && (path === undefined || /^[*.]*$/.test(path)))
      throw new Bad('needs a path or a value: a rule cannot be switched off everywhere');
    return { rule, tool, path: path?.split('.'), value };
  }

  #fields(item: unknown, names: readonly string[]): Fields {
    if (!isFields(item)) throw new Bad('is not a JSON object');
    const unknown = Object.keys(item).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new Bad(`has an unknown member ${shown(unknown)}; there are ${names.join(', ')}`);
    return item;
  }

  #id(fields: Fields): string {
    const id = text(fields['id'], 'id: lower case, digits and hyphens, at most 40', ID);
    if (this.#ids.has(id)) throw new Bad('id is taken by another rule');
    return id;
  }
}

function text(value: unknown, what: string, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) throw new Bad(`expected ${what}`);
  return value;
}

function whole(value: unknown, what: string, least: number, most: number): number {
  if (!Number.isInteger(value) || Number(value) < least || Number(value) > most)
    throw new Bad(`${what} is not a whole number from ${least} to ${most}`);
  return Number(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name of the user's, short and plain enough to be shown. */
function shown(name: string): string {
  return /^[\w.-]{1,40}$/.test(name) ? `"${name}"` : 'with an unprintable name';
}

/**
 * Milliseconds of processor time: on a busy machine the time on the wall is that of others. Of this thread where Node.js
 * can tell (22.19 and later), else of the process.
 */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1_000;
}
