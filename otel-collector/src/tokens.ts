/**
 * The token families of `@mcp-logbook/redaction` as RE2 patterns.
 *
 * Go's regexp looks for a pattern's literal beginning with a fast search and runs its slow machine only where that
 * stands: a pattern that begins with at least two fixed characters costs 40 ns a value, one alternation of all
 * families 30,000. So: many patterns, each with a literal beginning, no `\b` and no `(?i)` in front.
 *
 * Without `\b` a prefix may stand inside a word. Where the engine asks for an edge or for mixed characters, the pattern
 * asks for a long run of letters and digits instead (`task-2024-report` is no `sk-` key). What differs from the engine
 * errs on the side of masking more.
 *
 * Where the literal stands in the middle of a token, what is left of it stays. There is no pattern where next to nothing
 * follows the literal (`...-us12`), nor for literals of two characters that want mixed ones behind: a false alarm on
 * ordinary text is worse than a hole in the second net.
 */
import { TOKEN_RULES, type TokenRule } from '@mcp-logbook/redaction/rules';

/** Patterns of all families, each beginning with a literal; no two equal. */
export function tokenPatterns(): string[] {
  return [...new Set(TOKEN_RULES.flatMap(patternsOf))];
}

/** True when a token with this literal has a pattern here. */
export function hasPattern(rule: TokenRule, literal: string): boolean {
  if (rule.before !== undefined) return rule.min >= 16 && literal.length > 1;
  return rule.mixed !== true || literal.length > 2;
}

function patternsOf(rule: TokenRule): string[] {
  const literals = rule.prefixes.filter((literal) => hasPattern(rule, literal));
  return groupByStart(literals).map((group) => startOf(group) + bodyOf(rule));
}

function bodyOf(rule: TokenRule): string {
  const set = classOf(rule.set);
  if (rule.needs !== undefined) {
    const least = Math.floor(rule.min / 3);
    return `${set}{${Math.min(least, 4)},}${quote(rule.needs)}${set}{${least},}`;
  }
  if (rule.mixed !== true) return `${set}{${rule.min},${rule.max ?? ''}}`;
  // A digit beside a letter, in a run: what names written in humps or with dashes seldom have.
  const beside = '(?:[0-9][A-Za-z]|[A-Za-z][0-9])';
  if (rule.min >= 30) return `${set}{0,16}${beside}${set}{${Math.min(rule.min - 18, 40)},}`;
  const alnum = classOf(
    Uint8Array.from(rule.set, (is, code) =>
      is === 1 && /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
    ),
  );
  return `${set}{0,24}${alnum}{0,12}${beside}${alnum}{${Math.min(10, Math.floor(rule.min / 2))},}${set}*`;
}

/** Prefixes that share their first two characters or more make one pattern. */
function groupByStart(prefixes: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const prefix of prefixes) {
    const start = prefix.slice(0, 2);
    groups.set(start, [...(groups.get(start) ?? []), prefix]);
  }
  return [...groups.values()];
}

function startOf(group: readonly string[]): string {
  const [first = ''] = group;
  if (group.length === 1) return quote(first);
  let shared = 0;
  while (group.every((prefix) => prefix.length > shared && prefix[shared] === first[shared]))
    shared++;
  const tails = group.map((prefix) => quote(prefix.slice(shared)));
  return `${quote(first.slice(0, shared))}(?:${tails.join('|')})`;
}

/** Escapes what means something to RE2. */
export function quote(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** A character table as a class, with ranges. */
function classOf(set: Uint8Array): string {
  let text = '';
  for (let code = 0; code < set.length; code++) {
    if (set[code] !== 1) continue;
    let last = code;
    while (set[last + 1] === 1) last++;
    text += last - code > 1 ? `${inClass(code)}-${inClass(last)}` : inClass(code);
    if (last - code === 1) text += inClass(last);
    code = last;
  }
  return `[${text}]`;
}

function inClass(code: number): string {
  const character = String.fromCharCode(code);
  return /[-\]\\^]/.test(character) ? `\\${character}` : character;
}
