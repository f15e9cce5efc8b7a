/** Group `struct`, part eight: what terminals, plans and files of accounts show, and what people ask each other. */
import type { Template } from './template.ts';

export const TERMINAL: readonly Template[] = [
  ['drive of Windows', 'net use Z: \\\\‹H›\\data /user:‹U› ‹P› /persistent:yes', '/persistent'],
  [
    'pair behind a comment',
    '# client  server  secret  IP addresses\n‹U›  pptpd  ‹P›  *\n‹U2› * "‹S›" *\n',
  ],
  ['TACACS', 'tacacs-server host 10.0.0.5 key 7 ‹O›‹O2›\nline vty 0 4', 'line vty'],
  ['Oracle user', 'ALTER USER ‹U› IDENTIFIED BY q‹O›Xy ACCOUNT UNLOCK;', 'ACCOUNT UNLOCK'],
  [
    'database link',
    "CREATE DATABASE LINK ‹W› CONNECT TO ‹U› IDENTIFIED BY Tiger‹O› USING 'ORCL'",
    'ORCL',
  ],
  [
    'connection of Perl',
    'DBI->connect("DBI:mysql:host=‹H›", "‹U›", "‹S›", { RaiseError => 1 })',
    'RaiseError',
  ],
  [
    'substituted key file',
    'cryptsetup open /dev/sdb1 ‹W› --key-file <(echo -n "‹P›")',
    '/dev/sdb1',
  ],
  ['substituted input', 'openconnect --passwd-on-stdin ‹H› < <(echo ‹S›)'],
  ['here string', "sudo -S systemctl restart ‹W› <<< '‹P›'", 'systemctl restart'],
  [
    'value in an element',
    '<Password><Value>‹P›</Value><PlainText>true</PlainText></Password>',
    'PlainText',
  ],
  ['node of a chain', 'https://mainnet.infura.io/v3/‹X›', 'infura.io/v3/'],
  ['key of a service mail', 'mosquitto: remote_password Falcon‹O›!\ntopic ‹W›/# out', 'out'],
  [
    'login of a scanner',
    'mvn sonar:sonar -Dsonar.host.url=https://‹H› -Dsonar.login=‹X›',
    'sonar:sonar',
  ],
  [
    'literals of a secret',
    'kubectl create secret generic ‹W› --from-literal=username=‹U› --from-literal=admin=‹P›',
  ],
  ['two ways of a plan', '  ~ password = "‹P›" -> "‹P2›"\n    class = "‹W›"'],
  [
    'asked of Redis',
    '127.0.0.1:6379> GET config:smtp:password\n"‹P›"\n127.0.0.1:6379> PING',
    'PING',
  ],
  ['asked of etcd', '$ etcdctl get /prod/db/password\n/prod/db/password\n‹P›\n$ ls', 'etcdctl get'],
  ['asked of Consul', '$ consul kv get app/session_secret\n‹P›\n', 'consul kv get'],
  ['asked of a manager', '$ bw get password ‹W›.example\n‹P›\n', 'bw get password'],
  ['shown by pass', '$ pass show web/‹W›\n‹P›\nlogin: ‹U›\n', 'pass show'],
  ['shown by cat', '$ cat /etc/‹W›/token\n‹M›\n$ exit', 'exit'],
  ['shown by echo', '$ echo $DB_PASSWORD\n‹P›\n', 'echo $DB_PASSWORD'],
  ['random bytes', '$ openssl rand -base64 30\n‹K›\n', 'openssl rand'],
  [
    'script of expect',
    'expect "*?assword:*" { send "‹P›\\r" }\nexpect "# "\nsend "exit\\r"',
    'send "exit',
  ],
  ['key of SSH', "ssh-keygen -t ed25519 -f ~/.ssh/‹W› -N '‹P›' -C ‹U›@x", '-t ed25519'],
  [
    'braces of ODBC',
    'Driver={SQL Server};Server=‹H›;Uid=‹U›;Pwd={‹S›;‹S2›};Encrypt=yes',
    'Encrypt=yes',
  ],
  [
    'salt of a site',
    "define('NONCE_SALT', 'y=7q‹S›WtDFC#OCi+~^h|=!)‹S2›');\ndefine('WP_DEBUG', false);",
    'WP_DEBUG',
  ],
  [
    'typed, role',
    "await page.getByRole('textbox', { name: 'Password' }).fill('‹P›');",
    'getByRole',
  ],
  [
    'question and answer',
    "<bob> what's the root password on ‹W›?\n<ann> ‹P›\n<bob> thanks",
    'thanks',
  ],
  ['codes in a line', '**Backup codes:** ‹R›, ‹R2›, 12‹O›\n**Host:** ‹H›'],
  [
    'of several words, French',
    'Le mot de passe du serveur de test est « ‹P› ».',
    'serveur de test',
  ],
  [
    'of several words, Spanish',
    'La contraseña de la base de datos es ‹P› y el usuario ‹U›.',
    'el usuario',
  ],
  ['code of a door', 'The door code for the garage is ‹O›.', 'garage'],
  ['provider alone', 'Use this for Cloudflare: ‹M›. The zone is ‹H›.', 'The zone'],
  ['provider in a comment', '# the one for PagerDuty is ‹M›\nlog: ‹W›\n', 'log: '],
  ['pair behind a colon', 'Router credentials ‹U›:‹S› on 192.168.0.1', '192.168.0.1'],
  ['account and password', '* snowflake account: ‹U› / ‹S›\n* ‹W› done'],
  [
    'token for a thing',
    'Artifactory identity token for the build: {code}‹M›{code}',
    'for the build',
  ],
  ['token of parts', 'you committed our Mapbox secret token sk.‹M›.‹M2›a in ‹W›', 'you committed'],
];
