/**
 * Secrets that must not get out, made up for each test run: one of every family the first redaction engine knows by
 * its look, and some that only their key gives away. Built from pieces, so that no scanner takes this file for a leak.
 *
 * `findCanaries` looks for the secret part itself, for its base64 form and for its middle, so that a half-cut secret
 * counts as found too.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { TOKEN_RULES, vectorsOf } from '@mcp-logbook/redaction/rules';

/** One secret. `carrier` is the text that is sent, `secret` the part that must never be seen again. */
export interface Canary {
  readonly family: string;
  readonly carrier: string;
  readonly secret: string;
}

/** Secrets that are recognised wherever they stand. */
export function recognisableCanaries(): Canary[] {
  const github = `gh${'p_'}${letters(36)}`;
  const aws = `AK${'IA'}${upper(16)}`;
  const openai = `s${'k-'}proj-${letters(48)}`;
  const slack = `xo${'xb-'}${digits(12)}-${digits(12)}-${letters(24)}`;
  const stripe = `sk_${'live_'}${letters(24)}`;
  const bearer = letters(40);
  const basic = Buffer.from(`someone:${letters(18)}`).toString('base64');
  const password = letters(16);
  const pem = letters(64);
  const jwt = [
    Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url'),
    Buffer.from(`{"sub":"${letters(12)}","iat":1700000000}`).toString('base64url'),
    letters(43),
  ].join('.');
  return [
    { family: 'github', carrier: github, secret: github },
    { family: 'aws', carrier: aws, secret: aws },
    { family: 'openai', carrier: openai, secret: openai },
    { family: 'slack', carrier: slack, secret: slack },
    { family: 'stripe', carrier: stripe, secret: stripe },
    { family: 'jwt', carrier: jwt, secret: jwt },
    { family: 'bearer', carrier: `Authorization: Bearer ${bearer}`, secret: bearer },
    { family: 'basic', carrier: `Authorization: Basic ${basic}`, secret: basic },
    { family: 'url', carrier: `https://bob:${password}@db.example/x`, secret: password },
    {
      family: 'pem',
      carrier: `-----BEGIN ${'PRIVATE'} KEY-----\n${pem}\n-----END ${'PRIVATE'} KEY-----`,
      secret: pem,
    },
  ];
}

/** One of every family of the rule data, with one of its literals. */
export function familyCanaries(): Canary[] {
  return TOKEN_RULES.flatMap((rule) => {
    const vectors = vectorsOf(rule, randomInt(2 ** 31), rule.prefixes.length);
    const { text, secret } = vectors[randomInt(vectors.length)] ?? { text: '', secret: '' };
    return text === '' ? [] : [{ family: rule.id, carrier: text, secret }];
  });
}

/** Arguments whose keys give them away, nested and inside a JSON text. */
export function keyedCanaries(): {
  readonly value: Record<string, unknown>;
  readonly all: Canary[];
} {
  const names = ['password', 'apiKey', 'client_secret', 'access_token', 'nested', 'json'];
  const all = names.map((family) => {
    const secret = letters(20);
    return { family: `key ${family}`, carrier: secret, secret };
  });
  const [password, apiKey, clientSecret, accessToken, nested, json] = all.map((one) => one.secret);
  return {
    all,
    value: {
      password,
      apiKey,
      client_secret: clientSecret,
      headers: { 'x-other': 'fine', access_token: accessToken },
      list: [{ deep: { passwd: nested } }],
      text: JSON.stringify({ db: { password: json } }),
    },
  };
}

/** Families of canaries that `haystack` still holds, with where in words. */
export function findCanaries(
  canaries: readonly Canary[],
  haystack: string | Buffer,
  where: string,
): string[] {
  return canaries.flatMap(({ family, secret }) => {
    const middle = secret.slice(Math.floor(secret.length / 4), Math.ceil((secret.length * 3) / 4));
    const forms = [
      ['whole', secret],
      ['middle', middle],
      ['base64', Buffer.from(secret).toString('base64').replace(/=+$/, '')],
    ] as const;
    return (
      forms
        // Less could stand there by chance.
        .filter(([, form]) => form.length >= 8 && haystack.includes(form))
        .map(([name]) => `${family} (${name}) in ${where}`)
    );
  });
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Random letters and digits, starting with one of each kind so that entropy rules see what they look for. */
export function letters(count: number): string {
  return `aZ9${pick(ALPHABET, count - 3)}`;
}

function upper(count: number): string {
  return pick('ABCDEFGHIJKLMNOPQRSTUVWXYZ234567', count);
}

function digits(count: number): string {
  return pick('123456789', count);
}

function pick(alphabet: string, count: number): string {
  return Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]).join('');
}
