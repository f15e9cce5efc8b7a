/** Group `clean`, part one: harmless values as data. Ids, digests, counters and benign names must come out unchanged. */
import { createHash } from 'node:crypto';
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

type Maker = (random: Random) => unknown;

const sha = (random: Random, name: string, form: 'hex' | 'base64' = 'hex'): string =>
  createHash(name).update(random.fill('{m20}')).digest(form);

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Names that sound like secrets and are not. */
const BENIGN: readonly (readonly [
  name: string,
  value: string | number | boolean | null | readonly unknown[],
])[] = [
  ['progressToken', 'abc-42'],
  ['progressToken', 17],
  ['nextCursor', 'eyJwYWdlIjoyfQ=='],
  ['cursor', 'Y3Vyc29yOnYyOpHOABCDEF=='],
  ['pageToken', 'CAUQAA'],
  ['nextPageToken', 'CDIQAA'],
  ['continuation_token', 'page-3'],
  ['max_tokens', 4096],
  ['maxTokens', 1024],
  ['total_tokens', 512],
  ['prompt_tokens', 20],
  ['completionTokens', 30],
  ['token_count', 99],
  ['tokenCount', 1234567],
  ['token_type', 'bearer'],
  ['tokenType', 'Bearer'],
  ['token_usage', 300],
  ['tokens', ['the', 'quick', 'brown', 'fox']],
  ['tokens_per_second', 55.2],
  ['stop_token', '<|end|>'],
  ['eos_token', '</s>'],
  ['pad_token_id', 0],
  ['vocab_tokens', 32000],
  ['author', 'Ana Novak'],
  ['authors', ['Ana Novak', 'Tom Byrne']],
  ['authority', 'planning office'],
  ['authorized', true],
  ['authentication', 'required'],
  ['auth_method', 'oidc'],
  ['authType', 'basic'],
  ['auth_provider', 'local'],
  ['primaryKey', 'order_id'],
  ['primary_key', 'customer_id'],
  ['foreignKey', 'orders.customer_id'],
  ['partitionKey', 'region'],
  ['sortKey', 'created_at'],
  ['sort_key', 'name'],
  ['keyboard', 'qwerty'],
  ['keyword', 'invoice'],
  ['keywords', ['mcp', 'audit', 'log']],
  ['key', 'ArrowDown'],
  ['key', 'Enter'],
  ['key', 'users/42/profile'],
  ['hotkey', 'ctrl+shift+p'],
  ['monkey', 'curious'],
  ['keyName', 'first'],
  ['key_id', 'k-2026-01'],
  ['keyId', 'main-signing'],
  ['kid', '2026-11-a'],
  ['key_type', 'rsa'],
  ['key_size', 4096],
  ['key_usage', 'signing'],
  ['cache_key', 'user:42:profile'],
  ['idempotency_key', 'order-42-retry-1'],
  ['dedup_key', 'disk-full/web-3'],
  ['i18nKey', 'menu.file.open'],
  ['translation_key', 'cart.checkout.button'],
  ['public_key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExample ana@laptop'],
  ['publicKeyId', 'pub-7'],
  ['passwordPolicy', 'at least 12 characters'],
  ['password_policy', 'strict'],
  ['password_required', true],
  ['passwordLength', 16],
  ['min_password_length', 12],
  ['password_changed_at', '2026-03-01T10:00:00Z'],
  ['password_expires', '2027-03-01'],
  ['passwordResetUrl', 'https://shop.example.com/reset'],
  ['has_password', false],
  ['password', null],
  ['password', ''],
  ['password', true],
  ['secret', false],
  ['secretName', 'db-credentials'],
  ['secret_name', 'prod/db'],
  ['secretKeyRef', 'db-credentials'],
  ['secretRef', 'db-credentials'],
  ['existingSecret', 'shop-postgresql'],
  ['imagePullSecrets', ['registry']],
  ['secret_count', 3],
  ['secret_arn', 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop'],
  ['secretsManager', 'vault'],
  ['secretary', 'Greta Lindqvist'],
  ['token_url', 'https://login.example.com/oauth/token'],
  ['tokenEndpoint', 'https://login.example.com/oauth/token'],
  ['token_expires_in', 3600],
  ['token_expiry', '2026-12-01T00:00:00Z'],
  ['tokenizer', 'bpe-32k'],
  ['tokenization', 'wordpiece'],
  ['session', 'morning yoga'],
  ['session_count', 12],
  ['sessionName', 'planning'],
  ['session_duration', 3600],
  ['cookieConsent', true],
  ['cookie_policy', 'https://shop.example.com/cookies'],
  ['cookies_enabled', true],
  ['signature', 'function add(a: number, b: number): number'],
  ['hash', 'md5'],
  ['hash_algorithm', 'argon2id'],
  ['pinned', true],
  ['spin', 0.5],
  ['opinion', 'positive'],
  ['pass', true],
  ['passed', 42],
  ['passes', 3],
  ['bypass', false],
  ['passenger', 'Kofi Mensah'],
  ['passage', 'It was a quiet evening.'],
  ['compass', 'north'],
  ['credits', 100],
  ['creditLimit', 5000],
  ['credential_type', 'certificate'],
  ['credentialsProvider', 'default chain'],
  ['certificate_name', 'wildcard'],
  ['csrf_enabled', true],
  ['license', 'MIT'],
  ['licenseKeyType', 'floating'],
  ['salt', true],
  ['nonce', 7],
  ['code', 'E1042'],
  ['code', -32602],
  ['status_code', 404],
  ['country_code', 'DE'],
  ['zip_code', '10115'],
  ['language_code', 'en-GB'],
  ['error_code', 'ECONNREFUSED'],
  ['barcode', '4006381333931'],
  ['private', true],
  ['privateRepo', false],
  ['accessLevel', 'read'],
  ['access_mode', 'public'],
  ['access_count', 10],
  ['api_version', '2024-10-21'],
  ['apiUrl', 'https://api.example.com/v2'],
  ['api_key_count', 2],
  ['apiKeyName', 'ci'],
  ['apiKeyId', 'key-12'],
  ['api_key_required', true],
  ['client_id', 'shop-web'],
  ['clientName', 'claude-desktop'],
  ['encryption', 'aes-256-gcm'],
  ['encryptionKeyId', 'alias/shop'],
  ['kmsKeyId', 'arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
  ['bearer', 'load-bearing wall'],
  ['bearerFormat', 'JWT'],
  ['jwt_issuer', 'https://login.example.com'],
  ['otp_enabled', true],
  ['mfaMethod', 'totp'],
  ['security', 'high'],
  ['securityGroup', 'sg-0a1b2c3d4e5f67890'],
  ['phone_verified', true],
  ['email_count', 4],
  ['emailVerified', true],
  ['ssn_required', false],
  ['card_type', 'visa'],
  ['cardinality', 42],
  ['address_family', 'ipv4'],
  ['name', 'Quarterly report'],
];

/** Values without any tell-tale name. */
const VALUES: Readonly<Record<string, Maker>> = {
  uuid: (r) => ({ id: r.uuid(), parent: r.uuid(), items: [r.uuid(), r.uuid()] }),
  'uuid in text': (r) => `request ${r.uuid()} finished after ${r.between(5, 900)} ms`,
  'git sha': (r) => ({
    sha: r.fill('{x40}'),
    parents: [{ sha: r.fill('{x40}') }],
    short: r.fill('{x7}'),
  }),
  'git log': (r) =>
    `commit ${r.fill('{x40}')}\nAuthor: ${r.first()} ${r.last()}\nDate:   ${r.date()}\n\n    fix: ${r.words(4)}\n`,
  'git log oneline': (r) =>
    Array.from({ length: 6 }, () => `${r.fill('{x7}')} ${r.words(5)}`).join('\n'),
  'git diff header': (r) =>
    `diff --git a/src/${r.word()}.ts b/src/${r.word()}.ts\nindex ${r.fill('{x7}')}..${r.fill('{x7}')} 100644\n`,
  sha256: (r) => ({ digest: `sha256:${sha(r, 'sha256')}`, size: r.between(100, 1e6) }),
  'sha256 sums': (r) =>
    Array.from({ length: 4 }, () => `${sha(r, 'sha256')}  ${r.word()}.tar.gz`).join('\n'),
  'sha512 sums': (r) => `${sha(r, 'sha512')}  ${r.word()}-${r.between(1, 9)}.0.zip`,
  md5: (r) => ({ md5: sha(r, 'md5'), etag: `"${sha(r, 'md5')}"` }),
  'etag header': (r) => `HTTP/1.1 200 OK\r\nETag: W/"${r.fill('{x32}')}"\r\nContent-Length: 42\r\n`,
  'docker image': (r) => `docker.io/library/${r.word()}@sha256:${sha(r, 'sha256')}`,
  'docker ps': (r) =>
    `CONTAINER ID   IMAGE      STATUS\n${r.fill('{x12}')}   ${r.word()}:17   Up 3 hours\n${r.fill('{x12}')}   ${r.word()}:8   Up 2 days\n`,
  'docker images': (r) =>
    `[{"Id":"sha256:${sha(r, 'sha256')}","RepoTags":["${r.word()}:latest"],"Created":${1_700_000_000 + r.int(1e7)}}]`,
  'package-lock': (r) => ({
    packages: {
      [`node_modules/${r.word()}`]: {
        version: `${r.int(9)}.${r.int(20)}.${r.int(30)}`,
        resolved: `https://registry.npmjs.org/${r.word()}/-/${r.word()}-1.2.3.tgz`,
        integrity: `sha512-${sha(r, 'sha512', 'base64')}`,
        license: 'MIT',
      },
    },
  }),
  'package-lock text': (r) =>
    `"integrity": "sha512-${sha(r, 'sha512', 'base64')}",\n"engines": { "node": ">=18" }`,
  'yarn lock': (r) =>
    `${r.word()}@^1.0.0:\n  version "1.0.4"\n  resolved "https://registry.yarnpkg.com/${r.word()}/-/${r.word()}-1.0.4.tgz#${r.fill('{x40}')}"\n  integrity sha1-${sha(r, 'sha1', 'base64')}\n`,
  'pnpm lock': (r) =>
    `  /${r.word()}@2.1.0:\n    resolution: {integrity: sha512-${sha(r, 'sha512', 'base64')}}\n    engines: {node: '>=12'}\n`,
  'cargo lock': (r) =>
    `[[package]]\nname = "${r.word()}"\nversion = "0.4.1"\nsource = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "${sha(r, 'sha256')}"\n`,
  'go sum': (r) =>
    `golang.org/x/${r.word()} v0.31.0 h1:${sha(r, 'sha256', 'base64')}\ngolang.org/x/${r.word()} v0.31.0/go.mod h1:${sha(r, 'sha256', 'base64')}\n`,
  'poetry lock': (r) =>
    `files = [\n    {file = "${r.word()}-2.0-py3-none-any.whl", hash = "sha256:${sha(r, 'sha256')}"},\n]\n`,
  'pip hashes': (r) => `${r.word()}==2.1.0 \\\n    --hash=sha256:${sha(r, 'sha256')}\n`,
  'subresource integrity': (r) =>
    `<script src="/a.js" integrity="sha384-${sha(r, 'sha384', 'base64')}" crossorigin="anonymous"></script>`,
  'content security policy': (r) =>
    `Content-Security-Policy: script-src 'self' 'sha256-${sha(r, 'sha256', 'base64')}'`,
  'object id': (r) => ({ _id: r.fill('{x24}'), owner: { $oid: r.fill('{x24}') } }),
  ulid: (r) => ({ id: `01${r.fill('{U24}').replace(/[ILOU]/g, 'A')}` }),
  ksuid: (r) => ({ event: `2${r.fill('{m26}')}` }),
  nanoid: (r) => ({ id: r.fill('{w21}') }),
  snowflake: (r) => ({ id: r.fill('{n1}{d18}'), channel: r.fill('{n1}{d17}') }),
  'youtube id': (r) => `https://www.youtube.com/watch?v=${r.fill('{m11}')}`,
  'stripe ids': (r) => ({
    customer: `cus_${r.fill('{m14}')}`,
    intent: `pi_${r.fill('{m24}')}`,
    price: `price_1${r.fill('{m23}')}`,
    event: `evt_1${r.fill('{m23}')}`,
    product: `prod_${r.fill('{m14}')}`,
  }),
  'stripe publishable': (r) => `Stripe('pk_live_${r.fill('{m24}')}')`,
  'openai ids': (r) => ({
    id: `chatcmpl-${r.fill('{m29}')}`,
    file: `file-${r.fill('{m22}')}`,
    assistant: `asst_${r.fill('{m24}')}`,
    thread: `thread_${r.fill('{m24}')}`,
  }),
  'anthropic ids': (r) => ({
    id: `msg_01${r.fill('{m22}')}`,
    tool_use_id: `toolu_01${r.fill('{m22}')}`,
    request_id: `req_011${r.fill('{m21}')}`,
  }),
  'tool call ids': (r) => ({ tool_call_id: `call_${r.fill('{m24}')}`, name: 'get_weather' }),
  'github node ids': (r) => ({
    node_id: `PR_kwDO${r.fill('{m10}')}`,
    id: r.between(1e6, 1e9),
    repo: `R_kgDO${r.fill('{m6}')}`,
  }),
  'slack ids': (r) => ({
    team: `T${r.fill('{U10}')}`,
    channel: `C${r.fill('{U10}')}`,
    user: `U${r.fill('{U10}')}`,
    ts: `17${r.fill('{d8}')}.${r.fill('{d6}')}`,
  }),
  'aws ids': (r) => ({
    instance: `i-0${r.fill('{x16}')}`,
    vpc: `vpc-0${r.fill('{x16}')}`,
    subnet: `subnet-0${r.fill('{x16}')}`,
    ami: `ami-0${r.fill('{x16}')}`,
    role: `AROA${r.fill('{b17}')}`,
    arn: `arn:aws:iam::${r.fill('{d12}')}:role/${r.word()}`,
  }),
  'aws arn with key': (r) => `arn:aws:kms:eu-west-1:${r.fill('{d12}')}:key/${r.uuid()}`,
  'azure resource': (r) =>
    `/subscriptions/${r.uuid()}/resourceGroups/${r.word()}/providers/Microsoft.Web/sites/${r.word()}`,
  'gcp resource': (r) =>
    `projects/${r.word()}-${r.fill('{d6}')}/locations/europe-west1/keyRings/main/cryptoKeys/${r.word()}`,
  'k8s names': (r) => `${r.word()}-${r.fill('{l10}')}-${r.fill('{l5}')}   1/1   Running   0   3d\n`,
  'k8s events': (r) =>
    `Normal  Pulled  2m  kubelet  Successfully pulled image "${r.word()}:1.2" in 1.2s\n`,
  traceparent: (r) => ({
    _meta: { traceparent: `00-${r.fill('{x32}')}-${r.fill('{x16}')}-01`, tracestate: 'vendor=1' },
  }),
  'trace ids': (r) => ({ trace_id: r.fill('{x32}'), span_id: r.fill('{x16}') }),
  'mcp session id header': (r) => ({ requestId: r.uuid(), jsonrpc: '2.0', id: r.int(1000) }),
  versions: (r) => ({
    version: `${r.int(20)}.${r.int(30)}.${r.int(40)}`,
    build: `${r.int(9)}.${r.int(9)}.0-rc.${r.int(9)}+${r.fill('{x8}')}`,
    node: 'v24.21.0',
  }),
  dates: (r) => ({
    created: r.time(),
    day: r.date(),
    epoch: 1_700_000_000 + r.int(1e8),
    millis: 1_700_000_000_000 + r.int(1e10),
  }),
  'order numbers': (r) => ({
    order: `ORD-${r.fill('{d8}')}`,
    invoice: `INV-2026-${r.fill('{d5}')}`,
    sku: `${r.fill('{A3}')}-${r.fill('{d6}')}-${r.fill('{A2}')}`,
  }),
  'tracking numbers': (r) =>
    `Your parcel 1Z${r.fill('{U6}')}${r.fill('{d10}')} is on its way, order ${r.fill('{n1}{d8}')}.`,
  isbn: () => ({ isbn: '978-3-16-148410-0', ean: '4006381333931', issn: '2049-3630' }),
  coordinates: (r) => ({
    lat: 48 + r.int(1e6) / 1e6,
    lon: 11 + r.int(1e6) / 1e6,
    bbox: [10.1, 47.2, 12.3, 49.4],
  }),
  'big numbers': (r) => ({
    bytes: r.between(1e12, 9e12),
    population: 83_190_556,
    balance: r.int(1e9) / 100,
    ratio: r.int(1e9) / 1e9,
  }),
  'ip addresses': (r) =>
    `listening on 10.${r.int(255)}.${r.int(255)}.${r.int(255)}:8080 and [2001:db8::${r.fill('{x4}')}]:443`,
  'mac addresses': (r) => ({ mac: r.fill('{x2}:{x2}:{x2}:{x2}:{x2}:{x2}'), mtu: 1500 }),
  paths: (r) => ({
    path: `/srv/${r.word()}/${r.word()}/${r.word()}-v2.config.json`,
    home: 'C:\\Users\\Public\\Documents\\report.docx',
  }),
  'temp paths': (r) =>
    `/tmp/${r.word()}-${r.fill('{m6}')}/${r.word()}.log and /var/folders/zz/${r.fill('{l20}')}/T/x`,
  'hashed asset': (r) =>
    `<link href="/assets/index-${r.fill('{m8}')}.css"><script src="/static/js/main.${r.fill('{x8}')}.chunk.js"></script>`,
  'source map': () =>
    '//# sourceMappingURL=main.abc123.js.map\n{"version":3,"mappings":"AAAA,SAASA,IACP,OAAO,GAAIC,MAAK,QAAQC,UAC1B,CAAC,CAAC"}',
  'cache key': (r) => `node-modules-Linux-${sha(r, 'sha256')}`,
  'content addressed': (r) => `/nix/store/${r.fill('{l32}')}-${r.word()}-1.2.3/bin/${r.word()}`,
  'ipfs cid': (r) => `ipfs://Qm${r.fill('{c44}')}/metadata.json`,
  'blockchain address': (r) =>
    `sent 0.2 ETH to 0x${r.fill('{x40}')} in transaction 0x${r.fill('{x64}')}`,
  'npm pack': (r) => ({
    shasum: r.fill('{x40}'),
    integrity: `sha512-${sha(r, 'sha512', 'base64')}`,
    filename: `${r.word()}-1.0.0.tgz`,
  }),
  'base64 words': (r) => ({ data: Buffer.from(r.words(8)).toString('base64'), encoding: 'base64' }),
  colours: () => ({
    primary: '#3f9a2c',
    accent: 'rgba(12, 34, 56, 0.7)',
    palette: ['#ffffff', '#000000', '#c0ffee'],
  }),
  css: () =>
    '.btn-primary:hover{background:linear-gradient(90deg,#3f9a2c,#2c3f9a);transition:all .2s ease-in-out}',
  'svg path': () =>
    '<svg viewBox="0 0 24 24"><path d="M12 2C6.48 2 2 6.48 2 12s4.48 10 10 10 10-4.48 10-10S17.52 2 12 2zm0 18c-4.41 0-8-3.59-8-8s3.59-8 8-8 8 3.59 8 8-3.59 8-8 8z"/></svg>',
  uri: (r) => `https://${r.host()}/docs/${r.word()}?page=2&sort=asc&filter=${r.word()}#section-3`,
  'uri with at': () => 'https://medium.example.com/@ana/how-we-log-mcp-calls-3f9a2c1b',
  'npm scope': () => 'npm install @modelcontextprotocol/sdk@1.32.2 @types/node@22.20.5',
  purl: () => 'pkg:npm/%40angular/animation@12.3.1 pkg:golang/google.golang.org/genproto@v0.0.1',
  'docker tag': (r) => `ghcr.io/team/${r.word()}:v1.${r.int(9)}.${r.int(9)}-alpine`,
  'ssh public key': (r) => `ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB${r.fill('{s200}')} build@ci`,
  'ssh fingerprint': (r) => `256 SHA256:${r.fill('{m43}')} build@ci (ED25519)`,
  'public PEM': (r) =>
    `-----BEGIN PUBLIC KEY-----\n${r.fill('{s64}')}\n${r.fill('{s64}')}\n-----END PUBLIC KEY-----\n`,
  'certificate PEM': (r) =>
    `-----BEGIN CERTIFICATE-----\nMIIB${r.fill('{s60}')}\n${r.fill('{s64}')}\n-----END CERTIFICATE-----\n`,
  csr: (r) =>
    `-----BEGIN CERTIFICATE REQUEST-----\n${r.fill('{s64}')}\n-----END CERTIFICATE REQUEST-----\n`,
  fingerprint: (r) =>
    `SHA1 Fingerprint=${Array.from({ length: 20 }, () => r.fill('{X2}')).join(':')}`,
  'serial number': (r) =>
    `Serial Number: ${Array.from({ length: 16 }, () => r.fill('{x2}')).join(':')}`,
  'jwks public': (r) => ({
    keys: [
      {
        kty: 'RSA',
        use: 'sig',
        kid: r.fill('{x16}'),
        alg: 'RS256',
        n: r.fill('{w342}'),
        e: 'AQAB',
      },
    ],
  }),
  embedding: (r) => ({
    embedding: Array.from({ length: 24 }, () => r.int(2e9) / 1e9 - 1),
    index: 0,
  }),
  'token ids': (r) => ({
    input_ids: Array.from({ length: 20 }, () => r.int(50_000)),
    attention_mask: [1, 1, 1],
  }),
  logprobs: () => ({ tokens: ['Hello', ' world', '!'], token_logprobs: [-0.1, -0.7, -0.2] }),
  'react key': () => 'items.map((item) => <li key={item.id} className="row">{item.name}</li>)',
  weather: (r) => ({
    content: [
      {
        type: 'text',
        text: `It is ${r.int(30)} degrees in ${r.pick(['Oslo', 'Lagos', 'Quito'])}, wind ${r.int(40)} km/h.`,
      },
    ],
  }),
  'table rows': (r) => ({
    columns: ['id', 'name', 'region', 'total'],
    rows: Array.from({ length: 4 }, (_, i) => [i + 1, r.word(), 'eu', r.int(9999)]),
  }),
  csv: (r) =>
    `id,name,region,total\n1,${r.word()},eu,${r.int(999)}\n2,${r.word()},us,${r.int(999)}\n`,
  resources: (r) => ({
    resources: [
      {
        uri: `demo://resource/dynamic/text/${r.int(99)}`,
        name: `Text ${r.int(99)}`,
        mimeType: 'text/plain',
      },
    ],
  }),
  lsof: (r) =>
    `node    ${r.between(1000, 9999)} ana   21u  IPv4 0x${r.fill('{x16}')}      0t0  TCP *:3000 (LISTEN)\n`,
  hexdump: (r) =>
    `00000000  ${Array.from({ length: 16 }, () => r.fill('{x2}')).join(' ')}  |................|\n`,
  'core dump address': (r) =>
    `#0  0x00007f${r.fill('{x10}')} in ${r.word()} () from /lib/libc.so.6\n`,
  'windows guid': (r) => `{${r.uuid().toUpperCase()}}`,
  'license text': () =>
    'Permission is hereby granted, free of charge, to any person obtaining a copy of this software, to deal in the Software without restriction.',
  'null and empty': () => ({
    password: null,
    token: '',
    secret: [],
    apiKey: {},
    credentials: null,
  }),
};

export function cleanData(seed: number): Draft[] {
  const drafts: Draft[] = [];
  const random = new Random(seed, 'clean/data');
  for (const [name, value] of BENIGN) {
    const word = random.word();
    drafts.push({ kind: `name ${name}`, value: { [name]: value, note: word } });
    if (typeof value !== 'object' || value === null) {
      drafts.push({
        kind: `name ${name} in JSON text`,
        value: JSON.stringify({ id: random.int(99), [name]: value }),
      });
    }
  }
  for (const [kind, make] of Object.entries(VALUES)) {
    drafts.push({ kind, value: make(random) });
    const inner = make(random);
    const text = typeof inner === 'string' ? inner : JSON.stringify(inner, null, 2);
    drafts.push({ kind: `${kind} as content`, value: { content: [{ type: 'text', text }] } });
  }
  drafts.push({
    kind: 'image',
    value: { content: [{ type: 'image', data: PIXEL, mimeType: 'image/png' }] },
    keep: ['image/png', '"type":"image"'],
  });
  return drafts;
}
