/**
 * Secrets seen in a call, so that an echo of them in its result or error text is removed too.
 *
 * Only values that cannot be ordinary words are kept: 8 characters or more, with a digit or a capital or a sign in
 * them, or 16 or more. Each is looked for as it is, percent-encoded, JSON-escaped and in base64 at the three offsets.
 * The values live in private fields, so that printing a memory prints no secret.
 */

const MAX_SECRETS = 64;
const MIN_LENGTH = 8;
/** Longer ones are recognised by this much of their start. */
const MAX_LENGTH = 4_096;

/** Values seen under a key earlier in the call. Make one per call with `createSecretMemory`. */
export class SecretMemory {
  readonly #values = new Set<string>();
  #needles: readonly string[] | undefined;

  /** How many values are kept. */
  get size(): number {
    return this.#values.size;
  }

  /** Keeps a value, unless it could be an ordinary word or 64 are kept already. */
  add(value: string): void {
    const text = value.length > MAX_LENGTH ? value.slice(0, MAX_LENGTH) : value;
    if (this.#values.size >= MAX_SECRETS || !isDistinct(text) || this.#values.has(text)) return;
    this.#values.add(text);
    this.#needles = undefined;
  }

  /** Forgets a value that may stay after all. */
  remove(value: string): void {
    if (this.#values.delete(value)) this.#needles = undefined;
  }

  /** Forms to look for, longest first. */
  needles(): readonly string[] {
    this.#needles ??= [...new Set([...this.#values].flatMap(formsOf))].sort(
      (a, b) => b.length - a.length,
    );
    return this.#needles;
  }
}

/** Makes the memory of one call: pass it with the arguments, then with the result or error. */
export function createSecretMemory(): SecretMemory {
  return new SecretMemory();
}

function isDistinct(text: string): boolean {
  if (text.length < MIN_LENGTH || text.includes('REDACTED:') || /^\s*$/.test(text)) return false;
  return text.length >= 16
    ? /[^\s]{6}/.test(text)
    : /[^a-z ]/.test(text) && !/^[A-Z][a-z]+$/.test(text);
}

/** A value as it is, JSON-escaped, percent-encoded and in base64 at the three offsets. */
export function formsOf(value: string): string[] {
  const forms = [value, JSON.stringify(value).slice(1, -1)];
  try {
    forms.push(encodeURIComponent(value));
  } catch {
    // A lone surrogate has no percent form.
  }
  const bytes = Buffer.from(value);
  for (let offset = 0; offset < 3; offset++) {
    // Whole 3-byte groups only: their base64 does not depend on what stands around.
    const skip = (3 - offset) % 3;
    const whole = bytes.length - skip - ((bytes.length - skip) % 3);
    if (whole < 9) continue;
    const core = bytes.subarray(skip, skip + whole).toString('base64');
    forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}
