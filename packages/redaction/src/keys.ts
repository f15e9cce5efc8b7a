/**
 * What the name of a field says about its value: nothing, harmless, perhaps secret, secret, personal.
 *
 * A name is split into words (camel, snake, kebab, dotted) and judged by words and pairs of words, never by
 * substrings: `author` holds no `auth`, `primaryKey` is no key, `max_tokens` is a number. A harmless last word
 * (`token_type`, `password_policy`, `secretKeyRef`) wins over a sensitive one. Results are cached by name.
 */

import { isMixed, looksRandom, UUID } from './charset.ts';
import { isForeignName } from './foreign-words.ts';
import { withoutMarks } from './spans.ts';
import { isStrong, isWordy } from './wordy.ts';
import { isNationalName } from './national-ids.ts';
import { type PersonalKind, personalKind, personalName } from './personal-names.ts';

/** Class of a name. */
export type KeyClass = 'none' | 'benign' | 'weak' | 'secret' | 'pass' | PersonalKind;

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

const SECRET = words(
  'password passwords passwd passwort kennwort pwd passphrase passcode pword secret secrets token apikey apikeys accesskey secretkey ' +
    'privatekey credential credentials creds authorization cookie cookies setcookie jwt otp githuboauth gitlaboauth totp pin cvv cvc ' +
    'csc pincode puk xhoneycombteam mnemonic seedphrase accesstoken refreshtoken idtoken authtoken sessiontoken bearertoken clientsecret ' +
    'bindpw rootpw userpw userpass dbpass dbpw authkey accountkey sharedaccesskey encryptionkey signingkey masterkey phpsessid ' +
    'jsessionid passkey htpasswd contrasena senha motdepasse mdp psk requirepass masterauth storepass keypass passin passout ' +
    'bindpass communitystring credentialssecret webhooksecret connectionstring authenticationstring sastoken totpsecret secretstring secretvalue basicauthusers authtok sonarlogin dsonarlogin',
);
/** Whose password a word of one piece is: `sshpass`, `deststorepass`. */
const OWNED_PASS =
  /^(?:ssh|api|db|my|pg|sql|mysql|root|user|admin|smtp|imap|pop|mail|ftp|ldap|redis|mongo|rabbit|wifi|wlan|vpn|http|proxy|app|src|dest|store|trust|key|login|sudo|vnc|rdp|smb|bind|mqtt)+(?:pass|pw|pwd)$/;
const SECRET_ENDINGS = ['password', 'passwd', 'secret', 'apikey', 'passphrase', 'token'] as const;
const FOREIGN = [
  'пароль',
  '密码',
  '密碼',
  'パスワード',
  '비밀번호',
  'contraseña',
  'mot de passe',
  'hasło',
  '密钥',
  '令牌',
];
const BEFORE_KEY = words(
  'api access secret private encryption decryption signing master auth account storage shared service license licence ssh ' +
    'webhook admin hmac deploy server write ingest subscription rsa aes symmetric session client root team app application function ' +
    'integration publishing management routing recovery maps sendgrid stripe openai anthropic azure aws google github datadog twilio mailgun ' +
    'rapidapi algolia functions host shared wallet seed wpa wifi wlan wep',
);
const BEFORE_TOKENS = words('api access auth refresh bearer session secret');
const HARMLESS_BEFORE_TOKEN = words(
  'progress page next continuation cancel cancellation sync resume pagination start max min total input output prompt ' +
    'completion special eos bos pad unk mask cls sep stop design public syntax per first last current prev previous num',
);
const HARMLESS_BEFORE_KEY = words(
  'foreign partition sort public cache object row column group map dict hash routing event message index unique ' +
    'composite idempotency shortcut hot arrow press idempotent i18n locale translation json yaml answer',
);
const HARMLESS_BEFORE_CODE = words(
  'tracking error status country zip postal post area language lang currency product item discount promo coupon reference booking reservation airport flight ' +
    'http exit response result reason source qr bar sku color colour region state dial stock iso hs department cost tax branch bank swift sort room store site unit plant material',
);
const SIGNED = words('oauth amz goog hub webhook request hmac shopify stripe slack twilio');
const HARMLESS_BEFORE_PASS = words(
  'proxy fastcgi uwsgi scgi grpc memcached boarding by season ski travel bus day guest first second third single multi render one two test low high band all free event',
);
const HARMLESS_HEADS = words(
  'err error msg existing is has requires require enable enabled disable disabled allow show hide forgot max min total num count public no should',
);
const HARMLESS_TAILS = words(
  'count counts id ids url urls uri uris name names policy policies type types expires expiry expiration in at on length len size ' +
    'limit limits max min ttl enabled disabled required ref refs path paths file files filename prefix hint hints status state version format field ' +
    'fields label metadata description desc usage budget used remaining cost rate lifetime age kind method methods endpoint location provider ' +
    'algorithm alg rotation reset page strength rules rule requirements schema class index position stdin ssid env offset manager store stores ' +
    'scanning scanner title text placeholder pattern visible accessor selector supported signing error errors message date time seconds ms days ' +
    'username user email issuer audience scope scopes action actions attempts logprobs bucket arn ' +
    'expired invalid missing revoked expiring incorrect mismatch label help prompt tooltip caption ui flow flag screen modal button dialog panel widget menu tab icon component module controller docs guide tutorial refresh renewal ' +
    'hits misses active inactive resets history requests issued failures successes lockouts retries ' +
    'created updated changed modified last next valid encryption hashing hasher hashers validators variant variants kinds style styles color colour samesite secure httponly domain quality generator resolver handler scripts helper helpers prompt regex regexp encodings fault exception callback constructor options opts params var variable variables',
);
/** Names that say what a sibling is, or are part of any record's frame. */
const HARMLESS_NAMES = words(
  'type name id uri url href title description mimetype format kind method role status host hostname port region enabled required ' +
    'in severity range expiration expires expiresat expiresin domain secure httponly samesite createdat updatedat versions size username user database dbname db schema engine version ref path env issuer scope expires_in text file external environment driver',
);
const WEAK = words(
  'key keys auth community bearer session sid signature sig salt seed nonce credentialid hash csrf xsrf code clave',
);

const MAX_CACHED = 4_096;
const MAX_NAME = 128;
const cache = new Map<string, KeyClass>();

/** Classifies a field, header, flag or variable name. Names over 128 characters are judged by their last 128. */
export function classifyKey(name: string): KeyClass {
  const known = cache.get(name);
  if (known !== undefined) return known;
  // A number at the end says nothing: a hundred thousand `password1`, `password2` ... are one name.
  const end = numberStart(name);
  if (end < name.length && end > 0 && name.length <= MAX_NAME)
    return classifyKey(name.slice(0, end));
  const found = classify(name.length > MAX_NAME ? name.slice(-MAX_NAME) : name);
  if (name.length <= MAX_NAME) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(detached(name), found);
  }
  return found;
}

/** A copy: a string that was cut out of a text keeps all of the text. */
function detached(name: string): string {
  return Buffer.from(name, 'utf16le').toString('utf16le');
}

function numberStart(name: string): number {
  let at = name.length;
  while (at > 0 && name.charCodeAt(at - 1) <= 57 && name.charCodeAt(at - 1) >= 48) at--;
  return at;
}

function classify(written: string): KeyClass {
  const name = withoutMarks(written);
  const parts = splitWords(name);
  const last = parts.at(-1);
  const foreign = personalName(name);
  if (foreign !== undefined) return foreign;
  if (last === undefined) {
    if (FOREIGN.some((word) => name.toLowerCase().includes(word)) || isForeignName(name))
      return 'secret';
    return isNationalName(parts, name) ? 'national' : 'none';
  }
  const flat = parts.join('');
  const personal = personalKind(parts, flat);
  if (personal !== undefined) return personal;
  if (HARMLESS_NAMES.has(flat)) return 'benign';
  if (name.includes('/') && FILE_OR_TYPE.test(name)) return 'none';
  if (flat.endsWith('secretid')) return 'weak';
  if (flat.endsWith('roottokenid')) return 'secret';
  const secret = parts.some((word, i) => isSecretAt(parts, word, i)) || SECRET.has(flat);
  if (secret) {
    // `token-refresh-v2`, `password_resets_24h`
    const tail = last === 'v' || /^\d+[hdmsw]$/.test(last) ? (parts.at(-2) ?? '') : last;
    const isHarmless =
      parts.length > 1 &&
      (HARMLESS_TAILS.has(tail) ||
        HARMLESS_HEADS.has(parts[0] ?? '') ||
        parts.includes('public') ||
        (last === 'hash' && parts.includes('cert')) ||
        parts.includes('existing') ||
        (last === 'secrets' && parts.includes('pull')));
    return isHarmless ? 'benign' : 'secret';
  }
  if (FOREIGN.some((word) => name.toLowerCase().includes(word)) || isForeignName(name))
    return 'secret';
  if (isNationalName(parts, name)) return 'national';
  if (last === 'pass' || last === 'pw') {
    const before = parts.at(-2);
    if (before === undefined) return 'pass';
    return HARMLESS_BEFORE_PASS.has(before) || name.includes(' ') ? 'none' : 'secret';
  }
  if (last === 'key' || last === 'keys') {
    return HARMLESS_BEFORE_KEY.has(parts.at(-2) ?? '') ? 'benign' : 'weak';
  }
  if (last === 'code' && HARMLESS_BEFORE_CODE.has(parts.at(-2) ?? '')) return 'benign';
  if (WEAK.has(last) || (last === 'pat' && parts.length > 1)) return 'weak';
  if (last === 'tokens' || last === 'token') return 'benign';
  return parts.length > 1 && HARMLESS_TAILS.has(last) ? 'benign' : 'none';
}

/** A source file, or a media type: `src/token.ts`, `application/jwt`. */
const FILE_OR_TYPE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|java|rb|php|md|html?|css|vue|svelte|[ch]|cpp|cs|kt|swift|sh)$|^(?:application|audio|font|image|message|model|multipart|text|video)\/[\w.+-]+$/i;

function isSecretAt(parts: readonly string[], word: string, i: number): boolean {
  const before = parts[i - 1] ?? '';
  // `pin-sha256`: the digest of a key that a client pins.
  if (word === 'pin') return parts[i + 1] !== 'sha';
  if (word === 'token') return !HARMLESS_BEFORE_TOKEN.has(before);
  if (word === 'tokens') return BEFORE_TOKENS.has(before);
  if (word === 'key' || word === 'keys') return BEFORE_KEY.has(before);
  if (word === 'code' || word === 'codes')
    return (
      before === 'security' ||
      before === 'verification' ||
      before === 'pin' ||
      before === 'backup' ||
      before === 'recovery' ||
      before === 'otp' ||
      before === 'mfa' ||
      before === 'totp' ||
      before === 'login' ||
      before === 'access' ||
      before === 'authentication' ||
      before === 'activation' ||
      (before === 'in' && /^(?:sign|log)$/.test(parts[i - 2] ?? '')) ||
      (before === 'time' && parts[i - 2] === 'one')
    );
  if (word === 'signature') return SIGNED.has(before);
  if (word === 'answer') return before === 'security' || before === 'secret';
  if (word === 'phrase') return before === 'pass' || before === 'seed' || before === 'recovery';
  if (word === 'word') return before === 'pass';
  if (word === 'jsonwebtoken') return false;
  if (SECRET.has(word) || OWNED_PASS.test(word)) return true;
  return SECRET_ENDINGS.some((ending) => word.length > ending.length && word.endsWith(ending));
}

/** Words of a name in lower case, however they are joined. */
export function splitWords(name: string): string[] {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .map((word) => (/^(?:e2b|i18n)$/.test(word) ? word : word.replace(/\d+$/, '')));
  return parts.filter((word) => word !== '');
}

/** Secret only as parameters of a URL or a form, where a value is short, bare and seldom prose. */
const IN_QUERY = words(
  'sig signature sign sid session sessionid jsessionid phpsessid appid appkey key code auth ticket hmac hash h token k p pw pass pwd ' +
    'apikey st jwt assertion samlresponse samlrequest oobcode invite magic nonce state otp signed s ak sk policy verifier',
);
/** Of these a hash is a secret too, and short values as well. */
const SURE_IN_QUERY = words(
  'sig signature sign hmac appid appkey apikey sid sessionid jsessionid phpsessid auth key ticket samlresponse samlrequest assertion',
);

/** What a link brings along once: short ones too, of all three kinds of characters. */
const ONE_TIME = words('code ticket oobcode invite magic token otp');

/** True when `name=value` in a query is a secret: signatures, authorisation codes, session ids, keys. */
export function querySecret(name: string, value: string): boolean {
  const flat = name
    .toLowerCase()
    .replace(/^(?:x-)?(?:amz|goog|oss|cos|ms|obs)-/, '')
    .replace(/[^a-z0-9]/g, '');
  if (!IN_QUERY.has(flat) || value.length < 8 || isPlaceholder(value)) return false;
  if (flat === 'p' || flat === 'pw' || flat === 'pass' || flat === 'pwd') return isStrong(value);
  if (!/\d/.test(value) && !isMixed(`${value}0`)) return false;
  if (ONE_TIME.has(flat) && value.length >= 10 && isMixed(value)) return true;
  return SURE_IN_QUERY.has(flat)
    ? value.length >= 16 && isStrong(value)
    : value.length >= 16 && looksRandom(value);
}

const PLACEHOLDER =
  /^(?:n\/a|#[0-9a-f]{3,8}|\[?(?:String|Int|Float|Boolean|ID)!?\]?[!)]{0,3}|\[(?:filtered|hidden|masked|removed|secret|sensitive|omitted|redacted)\]|\$\(.{0,200}|(?:bearer|basic|token|apikey)(?:%20|[ +])*|\$\{[^}]{0,128}\}?|\$\{\{.{0,128}|\$[A-Za-z_][A-Za-z0-9_]{0,64}|\$\d{1,2}|\{\{.{0,128}\}\}?|\{[\w.:]{0,64}\}|#\{.{0,64}|<[^<>]{0,64}>|<%=.{0,128}|%[A-Z_]{1,64}%|%\(?\w{0,32}\)?s|[?]|(?:process|import\.meta|os)\.env[\w.[\]'"()]{0,96}|os\.getenv.{0,96}|[x*•.#_-]{3,64}|\(?(?:base(?:32|58|64)(?:url)?|hex|pem)[ -]encoded\)?|[*•_.~-]{1,2}|%x[0-9a-f]{2}(?:-[0-9a-f]{2})?|\/[\^([\\].{0,256}|\d?\*\d?[a-z-]{2,24}|@[a-z_]{2,32}|(?:op|vault|ssm|secretref|keyring|keychain|ref\+\w{1,16}):\/\/.{0,256}|arn:aws[\w-]{0,12}:(?:secretsmanager|ssm|kms|iam):.{0,256}|projects\/[\w-]{1,64}\/secrets\/.{0,128}|(?:ENC|PKCS7)\[.{0,1024}|@Microsoft\.KeyVault\(.{0,256}|\(?(?:hidden|redacted|masked|sensitive|secret|omitted|removed|not set|unset|empty|set|present)(?: value)?\)?|(?:fake|dummy|mock|sample|some|wrong|bad|invalid)[-_ ](?:access[-_ ])?(?:token|password|secret|key|api[-_ ]?key|jwt)|<?(?:your|my|insert|enter|replace|put|add|paste)[-_ ](?:[a-z]{1,16}[-_ ]?){1,8}>?|(?:change|replace)[-_ ]?(?:me|it|this)\b.{0,24}|\[(?:REDACTED|REDACTION|TRUNCATED|BINARY|CYCLE)\b.{0,96}\]?|(?:\.{0,2}\/|~\/)(?:[\w.-]{1,64}\/){1,12}[\w-]{1,64}(?:\.[a-z]{2,5})?)$/i;
/** Those that begin like any value: where they end, or a sign in them, is asked for first. */
const CUT_OFF = /^[\w-]{0,12}(?:\.{3}|…)$/;
const PLACE =
  /^(?:[\w.-]{1,64}:)?\/(?:run|var|etc|srv|home|opt|usr|tmp|mnt|root)\/[\w./-]{1,256}$/i;
const FILE = /^[\w-]{1,64}\.(?:pem|key|crt|json|txt|ya?ml|env|p12|jks|pfx)$/i;
const LONGEST_ENDING = 4;
const LONGEST_PLACE = 64 + 1 + 6 + 256;

const EMPTY_WORDS = words(
  'all string str number int integer boolean bool null undefined none nil true false required optional any object void text varchar ' +
    'redacted hidden masked example placeholder changeme yes no unknown self this bearer basic disabled enabled verified invalid missing expired ' +
    'valid incorrect wrong weak strong default empty unset anonymous identifier needed mandatory forbidden denied failed rejected accepted ' +
    't1 t2 t3 k1 k2 v1 include omit same-origin updated changed saved generated present absent inherit ok oidc oauth2 saml ldap read write bytes float double date uuid char byte array list map function',
);

/** What packages say of each other: `^0.7.1`, `>=12.0.0 <20`, `2.4.0-beta.1`, `workspace:*`, `sha512-...`. */
const VERSIONS =
  /^(?:(?:[\^~]|[<>]=?|=) ?v?\d{1,4}(?:\.(?:\d{1,4}|[x*])){0,2}(?:-(?:alpha|beta|rc|next|pre|canary|dev)[\w.]{0,12})?(?: ?(?:\|\|)? ?(?:[\^~]|[<>]=?) ?\d{1,4}(?:\.(?:\d{1,4}|[x*])){0,2}){0,3}|\d{1,2}\.\d{1,2}\.\d{1,2}(?:-(?:alpha|beta|rc|next|pre|canary|dev)[\w.]{0,12})?|workspace:[\^~*]|sha(?:1|256|384|512)-[A-Za-z0-9+/]{27,86}={0,2}|npm:@?[\w./-]{1,64}@[\w.^~-]{1,24})$/;

const LONGEST_EMPTY = Math.max(...[...EMPTY_WORDS].map(({ length }) => length));

/** The words as data, for other engines made of the same rules (the collector's). Judged together only here. */
export const KEY_WORDS: {
  /** A word of a name, or all its words in a row, that makes it secret. */
  readonly secret: ReadonlySet<string>;
  /** Before `key`. */
  readonly beforeKey: ReadonlySet<string>;
  /** Before `tokens`: for surely secret ones. */
  readonly beforeTokens: ReadonlySet<string>;
  readonly foreign: readonly string[];
  /** Values that stand in place of a secret. */
  readonly empty: ReadonlySet<string>;
} = {
  secret: SECRET,
  beforeKey: BEFORE_KEY,
  beforeTokens: BEFORE_TOKENS,
  foreign: FOREIGN,
  empty: EMPTY_WORDS,
};

/** True for the value of a name that is perhaps secret: a random one. The `secret_id` of an account is a UUID. */
export function isWeakSecret(name: string, value: string): boolean {
  // Most names are shorter.
  if (name.length >= COMMUNITY.length) {
    if (/primary[_ -]?key\d*$/i.test(name)) return CLOUD_KEY.test(value) && isMixed(value);
    if (/community$/i.test(name)) return value.length >= 8 && isMixed(value);
  }
  if (looksRandom(value) || (/secret_?id$/i.test(name) && UUID.test(value))) return true;
  if (value.length >= 32) {
    if (value.length <= 128 && /(?:salt|key)$/i.test(name)) return isOfAllKinds(value);
    if (/device_?code$/i.test(name)) return /^[0-9a-f]{32,64}$/.test(value);
  }
  if (!value.includes(':') && !value.includes('/')) return false;
  const password = /auth$/i.test(name) ? USER_AND_PASSWORD.exec(value)?.[1] : undefined;
  return password !== undefined && isStrong(password, true);
}
const COMMUNITY = 'community';
/** True for what frameworks generate for a key, with signs of every kind. */
function isOfAllKinds(value: string): boolean {
  if (!/^[!-~]+$/.test(value) || value.includes('[REDACTED')) return false;
  return isMixed(value) && (value.match(/[^A-Za-z0-9\s/]/g)?.length ?? 0) >= 6;
}
const USER_AND_PASSWORD = /^[\w.@+-]{1,64}[:/]([^\s:/]{6,128})$/;
/** A key of a cloud's service: a row of a database has an id for its primary key. */
const CLOUD_KEY = /^(?:[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==|[A-Za-z0-9]{52}|[A-Za-z0-9]{84})$/;

/** True for a label, which names a secret in whatever language: `Passwort`, `Confirmer le mot de passe`. A value has a digit, mostly. */
export function isLabel(value: string): boolean {
  if (value.length > MAX_LABEL || !startsCapital(value) || !LABEL.test(value)) return false;
  if (!BEYOND_ASCII.test(value) && !isWordy(value.replaceAll(' ', '-'))) return false;
  return classifyKey(value) === 'secret' || isForeignName(value);
}
/** Looked at first: most values begin otherwise. */
function startsCapital(value: string): boolean {
  const code = value.charCodeAt(0);
  return (code >= 65 && code <= 90) || code > 127;
}
const MAX_LABEL = 64;
const BEYOND_ASCII = /[^\0-\x7f]/;
const LABEL = /^\p{Lu}[\p{L}'\u2019-]{1,23}(?: [\p{L}'\u2019-]{1,24}){0,6}[.:!?\u2026]?$/u;

/** True for what stands in place of a secret: empty, `${X}`, `<x>`, `****`, a type name, a version, our own marker. */
export function isPlaceholder(value: string): boolean {
  // Our own mark first: what was cut once is looked at again.
  if (value.startsWith('[REDACTED:')) return true;
  const text = value.trim();
  if (PLAIN.test(text)) return text.length <= LONGEST_EMPTY && EMPTY_WORDS.has(text.toLowerCase());
  // `$` may begin a password as well as the name of a variable.
  if (text[0] === '$' && /^\$\w{9,}$/.test(text) && isMixed(text)) return false;
  return (
    text === '' ||
    PLACEHOLDER.test(text) ||
    isElsewhere(text) ||
    VERSIONS.test(text) ||
    (text.length <= LONGEST_EMPTY && EMPTY_WORDS.has(text.toLowerCase())) ||
    text.startsWith('[REDACTED:')
  );
}

/** True for what is cut off (`sk-...`), a file, or where one is. */
function isElsewhere(text: string): boolean {
  if (text.length > LONGEST_PLACE) return false;
  if ((text.endsWith('...') || text.endsWith('…')) && CUT_OFF.test(text)) return true;
  if ((text.startsWith('/') || text.includes(':/')) && PLACE.test(text)) return true;
  const dot = text.lastIndexOf('.');
  return dot > 0 && text.length - dot - 1 <= LONGEST_ENDING && FILE.test(text);
}

/**
 * Letters and digits with at least one digit, joined or not: what most secrets are, and no pattern of placeholders fits.
 * What begins as `change-me` and `base64-encoded` do is looked at.
 */
const PLAIN = /^(?:[a-z]*\d[a-z\d]*|(?![bcr])[a-z_-]*\d[\w-]*)$/i;
