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
 */
import { TOKEN_RULES, type TokenRule } from '@mcp-logbook/redaction/rules';

/** Patterns of all families, each beginning with a literal; no two equal. */
export function tokenPatterns(): string[] {
  return [...new Set(TOKEN_RULES.flatMap(patternsOf))];
}

function patternsOf(rule: TokenRule): string[] {
  return groupByStart(rule.prefixes).map((group) => startOf(group) + bodyOf(rule));
}

function bodyOf(rule: TokenRule): string {
  const set = classOf(rule.set);
  if (rule.needs !== undefined) {
    const before = Uint8Array.from(rule.set);
    before[rule.needs.charCodeAt(0)] = 0;
    const least = Math.floor(rule.min / 3);
    return `${classOf(before)}{${Math.min(least, 10)},}${quote(rule.needs)}${set}{${least},}`;
  }
  if (rule.mixed !== true) return `${set}{${rule.min},}`;
  const alnum = Uint8Array.from(rule.set, (is, code) =>
    is === 1 && /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
  );
  return `${set}{0,24}${classOf(alnum)}{0,12}[0-9A-Z]${classOf(alnum)}{${Math.min(12, rule.min)},}${set}*`;
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
