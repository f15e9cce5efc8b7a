/**
 * What a redactor does beyond the built-in rules: one `Policy` a redactor, one `PolicyRun` a value. Absent when there
 * is nothing to do, so that the usual walk pays nothing.
 *
 * Order in one text: the built-in scan, the user's literals, prefixes and patterns, the allow-list over all finds, the
 * cut with marks as configured, at last the hook. Everything that goes wrong takes more away, never less (I5).
 */
import { type Charset, isIn, runEnd, WORD } from '../charset.ts';
import { marker, type Span } from '../spans.ts';
import { matchesName, matchesPath } from './glob.ts';
import type { Masks } from './mask.ts';
import type { Needles } from './needles.ts';
import { isFewRule, MIN_SECRET, type Pseudonyms } from './pseudonym.ts';
import type { Find, RedactionHook } from './types.ts';

/** What stands behind a literal of the user's. */
export type TextRule =
  | { readonly type: 'literal'; readonly id: string }
  | {
      readonly type: 'prefix';
      readonly id: string;
      readonly set: Charset;
      readonly min: number;
      readonly max: number;
      readonly edge: boolean;
    }
  | {
      readonly type: 'pattern';
      readonly id: string;
      readonly regex: RegExp;
      readonly budgetMs: number;
      /** Took too long once. */
      disabled: boolean;
    };

/** An allow-list entry, taken apart. */
export interface Allowed {
  readonly rule: string;
  readonly tool: string;
  readonly path: readonly string[] | undefined;
  readonly value: string | undefined;
}

/** Everything a policy is made of. */
export interface Policy {
  readonly needles: Needles<TextRule> | undefined;
  readonly allow: readonly Allowed[];
  readonly pseudonyms: ReadonlySet<string>;
  readonly masked: ReadonlySet<string>;
  readonly pseudonym: Pseudonyms | undefined;
  readonly masks: Masks | undefined;
  readonly hook: RedactionHook | undefined;
  /** Milliseconds of work, which only go up. */
  readonly clock: () => number;
}

/** What is known of one value. */
export interface RunContext {
  readonly tool?: string;
  readonly direction?: 'request' | 'response';
  readonly explain?: (find: Find) => void;
}

/** Rules with a pattern look this far to both sides of their literal. */
const RADIUS = 256;
/** Literals closer to each other share a window. */
const STRIDE = 64;
/** Our own marks are this long at most. */
const MAX_MARK = 320;
const OPEN = '[REDACTED:';
/** Values of these rules may be short passwords. */
const PASSWORD_RULES = new Set(['keyed-secret', 'echo', 'url-credentials', 'basic-auth']);

/** See the file's header. Use once. */
export class PolicyRun {
  /** Uses of the allow-list by rule. */
  readonly allowed: Map<string, number> = new Map();
  /** Values that stayed: an echo of them stays too. */
  readonly allowedValues: Set<string> = new Set();
  /** Rules that took too long in this value. */
  readonly disabled: string[] = [];
  /** A literal, prefix or pattern found something. */
  hasCut = false;
  readonly #policy: Policy;
  readonly #context: RunContext;
  readonly #keys: string[] = [];
  readonly #needsPath: boolean;
  /** Values that an earlier look let stay, where names may have been cut since. */
  #allowedBefore: ReadonlySet<string> | undefined;

  constructor(policy: Policy, context: RunContext) {
    this.#policy = policy;
    this.#context = context;
    this.#needsPath =
      policy.allow.length > 0 || policy.hook !== undefined || context.explain !== undefined;
  }

  /** The run of a second look at the result: without the hook, and with what was allowed by then allowed anywhere. */
  again(): PolicyRun {
    const { explain, ...context } = this.#context;
    const run = new PolicyRun(
      { ...this.#policy, hook: undefined },
      // Positions would be those of the result.
      explain === undefined
        ? context
        : { ...context, explain: ({ rule, path }) => explain({ rule, path }) },
    );
    run.#allowedBefore = this.allowedValues;
    return run;
  }

  /** Length of the shortest text, number or key that a literal of the user's may stand in. */
  get shortest(): number {
    return this.#policy.needles?.shortest ?? Infinity;
  }

  /** How many keys lead to where the walk is. */
  get depth(): number {
    return this.#keys.length;
  }

  /** The walk goes to `key` of its `depth`th container, or back up to it without a key. */
  at(depth: number, key?: string): void {
    if (!this.#needsPath) return;
    if (key === undefined) {
      this.#keys.length = depth;
      return;
    }
    this.#keys.length = depth - 1;
    this.#keys[depth - 1] = key;
  }

  /** Adds the user's finds to those of the scan and takes out what is allowed. */
  spans(text: string, found: Span[] | undefined): Span[] | undefined {
    const { needles, allow } = this.#policy;
    let all = found;
    if (needles !== undefined && text.length >= needles.shortest) {
      const add = (rule: string, start: number, end: number, isEcho: boolean): void => {
        this.hasCut = true;
        all ??= [];
        all.push({ start, end, rule, isToken: false, isEcho });
      };
      this.#userSpans(text, needles, add);
    }
    if (allow.length > 0)
      all = all?.filter(({ rule, start, end }) => !this.allows(rule, text.slice(start, end)));
    return all === undefined || all.length === 0 ? undefined : all;
  }

  #userSpans(
    text: string,
    needles: Needles<TextRule>,
    add: (rule: string, start: number, end: number, isEcho: boolean) => void,
  ): void {
    const { length } = text;
    const seen = new Map<TextRule, number>();
    const spent = new Map<TextRule, number>();
    needles.each(text, (rule, start, end) => {
      if (isInMark(text, start)) return;
      if (rule.type === 'literal') {
        add(rule.id, start, end, false);
        return;
      }
      if (rule.type === 'prefix') {
        if (rule.edge && start > 0 && isIn(WORD, text, start - 1)) return;
        const stop = runEnd(rule.set, text, end, Math.min(rule.max, length - end));
        if (stop - end >= rule.min) add(rule.id, start, stop, false);
        return;
      }
      if (rule.disabled) {
        // No longer tried: what it was for goes whole.
        if (!seen.has(rule)) add(rule.id, 0, length, false);
        seen.set(rule, start);
        return;
      }
      if (start < (seen.get(rule) ?? -STRIDE) + STRIDE) return;
      seen.set(rule, start);
      const from = Math.max(0, start - RADIUS);
      const began = this.#policy.clock();
      for (const match of text.slice(from, Math.min(length, start + RADIUS)).matchAll(rule.regex)) {
        const [first, last] = match.indices?.groups?.['secret'] ?? match.indices?.[0] ?? [0, 0];
        if (last > first && !isInMark(text, from + first))
          add(rule.id, from + first, from + last, true);
      }
      const took = (spent.get(rule) ?? 0) + this.#policy.clock() - began;
      spent.set(rule, took);
      if (took <= rule.budgetMs) return;
      rule.disabled = true;
      this.disabled.push(rule.id);
      add(rule.id, 0, length, false);
    });
  }

  /** True when the allow-list lets this value of this rule stay where the walk is. Counts it. */
  allows(rule: string, value: string): boolean {
    const { allow, pseudonym } = this.#policy;
    if (allow.length === 0) return false;
    if (this.#allowedBefore?.has(value) === true) return true;
    const tool = this.#context.tool;
    const isAllowed = allow.some(
      (entry) =>
        matchesName(entry.rule, rule) &&
        (entry.tool === '*' || (tool !== undefined && matchesName(entry.tool, tool))) &&
        (entry.path === undefined || matchesPath(entry.path, this.#path())) &&
        (entry.value === undefined || entry.value === pseudonym?.allowed(value)),
    );
    if (!isAllowed) return false;
    this.allowed.set(rule, (this.allowed.get(rule) ?? 0) + 1);
    this.allowedValues.add(value);
    return true;
  }

  /** What replaces `value`; `start` where it stood in its text. */
  mark(rule: string, value: string, start?: number): string {
    const { explain } = this.#context;
    if (explain !== undefined) {
      const path = this.#path().join('.');
      explain(
        start === undefined ? { rule, path } : { rule, path, start, end: start + value.length },
      );
    }
    const { masked, pseudonyms, masks, pseudonym } = this.#policy;
    if (masked.has(rule)) {
      const mask = masks?.of(rule, value) ?? '';
      if (mask !== '') return marker(`${rule} ${mask}`);
    }
    if (!pseudonyms.has(rule) || isFewRule(rule)) return marker(rule);
    if (PASSWORD_RULES.has(rule) && value.length < MIN_SECRET) return marker(rule);
    return marker(rule + (pseudonym?.of(value) ?? ''));
  }

  /** The text as the hook wants it. @throws whatever the hook throws, and on an answer that is no text */
  hooked(text: string): string {
    const { hook } = this.#policy;
    if (hook === undefined) return text;
    const { tool, direction } = this.#context;
    const answer: unknown = hook(text, { path: this.#path().join('.'), tool, direction });
    if (answer === undefined) return text;
    if (typeof answer !== 'string') throw new TypeError('a hook gives a text or undefined');
    return answer;
  }

  get hasHook(): boolean {
    return this.#policy.hook !== undefined;
  }

  #path(): string[] {
    // Containers that were converted on the way leave a hole.
    return this.#keys.filter((key: string | undefined) => key !== undefined);
  }
}

/** True inside `[REDACTED:...]`: what stands in our own marks is no find. */
function isInMark(text: string, at: number): boolean {
  // A piece of bounded length: searching back to the beginning for each find would be quadratic.
  const from = Math.max(0, at - MAX_MARK);
  const around = text.slice(from, at + OPEN.length);
  const open = around.lastIndexOf(OPEN);
  return open >= 0 && !around.slice(open, at - from).includes(']');
}
