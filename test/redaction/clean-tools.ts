/** Group `clean`, part six: the look-alikes of `scenario-tools.ts`, filled anew at each seed. */
import type { Draft } from './cases.ts';
import { Random } from './random.ts';

/** `{...}` as in `Random.fill`, `‹w›` a word. */
const TEXTS: readonly string[] = [
  'The error code is {n1}{d2}; see the page about ‹w›.',
  'Your zip code is {n1}{d4}, your area code is {n1}{d2}.',
  'Your postal code: {n1}{d4}',
  'exit code {n1}{d2} from ‹w›',
  'Your discount code is {n1}{d3} for this week.',
  'Ihre Postleitzahl ist {n1}{d4}, der Fehlercode lautet {n1}{d3}',
  'votre code postal est {n1}{d4}',
  'su código postal es {n1}{d4}, código de error {n1}{d3}',
  'il codice di avviamento postale è {n1}{d4}',
  '错误代码是{n1}{d3}，邮政编码：{n1}{d5}',
  'エラーコードは{n1}{d3}です。郵便番号は{n1}{d6}',
  'closed with code 1006 after {n1}{d3} ms',
  'use code {n1}{d3} of the ‹w› list',
  'enter the course code {n1}{d3}, then press ‹w›',
  'HTTP status code: {n1}{d2}; response code is {n1}{d2}',
  '{n1}{d5} is your order number, ‹w›',
  'The code is 200 lines long and {n1}{d3} bytes.',
  'the country code is 4{d1}, the currency code is 97{d1}',
  'passphrase: the one from the ‹w› handbook',
  'passphrase: must have at least four words',
  'Passphrase: enter the words of the ‹w› file',
  'password: ask the ‹w› team about it',
  'password: minimum twelve letters required, no names',
  'passphrase: leave empty for no passphrase',
  'password policy: long words are better than short ones',
  'Passwort geändert von ‹w› am {n1}. Mai',
  'Das Passwort wurde gestern geändert.',
  'le mot de passe a été changé par le système',
  'la contraseña fue cambiada por el usuario',
  'het wachtwoord is gewijzigd door de beheerder',
  'A senha foi alterada para maior segurança.',
  'パスワードを変更しました。',
  '密码已更改，请重新登录。',
  'the password was changed to meet the policy',
  'services:\n  db:\n    secrets:\n      - db_password\n      - source: ‹w›_key\n        target: /run/secrets/x\nsecrets:\n  db_password:\n    external: true\n    name: prod_db_password\n',
  'jobs:\n  deploy:\n    uses: ./x.yml\n    secrets: inherit\n',
  'imagePullSecrets:\n  - name: regcred-‹w›\nserviceAccountName: ‹w›\n',
  'envFrom:\n  - secretRef:\n      name: ‹w›-env\n',
  'CREATE TABLE t (primaryKey TEXT, secondaryKey TEXT, ‹w› INT)',
  'primaryKey: "id", secondaryKey: "createdAt"',
  'CMD ["node", "server.js", "-p", "{n1}{d3}"]',
  'docker run -p {n1}{d3}:80 -u {n1}{d3} ‹w›',
  'command: ["curl", "-u", "http://‹w›.example/", "-s"]',
  'ENTRYPOINT ["mysqld", "--port", "{n1}{d3}"]',
  'mkdir -p /srv/‹w› && tar -xzf a.tgz -C /srv/‹w›',
  'ssh -p {n1}{d3} ‹w›@web1 uptime',
  'key: !!str ‹w›\nvalue: !!int {n1}{d3}\n',
  'password: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n',
  'token: !Ref ‹w›Token',
  'Set-Cookie attributes are Path, HttpOnly and SameSite.',
  'sessionid is a cookie of the framework; JSESSIONID of the container',
  'the cookie connect.sid was not sent',
  'The ‹w› key of the table is the primary key; a secondary key is an index.',
  'Terminal ‹w›: batch {n1}{d4} closed, {n1}{d1} payments',
];

const DATA: readonly ((random: Random) => unknown)[] = [
  () => ({ services: { db: { image: 'postgres', secrets: ['db_password', 'tls-key'] } } }),
  () => ({ secrets: { db_password: { file: './db_password.txt' }, api: { external: true } } }),
  () => ({
    total_count: 2,
    secrets: [
      { name: 'DB_PASSWORD', created_at: '2026-01-02T03:04:05Z' },
      { name: 'NPM_TOKEN', visibility: 'all' },
    ],
  }),
  (r) => ({ args: ['run', '-p', r.fill('{n1}{d3}:80'), '-u', '1000', 'nginx'], command: 'docker' }),
  (r) => ({ command: 'tar', args: ['-x', '-p', '-f', `${r.word()}.tar`] }),
  (r) => ({
    index: { primaryKey: 'id', secondaryKey: r.word() },
    code: 404,
    errorCode: r.fill('{n1}{d3}'),
  }),
];

export function cleanTools(seed: number): Draft[] {
  const random = new Random(seed, 'clean/tools');
  const texts = TEXTS.flatMap((template) =>
    Array.from({ length: 2 }, (): Draft => {
      const text = random.fill(template.replaceAll('‹w›', () => random.word()));
      return { kind: 'tools text', value: { content: [{ type: 'text', text }] } };
    }),
  );
  return [...texts, ...DATA.map((make): Draft => ({ kind: 'tools data', value: make(random) }))];
}
