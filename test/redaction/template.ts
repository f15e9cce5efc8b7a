/**
 * Cases written as text with places for values. In a template
 *
 *     ‹S› ‹S2›  machine-made secret, letters, digits and `-` only     ‹P›  password as people choose it
 *     ‹M›       40 characters of base62     ‹X›  32 of hex             ‹K›  40 of base64 without signs at the end
 *     ‹Q›       password with signs, percent-encoded as in a URL       ‹B›  base64 of user:password
 *     ‹C›       53 characters of a bcrypt hash                         ‹Z›  86 of a SHA-512 crypt hash
 *     ‹J›       signed token (JWT)          ‹E›  base64 lines of a key, joined by newlines
 *     ‹Y›       the words of a key block's first line, so that no scanner takes a template for a key
 *     ‹O›       six digits of a one-time code       ‹R›  a recovery code       ‹L›  twelve words of a wallet       ‹I›  UUID
 *     ‹F›       four words of a passphrase
 *     ‹V›       32 of hex that may go or stay
 *     ‹H› host  ‹U› user  ‹W› word  ‹D› date  ‹T› time  ‹N› number: harmless, must survive
 *
 * The same letter (with its number) stands for the same value in the whole template.
 */
import type { Draft, Secret } from './cases.ts';
import { jwt } from './families/code.ts';
import type { Random } from './random.ts';

/** Kind, template, harmless text that must survive besides the ‹H›, ‹U›, ‹W›, ‹D›, ‹T› and ‹N› of the template. */
export type Template = readonly [kind: string, text: string, ...keep: string[]];

/** Makes the cases of a table of templates: each `times` times, in another envelope each time. */
export function fromTemplates(
  random: Random,
  templates: readonly Template[],
  times: number,
  envelope: (text: string, random: Random) => unknown = inEnvelope,
): Draft[] {
  return templates.flatMap(([kind, template, ...keep]) =>
    Array.from({ length: times }, (): Draft => {
      const filled = fill(random, template);
      return {
        kind,
        value: envelope(filled.text, random),
        secrets: filled.secrets,
        keep: [...filled.keep, ...keep],
      };
    }),
  );
}

/** Of passphrases; no sentence of the corpora has four in a row. */
const NOUNS =
  'velvet harbor lantern pepper walnut glacier meadow copper violin tulip anchor pebble saddle thimble orchid badger'.split(
    ' ',
  );

interface Filled {
  readonly text: string;
  readonly secrets: readonly Secret[];
  readonly keep: readonly string[];
}

export function fill(random: Random, template: string): Filled {
  const values = new Map<string, string>();
  const secrets: Secret[] = [];
  const keep: string[] = [];
  const secret = (text: string, publicLength = 0): string => {
    secrets.push({ text, publicLength });
    return text;
  };
  const harmless = (text: string): string => {
    keep.push(text);
    return text;
  };
  const make = (letter: string): string => {
    if (letter === 'S') return secret(random.password());
    if (letter === 'P') return secret(random.humanPassword());
    if (letter === 'M') return secret(random.fill('{m40}'));
    if (letter === 'X') return secret(random.fill('{x32}'));
    if (letter === 'K') return secret(random.fill('{s40}'));
    if (letter === 'O') return secret(random.fill('{d6}'));
    if (letter === 'R') return secret(random.fill('{l5}{d1}-{l5}{d1}'));
    if (letter === 'I') return secret(random.uuid());
    if (letter === 'L')
      return secret(Array.from({ length: 12 }, () => random.fill('{a5}')).join(' '));
    if (letter === 'F')
      return secret(Array.from({ length: 4 }, () => random.pick(NOUNS)).join(' '));
    if (letter === 'C') return secret(random.fill('{m53}'));
    if (letter === 'Z') return secret(random.fill('{m86}'));
    if (letter === 'Y') return ['PRIVATE', 'KEY'].join(' ');
    if (letter === 'V') return random.fill('{x32}');
    if (letter === 'Q') {
      const plain = random.fill('{m6}@{m6}/{m4}#{d2}');
      secret(plain);
      return secret(encodeURIComponent(plain));
    }
    if (letter === 'B') {
      const password = secret(random.password());
      return secret(
        Buffer.from(`${random.user()}:${password}`).toString('base64').replace(/=+$/, ''),
      );
    }
    if (letter === 'J') {
      const text = jwt(random);
      return secret(text, text.indexOf('.') + 1);
    }
    if (letter === 'E') {
      const lines = Array.from({ length: 6 }, () => random.fill('{s64}'));
      for (const line of lines) secret(line);
      return lines.join('\n');
    }
    if (letter === 'H') return harmless(random.host());
    if (letter === 'U') return harmless(random.user());
    if (letter === 'W') return harmless(random.word());
    if (letter === 'D') return harmless(random.date());
    if (letter === 'T') return harmless(random.time());
    if (letter === 'N') return harmless(random.fill('{n1}{d4}'));
    throw new Error(`unknown place ‹${letter}›`);
  };
  const text = template.replace(/‹([A-Z])(\d?)›/g, (place, letter: string) => {
    const value = values.get(place) ?? make(letter);
    values.set(place, value);
    return value;
  });
  return { text, secrets, keep };
}

/** How MCP carries a text: bare, as content, as a field of structured content, as a result in JSON text. */
function inEnvelope(text: string, random: Random): unknown {
  return random.pick([
    (): unknown => text,
    (): unknown => ({ content: [{ type: 'text', text }], isError: false }),
    (): unknown => ({ structuredContent: { stdout: text, stderr: '', code: 0 } }),
    (): unknown => ({
      content: [{ type: 'text', text: JSON.stringify({ output: text, ok: true }) }],
    }),
    (): unknown => ({ contents: [{ uri: 'file:///srv/app/notes', mimeType: 'text/plain', text }] }),
  ])();
}
