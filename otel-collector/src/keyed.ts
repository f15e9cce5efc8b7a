/**
 * Secrets that their name gives away, as RE2 patterns: names of attributes, and `name = value` inside a text.
 *
 * The names are those of the engine's `keys.ts`. Each pattern begins with a literal (`tokens.ts` says why), so a name is
 * written from its second letter on, which fits `password` and `Password` alike, and once more in capitals. Short words
 * (`pin`, `otp`) and `token` alone count only where they are the whole name. `progress_token`, `max_tokens` and
 * `secret_id` match nothing, as in the engine.
 *
 * A value of letters only and shorter than twelve is left to the engine: RE2 has no look-ahead to tell `swordfish` from
 * `required`, and a false alarm at night costs more than the second net's hole.
 */
import { KEY_WORDS } from '@mcp-logbook/redaction/rules';
import { quote } from './tokens.ts';

/** Shorter words occur inside ordinary ones. */
const LONG = 6;

/** Words that are as good as one of `beforeTokens` before `token` in the singular. */
const MORE_BEFORE_TOKEN =
  'id oauth private service webhook deploy bot user github gitlab slack npm csrf'.split(' ');

/** Between the words of a name. */
const JOINT = '[_. -]?';

/** What a placeholder begins with, for a class: `[REDACTED`, `<x>`, `{{x}}`, `${X}`, `****`, `%X%`. */
const PLACEHOLDER = String.raw`\[<{$*%`;

/** What ends a bare value, for a class. */
const CLOSERS = String.raw`\s"'\x60<>)\]}|\\,;&`;

/** Between a name and its value: quotes of any depth, blanks, `:`, `=`, `:=`, `=>`. */
const SEPARATOR = String.raw`\\*["'\x60\]]?\s{0,4}(?::=|=>|[:=])\s{0,4}`;

/** Schemes of an `Authorization` header. */
const SCHEME = '(?:(?:[Bb]earer|[Bb]asic|[Tt]oken|[Dd]igest|[Aa]pi[Kk]ey) {1,4})?';

/** Quoted, with a character that is no letter or twelve letters; or bare, with a digit or twelve characters. */
const VALUE = `${SCHEME}(?:${quotedValue()}|${bareValue()})`;

/** Patterns for the names of attributes and of fields in structured bodies. */
export function keyPatterns(): string[] {
  const whole = [...shortWords(), 'token'].flatMap((word) => [word, word.toUpperCase()]);
  return [
    ...nameStarts().map((name) => `${name}[0-9]*$`),
    `^(?:${whole.join('|')})$`,
    ...KEY_WORDS.foreign.map(quote),
  ];
}

/** Patterns for `name = value`, `"name": "value"`, `--name value`, `<name>value<`, cookies, in texts. */
export function assignmentPatterns(): string[] {
  return [
    ...nameStarts().map((name) => `${name}[0-9]*(?:${SEPARATOR}${VALUE}|>[^${PLACEHOLDER}>]{3,})`),
    ...[...shortWords(), 'token'].map(
      (word) => String.raw`"${word}\\*"\s{0,4}:\s{0,4}(?:${VALUE}|[0-9]+)`,
    ),
    ...['?token=', '&token=', ' token=', 'pwd=', 'Pwd='].map((start) => quote(start) + VALUE),
    String.raw`--(?:[a-z0-9]{1,20}-){0,4}(?:pass(?:word|wd|phrase)?|secret|token|api-?key)[ =]{1,4}["']?[^\s"'${PLACEHOLDER}-][^\s"']{5,}`,
    String.raw`ookie[sS]?\\*["']?\s{0,4}[:=]\s{0,4}\\*["']?[^\r\n"=${PLACEHOLDER}]{1,64}=[^\r\n"]+`,
    ...KEY_WORDS.foreign.map((name) => quote(name) + SEPARATOR + VALUE),
  ];
}

function quotedValue(): string {
  const quotes = String.raw`"'\x60`;
  const inside = String.raw`[^${quotes}\\\n]`;
  return String.raw`\\*[${quotes}](?:[A-Za-z]{0,11}[^A-Za-z${quotes}\\\n${PLACEHOLDER}]|[A-Za-z]{12})${inside}*`;
}

function bareValue(): string {
  const first = `[^${CLOSERS}({${PLACEHOLDER}]`;
  const noDigit = `[^${CLOSERS}({${PLACEHOLDER}0-9]`;
  return `(?:${noDigit}{0,64}[0-9][^${CLOSERS}]*|${first}{12}[^${CLOSERS}]*)`;
}

/** Literal beginnings of patterns for all names but the short ones. */
function nameStarts(): string[] {
  const words = [...KEY_WORDS.secret].filter(
    (word) =>
      word.length >= LONG &&
      !isPlural(word) &&
      ![...KEY_WORDS.secret].some(
        (other) => other !== word && other.length >= LONG && word.endsWith(other),
      ) &&
      !word.endsWith('token') &&
      !(word.endsWith('key') && KEY_WORDS.beforeKey.has(word.slice(0, -3))),
  );
  const keys = [...KEY_WORDS.beforeKey];
  const tokens = [...KEY_WORDS.beforeTokens, ...MORE_BEFORE_TOKEN];
  return [
    ...words.flatMap((word) => [`${tail(word)}s?`, `${word.toUpperCase()}S?`]),
    ...together(keys, '[Kk]eys?', '[Kk](?:EYS?|eys?)'),
    ...together(tokens, '[Tt]okens?', '[Tt](?:OKENS?|okens?)'),
    String.raw`ass${JOINT}[Pp]hrase`,
    String.raw`eed${JOINT}[Pp]hrase`,
    String.raw`ecovery${JOINT}[Pp]hrase`,
    String.raw`ecurity${JOINT}[Cc]ode`,
    String.raw`erification${JOINT}[Cc]ode`,
  ];
}

/** `api key`, `apiKey`, `api_key`, `API_KEY`: words with one beginning make one pattern. */
function together(before: readonly string[], lower: string, upper: string): string[] {
  const group = (words: readonly string[]): string[] => {
    const groups = new Map<string, string[]>();
    for (const word of words) {
      const start = word.slice(0, 2);
      groups.set(start, [...(groups.get(start) ?? []), word.slice(2)]);
    }
    return [...groups].map(([start, rests]) =>
      rests.length === 1 ? start + (rests[0] ?? '') : `${start}(?:${rests.join('|')})`,
    );
  };
  const capitals = before.map((word) => word.toUpperCase());
  return [
    ...group(before.map(tail)).map((words) => words + JOINT + lower),
    ...group(capitals).map((words) => `${words}[_. -]?${upper}`),
  ];
}

function shortWords(): string[] {
  return [...KEY_WORDS.secret].filter((word) => word.length < LONG && word !== 'token');
}

function isPlural(word: string): boolean {
  return word.endsWith('s') && KEY_WORDS.secret.has(word.slice(0, -1));
}

/** Without the first letter, which may be a capital; two letters are the least for a fast search. */
function tail(word: string): string {
  return word.length > 2 ? word.slice(1) : word;
}
