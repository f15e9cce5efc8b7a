/**
 * The one gateway: every value that leaves the process goes through a `Redactor` (I5).
 *
 * Value in, value out, nothing thrown, the input untouched. The result is new plain JSON data, `JSON.stringify` of it
 * never throws, and redacting it again changes nothing. Tables are built at first use, never at import.
 */
import { createHash } from 'node:crypto';
import type { Bounds } from './bounds.ts';
import { secretProperties } from './schema.ts';
import { EchoPass } from './echo.ts';
import type { SecretMemory } from './memory.ts';
import { type Compiled, compilePolicy } from './policy/compile.ts';
import { type Policy, PolicyRun } from './policy/policy.ts';
import type { Find, RedactionHook, RedactionRules, RuleProblem } from './policy/types.ts';
import { RULES_VERSION, TOKEN_RULES } from './rules.ts';
import type { Tally } from './tally.ts';
import { ERROR_MARK } from './texts.ts';
import { Walk } from './walk.ts';

/** Options of a redactor. Lengths in UTF-16 code units. */
export interface RedactorOptions {
  /** Longest string that is looked at; the rest becomes `[TRUNCATED n chars]`. Default 65,536. */
  readonly maxStringLength?: number;
  /** Most text looked at in one call. Default 1,048,576. */
  readonly maxTotalLength?: number;
  /** Deepest nesting. Default 100. */
  readonly maxDepth?: number;
  /** Most array items and object keys. Default 20,000. */
  readonly maxNodes?: number;
  /** Look for personal data (e-mail, phone, cards, ...) too. Default true. */
  readonly personal?: boolean;
  /** The user's own rules. Read as untrusted JSON: one that is wrong is left out and told to `onRuleProblem`. */
  readonly rules?: RedactionRules;
  /** Told of each rule that cannot be used, when the rules are first needed. */
  readonly onRuleProblem?: (problem: RuleProblem) => void;
  /**
   * The environment of the process, default none: secrets in it are looked for everywhere (by the names of the variables
   * and by the built-in rules), and so are the values of `rules.environment`.
   */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Key of pseudonyms and of allowed values, the same on every server of a fleet; default a random one for the process. */
  readonly pseudonymKey?: {
    /** 1 to 8 lower-case letters and digits, part of each pseudonym. */
    readonly id: string;
    /** 32 bytes or more. */
    readonly key: Uint8Array;
  };
  /** Sees each text after the rules; see `RedactionHook`. */
  readonly hook?: RedactionHook;
}

/** What is known of the value. */
export interface RedactionContext {
  readonly tool?: string;
  readonly direction?: 'request' | 'response';
  /** JSON Schema of the tool's arguments: `format: "password"` and `writeOnly` make a property secret. */
  readonly inputSchema?: unknown;
  /** Memory of this call: secrets found are kept in it, secrets in it are removed wherever they stand. */
  readonly secrets?: SecretMemory;
  /** `false`: leave e-mail addresses and the like, for fields that name a person on purpose. Secrets still go. */
  readonly personal?: boolean;
  /** Told of each replaced piece. Costs time: for people who try rules. */
  readonly explain?: (find: Find) => void;
}

/** A redacted value and what was done to it. */
export interface Redaction<T = unknown> {
  readonly value: T;
  /** Finds by rule id. */
  readonly counts: ReadonlyMap<string, number>;
  readonly total: number;
  /** Something was too long, too deep or too much, and was cut. */
  readonly truncated: boolean;
  /** Something could not be read; `[REDACTION-ERROR]` stands for it. */
  readonly failed: boolean;
  /** Finds that the allow-list let stay, by rule id; absent when there were none. */
  readonly allowed?: ReadonlyMap<string, number>;
  /** Rules of the user's that took too long and are no longer tried; absent when none did. */
  readonly disabledRules?: readonly string[];
}

/** A redaction as JSON text. */
export interface JsonRedaction extends Redaction {
  /** JSON of `value`. */
  readonly json: string;
  /** UTF-8 bytes of the JSON before redaction; `undefined` when it could not be told (cycles, cut or exotic values). */
  readonly originalBytes: number | undefined;
}

/** See `createRedactor`. No method throws. */
export interface Redactor {
  /** Version and hash of the rule set, with the user's rules behind a dot: `2.0+ab12cd34`, `2.0+ab12cd34.5e6f7a8b`. */
  readonly rules: string;
  /** Redacts any value. `undefined`, functions and symbols become `null`. */
  redact(value: unknown, context?: RedactionContext): Redaction;
  /** Redacts one text; JSON inside it is understood. */
  redactText(text: string, context?: RedactionContext): Redaction<string>;
  /** Redacts and serialises in one go. */
  redactToJson(value: unknown, context?: RedactionContext): JsonRedaction;
}

/** Makes a redactor. Cheap: tables are shared and built at the first text. */
export function createRedactor(options: RedactorOptions = {}): Redactor {
  return new Engine(options);
}

class Engine implements Redactor {
  readonly #bounds: Bounds;
  readonly #personal: boolean;
  readonly #options: RedactorOptions;
  #rules: string | undefined;
  #compiled: Compiled | undefined;

  constructor(options: RedactorOptions) {
    this.#options = options;
    this.#personal = options.personal !== false;
    this.#bounds = {
      maxString: options.maxStringLength ?? 65_536,
      maxTotal: options.maxTotalLength ?? 1_048_576,
      maxDepth: options.maxDepth ?? 100,
      maxNodes: options.maxNodes ?? 20_000,
    };
  }

  get rules(): string {
    if (this.#rules === undefined) {
      const data = JSON.stringify(TOKEN_RULES, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
      );
      const own = this.#policy().hash;
      const builtIn = createHash('sha256').update(data).digest('hex').slice(0, 8);
      this.#rules = `${RULES_VERSION}+${builtIn}${own === '' ? '' : `.${own}`}`;
    }
    return this.#rules;
  }

  redact(value: unknown, context?: RedactionContext): Redaction {
    return this.#run(value, context).redaction;
  }

  redactText(text: string, context?: RedactionContext): Redaction<string> {
    const redaction = this.#run(String(text), context).redaction;
    return {
      ...redaction,
      value: typeof redaction.value === 'string' ? redaction.value : ERROR_MARK,
    };
  }

  redactToJson(value: unknown, context?: RedactionContext): JsonRedaction {
    const { redaction, isPlain } = this.#run(value, context);
    try {
      const json = JSON.stringify(redaction.value) ?? 'null';
      const isSame = redaction.total === 0 && !redaction.truncated && !redaction.failed;
      const originalBytes = !isPlain
        ? undefined
        : Buffer.byteLength(isSame ? json : (JSON.stringify(value) ?? 'null'));
      return { ...redaction, json, originalBytes };
    } catch {
      return {
        ...redaction,
        value: ERROR_MARK,
        failed: true,
        json: `"${ERROR_MARK}"`,
        originalBytes: undefined,
      };
    }
  }

  #run(
    value: unknown,
    context: RedactionContext | undefined,
  ): { redaction: Redaction; isPlain: boolean } {
    const memory = context?.secrets;
    const schemaSecrets =
      context?.inputSchema === undefined ? undefined : secretProperties(context.inputSchema);
    const policy = (this.#compiled ?? this.#policy()).policy ?? explained(context);
    const run = policy === undefined ? undefined : new PolicyRun(policy, context ?? {});
    const walk = new Walk(
      this.#bounds,
      this.#personal && context?.personal !== false,
      memory,
      schemaSecrets,
      run,
    );
    let redacted: unknown;
    try {
      redacted = passed(walk, value, run, memory);
      for (let pass = 1; pass < MAX_PASSES && mustLookAgain(walk.tally, run); pass++) {
        const later = run?.again();
        const again = new Walk(
          twice(this.#bounds),
          walk.withPersonal,
          memory,
          schemaSecrets,
          later,
        );
        redacted = passed(again, redacted, later, memory);
        walk.tally.include(again.tally);
        if (again.tally.total === 0) break;
      }
    } catch {
      walk.tally.failed = true;
      redacted = ERROR_MARK;
    }
    const { counts, total, truncated, failed, isPlain } = walk.tally;
    const redaction: Redaction = { value: redacted, counts, total, truncated, failed };
    return { redaction: run === undefined ? redaction : withRun(redaction, run), isPlain };
  }

  /** The user's rules, compiled at first use. */
  #policy(): Compiled {
    if (this.#compiled !== undefined) return this.#compiled;
    const { rules, environment, pseudonymKey, hook, onRuleProblem } = this.#options;
    this.#compiled = compilePolicy({
      rules,
      ...(environment !== undefined && { environment }),
      ...(pseudonymKey !== undefined && { pseudonymKey }),
      ...(hook !== undefined && { hook }),
    });
    for (const problem of this.#compiled.problems) {
      try {
        onRuleProblem?.(problem);
      } catch {
        // Telling it is all that can be done.
      }
    }
    return this.#compiled;
  }
}

const MAX_PASSES = 4;

/** One walk, and the echoes of what was found so far. */
function passed(
  walk: Walk,
  value: unknown,
  run: PolicyRun | undefined,
  memory: SecretMemory | undefined,
): unknown {
  const found = walk.value(value) ?? null;
  if (run !== undefined) for (const allowed of run.allowedValues) memory?.remove(allowed);
  return memory === undefined || memory.size === 0
    ? found
    : new EchoPass(memory, walk.tally).value(found);
}

/**
 * Built-in rules read what they leave as they read it the first time. The user's rules, a hook and an echo cut anywhere,
 * through names and placeholders too: what they leave is looked at as a new value, until nothing is found.
 */
function mustLookAgain({ total, counts }: Tally, run: PolicyRun | undefined): boolean {
  if (total === 0) return false;
  return run?.hasCut === true || counts.has('user-hook') || counts.has('echo');
}

/** Marks may be longer than what they stand for. */
function twice(bounds: Bounds): Bounds {
  return {
    ...bounds,
    maxString: 2 * bounds.maxString,
    maxTotal: 2 * bounds.maxTotal,
    maxNodes: 2 * bounds.maxNodes,
  };
}

const NOTHING: ReadonlySet<string> = new Set();

/** A policy that only tells. */
function explained(context: RedactionContext | undefined): Policy | undefined {
  if (context?.explain === undefined) return undefined;
  return {
    needles: undefined,
    allow: [],
    pseudonyms: NOTHING,
    masked: NOTHING,
    pseudonym: undefined,
    masks: undefined,
    hook: undefined,
    clock: () => 0,
  };
}

function withRun(redaction: Redaction, run: PolicyRun): Redaction {
  return {
    ...redaction,
    ...(run.allowed.size > 0 && { allowed: run.allowed }),
    ...(run.disabled.length > 0 && { disabledRules: run.disabled }),
  };
}
