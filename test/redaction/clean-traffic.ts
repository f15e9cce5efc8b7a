/** Group `clean`, part four: what MCP servers answer when passwords, tokens and keys are the subject, not the content. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

type Make = (random: Random) => unknown;

/** Data: schemas of databases, permissions, forms, translations, usage. */
const DATA: Readonly<Record<string, Make>> = {
  'columns of a table': () => ({
    columns: ['column_name', 'data_type', 'is_nullable'],
    rows: [
      ['id', 'integer', 'NO'],
      ['password', 'text', 'NO'],
      ['api_token', 'character varying', 'YES'],
      ['secret_key', 'bytea', 'YES'],
    ],
  }),
  'columns as objects': () => [
    { column_name: 'password_hash', data_type: 'text', is_nullable: 'NO' },
    { column_name: 'session_token', data_type: 'uuid', column_default: null },
  ],
  'describe table': () =>
    'Field     Type          Null  Key  Default\nid        int           NO    PRI  NULL\npassword  varchar(255)  NO         NULL\ntoken     char(64)      YES   MUL  NULL\n',
  'psql describe': () =>
    ' Column   |          Type          | Nullable |   Default\n----------+------------------------+----------+-------------\n id       | integer                | not null |\n password | character varying(255) | not null |\n token    | text                   |          | NULL::text\nIndexes:\n    "users_pkey" PRIMARY KEY, btree (id)\n',
  'rows without secrets': (r) => ({
    columns: ['key', 'value', 'count'],
    rows: [
      ['theme', 'dark', 3],
      ['locale', 'en-GB', r.int(99)],
    ],
  }),
  'key value counts': (r) => [
    { key: 'errors', value: r.int(99) },
    { key: 'requests', value: r.int(9999) },
    { key: 'region', value: 'eu-west-1' },
  ],
  'token usage rows': (r) => ({
    columns: ['model', 'input_tokens', 'output_tokens'],
    rows: [
      ['large', r.int(9999), r.int(999)],
      ['small', r.int(9999), r.int(999)],
    ],
  }),
  'token usage': (r) => ({
    usage: {
      input_tokens: r.int(9999),
      output_tokens: r.int(999),
      cache_read_input_tokens: r.int(9999),
      tokens_details: { reasoning_tokens: r.int(99) },
    },
  }),
  'RBAC rule': () =>
    'rules:\n- apiGroups: [""]\n  resources: ["secrets", "configmaps", "serviceaccounts/token"]\n  verbs: ["get", "list", "watch"]\n',
  'RBAC JSON': () => ({
    rules: [
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['shop-db'] },
    ],
  }),
  'IAM policy': () => ({
    Statement: [
      {
        Effect: 'Allow',
        Action: ['secretsmanager:GetSecretValue', 'kms:Decrypt'],
        Resource: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-*',
      },
    ],
  }),
  'kubectl get secrets': () =>
    'NAME              TYPE                                  DATA   AGE\nshop-db           Opaque                                2      41d\nshop-tls          kubernetes.io/tls                     2      12d\ndefault-token     kubernetes.io/service-account-token   3      90d\n',
  'secret list': (r) => ({
    secrets: [
      { name: 'shop/db', createdAt: r.time(), versions: 3 },
      { name: 'shop/api', createdAt: r.time(), versions: 1 },
    ],
    total_count: 2,
  }),
  'actions secrets': (r) => ({
    total_count: 2,
    secrets: [
      { name: 'DEPLOY_TOKEN', created_at: r.time(), updated_at: r.time() },
      { name: 'NPM_TOKEN', created_at: r.time(), updated_at: r.time() },
    ],
  }),
  'api keys listed': (r) => ({
    api_keys: [{ id: `key_${r.int(99)}`, name: 'ci', last_used: r.date(), scopes: ['read'] }],
  }),
  'vault list': () => ({ keys: ['shop/', 'billing/', 'readme'] }),
  'vault mounts': () =>
    'Path          Type         Accessor              Description\n----          ----         --------              -----------\nsecret/       kv           kv_1a2b3c4d           key/value secret storage\nsys/          system       system_5e6f7a8b       system endpoints\n',
  'ssh-add': (r) => `256 SHA256:${r.fill('{m43}')} build@ci (ED25519)\n`,
  'gpg list': (r) =>
    `pub   ed25519 ${r.date()} [SC]\n      ${r.fill('{X40}')}\nuid           [ultimate] Build\nsub   cv25519 ${r.date()} [E]\n`,
  certificates: (r) => ({
    certificates: [
      {
        commonName: r.host(),
        serialNumber: r.fill('{x32}'),
        fingerprint_sha256: r.fill('{x64}'),
        notAfter: r.time(),
      },
    ],
  }),
  'translation file': () => ({
    'login.password.label': 'Password',
    'login.password.placeholder': 'Enter your password',
    'login.password.error': 'Wrong password',
    'settings.apiKey.title': 'API key',
    'settings.apiKey.hint': 'Keep this key secret',
    'token.expired': 'Your token has expired',
  }),
  'translation nested': () => ({
    en: {
      password: 'Password',
      forgot_password: 'Forgot password?',
      token: 'Token',
      secret: 'Secret',
    },
  }),
  'form definition': () => ({
    fields: [
      { name: 'username', label: 'User name', type: 'text', required: true },
      {
        name: 'password',
        label: 'Password',
        type: 'password',
        required: true,
        minLength: 12,
        autocomplete: 'current-password',
      },
      { name: 'token', label: 'Code', type: 'text', value: '' },
    ],
  }),
  'form without values': () => [
    { name: 'Password', type: 'textbox', ref: 'e14', value: '' },
    { name: 'Token', value: null },
  ],
  'page snapshot': () =>
    '- heading "Sign in" [level=1] [ref=e3]\n- textbox "User name" [ref=e5]\n- textbox "Password" [ref=e7]\n- button "Show password" [ref=e8]\n- link "Forgot password?" [ref=e9]:\n  - /url: /forgot-password?step=1\n- checkbox "Remember me" [ref=e10]\n',
  'page snapshot API keys': () =>
    '- heading "API keys" [level=2] [ref=e3]\n- table [ref=e4]:\n  - row "Name Key Created" [ref=e5]\n  - row "ci •••• 2026-01-02" [ref=e6]\n- button "Create new secret key" [ref=e7]\n',
  'click password field': () => ({
    name: 'browser_click',
    arguments: { element: 'Password field', ref: 'e14' },
  }),
  'select key': () => ({ name: 'browser_press_key', arguments: { key: 'Enter' } }),
  'press keys': () => ({
    name: 'press',
    arguments: { keys: ['Control', 'Shift', 'KeyP'], key: 'ArrowLeft' },
  }),
  'search for password': () => ({
    name: 'search_files',
    arguments: {
      pattern: 'password',
      path: '/srv/app',
      excludePatterns: ['node_modules', '*.lock'],
    },
  }),
  'grep for token': () => ({
    name: 'grep',
    arguments: { query: 'access_token', include: 'src/**/*.ts', isRegexp: false },
  }),
  'ask about secrets': () => ({
    name: 'web_search',
    arguments: { query: 'how to rotate an AWS secret access key without downtime' },
  }),
  'create issue': (r) => ({
    name: 'create_issue',
    arguments: {
      title: 'Password reset mail is not sent',
      body: `Steps:\n1. click "Forgot password?"\n2. wait\n\nExpected: a mail with a token. Seen since ${r.date()}.`,
      labels: ['bug', 'auth'],
    },
  }),
  'pull request': (r) => ({
    number: r.int(999),
    title: 'auth: hash passwords with argon2id',
    body: 'Replaces bcrypt. Tokens stay valid.',
    head: { sha: r.fill('{x40}'), ref: 'auth/argon2' },
    additions: r.int(99),
  }),
  'commit list': (r) =>
    Array.from({ length: 3 }, () => ({
      sha: r.fill('{x40}'),
      message: r.pick([
        'rotate keys in staging',
        'token: fix refresh',
        'secrets: read from files',
        'drop password hint',
      ]),
      date: r.time(),
    })),
  'chat message': () => ({
    messages: [
      {
        user: 'U012ABCDEF',
        text: 'please reset my password, I forgot it',
        ts: '1764000000.000100',
      },
      { user: 'U098ZYXWVU', text: 'done, see the link in your mail' },
    ],
  }),
  calendar: (r) => ({
    events: [
      {
        id: r.fill('{l26}'),
        summary: 'Security training: passwords and tokens',
        start: r.time(),
        location: 'Room 4',
      },
    ],
  }),
  events: (r) => [
    { event: 'password_reset_requested', user_id: r.int(999), at: r.time() },
    { event: 'token_refreshed', user_id: r.int(999), at: r.time() },
    { event: 'api_key_created', actor: 'admin' },
  ],
  metrics: (r) =>
    `# HELP auth_token_refresh_total Token refreshes.\n# TYPE auth_token_refresh_total counter\nauth_token_refresh_total{client="web",outcome="ok"} ${r.int(9999)}\npassword_checks_total{result="failed"} ${r.int(99)}\n`,
  'log labels': (r) =>
    `{app="auth", level="warn"} |= "invalid token" | json | latency > ${r.int(900)}ms`,
  'span attributes': (r) => ({
    attributes: {
      'gen_ai.usage.input_tokens': r.int(999),
      'mcp.method.name': 'tools/call',
      'server.port': 8080,
      'session.id': 's-42',
    },
  }),
  'feature flags': () => ({
    flags: {
      passwordless_login: true,
      token_binding: false,
      secret_santa: true,
      new_keyboard: 'on',
    },
  }),
  'oauth metadata': (r) => ({
    issuer: `https://${r.host()}`,
    authorization_endpoint: `https://${r.host()}/authorize`,
    token_endpoint: `https://${r.host()}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    jwks_uri: `https://${r.host()}/jwks.json`,
  }),
  'oauth error': () => ({
    error: 'invalid_grant',
    error_description: 'The refresh token is expired or revoked.',
  }),
  'www-authenticate': () =>
    'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="mcp", error="invalid_token", error_description="The access token expired"\r\n',
  'www-authenticate basic': () =>
    'WWW-Authenticate: Basic realm="Restricted area", charset="UTF-8"\r\n',
  'jwt header': () => ({ alg: 'RS256', typ: 'JWT', kid: '2026-11-a' }),
  'token introspection': (r) => ({
    active: true,
    scope: 'read write',
    client_id: 'shop-web',
    token_type: 'Bearer',
    exp: 1_790_000_000 + r.int(1e6),
    sub: 'user-42',
  }),
  'rate limits': (r) => ({
    'x-ratelimit-limit-tokens': 40_000,
    'x-ratelimit-remaining-tokens': r.int(40_000),
    'x-ratelimit-reset-tokens': '1.2s',
  }),
  pagination: (r) => ({
    items: [],
    nextPageToken: `page-${r.int(99)}`,
    nextToken: null,
    pageInfo: { endCursor: `Y3Vyc29yOj${r.fill('{m4}')}`, hasNextPage: true },
  }),
  'roots and progress': (r) => ({
    method: 'notifications/progress',
    params: { progressToken: r.fill('{x8}'), progress: 50, total: 100 },
  }),
  'resource list': () => ({
    resources: [
      { uri: 'file:///srv/docs/password-policy.md', name: 'password-policy.md' },
      { uri: 'file:///srv/docs/tokens/README.md', name: 'Tokens' },
    ],
  }),
  'env names': () => ({
    required: ['DATABASE_URL', 'JWT_SECRET', 'STRIPE_API_KEY'],
    optional: ['SENTRY_AUTH_TOKEN'],
  }),
  'missing env': () =>
    'Error: missing environment variables: JWT_SECRET, STRIPE_API_KEY (see .env.example)',
  'map of keys': () => ({
    bindings: { 'ctrl+k': 'clearLine', 'ctrl+shift+p': 'showCommands' },
    key: 'F5',
  }),
  music: () => ({ track: { title: 'Secret Garden', key: 'C# minor', bpm: 120, pass: 2 } }),
  games: () => ({
    inventory: [
      { item: 'Golden Key', count: 1 },
      { item: 'Token of Luck', count: 3 },
    ],
    secretLevel: true,
    credits: 120,
  }),
  tickets: (r) => ({
    pass: { type: 'season', seat: '14C', gate: r.int(20) },
    tokens: r.int(9),
    pin_color: 'red',
  }),
  maps: () => ({
    pins: [{ lat: 48.1, lon: 11.5, label: 'Office' }],
    mapKey: 'legend',
    keyFeatures: ['river', 'bridge'],
  }),
  books: () => ({
    title: 'The Secret History',
    author: 'D. Tartt',
    keywords: ['novel'],
    signature: 'PS3570',
    code: 'B-42',
  }),
};

/** Help texts, examples and documents. */
const TEXTS: readonly string[] = [
  'Usage: app login [options]\n\nOptions:\n  -u, --user <name>          user name\n  -p, --password <password>  password (asked for when absent)\n      --token <token>        API token\n  -h, --help                 show help\n',
  'Flags:\n      --api-key string       API key for the service\n      --client-secret string client secret\n      --password-stdin       read the password from stdin\n',
  '  -k, --key FILE     private key file (PEM)\n  --cacert FILE      CA certificate\n  --pass PHRASE      pass phrase of the private key\n',
  'options:\n  --secret SECRET    shared secret\n  --max-tokens N     upper limit (default: 1024)\n',
  '| Variable | Meaning | Default |\n|---|---|---|\n| `DB_PASSWORD` | password of the database | none |\n| `API_KEY` | key of the service, see the console | required |\n| `TOKEN_TTL` | seconds a token lives | 3600 |\n',
  '| Parameter | Type | Description |\n|---|---|---|\n| password | string | The password of the account |\n| token | string | Optional one-time token |\n',
  '| Secret | Used by | Rotated |\n|---|---|---|\n| db-password | api | monthly |\n| signing-key | web | yearly |\n',
  'Token | Count\n------|------\nthe   | 120\nof    | 98\n',
  'id,name,token_count,key_type\n1,alpha,120,rsa\n2,beta,98,ed25519\n',
  '# .env.example\nDATABASE_URL=postgres://user:password@localhost:5432/shop\nAPI_KEY=\nJWT_SECRET=change-me\n',
  'API_TOKEN=your-token-here\nAPI_SECRET=<secret>\nPASSWORD=${PASSWORD:?not set}\n',
  'password: ${{ secrets.DB_PASSWORD }}\ntoken: ${{ github.token }}\nkey: ${{ vars.KEY_NAME }}\n',
  'with:\n  token: ${{ secrets.GITHUB_TOKEN }}\n  ssh-key: ${{ secrets.DEPLOY_KEY }}\n  path: src\n',
  'environment:\n  POSTGRES_PASSWORD_FILE: /run/secrets/db-password\n  API_KEY: ${API_KEY}\n  TOKEN: "${TOKEN:-}"\n',
  "password_encryption = scram-sha-256\nssl_key_file = 'server.key'\nkrb_server_keyfile = ''\n",
  'server {\n  listen 443 ssl;\n  ssl_certificate /etc/nginx/tls/fullchain.pem;\n  ssl_certificate_key /etc/nginx/tls/privkey.pem;\n  auth_basic "Restricted";\n  auth_basic_user_file /etc/nginx/.htpasswd;\n}\n',
  'PasswordAuthentication no\nPubkeyAuthentication yes\nAuthorizedKeysFile .ssh/authorized_keys\nPermitEmptyPasswords no\n',
  'auth required pam_unix.so nullok\npassword requisite pam_pwquality.so retry=3 minlen=12\nsession optional pam_umask.so\n',
  'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  secretStoreRef:\n    name: vault\n  data:\n    - secretKey: password\n      remoteRef:\n        key: shop/db\n        property: password\n',
  'apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: shop\nsecrets:\n  - name: shop-token\nimagePullSecrets:\n  - name: registry\nautomountServiceAccountToken: false\n',
  'resource "random_password" "db" {\n  length  = 24\n  special = false\n}\n\nresource "aws_db_instance" "main" {\n  password = random_password.db.result\n}\n',
  'variable "db_password" {\n  type        = string\n  sensitive   = true\n  description = "Password of the database"\n}\n',
  'output "api_key" {\n  value     = aws_api_gateway_api_key.main.value\n  sensitive = true\n}\n',
  'model User {\n  id       Int     @id @default(autoincrement())\n  name     String\n  password String\n  token    String? @unique\n}\n',
  'type Mutation {\n  login(name: String!, password: String!): Session!\n  rotate(key: ID!): Token\n}\n\ntype Token {\n  value: String!\n  expiresAt: String\n}\n',
  'message LoginRequest {\n  string user = 1;\n  string password = 2;\n  optional string token = 3;\n}\n',
  'paths:\n  /login:\n    post:\n      requestBody:\n        content:\n          application/json:\n            schema:\n              properties:\n                password: { type: string, format: password }\n                token: { type: string, nullable: true }\n',
  'class LoginForm(forms.Form):\n    username = forms.CharField()\n    password = forms.CharField(widget=forms.PasswordInput)\n    token = forms.CharField(required=False)\n',
  'class User(BaseModel):\n    name: str\n    password: SecretStr\n    api_key: Optional[str] = None\n    token: str = Field(..., min_length=8)\n',
  'const schema = z.object({\n  password: z.string().min(12),\n  token: z.string().optional(),\n  apiKey: z.string().regex(/^[a-z]+$/),\n});\n',
  'export interface Options {\n  /** API key; default: the environment. */\n  apiKey?: string | undefined;\n  password: () => Promise<string>;\n  readonly token: Token;\n  secret: Buffer;\n}\n',
  'pub struct Credentials {\n    pub user: String,\n    pub password: SecretString,\n    pub token: Option<Token>,\n}\n',
  'type Config struct {\n\tAPIKey   string `json:"api_key" env:"API_KEY"`\n\tPassword string `yaml:"password"`\n\tToken    *Token\n}\n',
  'private String password;\npublic void setPassword(String password) { this.password = password; }\npublic String getToken() { return token; }\n',
  '@Value("${spring.datasource.password}")\nprivate String password;\n',
  'val password: String = System.getenv("DB_PASSWORD") ?: error("not set")\n',
  "define('DB_PASSWORD', getenv('DB_PASSWORD'));\n$token = $_POST['token'] ?? null;\n$password = password_hash($plain, PASSWORD_DEFAULT);\n",
  'user.password = params[:password]\ntoken = SecureRandom.hex(20)\nsecret = Rails.application.credentials.dig(:aws, :secret)\n',
  'self.password = password\nself.token = token or default_token()\napi_key = api_key if api_key is not None else settings.API_KEY\n',
  'const headers = { Authorization: `Bearer ${token}`, "X-Api-Key": apiKey };\n',
  'headers["Authorization"] = "Bearer " + token\nheaders["X-Api-Key"] = os.environ["API_KEY"]\n',
  'req.Header.Set("Authorization", "Bearer "+token)\nreq.SetBasicAuth(user, password)\n',
  'if (!token || token.length < 8) throw new Error("token too short");\nif (password === confirm) save(password);\n',
  'switch (token.type) { case "string": return token.value; case "number": return Number(token.text); }\n',
  'assert response.json()["token_type"] == "bearer"\nassert "password" not in response.text\n',
  'expect(body).not.toHaveProperty("password");\nexpect(token).toMatch(/^[\\w-]+$/);\n',
  'mock.patch("app.auth.get_token", return_value=None)\n',
  'logger.info("password changed", extra={"user": user.id})\nlogger.warn("token rejected: %s", reason)\n',
  '2 vulnerabilities found: token leak in logs (moderate), weak password hash (high)\n',
  'ok 12 - login rejects a wrong password\nok 13 - token: refresh after 401\n# pass 13\n# fail 0\n',
  'Changelog\n\n- passwords are hashed with argon2id\n- `token` is now optional\n- secret scanning runs in CI\n- fixed: key: value pairs with a colon in the value\n',
  'Q: What is the difference between a token and a session?\nA: A token carries its claims; a session is looked up.\n',
  'Keys: A = answer, B = back, C = continue\nPress P to pass, K for the key.\n',
  'Key terms\n\nToken: the smallest unit of text. Secret: a value only two sides know. Pass: one reading of the input.\n',
  'To sign in, choose a password of three random words, such as a colour, an animal and a tool.\n',
  'Your API key will look like a long string of letters and digits. Store it in a secret manager.\n',
  'Secrets: 3 found, 0 verified. Tokens: none. Passwords: none.\n',
  'password: not set\ntoken: missing\napi key: none\nsecret: n/a\nauth: disabled\n',
  'Password: ••••••••\nToken: ********\nAPI key: sk-...\n',
  'password=*** token=[hidden] secret=<masked> key=(redacted)\n',
  '"authorization": "[Filtered]", "cookie": "[Filtered]", "password": "[FILTERED]"\n',
  'GET /oauth/token 405\nPOST /api/v1/password/reset 202\nDELETE /api/v1/tokens/42 204\nGET /.well-known/jwks.json 200\n',
  "src/auth/token.ts(12,7): error TS2322: Type 'string | undefined' is not assignable to type 'Token'.\n",
  "TypeError: Cannot read properties of undefined (reading 'token')\n    at refresh (/srv/app/auth.js:12:7)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)\n",
  'jsonwebtoken.JsonWebTokenError: jwt malformed\n    at module.exports (/srv/app/node_modules/jsonwebtoken/verify.js:70:17)\n',
  'psycopg2.OperationalError: connection to server at "db" (10.0.0.7), port 5432 failed: FATAL:  password authentication failed for user "shop"\n',
  'redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.\n',
  'botocore.exceptions.ClientError: An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.\n',
  'openai.AuthenticationError: Error code: 401 - Incorrect API key provided. You can find your API key in the settings.\n',
  'gpg: decryption failed: No secret key\ngpg: public key decryption failed: Bad passphrase\n',
  "Enter passphrase for key '/home/build/.ssh/id_ed25519': \n",
  'Generating public/private ed25519 key pair.\nYour identification has been saved in /home/build/.ssh/id_ed25519\nThe key fingerprint is:\nSHA256:fingerprint-goes-here build@ci\n',
  'Logging in with password is deprecated; use --password-stdin.\nWARNING! Your credentials are stored unencrypted.\nLogin Succeeded\n',
  'vault kv get -format=json secret/shop | jq -r .data.data.password\n',
  'PGPASSWORD="$(cat /run/secrets/db)" psql -h db -U shop -c "select 1"\n',
  'curl -sS -H "PRIVATE-TOKEN: $GITLAB_TOKEN" "https://git.example.com/api/v4/projects?per_page=20"\n',
  'export API_KEY="$(op read op://shop/api/key)"\nexport TOKEN=$(gcloud auth print-access-token)\n',
  'helm install shop ./chart --set auth.existingSecret=shop-db --set image.pullSecrets[0]=registry\n',
  'mysql --login-path=shop -e "show tables"\nmysql -h db -u shop -p -D shop\n',
  'git config --global credential.helper store\ngit config user.signingkey ABCD1234\n',
  'aws configure set region eu-west-1 --profile shop\naws sts get-caller-identity --query Account --output text\n',
];

export function cleanTraffic(seed: number): Draft[] {
  const random = new Random(seed, 'clean/traffic');
  const drafts: Draft[] = [];
  for (const [kind, make] of Object.entries(DATA)) {
    const value = make(random);
    drafts.push({ kind: `traffic: ${kind}`, value });
    const text =
      typeof value === 'string' ? value : JSON.stringify(value, null, random.pick([0, 2]));
    drafts.push({
      kind: `traffic: ${kind} as content`,
      value: { content: [{ type: 'text', text }] },
    });
  }
  for (const [i, text] of TEXTS.entries()) {
    const value =
      i % 2 === 0 ? text : { content: [{ type: 'text', text: `${random.words(4)}\n\n${text}` }] };
    drafts.push({ kind: 'traffic: text', value });
    drafts.push({
      kind: 'traffic: text in JSON',
      value: JSON.stringify({ path: `/srv/${random.word()}.md`, text, size: text.length }),
    });
  }
  return drafts;
}
