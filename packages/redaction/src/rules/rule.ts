/**
 * What one token family is: plain data, no regular expression. Every file of this folder is a list of these, by kind of
 * provider. A family is added with one record:
 *
 *     {
 *       id: 'acme-key',
 *       prefixes: ['acme_live_', 'acme_test_'],
 *       set: BASE62,
 *       min: 32,
 *       source: 'docs.acme.example/keys',
 *     },
 *
 * The table test then makes three tokens of it, looks for them in every context and checks that one character less than
 * `min` stays. A short prefix that begins ordinary words wants `mixed` or a long `min`.
 */
import type { Charset } from '../charset.ts';

/** One family. Lengths in characters. */
export interface TokenRule {
  /** Shown in `[REDACTED:id]` and counted by: lower case, `provider-kind`. */
  readonly id: string;
  /**
   * Literals as the issuer writes them, one of which every token holds: in front, or behind `before`. One of a single
   * character (`_ . : | -`) is a joint, looked at only in runs of 32 characters and more.
   */
  readonly prefixes: readonly string[];
  /** What may follow the literal. The longest run is taken, since formats grow (GitHub's app tokens did). */
  readonly set: Charset;
  /** Fewest characters after the literal. */
  readonly min: number;
  /** Most characters taken after the literal; where `set` holds what separates things in a URL or a sentence. */
  readonly max?: number;
  /** What must stand left of the literal and goes with it: for marks in the middle or at the end of a token. */
  readonly before?: {
    readonly set: Charset;
    readonly min: number;
    readonly max: number;
    /** What it may begin with. */
    readonly first?: string;
  };
  /** No letter, digit or `_` on the left. Default: literals shorter than six characters. */
  readonly edge?: boolean;
  /** Upper case, lower case and a digit in the body: for prefixes that also start names. */
  readonly mixed?: boolean;
  /** A text the body must hold. */
  readonly needs?: string;
  /** A text at an offset behind the literal: the next joint of a token that has no other mark. */
  readonly fixed?: readonly [offset: number, text: string];
  /** The literal stays in the text: the host and path of a URL, the name of a field. */
  readonly keep?: boolean;
  /** Default `secret`. */
  readonly sensitivity?: 'secret' | 'pii';
  /**
   * How issued tokens look, for vectors: `{n}` is n letters and digits of `set`, `{n:hex}`, `{n:HEX}`, `{n:dec}`,
   * `{n:low}`, `{n:up}`, `{n:any}` of other alphabets, `*` the literal (first when absent), the rest as it is.
   * Default: `{min}`.
   */
  readonly shape?: string;
  /** Where the format is written down: the issuer's documentation, or a public rule set that knows the family. */
  readonly source: string;
}

/** True when the literal is only seen where no word runs into it. */
export function hasEdge(rule: TokenRule, literal: string): boolean {
  return rule.edge ?? (rule.before === undefined && literal.length < 6);
}
