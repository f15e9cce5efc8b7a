/**
 * Places where secrets stand without a name beside them: the user part of a URL, account files, SQL statements,
 * connection strings of one word. One small function a place, called where the place's literal was seen.
 */
import { BASE64, BEARER, charset, looksRandom, runEnd } from './charset.ts';
import { classifyKey, isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';
import { isAlgorithm } from './program-text.ts';
import { MAX_TOKEN } from './rules.ts';
import { isStrong, isWordy } from './wordy.ts';

/** Looks at the text around a literal that stands at `start..end`. */
export type Place = (text: string, start: number, end: number) => Found | undefined;

/** Behind `bearer `. */
export function bearer(text: string, _start: number, end: number): Found | undefined {
  const stop = runEnd(BEARER, text, end, MAX_TOKEN);
  const value = text.slice(end, stop).replace(/[.:]+$/, '');
  if (value.length < 8 || isPlaceholder(value) || isWordy(value)) return undefined;
  // Some tokens have no digit by chance.
  if (!/\d/.test(value) && value.length < 24 && !looksRandom(value)) return undefined;
  if (value.startsWith('HTTP/')) return undefined;
  return { start: end, end: end + value.length, rule: 'bearer-token' };
}

/** Behind `basic `. */
export function basic(text: string, _start: number, end: number): Found | undefined {
  const stop = runEnd(BASE64, text, end, 4_096);
  const value = text.slice(end, stop);
  if (value.length < 6 || !Buffer.from(value, 'base64').toString('latin1').includes(':'))
    return undefined;
  return { start: end, end: stop, rule: 'basic-auth' };
}

/** Bytes of what ends the part of a URL that may hold a user, with the `:` and `@` in it. */
const AUTHORITY_SIGNS = charset(' \t\r\n"\'<>`\\?#/:@');
const [AT, COLON, SLASH] = [64, 58, 47];

/** False where no `@` follows in what may be the user part of a URL. */
export function hasUser(codes: Uint8Array, end: number, length: number): boolean {
  const limit = Math.min(length, end + 512);
  let hasColon = false;
  for (let at = end; at < limit; at++) {
    const code = codes[at] as number; // below the text's length
    if (code >= 128 || AUTHORITY_SIGNS[code] === 0) continue;
    if (code === AT) return true;
    // A slash may be in a password.
    if (code !== COLON && (code !== SLASH || !hasColon)) return false;
    hasColon = true;
  }
  return false;
}

/** The password, or the token that stands for one, before the `@` of a URL. */
export function urlPassword(text: string, _start: number, end: number): Found | undefined {
  const limit = Math.min(text.length, end + 512);
  let colon = -1;
  let at = -1;
  for (let i = end; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128 || AUTHORITY_SIGNS[code] === 0) continue;
    if (code === AT) at = i;
    else if (code === COLON) {
      if (colon < 0) colon = i;
    } else if (code !== SLASH || at >= 0 || colon <= 0 || !isPasswordSlash(text, i, limit)) break;
  }
  if (at < 0) return undefined;
  if (colon < 0 || colon > at) {
    const user = text.slice(end, at);
    return looksRandom(user) || HEX_TOKEN.test(user)
      ? { start: end, end: at, rule: 'url-credentials' }
      : undefined;
  }
  if (isPlaceholder(text.slice(colon + 1, at)) || EXAMPLE.test(text.slice(colon + 1, at)))
    return undefined;
  return { start: colon + 1, end: at, rule: 'url-credentials' };
}

const HEX_TOKEN = /^[0-9a-f]{32,64}$/;
/** What examples of URLs say for a password. */
const EXAMPLE = /^(?:pass(?:word|wd)?|pwd|secret|mypassword|userpass)$/i;

/** A slash inside a password: an `@` follows before anything that ends a URL, and no port was read. */
function isPasswordSlash(text: string, slash: number, limit: number): boolean {
  for (let i = slash + 1; i < limit; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128 || AUTHORITY_SIGNS[code] === 0) continue;
    if (code === AT) return !/:\d{1,5}$/.test(text.slice(Math.max(0, slash - 6), slash));
    if (code !== SLASH && code !== COLON) return false;
  }
  return false;
}

/** A sticky pattern whose first group, right at its end before what is looked ahead for, is the secret. */
function sticky(pattern: RegExp, rule: string, accepts: (value: string) => boolean): Place {
  return (text, _start, end) => {
    pattern.lastIndex = end;
    const value = pattern.exec(text)?.[1];
    if (value === undefined || isPlaceholder(value) || !accepts(value)) return undefined;
    return { start: pattern.lastIndex - value.length, end: pattern.lastIndex, rule };
  };
}
const any = (): boolean => true;

/** Behind `identified`: `BY 'x'`, `WITH plugin BY 'x'`, `BY PASSWORD 'x'`, `WITH plugin AS 'x'`. */
export const sqlIdentified: Place = sticky(
  /\s{1,4}(?:WITH\s{1,4}["'`]?\w{1,40}["'`]?\s{1,4})?(?:BY|AS)\s{1,4}(?:PASSWORD\s{1,4})?["']([^'"\n]{1,256})(?=["'])/iy,
  'keyed-secret',
  any,
);
/** Around `identified` where no quote stands: `CREATE USER x IDENTIFIED BY y`, of a role, a link. */
export const sqlUser: Place = (text, start, end) =>
  sqlIdentified(text, start, end) ??
  (OF_USER.test(text.slice(Math.max(0, start - 96), start))
    ? sqlBare(text, start, end)
    : undefined);
const OF_USER =
  /\b(?:user|role|to)\s{1,4}(?:if\s{1,4}not\s{1,4}exists\s{1,4})?["'`]?[\w$#.@%-]{1,64}["'`]?\s{1,8}$/i;
const sqlBare: Place = sticky(
  /\s{1,4}BY\s{1,4}([A-Za-z][\w$#]{3,60})(?=[\s;]|$)/iy,
  'keyed-secret',
  (value) => !/^(?:values|the|password|random)$/i.test(value),
);
/** Behind `set password`: `FOR 'user'@'%' = 'x'`, `= PASSWORD('x')`. */
export const sqlSetPassword: Place = sticky(
  /(?:\s{1,4}FOR\s{1,4}\S{1,80})?\s{0,4}(?:=|TO)\s{0,4}(?:PASSWORD\()?["']([^'"\n]{1,256})(?=["'])/iy,
  'keyed-secret',
  any,
);
/** Behind `crypt(`. */
export const sqlCrypt: Place = sticky(
  /\s?["']([^'"\n]{4,256})(?=["']\s?,)/y,
  'keyed-secret',
  (value) => !isAlgorithm(value) && !EXAMPLE.test(value),
);
/** Behind `SecureString`, of PowerShell. */
export const secureString: Place = sticky(
  /(?:"\s{0,4}\n\s{0,24}[+~]?\s{0,4}value\s{0,24}=|\s{1,3})\s{0,3}(?:-(?:String|AsPlainText|Force)\s{1,2}){0,3}\\?["']?([^"'\s|)\\]{3,256})(?=\\?["'\s|)]|$)/iy,
  'keyed-secret',
  (value) => !value.startsWith('-') && !value.startsWith('$') && !isWordy(value),
);
/** Behind `]:587 `: `user:password` of a mail relay map. */
export const relayPassword: Place = sticky(
  /\d{2,5}\s{1,8}[^\s:]{1,128}:(\S{3,256})/y,
  'keyed-secret',
  any,
);

/** Behind `:5432:` and other ports: `host:port:database:user:password` of `.pgpass`. */
export function pgpass(text: string, start: number, end: number): Found | undefined {
  if (!/(?:^|\n|\\n|["'])[\w.*-]{1,128}$/.test(text.slice(Math.max(0, start - 130), start)))
    return undefined;
  PGPASS.lastIndex = end;
  const value = PGPASS.exec(text)?.[1];
  if (value === undefined || isPlaceholder(value)) return undefined;
  return { start: PGPASS.lastIndex - value.length, end: PGPASS.lastIndex, rule: 'keyed-secret' };
}
const PGPASS = /[\w*.-]{1,64}:[\w*.@-]{1,64}:((?:[^\s:"\\]|\\[:\\]){1,256})(?=$|\s|\\n|["'])/y;

/** Behind `new value: `, below a line about a password that was reset. */
export const newValue: Place = (text, start, end) => {
  if (
    !/\bpass(?:word|phrase)\b[^\n]{0,100}\n[ \t]{0,8}$/i.test(
      text.slice(Math.max(0, start - 160), start),
    )
  )
    return undefined;
  const stop = runEnd(VISIBLE, text, end, 256);
  const value = text.slice(end, stop);
  if (!isStrong(value, true) || isPlaceholder(value)) return undefined;
  return { start: end, end: stop, rule: 'keyed-secret' };
};
const VISIBLE = charset('!-~');

/** Behind `\ttrue\t/` and `\tfalse\t/`: the value of a line of a cookie file. */
export const cookieFile: Place = sticky(
  /[^\t\r\n]{0,200}\t(?:TRUE|FALSE)\t\d{1,20}\t[^\t\r\n]{1,128}\t([^\s]{8,4096})/iy,
  'keyed-secret',
  (value) => isStrong(value) || /^[0-9a-f-]{16,}$/i.test(value),
);

/** Before `@tcp(`: `user:password` of a Go data source name. */
export function dsnPassword(text: string, start: number): Found | undefined {
  const lead = text.slice(Math.max(0, start - 256), start);
  const match = /(?:^|[\s"'`=\\])[\w.-]{1,64}:([^\s"'`]{1,180})$/.exec(lead);
  const value = match?.[1];
  if (value === undefined || isPlaceholder(value)) return undefined;
  return { start: start - value.length, end: start, rule: 'url-credentials' };
}

/** Before `@//host` or behind `oracle:thin:`: `user/password`. */
export const oraclePassword: Place = sticky(
  /[\w$.-]{1,64}\/([^\s"'@]{1,128})(?=@)/y,
  'url-credentials',
  any,
);

/** Around `:1521`: `user/password@host:1521/service`. */
export function easyConnect(text: string, start: number): Found | undefined {
  const lead = text.slice(Math.max(0, start - 256), start);
  const match = /(?:^|[\s"'`=])[\w$.-]{1,64}\/([^\s"'@/]{1,128})@(?:\/\/)?[\w.-]{1,100}$/.exec(
    lead,
  );
  const value = match?.[1];
  if (match === null || value === undefined || isPlaceholder(value)) return undefined;
  const from = start - lead.length + match.index + match[0].indexOf(`/${value}@`) + 1;
  return { start: from, end: from + value.length, rule: 'url-credentials' };
}

/** Around `" "`: a line of two quoted texts, user and password (pgbouncer). */
export function quotedPair(text: string, start: number, end: number): Found | undefined {
  const lead = text.slice(Math.max(0, start - 72), start);
  if (!/(?:^|\n|\\n|\\?")\\?"[\w.@-]{1,64}$/.test(lead) && !/"auth$/i.test(lead)) return undefined;
  QUOTED_LAST.lastIndex = end;
  const value = QUOTED_LAST.exec(text)?.[1];
  if (value === undefined || !isStrong(value)) return undefined;
  return {
    start: QUOTED_LAST.lastIndex - value.length,
    end: QUOTED_LAST.lastIndex,
    rule: 'keyed-secret',
  };
}
const QUOTED_LAST = /([^"\s\\]{6,200})(?=\\?"\s*(?:$|\n|\\n))/y;

/** Long base64 behind `;base64,`: of a data URI the bytes go, the type stays. */
export function dataUri(text: string, _start: number, end: number): Found | undefined {
  const stop = runEnd(BASE64, text, end, text.length);
  return stop - end < 64 ? undefined : { start: end, end: stop, rule: 'binary' };
}

/** Behind `: EAP "`: of a file of secrets of tunnels. */
export const tunnelSecret: Place = sticky(/([^"\n]{3,256})(?=")/y, 'keyed-secret', any);

/** Behind `WIFI:`, of the codes that phones scan: `T:WPA;S:office;P:x;;`. */
export const wifiCode: Place = sticky(
  /(?:[TSHRE]:[^;\n]{0,64};){0,4}P:((?:[^;\\\n]|\\.){4,64})(?=;)/y,
  'keyed-secret',
  any,
);

/** Behind `{SHA` and the like: a hashed password of a directory. */
export const ldapHash: Place = sticky(
  /\d{0,3}\}([A-Za-z0-9+/]{16,172}={0,2})/y,
  'password-hash',
  any,
);

/** Behind `{PLAIN}`, of the files of mail servers. */
export const plainScheme: Place = sticky(/\}((?!\s)[^:\s"'\\]{4,128})/y, 'keyed-secret', (value) =>
  isStrong(value, true),
);

/** Behind `secret id`, of a vault: a UUID. */
export const secretId: Place = sticky(
  /\\?["']?[ \t]{0,40}[:=|]?[ \t]{0,40}\\?["']?([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})/iy,
  'keyed-secret',
  any,
);

/** Behind `Password:` in base64: what a mail client answers, a line below. */
export const smtpLogin: Place = sticky(
  /(?:\r?\n|(?:\\r)?\\n)(?:[CS<>]: ?|[<>] )?([A-Za-z0-9+/]{4,340}={0,2})(?=\s|\\|$)/y,
  'keyed-secret',
  any,
);

/** Around `authenticator`, `two-factor`: the seed that is typed into such a program, in groups or as one. */
export function otpSeed(text: string, start: number, end: number): Found | undefined {
  const from = Math.max(0, start - 160);
  const match = OTP_SEED.exec(text.slice(from, end + 160));
  // Four words of four letters are a sentence; groups of a seed have digits.
  if (match === null || !/\d.*\d/.test(match[0])) return undefined;
  return {
    start: from + match.index,
    end: from + match.index + match[0].length,
    rule: 'keyed-secret',
  };
}
const OTP_SEED =
  /(?<![\w-])(?:[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){3,15}|[a-z2-7]{4}(?: [a-z2-7]{4}){3,15}|[A-Z2-7]{16,64})(?![\w-])/;

/** Behind `\\set `, of psql: the value of a variable that is called as secrets are. */
export function psqlVariable(text: string, _start: number, end: number): Found | undefined {
  PSQL.lastIndex = end;
  const [, name = '', value = ''] = PSQL.exec(text) ?? [];
  if (value === '' || isPlaceholder(value) || classifyKey(name) !== 'secret') return undefined;
  const stop = PSQL.lastIndex;
  return { start: stop - value.length, end: stop, rule: 'keyed-secret' };
}
const PSQL = /([A-Za-z_]\w{0,62})[ \t]{1,8}'{0,3}((?!['`:])[^\s']{4,256})/y;

/** Behind ` response="`: of a Digest header. */
export const digestResponse: Place = sticky(/([0-9a-f]{32,128})(?=\\?")/iy, 'keyed-secret', any);
/** Behind `private-mac:`. */
export const puttyMac: Place = sticky(/ ?([0-9a-f]{32,64})/iy, 'private-key', any);

/** Behind `"kty"`: the private members of a JSON Web Key in text that is no JSON. */
export function jwkMembers(text: string, _start: number, end: number): Found[] {
  const found: Found[] = [];
  const body = text.slice(end, end + 4_096).split(/\}|"kty/, 1)[0] ?? '';
  for (const match of body.matchAll(JWK_MEMBER)) {
    const value = match[1] ?? '';
    const from = end + match.index + match[0].length - value.length;
    found.push({ start: from, end: from + value.length, rule: 'private-key' });
  }
  return found;
}
const JWK_MEMBER = /"(?:d|p|q|dp|dq|qi|k)\\*"\s{0,4}:\s{0,4}\\*"([\w-]{16,2048})/g;
