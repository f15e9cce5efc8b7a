/** Secrets on command lines: every record of the table on a line of its own, and lines that hold none. */
import { describe, expect, test } from 'vitest';
import { type Command, COMMANDS, commandSecrets, pipedSecret } from '../src/commands.ts';
import { lookAt } from './cut.ts';

/** What the records of a word make of a text: the first one that finds something. */
function run(text: string): string {
  const records = COMMANDS.filter(({ words }) => words.some((word) => text.includes(word)));
  const results = records.map((command) =>
    lookAt(text, wordOf(command, text), (whole, _, end) => commandSecrets(command, whole, end)),
  );
  return results.find((result) => result !== text) ?? text;
}

function wordOf({ words }: Command, text: string): string {
  return words.find((word) => text.includes(word)) ?? '';
}

/** One line for each record, the secret in brackets. */
const LINES: readonly string[] = [
  'mysql -u root -p[hunter22] shop',
  '7z a -p[hunter22] x.7z docs',
  'sshpass -p [hunter22] ssh bob@host',
  'redis-cli -h db -a [hunter22] ping',
  'mongosh -u bob -p [hunter22] db',
  'docker login -u bob -p [hunter22] registry.example',
  'ldapsearch -D cn=bob -w [hunter22] -b dc=x',
  'zip -r -P [hunter22] x.zip docs',
  'snmpget -v3 -A [hunter22x] host',
  'htpasswd -bc .htpasswd bob [hunter22]',
  'smbclient //host/share -U bob%[hunter22]',
  String.raw`net use X: \\host\share [hunter22]`,
  String.raw`net use X: \\host\share /user:CORP\bob [hunter22]`,
  'rclone obscure [hunter22]',
  'sentinel auth-pass x [hunter22]',
  'nuget push a.nupkg -k [hunter22] -s x',
  'createuser bob SHA "[hunter22]" AES',
  'rocommunity [hunter22] 10.0.0.0/8',
  'rootpw --plaintext [hunter22]',
  'drone secret add --name x --data [hunter22]',
  'db2 connect to db user bob using [hunter22]',
  '.logon host/bob,[hunter22]',
  'connect bob/[hunter22]@db',
  'tacacs-server host 10.0.0.5 key 7 [0822455D0A16]',
  "ssh-keygen -t ed25519 -f key -N '[hunter22]' -C bob",
  'kubectl create secret generic x --from-literal=username=bob --from-literal=admin=[hunter22]',
  'net user bob [hunter22] /add',
  'rabbitmqctl add_user bob [hunter22]',
  'sqlplus bob/[hunter22]@db',
  'openssl rsa -in x -passin pass:[hunter22]',
  'composer config http-basic.repo.example bob [hunter22]',
  'composer config github-oauth.github.com [hunter22x1]',
  'bundle config gems.example bob:[hunter22]',
  'curl -u bob:[hunter22] https://x.example/',
  'lftp -u bob,[hunter22] ftp.example',
  'xfreerdp /u:bob /p:[hunter22] /v:host',
  'chpasswd <<< "bob:[hunter22]"',
  'gh secret set TOKEN --body [hunter22]',
  'gpg --batch --passphrase [hunter22] -d x',
  'vault login [hunter22hunter22]',
  'aws ssm put-parameter --name x --type SecureString --value [hunter22]',
  'wget --cookie sid=[hunter22] https://x.example/',
  'requirepass [hunter22]',
  'auth bob [hunter22]',
  'pragma key = [hunter22]',
  'key content            : [hunter22]',
  'az keyvault secret set --name x --value [hunter22]',
  '::add-mask::[hunter22]',
  'ansible-vault encrypt_string "[hunter22]" --name x',
  'snmp-server community [hunter22] RO',
  'user default on >[hunter22] +@all',
  'az sql server create -u bob -p [hunter22] --name x',
  'mc alias set x https://x.example bob [hunter22]',
  'username bob privilege 15 password 0 [hunter22]',
  'crypto isakmp key 0 [hunter22] address 192.0.2.9',
  'pre-shared-key ascii-text "[hunter22]";',
  'schtasks /create /tn job /ru bob /rp [hunter22]',
];

describe('goes', () => {
  test.each(LINES)('%s', (line) => {
    const expected = line.replace(/\[.*\]/, '<cut>');
    const text = line.replace(/[[\]]/g, '');
    expect(run(text)).toBe(expected);
    expect(run(`$ ${text}\nnext line`), 'in a session').toBe(`$ ${expected}\nnext line`);
  });

  test('every record has a line here', () => {
    const lines = LINES.map((line) => line.replace(/[[\]]/g, ''));
    const unused = COMMANDS.filter((command) =>
      lines.every((line) => {
        const word = wordOf(command, line);
        return (
          word === '' ||
          lookAt(line, word, (text, _, end) => commandSecrets(command, text, end)) === line
        );
      }),
    );
    expect(unused.map(({ words }) => words)).toEqual([]);
  });

  test.each([
    ['quoted', `mysql -p"hunter 22" shop`, 'mysql -p"<cut>" shop'],
    ['in single quotes', "redis-cli -a 'hunter 22' ping", "redis-cli -a '<cut>' ping"],
    ['up to a pipe', 'mysql -phunter22|less', 'mysql -p<cut>|less'],
    [
      'behind a quote that is not its own',
      'curl "https://x.example/" -u "bob:hunter22"',
      'curl "https://x.example/" -u "bob:<cut>"',
    ],
  ])('%s', (_, text, expected) => {
    expect(run(text)).toBe(expected);
  });
});

describe('stays', () => {
  test.each([
    'mysql -u root -p shop',
    'mysql -u root -p$PASSWORD shop',
    'mysql -p"${PW}" shop',
    'redis-cli -a <password> ping',
    'docker login -u bob --password-stdin',
    'curl -u bob https://x.example/',
    'zip -r x.zip docs',
    'aws ssm put-parameter --name x --type String --value hunter22',
    'vault login -method=oidc',
    'auth middleware',
    'pre-shared-key authentication is on',
    'isakmp key management protocol',
    'schtasks /query /tn job',
    'mysql -u root\n-phunter22',
    'redis-cli -a [REDACTED:keyed-secret] ping',
    `mysql ${'x'.repeat(400)} -phunter22`,
  ])('%s', (text) => {
    expect(run(text)).toBe(text);
  });
});

describe('a pair that is piped into chpasswd', () => {
  const piped = (text: string): string =>
    lookAt(text, 'chpasswd', (whole, start) => pipedSecret(whole, start));

  test.each([
    ['echo bob:hunter22 | chpasswd', 'echo bob:<cut> | chpasswd'],
    ["echo -e 'bob:hunter22' | sudo chpasswd", "echo -e 'bob:<cut>' | sudo chpasswd"],
    ['echo "bob:bob" | chpasswd', 'echo "bob:<cut>" | chpasswd'],
  ])('%s: the password goes', (text, expected) => {
    expect(piped(text)).toBe(expected);
  });

  test.each([
    'echo bob | chpasswd',
    'echo "bob:$PW" | chpasswd',
    'cat users.txt | chpasswd',
    'echo bob:hunter22; chpasswd',
  ])('%s: nothing goes', (text) => {
    expect(piped(text)).toBe(text);
  });
});
