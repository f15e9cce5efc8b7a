/**
 * What users may add to the built-in rules and take from them: member `redaction` of the file MCP_LOGBOOK_CONFIG names,
 * or `createRedactor({ rules })`. Plain JSON. The published schema of the file describes the same shapes.
 */

/** All of it; every member is optional. */
export interface RedactionRules {
  /** Texts that always go, as they are, percent-encoded, JSON-escaped and in base64. 4 characters or more. */
  readonly literals?: readonly string[];
  /** Names of environment variables of this process whose values go the same way. */
  readonly environment?: readonly string[];
  readonly prefixes?: readonly PrefixRule[];
  readonly patterns?: readonly PatternRule[];
  readonly allow?: readonly AllowRule[];
  /** Rules whose mark tells equal values from different ones: `[REDACTED:email#k3f9a2c1]`. */
  readonly pseudonyms?: readonly string[];
  /** Rules whose mark keeps the harmless part: last four of a card, domain of an address, public prefix of a token. */
  readonly masks?: readonly string[];
}

/** A token family of the user's own: a literal and the run of characters behind it. */
export interface PrefixRule {
  /** Lower case, digits, hyphens, at most 40; stands in `[REDACTED:id]`. */
  readonly id: string;
  /** As the issuer writes it, 2 to 64 ASCII characters. Shorter than 6 it counts only where no word runs into it. */
  readonly prefix: string;
  /** Ranges and single ASCII characters of what follows: `A-Za-z0-9_-`. */
  readonly charset: string;
  /** Fewest and most characters behind the prefix. Default of `max`: 1,024. */
  readonly min: number;
  readonly max?: number;
}

/** A regular expression that is only tried around a literal. */
export interface PatternRule {
  readonly id: string;
  /** What makes it worth trying; 3 to 64 ASCII characters, upper and lower case alike. */
  readonly literal: string;
  /**
   * Tried on the 512 characters around each literal. A group named `secret` limits what is cut. Refused: whatever
   * can match one text in two ways, look-around, back references.
   */
  readonly pattern: string;
  /** `i` or nothing. */
  readonly flags?: string;
  /** Longest time in one text, in milliseconds; then the rule is not tried again and such texts go whole. Default 100. */
  readonly budgetMs?: number;
}

/** What one rule finds in one place stays. Needs a path or a value: no rule is switched off everywhere. */
export interface AllowRule {
  /** Glob of rule ids: `email`, `*-email`. */
  readonly rule: string;
  /** Glob of tool names; absent = any. */
  readonly tool?: string;
  /** Keys and indexes from `params` or `result` on, with `.`: `*` is one of them, `**` any number. */
  readonly path?: string;
  /** HMAC of the value, in hex, made by `mcp-logbook redact --hmac`; needs a pseudonym key. */
  readonly value?: string;
}

/** What is wrong with one rule. Never holds a literal or a value. */
export interface RuleProblem {
  /** Where it stands: `patterns[0] "staff-number"`. */
  readonly rule: string;
  readonly reason: string;
}

/** What a hook may know of a text. */
export interface HookContext {
  readonly path: string;
  readonly tool: string | undefined;
  readonly direction: 'request' | 'response' | undefined;
}

/**
 * Sees every text after the rules have; gives another text or `undefined` for "as it is". What it throws, and any other
 * answer, makes the text `[REDACTION-ERROR]`. What it gives is looked at by the rules again.
 */
export type RedactionHook = (text: string, context: HookContext) => string | undefined;

/** A replaced piece, for `redact --explain`. Never holds what was replaced. */
export interface Find {
  readonly rule: string;
  /** Keys and indexes from the root on; empty for the root. */
  readonly path: string;
  /** Half-open range of code units in the text at `path`; absent when a whole value went. */
  readonly start?: number;
  readonly end?: number;
}
