/** Group `clean`, part five: what looks like a secret at a first look and is none, filled anew at each seed. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

/** `{...}` as in `Random.fill`, `‹w›` a word. */
const TEXTS: readonly string[] = [
  '"node_modules/cookie": {\n  "version": "0.7.{d1}",\n  "integrity": "sha512-u+{s83}=="\n}',
  'var e={token:1,secret:2,key:{n1}};return e.token+e.secret',
  'password: ""\ntoken: null\nsecret: ~\n',
  'bytes: 4{d12}, rows: {d4}',
  'fn verify(token: &str) -> Result<Claims, ‹w›>',
  ' * token             = 1*tchar\n * cookie-octet      = %x21 / %x23-2B\n',
  '  + random_password.db: length = 24',
  'kind: ConfigMap\ndata:\n  ‹w›: {m24}\n',
  'secrets:\n  db_password:\n    file: ./‹w›.txt\n',
  'secrets:\n  - ‹w›\n  - ‹w›-{d2}\n',
  'docker run -u 1000 -p {n1}0{d2}:80 ‹w›',
  'mysql -u root -p ‹w›',
  'The report is your ‹w› of {n1}{d4}.',
  'the password for the ‹w› account: see the wiki',
  'Token - see below',
  "await page.getByLabel('City').fill('{m12}');",
  'cy.get("#search").type("{m10}")',
  'recovery codes are in the safe\nof the ‹w›\n',
  'sandpass=2 bypass=true compass=north',
  '**Token:** see the ‹w› page',
  'f(password: BigInt64, token: VarUtf16, ‹w›: {n1})',
  'token: @token\nx: {m8}',
  'axios.defaults.headers.common["X-CSRF-Token"] = csrf;',
  'keys: [a, b, ‹w›]\ntokens: [the, quick, ‹w›]\n',
  'secrets: [‹w›-db, ‹w›-tls-{d2}]\n',
  'passwords = [user.password for user in ‹w›]\n',
  'Code: {d6}\nThe order of ‹w› is on its way.',
  'Login failed.\nError code: {d6}\n',
  'Geben Sie den Betrag {d6} ein. Geben Sie die PLZ {d5} ein.',
  '\\set ON_ERROR_STOP on\n\\set AUTOCOMMIT off\n',
  'the password is case sensitive and never shown',
  'args:\n  - --port\n  - "{n1}{d3}"\n  - --token-file\n  - /etc/‹w›/token\n',
  "const rows = await db.query('select token from ‹w› where id = $1', [id]);",
  '$ vault kv get -field=url secret/‹w›\nhttps://‹w›.example.net\n',
  '$ kubectl get secret ‹w› -o json\nError from server (NotFound): not found\n',
  'https://example.net/reset/password and https://example.net/invite/‹w›-team',
  'jwt.verify(token, publicKey, options.‹w›)',
  "crypto.createHmac('sha256', secret).update('‹w›-{d4}').digest('hex')",
  "getConnection(url, user, password, 'utf8mb4')",
  'PublicKey = {s43}=\nEndpoint = ‹w›.example.net:51820\n# the PresharedKey is elsewhere\n',
  "_id: ObjectId('{x24}'), pwd: null",
  'x-amzn-trace-id: Root=1-6{d7}-{x24}',
  'Le mot de passe du compte est obligatoire. Passwort für das Konto: siehe Wiki',
  'contraseña: debe tener ocho caracteres como mínimo',
  '| Secret | Days |\n|---|---|\n| ‹w›-tls-2024 | 365 |\n',
  'Set-Cookie: theme=dark; Path=/; Max-Age=31536000; SameSite=Lax',
  'GET /api/users?sort=name&token_type=bearer HTTP/1.1\nHost: x',
  'db-password  2024-01-01T10:00:00  automatic  -\n',
  'cubbyhole/  cubbyhole  cubbyhole_{x8}  per-token private secret storage',
  'Set-ADAccountPassword -Identity ‹w› -Reset',
  'seed: {d6}\nepochs: {d2}\n',
  'acme/vault-password:1.{d1}.3\nsrc/auth/password:{d2}: unused\n',
  '<td>Password:</td><td>required</td><td>‹w›</td>',
  '- textbox "Password" [ref=e{d2}]\n- textbox "City" [ref=e{d2}]: ‹w›{d2}\n',
  'the password was changed from weak to strong by ‹w›',
  "PASSWORD_HASHERS = ['‹w›.contrib.auth.hashers.Argon2PasswordHasher']",
  'Access key ID,Secret access key,‹w›\n',
  'if (‹w›) {\n  return {n1};\n}\n',
  'Google Sheet: 1{m42}\nNotion page - {m32}\n',
  'Stripe: pi_3{m23} was captured\nSlack message: {m24}\n',
  '$ cat /etc/‹w›/config\n{m20}\n$ ls\n',
  '127.0.0.1:6379> GET ‹w›:{d4}\n"{m20}"\n',
  'diff <(echo ‹w›-{d4}) <(echo {m12})',
  '<<<<<<< HEAD\n‹w› = {m12}\n=======\n',
  '# name  kind  size\n‹w›  {m12}  {d4}\n',
  'The suspect was identified by ‹w›{d4} on Monday.',
  'socket.connect("‹w›.example", {d4}, () => done())',
  'Who has the password for ‹w›?\nAsk ‹w›-{d2}.\n',
  'docker: the image is ‹w›:{d2}.{d1}, and the build for the account is {d4}',
];

const DATA: readonly unknown[] = [
  { 'login.password': 'Password', 'login.token': 'Token' },
  { 'error.secret': 'The secret is wrong', 'error.token': 'Your token has expired' },
  { password: 'Passwort', submit: 'Anmelden' },
  { tokens: 12, secrets: 3, passwords: 0 },
  { credentials: 'include', mode: 'cors', cache: 'no-cache' },
];

export function cleanEveryday(seed: number): Draft[] {
  const random = new Random(seed, 'clean/everyday');
  const texts = TEXTS.flatMap((template) =>
    Array.from({ length: 2 }, (): Draft => {
      const text = random.fill(template.replaceAll('‹w›', () => random.word()));
      return { kind: 'everyday text', value: { content: [{ type: 'text', text }] } };
    }),
  );
  return [...texts, ...DATA.map((value): Draft => ({ kind: 'everyday data', value }))];
}
