/**
 * What the shape of a record or list says about its members: pairs of name and value, tables of columns and rows, lists
 * that alternate names and values, members of a JSON Web Key, the data of a Kubernetes Secret.
 *
 * Only looks; the walk decides and redacts.
 */
import { looksRandom } from './charset.ts';
import { PROVIDERS } from './context.ts';
import { classifyKey, type KeyClass } from './keys.ts';
import { isMark, withoutMarks } from './spans.ts';
import { isOpaque, isStrong, isWordy } from './wordy.ts';

/** Fields that name what a sibling holds. */
export const NAME_KEYS: ReadonlySet<string> = new Set(
  (
    'name keyName key header field label variable Name Key path property attribute option k id title ParameterKey parameterKey parameter ' +
    'element selector locator target css xpath fieldName field_name ariaLabel into elementName control setting param var placeholder type kind credentialType message description inputType autocomplete columnName displayName question prompt'
  ).split(' '),
);
/** Fields that hold what a sibling names. */
export const VALUE_KEYS: ReadonlySet<string> = new Set(
  (
    'value Value values text content val default currentValue v argument ParameterValue parameterValue from to old new oldValue newValue ' +
    'current previous input answer plain_text rich_text before after result data stringValue string_value'
  ).split(' '),
);
/** Of these the name must be exact: they hold prose as often. */
const LOOSE = new Set(
  'title element selector placeholder type kind credentialType message description label id question prompt'.split(
    ' ',
  ),
);
/** Of these the prose. */
const PROSE = new Set(['title', 'message', 'description', 'type', 'kind', 'question', 'prompt']);
const MAX_NAME = 64;

/** What the names in a record say about its values; `sure` is false where a phrase speaks of a secret. */
export interface Naming {
  readonly kind: KeyClass;
  readonly sure: boolean;
}

/** True for a field that may tell what a sibling holds. */
export function isNamer(key: string): boolean {
  return key === 'sensitive' || NAME_KEYS.has(key);
}

/** The class that a sibling name gives to the value of a record. `namers`: its fields that may tell. */
export function siblingNaming(
  value: Record<string, unknown>,
  namers: readonly string[],
): Naming | undefined {
  let phrase = value['httpOnly'] === true && 'domain' in value;
  for (let i = 0; i < namers.length; i++) {
    const key = namers[i] as string; // in range
    const name = value[key];
    if (key === 'sensitive') {
      if (name === true) return { kind: 'secret', sure: true };
      continue;
    }
    // What most records with a type are, and it says nothing.
    if (name === 'text') continue;
    if (isVaultPath(name) || (key === 'type' && isSecretType(name)))
      return { kind: 'secret', sure: true };
    if (typeof name !== 'string' || name.length > MAX_NAME || name.length < 2) continue;
    const kind = classifyKey(name);
    if (kind !== 'none' && kind !== 'benign')
      return {
        kind,
        sure:
          !LOOSE.has(key) ||
          !PROSE.has(key) ||
          kind !== 'secret' ||
          /^[a-z][\w-]{2,32}$/.test(name),
      };
    phrase ||= (kind === 'none' || name.includes(' ')) && speaksOfSecret(name);
  }
  return phrase ? { kind: 'secret', sure: false } : undefined;
}

/** What password managers and parameter stores call a field whose value is hidden. */
function isSecretType(type: unknown): boolean {
  if (typeof type !== 'string' || (type.length !== 9 && type.length !== 12)) return false;
  return /^(?:concealed|securestring)$/i.test(type);
}

/** True for `Password field`, `#password`, `input[name="api_key"]`, `API key created`. */
export function speaksOfSecret(text: string): boolean {
  if (!SPEAKS.test(text)) return false;
  return withoutMarks(text)
    .split(/[^\w-]+/)
    .some(
      (word, i, all) =>
        classifyKey(word) === 'secret' || classifyKey(`${all[i - 1] ?? ''} ${word}`) === 'secret',
    );
}
const SPEAKS = /pass|secret|token|key|credential|pin|otp|cvv|cvc/i;

/** Columns of a table that hold secrets. */
export interface Table {
  readonly columns: ReadonlySet<number>;
  /** A list a column rather than a list a row. */
  readonly byColumn: boolean;
  /** The row that holds the names. */
  readonly heading: unknown;
}

/** Fields that name the columns of a table. */
export const HEADINGS: readonly string[] = [
  'columns',
  'header',
  'headers',
  'fields',
  'names',
  'cols',
  'columnNames',
  'column_names',
  'keys',
  'schema',
];
const ROWS = ['rows', 'data', 'values', 'records', 'items', 'results', 'body', 'tuples'];

/** The rows of a record that is a table, and which columns are secret. */
export function tableOf(
  value: Record<string, unknown>,
): { readonly rows: object; readonly table: Table } | undefined {
  const heading = HEADINGS.map((key) => value[key]).find((list) => Array.isArray(list));
  if (heading === undefined) return undefined;
  const rows = ROWS.map((key) => value[key]).find(
    (list) => Array.isArray(list) && Array.isArray(list[0]),
  );
  if (!Array.isArray(rows) || !Array.isArray(heading)) return undefined;
  const columns = secretColumns(heading);
  if (columns === undefined) return undefined;
  const first: unknown = rows[0];
  const byColumn =
    Array.isArray(first) && first.length !== heading.length && rows.length === heading.length;
  return {
    rows,
    table: { columns, byColumn: byColumn || isByColumn(value, rows, heading), heading: undefined },
  };
}

/** Where both lengths agree, `names` and `values` go by column. */
function isByColumn(
  value: Record<string, unknown>,
  rows: readonly unknown[],
  heading: readonly unknown[],
): boolean {
  return rows.length === heading.length && value['names'] === heading && value['values'] === rows;
}

/** A list of lists whose first one names the columns. */
export function headedTable(list: readonly unknown[]): Table | undefined {
  const [first, second] = list;
  if (
    !Array.isArray(first) ||
    !Array.isArray(second) ||
    first.length < 2 ||
    first.length !== second.length
  )
    return undefined;
  // Pairs of a name and a value are no table.
  if (!first.every((cell) => typeof cell === 'string' && /^[A-Za-z_][\w .-]{0,40}$/.test(cell)))
    return undefined;
  if (classifyKey(String(first[0])) === 'secret') return undefined;
  const columns = secretColumns(first);
  return columns === undefined ? undefined : { columns, byColumn: false, heading: first };
}

function secretColumns(heading: readonly unknown[]): ReadonlySet<number> | undefined {
  let columns: Set<number> | undefined;
  for (let i = 0; i < heading.length && i < 512; i++) {
    const cell: unknown = heading[i];
    const name: unknown =
      typeof cell === 'object' && cell !== null ? (cell as { name?: unknown }).name : cell; // one read
    // A name that something was cut from was longer before.
    if (typeof name !== 'string' || name.length > MAX_NAME || withoutMarks(name) !== name) continue;
    if (classifyKey(name) === 'secret') (columns ??= new Set()).add(i);
  }
  return columns;
}

/** True for `["Accept", "text/html", "X-Api-Key", "x"]`: an even list whose even items are names. */
export function isAlternating(list: readonly unknown[]): boolean {
  if (list.length < 4 || list.length % 2 === 1 || list.length > 512) return false;
  let secrets = 0;
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i];
    if (typeof name !== 'string' || !/^[A-Za-z][\w. -]{1,40}$/.test(name)) return false;
    if (classifyKey(name) === 'secret') secrets++;
    const value = list[i + 1];
    if (typeof value === 'string' && classifyKey(value) === 'secret' && /^[a-zA-Z_-]+$/.test(value))
      return false;
  }
  return secrets > 0;
}

const JWK_SECRETS = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']);

/** True for a member that is secret because of what its record is. */
export function isSecretMember(value: Record<string, unknown>, key: string): boolean {
  if (JWK_SECRETS.has(key))
    return typeof value['kty'] === 'string' || typeof value['kty'] === 'number';
  if (key === 'data' || key === 'stringData')
    return value['kind'] === 'Secret' && 'metadata' in value;
  if (key === 'payload') return isVaultPath(value['name']);
  if (key === 'result') return isGenerated(value);
  if (key === 'primaryKey' || key === 'secondaryKey')
    return isServiceKey(value['primaryKey']) && isServiceKey(value['secondaryKey']);
  return false;
}

/** Two of a kind, so that one can be renewed while the other is used. */
function isServiceKey(item: unknown): boolean {
  return (
    typeof item === 'string' &&
    /^(?:[0-9a-f]{32}|\[REDACTED:keyed-secret\b[^\]]{0,40}\])$/.test(item)
  );
}

/**
 * A copy of a list of the names of secrets, or of records that tell of them: `secrets: ["db_password"]`. `undefined`
 * when it is another one. A copy, since what was judged must be what is passed on.
 */
export function secretNames(name: string, item: object): readonly unknown[] | undefined {
  if (!Array.isArray(item) || !/secrets$/i.test(name) || item.length > 256) return undefined;
  const names: unknown[] = [];
  for (const one of item as readonly unknown[]) {
    const copy = typeof one === 'string' && NAMES_SECRET.test(one) ? one : aboutSecret(one);
    if (copy === undefined) return undefined;
    names.push(copy);
  }
  return names;
}

/** A record that tells of a secret: its name, when it was made, who may see it; nothing that could be it. */
function aboutSecret(one: unknown): object | undefined {
  if (typeof one !== 'object' || one === null || Array.isArray(one)) return undefined;
  const members = Object.entries(one);
  const isAbout =
    members.some(([key]) => key === 'name' || key === 'Name') &&
    members.length <= 16 &&
    members.every(
      ([key, member]) =>
        !VALUE_KEYS.has(key) &&
        typeof member !== 'object' &&
        (classifyKey(key) === 'benign' || (typeof member !== 'number' && !isOpaque(member))),
    );
  return isAbout ? Object.fromEntries(members) : undefined;
}
const NAMES_SECRET =
  /^(?=.{1,64}$)(?:[a-z][a-z0-9]{0,24}[-_.])*(?:pass|password|passwd|pwd|secrets?|keys?|tokens?|certs?|creds?|credentials?|tls|ssl|auth|dsn|url|user|username|licen[cs]e|config|env|pem)(?:[-_.][a-z0-9]{1,12}){0,3}$/i;

/** `projects/1/secrets/x/versions/3`, `https://x.vault.azure.net/secrets/x`: what a vault calls its entries. */
function isVaultPath(name: unknown): boolean {
  return (
    typeof name === 'string' &&
    name.length < 512 &&
    name.includes('/secrets/') &&
    VAULT_PATH.test(name)
  );
}
const VAULT_PATH = /^(?:projects\/[\w-]{1,64}|https:\/\/[\w.-]{1,128})\/secrets\/[\w.-]{1,256}/;

/** A text of the length that its record says, which is none of words: a generated password of an infrastructure state. */
function isGenerated({ result, length }: Record<string, unknown>): boolean {
  return (
    typeof result === 'string' &&
    result.length === Number(length) &&
    (looksRandom(result) || isStrong(result))
  );
}

/** True for `auth: ["ana", "x"]`: a user and a password. */
export function isAuthPair(key: string, item: unknown): item is readonly [unknown, unknown] {
  return (
    Array.isArray(item) &&
    item.length === 2 &&
    /^(?:basic|http|proxy)?_?auth$/i.test(key) &&
    item.every((part) => typeof part === 'string') &&
    isOpaque(item[1])
  );
}

/** True for a value that only repeats its name: `password: "Password"`, `login.password`, a label or a translation. */
export function isSameName(name: string, value: string): boolean {
  if (value.length > 32 || value.length <= 3) return false;
  if (name === value) return true;
  const key = name.slice(name.lastIndexOf('.') + 1);
  let [i, j] = [0, 0];
  let isSame = false;
  for (;;) {
    while (i < key.length && letterAt(key, i) === 0) i++;
    while (j < value.length && letterAt(value, j) === 0) j++;
    // Digits alone repeat no name.
    if (i >= key.length || j >= value.length) return isSame && i >= key.length && j >= value.length;
    isSame = true;
    if (letterAt(key, i++) !== letterAt(value, j++)) return false;
  }
}

/** True for a sentence that speaks of its own name: `error.secret: "The secret is wrong"`. */
export function speaksOfName(name: string, value: string): boolean {
  if (value.length > 256 || !value.includes(' ') || /\d/.test(value)) return false;
  const word =
    /[A-Za-z]+$/
      .exec(name)?.[0]
      .replace(/^.*[a-z](?=[A-Z])/, '')
      .toLowerCase() ?? '';
  const words = value.split(' ');
  return (
    word.length > 2 &&
    words.length > 2 &&
    words.some((one) => one.toLowerCase().startsWith(word)) &&
    words.every(isWordy)
  );
}

/**
 * True for a sentence of a catalogue of messages, in whatever language, and for an expression of a template:
 * `Unexpected_token: "Neočekávaný token. Očekával se konstruktor."`, `"[listKeys(variables('account'))]"`.
 */
export function isSaid(value: string): boolean {
  if (value.length > 512) return false;
  if (value.startsWith('[')) return TEMPLATE.test(value);
  if (!hasWords(value) || !SENTENCE.test(value)) return false;
  return !value.split(' ').some((word) => MADE.test(word) && isStrong(word, true));
}

function hasWords(value: string): boolean {
  let blank = -1;
  for (let count = 1; count < LEAST_SAID; count++) {
    blank = value.indexOf(' ', blank + 1);
    if (blank < 0) return false;
  }
  return true;
}
/** Of words that a person or a generator made up. */
const MADE = /\d|[a-z][A-Z]/;
const SENTENCE = /^(?:<p>\s?)?['"(¿¡]?\p{L}[^\n]*(?:[.!?…。:]|\{\d\}['"]?|<\/p>)\s?$/u;
const LEAST_SAID = 5;
const TEMPLATE =
  /^\[(?:listKeys|parameters|variables|reference|concat|resourceId|format|if)\(.*\)[^)]{0,64}\]$/;

/** True for how many there are: `secrets: 3`. */
export function isCount(name: string, value: number | bigint): boolean {
  return name.endsWith('s') && value >= 0 && value < 1_000;
}

/** Lower case code of a letter of ASCII; 0 for anything else. */
function letterAt(text: string, at: number): number {
  const lower = text.charCodeAt(at) | 32;
  return text.charCodeAt(at) >= 65 && lower >= 97 && lower <= 122 ? lower : 0;
}

/** True where the first text of a short list is short and the text before speaks of a secret or was one. */
export function leadsToSecret(first: unknown, before: unknown): boolean {
  if (typeof first !== 'string' || first.length >= 40) return false;
  if (isSecretMark(before)) return true;
  const text = String(before).slice(0, 64);
  return speaksOfSecret(text) || (/\bkey\b/i.test(text) && PROVIDERS.test(text));
}

/** True for the mark of a token or of a keyed secret: what comes next may be the rest of it. */
function isSecretMark(text: unknown): boolean {
  return isMark(text) && /\b(?:token|key|secret|password|credentials?)\b/.test(String(text));
}

/** True for `--password`: its value is the next item. */
export function isSecretFlag(item: unknown): boolean {
  return (
    typeof item === 'string' &&
    item.startsWith('--') &&
    item[2] !== '-' &&
    item.length < 64 &&
    classifyKey(item) === 'secret'
  );
}

/** True for the bytes of an image, a sound or an attached file. */
export function isBinaryField(key: string, type: unknown, value: Record<string, unknown>): boolean {
  if (key === 'data') return type === 'image' || type === 'audio';
  return key === 'blob' && (typeof value['uri'] === 'string' || typeof value['uri'] === 'number');
}

const SCHEMA_TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);

/** True for the `type` of a JSON Schema: what stands beside it describes a value. */
export function isSchemaType(type: unknown): boolean {
  return typeof type === 'string' && SCHEMA_TYPES.has(type);
}

/** True for what a record below a sensitive name writes its text in, though other names end so: `rich_text`. */
export function isContent(key: string, item: unknown): boolean {
  // The name of a system: `secrets: { prod: { db: ... } }`.
  if (SYSTEMS.has(key)) return typeof item === 'string' && looksRandom(item);
  if (!CONTENT.has(key)) return false;
  // What was cut from a text once leaves it no less a text.
  return typeof item === 'string'
    ? isOpaque(item) && !item.includes(MARK)
    : typeof item === 'object' && item !== null;
}
const MARK = '[REDACTED:';
const SYSTEMS = new Set(['db', 'database', 'engine', 'env', 'external', 'user', 'host', 'domain']);
const CONTENT = new Set(['text', 'plain_text', 'rich_text', 'title', 'content']);

/** Times, counts and the like under a name such as `credentials`. */
export function isHarmlessUnder(item: unknown, kind: KeyClass): boolean {
  if (kind === 'secret') return false;
  if (typeof item === 'number') return item < 1e6;
  return (
    typeof item === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{5,15}(?:Z|[+-]\d\d:?\d\d)$/.test(item)
  );
}

/** True for a token of a tokenizer or a parser, which its siblings tell from a secret: `{ token: " is", logprob: -0.3 }`. */
export function isWordOfModel(record: Readonly<Record<string, unknown>>, token: unknown): boolean {
  return (
    typeof token === 'string' &&
    token.length <= 24 &&
    MODEL_NAMES.some((name) => Object.hasOwn(record, name)) &&
    !isStrong(token)
  );
}
const MODEL_NAMES = ['logprob', 'token_id', 'lemma', 'bytes', 'pos', 'start_offset'];

/** A record of a list whose name says what its members hold, judged where its own names say nothing; `undefined` for no record. */
export function withPlainNames(
  item: unknown,
  judged: (value: unknown) => unknown,
): Record<string, unknown> | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  const record = item as Record<string, unknown>; // plain data of a walk
  for (const name of PLAIN_NAMES)
    if (Object.hasOwn(record, name)) record[name] = judged(record[name]);
  return record;
}
const PLAIN_NAMES = ['number', 'value', 'text', 'address'];
