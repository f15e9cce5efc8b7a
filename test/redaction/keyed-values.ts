/** Group `keyed`, values that a value grammar stumbles over, and values below a secret name. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

/** Passwords with every sign that ends or quotes something somewhere. */
const AWKWARD: readonly string[] = [
  '{m6}"{m6}',
  "{m6}'{m6}",
  '{m6} {m6}',
  '{m5};{m5};{m4}',
  '{m5},{m5},{m4}',
  '{m5}&{m5}={m4}',
  '{m5}#{m8}',
  '{m5}\\{m8}',
  '{m5}/{m5}/{m4}',
  '{m5}<{m5}>{m4}',
  '{m5}[]{m6}',
  '({m6}){m6}',
  '{m4}${m8}',
  '{m6}%{m8}',
  '{m6}@{m8}',
  '{m6}:{m8}',
  '{m8}é{m4}ß',
  '密{m10}码',
  '{m6}`{m6}',
  '{m6}|{m6}',
  '-{m12}',
  '{m12}-',
  '_{m12}',
  '{m12}.',
  '{m12}!',
  '!{m12}',
  '{m12}==',
  '{d14}',
  '{a14}',
  '{A14}',
  '{m3}',
  '{m5}',
  '{m200}',
  '{m6}\t{m6}',
  '{m6}\n{m6}',
  '🔑{m10}',
];

/** Passwords as people choose them, short and from the dictionary. */
const HUMAN: readonly string[] = [
  'hunter{d1}',
  'sunshine',
  'letmein',
  'qwerty{d2}',
  'iloveyou',
  'dragon',
  'welcome{n1}',
  'P@ssw0rd',
  'summer20{n1}{d1}',
  'correct horse {a7} staple',
  'monkey!',
  'Zürich{d2}',
  'abc{d3}',
];

const NAMES: readonly string[] = [
  'password',
  'apiKey',
  'client_secret',
  'DB_PASSWORD',
  'accessToken',
  'passphrase',
  'secretKey',
  'authToken',
];

/** Secrets that lie deeper than their name, or under an unusual writing of it. `fast` must stay. */
const BELOW: readonly (readonly [
  kind: string,
  build: (secret: string, other: string) => unknown,
])[] = [
  ['object with value', (secret) => ({ password: { value: secret }, mode: 'fast' })],
  ['object with data', (secret) => ({ apiKey: { data: secret, encoding: 'utf8' }, mode: 'fast' })],
  ['list of secrets', (secret, other) => ({ apiKeys: [secret, other], mode: 'fast' })],
  [
    'list of objects',
    (secret, other) => ({ tokens: [{ value: secret }, { value: other }], mode: 'fast' }),
  ],
  ['map of secrets', (secret, other) => ({ secrets: { a: secret, b: other }, mode: 'fast' })],
  [
    'map of passwords',
    (secret, other) => ({ passwords: { ana: secret, tom: other }, mode: 'fast' }),
  ],
  [
    'credentials object',
    (secret) => ({ credentials: { user: 'ana', pass: secret }, mode: 'fast' }),
  ],
  ['auth object', (secret) => ({ auth: { user: 'ana', pass: secret }, mode: 'fast' })],
  ['auth pair', (secret) => ({ auth: ['ana', secret], mode: 'fast' })],
  ['old and new', (secret, other) => ({ oldPassword: secret, newPassword: other, mode: 'fast' })],
  [
    'changes from to',
    (secret, other) => ({
      changes: [{ field: 'password', from: secret, to: other }],
      mode: 'fast',
    }),
  ],
  [
    'diff before after',
    (secret, other) => ({ password: { before: secret, after: other }, mode: 'fast' }),
  ],
  ['setting and default', (secret) => ({ name: 'api_key', default: secret, mode: 'fast' })],
  ['env object list', (secret) => ({ env: [{ Name: 'API_TOKEN', Value: secret }], mode: 'fast' })],
  [
    'parameter key',
    (secret) => ({
      parameters: [{ ParameterKey: 'DbPassword', ParameterValue: secret }],
      mode: 'fast',
    }),
  ],
  [
    'option name',
    (secret) => ({ options: [{ option: 'password', argument: secret }], mode: 'fast' }),
  ],
  ['attribute', (secret) => ({ attributes: [{ attribute: 'secret', val: secret }], mode: 'fast' })],
  [
    'property',
    (secret) => ({ properties: [{ property: 'client_secret', value: secret }], mode: 'fast' }),
  ],
  ['key and val', (secret) => ({ items: [{ k: 'password', v: secret }], mode: 'fast' })],
  ['id and value', (secret) => ({ inputs: [{ id: 'password', value: secret }], mode: 'fast' })],
  [
    'title and value',
    (secret) => ({ fields: [{ title: 'Password', value: secret }], mode: 'fast' }),
  ],
  ['type password', (secret) => ({ fields: [{ type: 'password', value: secret }], mode: 'fast' })],
  [
    'HTML attributes',
    (secret) => ({ element: { tag: 'input', type: 'password', value: secret }, mode: 'fast' }),
  ],
  [
    'map entries',
    (secret) => ({
      entries: [
        ['password', secret],
        ['mode', 'fast'],
      ],
    }),
  ],
  ['dotted flat', (secret) => ({ 'spring.datasource.password': secret, 'server.mode': 'fast' })],
  ['colon key', (secret) => ({ 'Auth:ApiKey': secret, 'Server:Mode': 'fast' })],
  ['double underscore', (secret) => ({ Auth__ClientSecret: secret, Server__Mode: 'fast' })],
  ['slash key', (secret) => ({ '/shop/prod/db/password': secret, '/shop/mode': 'fast' })],
  ['bracket key', (secret) => ({ 'user[password]': secret, 'user[mode]': 'fast' })],
  ['at key', (secret) => ({ '@password': secret, '@mode': 'fast' })],
  ['dollar key', (secret) => ({ $password: secret, $mode: 'fast' })],
  ['underscore key', (secret) => ({ _password: secret, _mode: 'fast' })],
  ['numbered key', (secret, other) => ({ password1: secret, password2: other, mode: 'fast' })],
  ['suffix env', (secret) => ({ PASSWORD_PROD: secret, MODE: 'fast' })],
  ['suffix value', (secret) => ({ password_value: secret, mode: 'fast' })],
  ['suffix plain', (secret) => ({ passwordPlain: secret, mode: 'fast' })],
  ['upper camel', (secret) => ({ APIKey: secret, Mode: 'fast' })],
  ['all lower', (secret) => ({ clientsecret: secret, mode: 'fast' })],
  ['all upper', (secret) => ({ ACCESSTOKEN: secret, MODE: 'fast' })],
  ['unspaced', (secret) => ({ dbpassword: secret, mode: 'fast' })],
  ['with a space', (secret) => ({ 'API Key': secret, Mode: 'fast' })],
  ['with a question', (secret) => ({ 'Password?': secret, Mode: 'fast' })],
];

export function keyedValues(seed: number): Draft[] {
  const random = new Random(seed, 'keyed/values');
  const drafts: Draft[] = [];
  for (const template of [...AWKWARD, ...HUMAN]) {
    const secret = random.fill(template);
    const name = random.pick(NAMES);
    const other = random.word();
    drafts.push({
      kind: 'awkward value',
      value: { [name]: secret, note: other },
      secrets: [secret],
      keep: [other],
    });
    const inText = random.fill(template);
    drafts.push({
      kind: 'awkward value in JSON text',
      value: { content: [{ type: 'text', text: JSON.stringify({ [name]: inText, note: other }) }] },
      secrets: [inText],
      keep: [other],
    });
    const pretty = random.fill(template);
    drafts.push({
      kind: 'awkward value in broken JSON text',
      value: `log: {"${name}": ${JSON.stringify(pretty)}, "note": "${other}", ...`,
      secrets: [pretty],
      keep: [other],
    });
  }
  for (const [kind, build] of BELOW) {
    for (let i = 0; i < 2; i++) {
      const [secret, other] = [random.password(), random.password()];
      const value = build(secret, other);
      const secrets = JSON.stringify(value).includes(other) ? [secret, other] : [secret];
      drafts.push({
        kind: `below: ${kind}`,
        value: i === 0 ? value : JSON.stringify(value, null, 2),
        secrets,
        keep: ['fast'],
      });
    }
  }
  return drafts;
}
