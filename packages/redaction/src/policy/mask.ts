/** Partial masks: what of a value may stay, by rule. Inside the mark, so that a mask is never read as a value again. */
import { TOKEN_RULES } from '../rules.ts';

/** Shortest prefix that names a family: single joints say nothing. */
const MIN_PREFIX = 3;

/** Makes masks; `prefixes` = families of the user's own. */
export class Masks {
  readonly #prefixes = new Map<string, readonly string[]>();

  constructor(prefixes: readonly { readonly id: string; readonly prefix: string }[] = []) {
    for (const { id, prefixes: literals, keep } of TOKEN_RULES) {
      if (keep === true) continue;
      const named = literals.filter((literal) => literal.length >= MIN_PREFIX);
      if (named.length > 0) this.#prefixes.set(id, [...(this.#prefixes.get(id) ?? []), ...named]);
    }
    for (const { id, prefix } of prefixes) this.#prefixes.set(id, [prefix]);
  }

  /** True when values of this rule have a part that may stay. */
  knows(rule: string): boolean {
    return isCardRule(rule) || isEmailRule(rule) || this.#prefixes.has(rule);
  }

  /** `***1111`, `***@example.com`, `ghp_***`; the empty text when the value has no such part. */
  of(rule: string, value: string): string {
    if (isCardRule(rule)) {
      const digits = value.replace(/\D/g, '');
      return digits.length >= 12 ? `***${digits.slice(-4)}` : '';
    }
    if (isEmailRule(rule)) {
      const domain = /@([A-Za-z0-9.-]{1,253})$/.exec(value)?.[1];
      return domain === undefined ? '' : `***@${domain}`;
    }
    const literal = this.#prefixes
      .get(rule)
      ?.filter((prefix) => value.startsWith(prefix))
      .sort((a, b) => b.length - a.length)[0];
    return literal === undefined ? '' : `${literal}***`;
  }
}

function isCardRule(rule: string): boolean {
  return rule === 'card-number';
}

function isEmailRule(rule: string): boolean {
  return rule === 'email' || rule === 'keyed-email';
}
