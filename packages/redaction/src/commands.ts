/**
 * Secrets on command lines that no name announces: `mysql -pX`, `sshpass -p X`, `curl -u user:X`, `redis-cli -a X`.
 *
 * A record is the word that starts the command and a pattern for the rest of its line (400 characters at most), whose
 * first group is the secret. To teach a command, add a record; the word becomes a literal of the one table pass.
 */
import { isPlaceholder } from './keys.ts';
import { lineEnd } from './value-ends.ts';
import type { Assigned } from './values.ts';

const MAX_LINE = 400;
/** A value: quoted or bare. Its text is in group 1, 2 or 3. */
const VALUE = String.raw`(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|(?!-|["'\\$<{])([^\s"'|;&]{1,200}))`;
const after = (lead: string): RegExp => new RegExp(lead + VALUE);
const SHORT = String.raw`\s\\?["']?-`;

/** The words in front and what the rest of the line looks like. */
export interface Command {
  readonly words: readonly string[];
  readonly rest: RegExp;
  /** What the line must hold besides. */
  readonly needs?: string;
}

/** The commands known. */
export const COMMANDS: readonly Command[] = [
  {
    words: ['mysql ', 'mysqladmin ', 'mysqldump ', 'mysqlimport ', 'mariadb ', 'mariadb-dump '],
    rest: after(`${SHORT}p(?=[^\\s])`),
  },
  {
    words: ['7z a ', '7z x ', '7za a ', '7za x ', '7z e ', '7zz '],
    rest: after(`${SHORT}p(?=[^\\s])`),
  },
  { words: ['sshpass '], rest: after(String.raw`^\s?-p\s?`) },
  { words: ['redis-cli '], rest: after(`${SHORT}a\\s{1,3}`) },
  {
    words: ['mongo ', 'mongosh ', 'mongodump ', 'mongorestore ', 'mongoexport ', 'mongoimport '],
    rest: after(`${SHORT}p\\s{0,3}`),
  },
  {
    words: [
      'docker login ',
      'podman login ',
      'az login ',
      'oc login ',
      'helm registry login ',
      'cf login ',
      'twine upload ',
      'crane auth login ',
      'skopeo login ',
      'buildah login ',
      'arangosh ',
      'beeline ',
      'cqlsh ',
      'ibmcloud login ',
      'argocd login ',
    ],
    rest: after(`${SHORT}p(?:\\s{1,3}|=)`),
  },
  {
    words: ['ldapsearch ', 'ldapmodify ', 'ldapadd ', 'ldapwhoami ', 'ldappasswd ', 'ldapdelete '],
    rest: after(`${SHORT}w\\s{0,3}`),
  },
  {
    words: [
      'zip ',
      'unzip ',
      'sqlcmd ',
      'bcp ',
      'ipmitool ',
      'mosquitto_pub ',
      'mosquitto_sub ',
      'osql ',
      'isql ',
      'pdfunite ',
      'unrar ',
    ],
    rest: after(`${SHORT}P\\s{0,3}`),
  },
  { words: ['snmpwalk ', 'snmpget ', 'snmpset '], rest: after(`${SHORT}[AX]\\s{1,3}`) },
  {
    words: ['htpasswd '],
    rest: after(String.raw`-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\s{1,3}\S{1,128}\s{1,3}\S{1,64}\s{1,3}`),
  },
  {
    words: ['smbclient ', 'rpcclient ', 'smbmap '],
    rest: after(`${SHORT}U\\s{0,3}["']?[^\\s%"']{1,64}%`),
  },
  {
    words: ['net use '],
    rest: after(String.raw`\\\\\S{1,128}(?:\s{1,3}/user:\S{1,80})?\s{1,3}(?!/)`),
  },
  { words: ['net user '], rest: after(String.raw`^[\w.-]{1,64}\s{1,3}(?!/)`) },
  {
    words: [
      'rabbitmqctl add_user ',
      'rabbitmqctl change_password ',
      'rabbitmqctl authenticate_user ',
    ],
    rest: after(String.raw`^[\w.@-]{1,64}\s{1,3}`),
  },
  {
    words: ['sqlplus ', 'expdp ', 'impdp ', 'sqlldr ', 'rman target '],
    rest: /^(?:-\w\s{1,3}){0,3}\\?["']?[\w$.-]{1,64}\/()()([^\s"'@]{1,128})(?=@|\s|$|["'\\])/,
  },
  {
    words: ['openssl '],
    rest: after(String.raw`(?:\spass:|\s-(?:k|K)\s{1,3}|-passw(?:ord|d)?\s{1,3})`),
  },
  {
    words: ['composer config '],
    rest: after(String.raw`http-basic\.\S{1,128}\s{1,3}\S{1,64}\s{1,3}`),
  },
  {
    words: ['composer config '],
    rest: after(String.raw`(?:github-oauth|gitlab-token|bearer)\.\S{1,128}\s{1,3}`),
  },
  { words: ['bundle config '], rest: after(String.raw`\s[^\s:]{1,64}:(?!/)`) },
  {
    words: ['http ', 'https ', 'xh ', 'wget ', 'curl '],
    rest: after(`${SHORT}(?:a|u|U|-auth|-user|-proxy-user)[\\s=]{0,3}["']?[^\\s:"']{1,64}:(?!//)`),
  },
  { words: ['lftp '], rest: after(`${SHORT}u\\s{1,3}[^\\s,]{1,64},`) },
  { words: ['xfreerdp ', 'mstsc ', 'rdesktop '], rest: after(String.raw`(?:/p:|\s-p\s{1,3})`) },
  {
    words: ['chpasswd', 'vncpasswd'],
    rest: after(String.raw`^\s{0,3}<<<\s{0,2}["']?[\w.-]{1,64}:`),
  },
  {
    words: ['pulumi config set ', 'gh secret set ', 'fly secrets set ', 'heroku config:set '],
    rest: after(String.raw`(?:--secret\s{1,3}[\w:.-]{1,64}|--body|-b)[\s=]{1,3}`),
  },
  { words: ['gpg '], rest: after(String.raw`--passphrase[\s=]{1,3}`) },
  {
    words: [
      'vault login ',
      'ngrok authtoken ',
      'ngrok config add-authtoken ',
      'netlify login ',
      'cloudflared service install ',
      'tailscale up ',
    ],
    rest: after(
      String.raw`^(?:-[\w=:/.-]{1,80}\s{1,3}){0,3}(?:token=)?(?=[^\s=/]{16,200}(?:\s|$))`,
    ),
  },
  {
    words: ['aws ssm put-parameter '],
    needs: 'SecureString',
    rest: after(String.raw`--value[\s=]{1,3}`),
  },
  {
    words: ['curl ', 'wget ', 'http '],
    rest: after(String.raw`\s(?:-b|--cookie)[\s=]{1,3}["']?[\w.-]{1,64}=`),
  },
  {
    words: [
      'requirepass ',
      'masterauth ',
      'issecret=true]',
      'nickserv :identify ',
      'nickserv identify ',
      'snmp-server community ',
    ],
    rest: after('^'),
  },
  {
    // Whatever the command: a user and a password, no ports.
    words: ['-u '],
    rest: after(
      String.raw`^[^\s-]\S{0,64}\s{1,3}-p\s{1,3}(?=[^\s:]{6,200}(?:\s|$|["']))(?=\S*\d)(?=\S*[A-Za-z])`,
    ),
  },
  {
    words: ['mc alias set ', 'mc config host add '],
    rest: after(String.raw`^\S{1,64}\s{1,3}https?:\S{1,200}\s{1,3}\S{1,128}\s{1,3}`),
  },
  { words: ['az keyvault secret set '], rest: after(String.raw`\s--value[\s=]{1,3}`) },
  {
    words: ['ansible-vault encrypt_string '],
    rest: after(String.raw`^(?:-[\w=-]{1,40}\s{1,3}){0,3}(?!["']\s?[,)\]])`),
  },
  { words: ['::add-mask::'], rest: after('^') },
  { words: ['acl setuser ', 'user default '], rest: after(String.raw`\s>`) },
  { words: ['pragma key', 'pragma rekey'], rest: after(String.raw`^\s{0,3}[=(]\s{0,3}`) },
  { words: ['key content'], rest: after(String.raw`^\s{0,16}:\s{1,3}`) },
  {
    // Of routers and firewalls; how the rest is written may stand before it.
    words: [
      'plain-text-password-value ',
      'pre-shared-key ',
      'isakmp key ',
      'authentication-key ',
      'key-string ',
      'option key ',
      'snmp community ',
    ],
    rest: after(
      String.raw`^(?:(?:ascii-text|hexadecimal|md5|local|remote|[0-9])\s){0,2}(?=\S{0,64}\d)(?=["']?\S{6,200}(?:\s|$|;))`,
    ),
  },
  { words: ['schtasks '], rest: after(String.raw`\s/rp\s{1,3}`) },
  {
    // Of routers: the number says how the rest is written.
    words: ['password 0 ', 'password 7 ', 'secret 0 ', 'secret 5 ', 'secret 8 ', 'secret 9 '],
    rest: after(
      String.raw`^(?=\S{0,64}(?:\d|[a-z][A-Z]))(?=\S{0,64}[A-Za-z$])(?=\S{6,200}(?:\s|$))`,
    ),
  },
  { words: ['key 7 '], rest: after(String.raw`^(?=[0-9A-F]{6,80}(?:\s|$))`) },
  {
    words: ['createuser '],
    rest: after(String.raw`\s(?:MD5|SHA(?:-?\d{3})?|DES|AES(?:-?\d{3})?)\s{1,3}(?=["'\w])`),
  },
  { words: ['rocommunity ', 'rwcommunity '], rest: after('^') },
  { words: ['rootpw '], rest: after(String.raw`^(?:--?[a-z]{1,16}\s{1,3}){0,3}`) },
  {
    words: ['secret add ', 'secret update '],
    rest: after(String.raw`\s--(?:data|value|body)[\s=]{1,3}`),
  },
  { words: ['db2 connect to '], rest: after(String.raw`\susing\s{1,3}`) },
  { words: ['.logon '], rest: after(String.raw`^[\w.-]{1,64}/[\w.$-]{1,64},`) },
  {
    words: ['connect ', 'conn '],
    rest: /^\\?["']?[\w$.-]{1,64}\/()()([^\s"'@]{1,128})(?=@)/,
  },
  { words: ['nuget push '], rest: after(String.raw`\s(?:-k|--api-key|-ApiKey)\s{1,3}`) },
  { words: ['sentinel auth-pass '], rest: after(String.raw`^[\w.-]{1,64}\s{1,3}`) },
  { words: ['rclone obscure '], rest: after('^') },
  { words: ['ssh-keygen '], rest: after(`${SHORT}[NP]\\s{1,3}`) },
  {
    words: ['create secret generic '],
    rest: after(
      String.raw`--from-literal[=\s]["']?(?!(?:user(?:name)?|host|port|url|name|db|database|region)=)[\w.-]{1,64}=`,
    ),
  },
  {
    words: ['auth '],
    rest: after(
      String.raw`^(?:[\w.-]{1,64}\s)?(?!["']?(?://|[a-z][a-z0-9-]{1,32}\.[a-z]{2,5}/))(?=[^\s]{6,200}(?:\\r|\\n|\s*$))(?=\S*(?:\d|[a-z][A-Z]\S*[a-z][A-Z]))`,
    ),
  },
];

/** The secrets in the rest of the line after `end`, where a command's word stands. */
export function commandSecrets(
  { rest, needs }: Command,
  text: string,
  end: number,
): Assigned[] | undefined {
  const line = text.slice(end - 1, lineStop(text, end));
  if (needs !== undefined && !line.includes(needs)) return undefined;
  const isAnchored = rest.source.startsWith('^');
  let found: Assigned[] | undefined;
  let from = isAnchored ? 1 : 0;
  for (let count = 0; count < MAX_FLAGS; count++) {
    const match = rest.exec(line.slice(from));
    if (match === null) break;
    const stop = from + match.index + match[0].length - (match[3] === undefined ? 1 : 0);
    const value = match[1] || match[2] || match[3];
    if (value !== undefined && !isPlaceholder(value))
      (found ??= []).push({ start: end - 1 + stop - value.length, end: end - 1 + stop });
    if (isAnchored) break;
    from = stop;
  }
  return found;
}
/** A command may ask for two: `-A x -X y`. */
const MAX_FLAGS = 3;

function lineStop(text: string, from: number): number {
  let at = lineEnd(text, from, MAX_LINE);
  // Quotes are part of a command line; only the end of a line ends it.
  while (text[at] === '"' && at < from + MAX_LINE)
    at = lineEnd(text, at + 1, from + MAX_LINE - at - 1);
  return at;
}

/** `chpasswd:`, below it `list: |` and pairs of a user and a password. */
export function listedPairs(text: string, end: number): Assigned[] | undefined {
  LIST_OF_PAIRS.lastIndex = end;
  if (!LIST_OF_PAIRS.test(text)) return undefined;
  const found: Assigned[] = [];
  PAIR_LINE.lastIndex = LIST_OF_PAIRS.lastIndex;
  for (let count = 0; count < 64; count++) {
    const value = PAIR_LINE.exec(text)?.[1];
    if (value === undefined) break;
    const stop = PAIR_LINE.lastIndex;
    if (!isPlaceholder(value) && value !== 'RANDOM')
      found.push({ start: stop - value.length, end: stop });
  }
  return found.length === 0 ? undefined : found;
}
const LIST_OF_PAIRS =
  /:[ \t]{0,8}\r?\n(?:[ \t]{1,16}expire:[^\n]{0,24}\n)?[ \t]{1,16}list:[ \t]{0,8}\|?[ \t]{0,8}(?=\r?\n)/y;
const PAIR_LINE = /\r?\n[ \t]{1,24}(?:- )?["']?[\w.-]{1,64}:([^\s"']{1,128})/y;

/** `echo 'user:X' | chpasswd`: the pair stands in front of the command. */
export function pipedSecret(text: string, start: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - 160), start);
  const match = PIPED.exec(lead);
  const value = match?.[1];
  if (match === null || value === undefined || isPlaceholder(value)) return undefined;
  const stop = start - lead.length + match.index + match[0].indexOf(`:${value}`) + 1;
  return { start: stop, end: stop + value.length };
}
const PIPED =
  /echo\s{1,3}(?:-\w\s)?\\?["']?[\w.-]{1,64}:([^\s"'\\|]{1,128})\\?["']?\s{0,3}\|\s{0,3}(?:sudo\s)?$/;
