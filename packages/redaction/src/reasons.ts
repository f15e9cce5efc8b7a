/** Why a rule fired, in words for people who try it (`redact --explain`). */
import { Pseudonyms } from './policy/pseudonym.ts';
import { TOKEN_RULES } from './rules.ts';

const REASONS: Readonly<Record<string, string>> = {
  'keyed-secret': 'a value under, or behind, a name that says it is secret',
  'bearer-token': 'the credentials of a bearer header',
  'basic-auth': 'user and password of a basic authorization header',
  'url-credentials': 'a password in a URL',
  'private-key': 'the body of a private key block',
  binary: 'binary data: kept as type, size and digest',
  echo: 'the same secret was found elsewhere in the call',
  email: 'an e-mail address',
  phone: 'a telephone number in unmistakable notation',
  iban: 'an IBAN whose check digits are right',
  'card-number': 'a payment card number: issuer, length and check digit are right',
  ssn: 'a US social security number beside its name',
  'user-literal': 'one of your literals',
  'user-environment': 'the value of one of your environment variables',
  'environment-secret': "a secret of this process's own environment",
  'user-hook': 'changed by your hook',
};

/** One line, without any value. */
export function explainReason(rule: string): string {
  const known = REASONS[rule];
  if (known !== undefined) return known;
  const family = TOKEN_RULES.find(({ id }) => id === rule);
  if (family !== undefined)
    return `a token of this family by its prefix and form (${family.source})`;
  return rule.startsWith('keyed-')
    ? `personal data under a name that says so (${rule.slice(6)})`
    : 'a rule of yours, or one that needs a word beside the value';
}

/** The `value` of an allow-list entry: HMAC-SHA-256 in hex. */
export function allowedValue(
  key: { readonly id: string; readonly key: Uint8Array },
  value: string,
): string {
  return new Pseudonyms(key).allowed(value);
}
