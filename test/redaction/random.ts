/**
 * Seeded randomness of the development corpus, and the small language its formats are written in.
 *
 * Every class of cases draws from its own stream (seed and label hashed together), so a new class shifts no other.
 */
import { createHash } from 'node:crypto';

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();
const DIGITS = '0123456789';

/** Alphabets by the letter that names them in a template. */
const ALPHABETS: Readonly<Record<string, string>> = {
  m: LOWER + UPPER + DIGITS,
  x: `${DIGITS}abcdef`,
  X: `${DIGITS}ABCDEF`,
  d: DIGITS,
  n: '123456789',
  l: LOWER + DIGITS,
  U: UPPER + DIGITS,
  b: `${UPPER}234567`,
  w: `${LOWER}${UPPER}${DIGITS}_-`,
  s: `${LOWER}${UPPER}${DIGITS}+/`,
  a: LOWER,
  A: UPPER,
  L: LOWER + UPPER,
  c: '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
  q: 'qpzry9x8gf2tvdw0s3jn54khce6mua7l',
};

/** A stream of random values that the seed and the label alone decide. */
export class Random {
  readonly #label: string;
  #pool: Buffer = Buffer.alloc(0);
  #at = 0;
  #block = 0;

  constructor(seed: number, label: string) {
    this.#label = `${seed}/${label}`;
  }

  /** Integer in [0, limit). */
  int(limit: number): number {
    if (this.#at + 6 > this.#pool.length) {
      this.#pool = createHash('sha512')
        .update(`${this.#label}/${this.#block++}`)
        .digest();
      this.#at = 0;
    }
    const value = this.#pool.readUIntBE(this.#at, 6);
    this.#at += 6;
    return value % limit;
  }

  /** Integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.int(high - low + 1);
  }

  chance(part: number): boolean {
    return this.int(1_000_000) < part * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    const item = list[this.int(list.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** `count` different items in random order. */
  sample<T>(list: readonly T[], count: number): T[] {
    const rest = [...list];
    return Array.from({ length: Math.min(count, rest.length) }, () => {
      const [item] = rest.splice(this.int(rest.length), 1);
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    });
  }

  chars(alphabet: string, length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) text += alphabet[this.int(alphabet.length)];
    return text;
  }

  /**
   * Fills a template. `{m36}`: 36 characters of alphabet `m`; `{m20-40}`: 20 to 40 of them; `{uuid}`; `{a|b|c}`: one of
   * the words. Alphabets: m base62, x and X hex, d digits, n digits without zero, l and U one case with digits,
   * b base32, w base64url, s base64, a and A letters of one case, L letters, c base58, q bech32.
   */
  fill(template: string): string {
    return template.replace(/\{([^{}]+)\}/g, (_, spec: string) => {
      if (spec === 'uuid') return this.uuid();
      if (spec.includes('|')) return this.pick(spec.split('|'));
      const match = /^([a-zA-Z])(\d+)(?:-(\d+))?$/.exec(spec);
      const alphabet = ALPHABETS[match?.[1] ?? ''];
      if (match === null || alphabet === undefined) throw new Error(`bad template part {${spec}}`);
      const low = Number(match[2]);
      const length = match[3] === undefined ? low : this.between(low, Number(match[3]));
      const text = this.chars(alphabet, length);
      // A random run of base64 must not end in a sign, or the case would depend on how punctuation is read.
      return /[-_+/]$/.test(text) ? `${text.slice(0, -1)}${this.chars('aZ39kP', 1)}` : text;
    });
  }

  uuid(): string {
    const hex = this.chars('0123456789abcdef', 31);
    const variant = this.pick(['8', '9', 'a', 'b']);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(15, 18)}-${hex.slice(18, 30)}`;
  }

  base64(bytes: number): string {
    return this.bytes(bytes).toString('base64');
  }

  bytes(count: number): Buffer {
    return Buffer.from(Array.from({ length: count }, () => this.int(256)));
  }

  /** A machine-made password: letters, digits, and mostly no sign that a grammar could stumble over. */
  password(): string {
    return this.fill(this.pick(['{m20}', '{m16}', '{m24}', 'q{m12}', '{l18}', '{m9}-{m9}']));
  }

  /** A password as people choose it. */
  humanPassword(): string {
    const word = this.pick(['Falcon', 'summer', 'Purple', 'Dragon', 'kitten', 'Monday', 'Rocket']);
    const other = this.pick(['Tea', 'river', 'Stone', 'cloud', 'Maple', 'tiger', 'Moon']);
    return this.fill(
      this.pick([
        `${word}{d4}!`,
        `${word}${other}{d3}`,
        `${word}-${other}-{d4}`,
        `${word.toLowerCase()}_${other}{d2}#`,
        `Tr0ub{d3}${other}&{n2}`,
      ]),
    );
  }

  host(): string {
    const name = this.pick(['db', 'cache', 'api', 'mq', 'search', 'files', 'ldap', 'git']);
    const site = this.pick(['prod', 'stage', 'eu-west', 'internal', 'shop', 'billing']);
    return `${name}-${this.between(1, 40)}.${site}.example.${this.pick(['com', 'net', 'org'])}`;
  }

  user(): string {
    const name = this.pick(['app', 'svc', 'deploy', 'reader', 'billing', 'report', 'etl', 'web']);
    return `${name}_${this.pick(['rw', 'ro', 'user', 'prod', 'job'])}`;
  }

  word(): string {
    return this.pick(WORDS);
  }

  words(count: number): string {
    return Array.from({ length: count }, () => this.word()).join(' ');
  }

  first(): string {
    return this.pick(['Ana', 'Omar', 'Lin', 'Greta', 'Kofi', 'Mira', 'Jonas', 'Priya', 'Tom']);
  }

  last(): string {
    return this.pick(['Novak', 'Haddad', 'Chen', 'Lindqvist', 'Mensah', 'Roy', 'Keller', 'Byrne']);
  }

  date(): string {
    return `20${this.between(18, 26)}-${String(this.between(1, 12)).padStart(2, '0')}-${String(this.between(1, 28)).padStart(2, '0')}`;
  }

  time(): string {
    const two = (limit: number): string => String(this.int(limit)).padStart(2, '0');
    return `${this.date()}T${two(24)}:${two(60)}:${two(60)}Z`;
  }
}

const WORDS = (
  'account order report window garden market system number letter river bridge engine paper planet summer ' +
  'winter table office person school street country history music picture village machine teacher student ' +
  'question answer language weather kitchen library station holiday business computer network process method ' +
  'result sample version project module folder screen button header column record update change review branch ' +
  'release feature customer payment invoice delivery product category description quantity region status'
).split(' ');
