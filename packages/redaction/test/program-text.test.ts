/** Programs speak of secrets without giving any; a password may be any word. What tells them apart, from both sides. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';
import { isAlgorithm, isHumped } from '../src/program-text.ts';

const redact = (text: string): unknown => createRedactor().redactText(text).value;
const SECRET = '[REDACTED:keyed-secret]';

describe('stays in a program', () => {
  test.each([
    ['the type of a parameter', 'func run(pass *analysis.Pass) (any, error) {'],
    ['a literal of a structure', '\ttoken := &oauth2.Token{\n'],
    ['a word that a walrus assigns', '\ttoken := decoded\n'],
    ['a word that a statement assigns', 'this.token = body;\n'],
    ['a member that is assigned', '\tcred.TokenSource = ts\n'],
    ['a word in a literal', 'const x = { apiKey: secConfig };'],
    ['an operand', 'return secret ? "secret" : requiresKey ? 1 : 2;'],
    ['a verb of printf', 'fmt.Errorf("failed to refresh token: %w", err)'],
    ['a sign', 'while (token === "{") next();'],
    ['an algorithm', 'crypto.subtle.decrypt("RSA-OAEP", key, data)'],
    ['the name itself', 'AttributeURLPassword = "url.password"'],
    ['a name that is exported', 'exports.AuthenticationMD5Password = AuthenticationMD5Password;'],
    ['its plural', 'ClientCredential = "client_credentials"'],
    ['the name of a variable', 'tokenVariable = "GITHUB_API_TOKEN"'],
    ['text with holes', 'cookie = `${name}=${value}`;'],
    ['a prompt', "const passwordPrompt = 'npm password: '\nconst userPrompt = 'npm username: '"],
    ['what a label announces', 'fmt.Println("  secretAccessKey:", x.Key)\nfmt.Println("  b:", y)'],
    ['a small constant', 'SYS_MEMFD_SECRET = 447\n'],
  ])('%s: %s', (_, text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('stays in a record', () => {
  test.each([
    ['a sentence of a catalogue', { token_expired: 'The token of {0} has expired two days ago.' }],
    [
      'in another language',
      { Unexpected_token: 'Neočekávaný token. Očekával se konstruktor třídy.' },
    ],
    [
      'an expression of a template',
      { storageKey_secret: "[listKeys(variables('account'), '2021')]" },
    ],
    [
      'the model of an API',
      { members: { ClientToken: { shape: 'TokenType', location: 'header' } } },
    ],
    [
      'a media type and a source file',
      { 'application/jwt': { source: 'iana' }, 'src/token.ts': 12 },
    ],
    ['what the steady clock of Go says', { at: '17:51:48.85 -0400 EDT m=+24906.653563401' }],
  ])('%s', (_, record) => {
    expect(createRedactor().redact(record).value).toEqual(record);
  });

  test('but not a sentence that gives a secret away', () => {
    const { value } = createRedactor().redact({
      token_hint: 'Your token is x1Y2z3W4v5U6 for two days.',
    });
    expect(JSON.stringify(value)).not.toContain('x1Y2z3W4v5U6');
  });
});

describe('goes, though it looks alike', () => {
  test.each([
    ['password = letmein\n', `password = ${SECRET}\n`],
    ['password: correctHorse\n', `password: ${SECRET}\n`],
    ['fastcgi_param DB_PASSWORD hunterXy7;\n', `fastcgi_param DB_PASSWORD ${SECRET};\n`],
    ['token = "x1Y2z3W4v5U6"\n', `token = "${SECRET}"\n`],
    [
      'url = `${host}`; password = `${prefix}Nightjar7`',
      `url = \`\${host}\`; password = \`${SECRET}\``,
    ],
    ["the users' password: 'Nightjar7!'", `the users' password: '${SECRET}'`],
    ['secret: aLongOne99x\n', `secret: ${SECRET}\n`],
    ['tool --password hunter42 && echo done', `tool --password ${SECRET} && echo done`],
    ['tool --password nightjarx || true', `tool --password ${SECRET} || true`],
    ['The password: hunter42 in case you need it', `The password: ${SECRET} in case you need it`],
    ['password = "Summertime?"', `password = "${SECRET}"`],
    ['readonly DB_PASSWORD=letmein\n', `readonly DB_PASSWORD=${SECRET}\n`],
    ['Password: toor, Port: 22', `Password: ${SECRET}, Port: 22`],
    ['POSTGRES_PASSWORD=postgres\n', `POSTGRES_PASSWORD=${SECRET}\n`],
    ['spring.datasource.password=password\n', `spring.datasource.password=${SECRET}\n`],
    ['admin_password: "admin"\n', `admin_password: "${SECRET}"\n`],
    ['cvv: 123\n', `cvv: ${SECRET}\n`],
    [
      'machine x.example login ana password words',
      `machine x.example login ana password ${SECRET}`,
    ],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

test('names of algorithms, whole and nothing else', () => {
  for (const name of [
    'RSA-OAEP',
    'RSA-OAEP-256',
    'AES-GCM',
    'aes-256-cbc',
    'HS256',
    'SHA-512',
    'Ed25519',
  ])
    expect(isAlgorithm(name)).toBe(true);
  for (const value of ['AES-GCMx', 'HS255', 'SHA-', 'aes-257-gcm', 'correct', ''])
    expect(isAlgorithm(value)).toBe(false);
});

test('words that were joined, and letters that nobody joined', () => {
  for (const name of ['updateVpcDhcpArgs', 'lastEventId', 'ASAuthorizationController'])
    expect(isHumped(name)).toBe(true);
  for (const value of ['qtCnWJwsGZFzw', 'NCIXSnfoKByfjcmPCEYpmJnr', 'letmein', 'a1B2', ''])
    expect(isHumped(value)).toBe(false);
});
