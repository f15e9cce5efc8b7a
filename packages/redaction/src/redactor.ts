/**
 * The one gateway: every value that leaves the process goes through a `Redactor` (I5).
 *
 * Value in, value out, nothing thrown, the input untouched. The result is new plain JSON data, `JSON.stringify` of it
 * never throws, and redacting it again changes nothing. Tables are built at first use, never at import.
 */
import { createHash } from 'node:crypto';
import { secretProperties } from './schema.ts';
import { EchoPass } from './echo.ts';
import type { SecretMemory } from './memory.ts';
import { RULES_VERSION, TOKEN_RULES } from './rules.ts';
import { type Bounds, ERROR_MARK, Walk } from './walk.ts';

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
  /** Version and hash of the rule set, e.g. `1.0+ab12cd34`. */
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
  #rules: string | undefined;

  constructor(options: RedactorOptions) {
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
      this.#rules = `${RULES_VERSION}+${createHash('sha256').update(data).digest('hex').slice(0, 8)}`;
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
    const walk = new Walk(
      this.#bounds,
      this.#personal && context?.personal !== false,
      memory,
      schemaSecrets,
    );
    let redacted: unknown;
    try {
      const found = walk.value(value);
      redacted = found === undefined ? null : found;
      if (memory !== undefined && memory.size > 0)
        redacted = new EchoPass(memory, walk).value(redacted);
    } catch {
      walk.failed = true;
      redacted = ERROR_MARK;
    }
    const { counts, total, truncated, failed, isPlain } = walk;
    return { redaction: { value: redacted, counts, total, truncated, failed }, isPlain };
  }
}
