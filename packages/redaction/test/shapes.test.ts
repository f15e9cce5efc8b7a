/** What whole values become where their shape, or the words around them, decide: one row for each class. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const OPAQUE = 'q7Zk2Xw9LmTpR4sDe8Nf';
const redact = (value: unknown): unknown => createRedactor().redact(value).value;
const gone = '[REDACTED:keyed-secret]';
/** A key of 32 bytes and one of 64, as clouds write them. */
const KEY = `${OPAQUE}${OPAQUE}abc=`;
const LONG_KEY = `${OPAQUE.repeat(4)}abcdef==`;
const HEX = '0f1e2d3c4b5a46789abcdef012345678';

describe('records', () => {
  test.each<[string, unknown, unknown]>([
    ['a user and a password', { auth: ['ana', OPAQUE] }, { auth: ['ana', gone] }],
    [
      'an entry of a secret manager',
      { name: 'projects/1/secrets/db/versions/3', payload: { data: OPAQUE } },
      { name: 'projects/1/secrets/db/versions/3', payload: { data: gone } },
    ],
    [
      'an entry of a key vault',
      {
        id: 'https://shop-production.vault.azure.net/secrets/db/0f1e2d3c4b5a46789abcdef012345678',
        value: 'plain words',
      },
      {
        id: 'https://shop-production.vault.azure.net/secrets/db/0f1e2d3c4b5a46789abcdef012345678',
        value: gone,
      },
    ],
    [
      'a generated password of a state',
      { type: 'random_password', attributes: { length: 20, special: false, result: OPAQUE } },
      { type: 'random_password', attributes: { length: 20, special: false, result: gone } },
    ],
    [
      'a Kubernetes Secret of one value',
      { kind: 'Secret', data: { '.config': OPAQUE }, metadata: { name: 'x' } },
      { kind: 'Secret', data: { '.config': gone }, metadata: { name: 'x' } },
    ],
    [
      'the secret id of an account',
      { secret_id: '0f1e2d3c-4b5a-4678-9abc-def012345678', role: 'x' },
      { secret_id: gone, role: 'x' },
    ],
    [
      'the answer to a question',
      { question: 'Password', answer: OPAQUE },
      { question: 'Password', answer: gone },
    ],
    ['a community of SNMP', { community: OPAQUE, host: 'db' }, { community: gone, host: 'db' }],
    ['a card as a number', { n: 4111111111111111 }, { n: '[REDACTED:card-number]' }],
    [
      'a national number that a label names',
      { label: 'BSN', value: '111222333' },
      { label: 'BSN', value: '[REDACTED:keyed-national]' },
    ],
    [
      'the two keys of a service',
      { keyName: 'root', primaryKey: KEY, secondaryKey: LONG_KEY },
      { keyName: 'root', primaryKey: gone, secondaryKey: gone },
    ],
    [
      'two keys of hex',
      { primaryKey: HEX, secondaryKey: HEX.toUpperCase().toLowerCase(), state: 'active' },
      { primaryKey: gone, secondaryKey: gone, state: 'active' },
    ],
    [
      'a cookie that no script may read',
      { name: '_app', value: OPAQUE, domain: 'x.example', httpOnly: true },
      { name: '_app', value: gone, domain: 'x.example', httpOnly: true },
    ],
    [
      'a code that a label names',
      { label: 'Authentication code', value: '583920' },
      { label: 'Authentication code', value: gone },
    ],
    [
      'the hash of a user of a database',
      { columns: ['User', 'authentication_string'], rows: [['ana', `*${HEX}`]] },
      { columns: ['User', 'authentication_string'], rows: [['ana', gone]] },
    ],
    [
      'a value beside the name of a secret',
      {
        secrets: [
          { name: 'db', value: OPAQUE },
          { name: 'api', given: OPAQUE },
        ],
      },
      {
        secrets: [
          { name: 'db', value: gone },
          { name: 'api', given: gone },
        ],
      },
    ],
    [
      'a weak value beside the name of a secret',
      { secrets: [{ name: 'door', value: 'a1b2 c3d4' }] },
      { secrets: [{ name: 'door', value: gone }] },
    ],
    [
      'the key of a provider in a row',
      ['Mapbox key', OPAQUE, 'eu-north'],
      ['Mapbox key', gone, 'eu-north'],
    ],
  ])('%s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected);
    const text = JSON.stringify(value);
    expect(redact(text), 'as text').toBe(JSON.stringify(expected));
  });

  test.each<[string, unknown]>([
    ['versions that packages ask for', { cookie: '^0.7.1', 'csrf-token': '~2.0', jwt: '1.4.12' }],
    ['labels', { 'login.passcode': 'passcode', password: 'Passwort', pin: 'Kennwort' }],
    ['sentences that speak of their name', { 'error.secret': 'The secret is wrong' }],
    ['how many there are', { secrets: 3, tokens: 12 }],
    ['a digest of a package', { cookie: { integrity: `sha512-u+${'Ab1'.repeat(28)}==` } }],
    ['a pair of flags', { auth: ['basic', 'digest'] }],
    ['a result of another length', { length: 3, result: OPAQUE }],
    ['a payload without a vault', { name: 'projects/1/topics/db', payload: { data: OPAQUE } }],
    ['a community of people', { community: 'rust-users' }],
    ['a count of 13 digits that would do for a card', { bytes: 4514456406624 }],
    ['primary keys of a table', { primaryKey: 'id', secondaryKey: 'name' }],
    ['an id for a primary key', { primaryKey: OPAQUE, other: { primaryKey: HEX } }],
    ['a cookie that scripts read', { name: 'theme', value: 'dark', domain: 'x', httpOnly: true }],
    ['names of secrets', { db: { secrets: ['db_password', 'tls-key', 'registry.auth'] } }],
    [
      'where secrets are kept',
      { secrets: { db_password: { file: './x.txt' }, api: { external: true } } },
    ],
    [
      'which secrets there are',
      { secrets: [{ name: 'DB_PASSWORD', created_at: '2026-01-02T03:04:05Z' }] },
    ],
    [
      'who may see which secrets',
      { secrets: [{ name: 'NPM_TOKEN', visibility: 'all', updated_at: '2026-01-02T03:04:05Z' }] },
    ],
    ['a row about a key of a keyboard', ['Enter key', OPAQUE, 'x']],
  ])('stay: %s', (_, value) => {
    expect(redact(value)).toEqual(value);
  });
});

describe('JSON', () => {
  const value = { parts: [{ secret: { a: { b: OPAQUE } } }] };
  const redacted = JSON.stringify({ parts: [{ secret: { a: { b: gone } } }] }, null, 2);
  const json = JSON.stringify(value, null, 2);

  test.each([
    ['behind a command', '$ show all\n', '\n'],
    ['in a fence', 'The answer:\n\n```json\n', '\n```\n'],
  ])('%s is walked as data', (_, before, after) => {
    expect(redact(`${before}${json}${after}`)).toBe(`${before}${redacted}${after}`);
  });
});

describe('texts', () => {
  test.each([
    [`Please use pw ${OPAQUE} from now on`, 'Please use pw [REDACTED:context-secret] from now on'],
    [
      `vault login -method=userpass username=ana password=${OPAQUE}`,
      `vault login -method=userpass username=ana password=${gone}`,
    ],
    [
      `curl --header 'Cookie: sid=${OPAQUE}' --compressed https://x.example/`,
      `curl --header 'Cookie: sid=${gone}' --compressed https://x.example/`,
    ],
    [
      `Please rotate /5hzmV9${OPAQUE}, it is our Algolia token`,
      'Please rotate [REDACTED:context-secret], it is our Algolia token',
    ],
    [
      `npm verbose config auth '//npm.example/:_authToken=${OPAQUE}'`,
      `npm verbose config auth '//npm.example/:_authToken=${gone}'`,
    ],
    [`Passphrase for the x backups: ${OPAQUE}`, `Passphrase for the x backups: ${gone}`],
    [`password (temporary): ${OPAQUE}`, `password (temporary): ${gone}`],
    [`Password - ${OPAQUE}`, `Password - ${gone}`],
    [`**Password:** \`${OPAQUE}\``, `**Password:** \`${gone}\``],
    [`login ana / pw: ${OPAQUE}`, `login ana / pw: ${gone}`],
    [`-define(PASSWORD, "${OPAQUE}").`, `-define(PASSWORD, "${gone}").`],
    [
      `<w:Password Type="x#y">${OPAQUE}</w:Password>`,
      `<w:Password Type="x#y">${gone}</w:Password>`,
    ],
    [`PASSWORD: Orchid.Bridge42\nx: y`, `PASSWORD: ${gone}\nx: y`],
    [`seed phrase: ${'river '.repeat(11)}stone`, `seed phrase: ${gone}`],
    [
      `https://x.example/acs?SAMLResponse=${OPAQUE}%3D&x=y`,
      `https://x.example/acs?SAMLResponse=${gone}&x=y`,
    ],
    [`keytool -srcstorepass ${OPAQUE} -v`, `keytool -srcstorepass ${gone} -v`],
    [`snmpget -A ${OPAQUE} -X ${OPAQUE}x host`, `snmpget -A ${gone} -X ${gone} host`],
    [`2026-11-26 password=${OPAQUE}`, `2026-11-26 password=${gone}`],
    [`# password: CopperAnchor64`, `# password: ${gone}`],
    [`login: ana, password: CopperAnchor31`, `login: ana, password: ${gone}`],
    [`form.setPassword("${OPAQUE}");`, `form.setPassword("${gone}");`],
    [`<input type="password" value="${OPAQUE}">`, `<input type="password" value="${gone}">`],
    [`smtp.login("ana", "${OPAQUE}")`, `smtp.login("ana", "${gone}")`],
    [`sessionid=${HEX}; theme=dark`, `sessionid=${gone}; theme=dark`],
    [`JSESSIONID=${HEX.toUpperCase()}.node1`, `JSESSIONID=${gone}`],
    [`got connect.sid=s%3A${OPAQUE}.x%2By; Path=/`, `got connect.sid=${gone}; Path=/`],
    [`ASP.NET_SessionId=${OPAQUE}`, `ASP.NET_SessionId=${gone}`],
    [`"laravel_session=eyJp${OPAQUE}%3D%3D"`, `"laravel_session=${gone}"`],
    [
      `.x.example\tTRUE\t/\tFALSE\t1799999999\tsid2\t${OPAQUE}\n`,
      `.x.example\tTRUE\t/\tFALSE\t1799999999\tsid2\t${gone}\n`,
    ],
    [`password: !!str hunter22\nx: y`, `password: !!str ${gone}\nx: y`],
    [`password: !unsafe 'hunter 22'`, `password: !unsafe '${gone}'`],
    [`password: !<tag:yaml.org,2002:str> hunter22`, `password: !<tag:yaml.org,2002:str> ${gone}`],
    [`password: &pw hunter22\nother: *pw`, `password: &pw ${gone}\nother: *pw`],
    [`token: !!binary |\n  ${OPAQUE}\nx: y`, `token: !!binary |\n  ${gone}\nx: y`],
    [`primaryKey: ${KEY}\nname: x`, `primaryKey: ${gone}\nname: x`],
    [
      `AccountName=x;AccountKey=${LONG_KEY};Suffix=y`,
      `AccountName=x;AccountKey=[REDACTED:azure-account-key];Suffix=y`,
    ],
    [
      `Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=${KEY};EntityPath=q`,
      `Endpoint=sb://x.example/;SharedAccessKeyName=root;SharedAccessKey=[REDACTED:azure-account-key];EntityPath=q`,
    ],
    [
      `Endpoint=tcp://x.example;User=ana;Password=hunter22;Timeout=3`,
      `Endpoint=tcp://x.example;User=ana;Password=${gone};Timeout=3`,
    ],
    [
      `Endpoint=https://x.example/;accesskey=${KEY}`,
      `Endpoint=https://x.example/;accesskey=${gone}`,
    ],
    [
      `Password for the [x] user successfully reset.\nNew value: ${OPAQUE}\nx`,
      `Password for the [x] user successfully reset.\nNew value: ${gone}\nx`,
    ],
    [`Login for db.example: ana / ${OPAQUE}.`, `Login for db.example: ana / ${gone}.`],
    [`logins: ana/hunter22x`, `logins: ana/${gone}`],
    [`||Env||User||Password||\n|x|ana|hunter22x|\n`, `||Env||User||Password||\n|x|ana|${gone}|\n`],
    [`paid, cvc 314 exp 12/29`, `paid, cvc ${gone} exp 12/29`],
    [`tried ana with pw summer-tiger-4821 and no more`, `tried ana with pw ${gone} and no more`],
    [`- [ ] router admin pass: Dragon-river-4821`, `- [ ] router admin pass: ${gone}`],
    [
      `ansible-vault encrypt_string '${OPAQUE}' --name x`,
      `ansible-vault encrypt_string '${gone}' --name x`,
    ],
    [`machine x.example login ana password words`, `machine x.example login ana password ${gone}`],
  ])('%s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    'Your account update. Password strength: weak',
    'The user forgot password again',
    'private key (base64url-encoded) of the server',
    'The login token of it is in /srv/a8Xk2Qm9Zt7Rw4LsB3',
    'reset the password 5000 times',
    'token: @token',
    'f(password: BigInt64, token: VarUtf16)',
    'getPassword("prod"); setToken(token)',
    'authorizationServerMetadata: metadata',
    'Public-Key-Pins: pin-sha256="WoiWRyIOVNa9ihaBciRSC7XHjliYS9VwUGOIud4PB18="',
    'common["X-CSRF-Token"] = csrf',
    '{token:1,secret:2}',
    'secret: ~',
    'bytes: 4514456406624',
    'fn verify(token: &str) -> Result<Claims>',
    'token = 1*tchar',
    'random_password.db: length = 24',
    'var cookieNameRegExp = /^[!#$%&*+.0-9A-Za-z-]+$/;',
    'curl -u http://x.example/ -s',
    "const names = 'mdp psk dbpass garden river stone window';",
    "add(' pw ', (text) => see(text, 7));\nadd('x1');",
    "words: ['ansible-vault encrypt_string '], rest: after('^x7');",
    'New value: q7Zk2Xw9LmTpR4sDe8Nf',
    'Password policy of the shop\nNew value: enabled',
    'login: /auth/login2/x',
    'login for the shop: see / ask',
    'login: ana / see-wiki',
    'first pass: stage-one',
    'pass: release-2024',
    '|| a || b || token',
    'code for cvc 3 and 4',
    'Password for the shop: described',
    `sessionId=${HEX} of the log`,
    'connect.sid=undefined; Path=/',
    'password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256',
    'password: !Ref Parameter22',
    'fn verify(token: &Token other: u8)',
    'key: !!str words',
    'primaryKey: "id", secondaryKey: "createdAt"',
    'secrets: [db_password, tls-key]',
    'secrets:\n  - db_password\n  - source: api_key\n    target: /run/secrets/x\n',
    'secrets: inherit',
    'x.example\tTRUE\t/\tFALSE\t1799999999\ttheme\tdark-blue\n',
  ])('stays: %s', (text) => {
    expect(redact(text)).toBe(text);
  });
});
