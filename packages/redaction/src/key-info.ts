/**
 * What a walk must know of the name of a member: its class, what is left of it when secrets in it are cut, and what part
 * it plays in the frame of a record. Cached by name: a list of records asks the same again and again.
 */
import { HEADINGS, isNamer, NAME_KEYS, VALUE_KEYS } from './frames.ts';
import { classifyKey, type KeyClass } from './keys.ts';
import { scan } from './scan.ts';
import { cutSpans } from './spans.ts';

/** See the file's header. */
export interface KeyInfo {
  readonly kind: KeyClass;
  /** The name without what had to go. */
  readonly out: string;
  /** Rules that cut something, one for each find. */
  readonly rules: readonly string[];
  /** What part the name plays in a record's frame; 0 for most. */
  readonly part: number;
}

export const NO_RULES: readonly string[] = [];
export const TYPE_PART = 1;
export const BINARY_PART = 2;
const NAME_PART = 4;
export const VALUE_PART = 8;
/** A name and a value. */
export const PAIR_PARTS = 12;
/** Says what kind of record it is: a key, a Kubernetes object, an entry of a vault, a generated password. */
export const MEMBER_PART = 16;
/** Names the columns of a table. */
export const HEADING_PART = 32;
const HEADING_KEYS = new Set(HEADINGS);

/** `{ name, value }` and `{ type, data }` are small records; wide ones are tables. */
export const MAX_FRAME = 64;
const MAX_CACHED = 4_096;
const MAX_PASSES = 6;
/** Names this short hold nothing that is recognised. */
const MIN_NAME = 6;
const cache = new Map<string, KeyInfo>();

/** What is known of a name. */
export function keyInfo(key: string): KeyInfo {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const rules: string[] = [];
  const text =
    key.length > 1_024 ? `${key.slice(0, 512)}[TRUNCATED ${key.length - 512} chars]` : key;
  let out = text;
  for (let pass = 0; pass < MAX_PASSES && out.length >= MIN_NAME; pass++) {
    const spans = scan(out, true);
    if (spans === undefined) break;
    out = cutSpans(out, spans, { count: (rule) => rules.push(rule) });
  }
  const info = {
    kind: classifyKey(out === text ? key : out),
    out,
    rules: rules.length === 0 ? NO_RULES : rules,
    part: partOf(key),
  };
  if (key.length <= 128) {
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(key, info);
  }
  return info;
}

/** What is known of the names of a record. */
export interface NameInfos {
  /** Of the first `MAX_FRAME` names. */
  readonly list: readonly KeyInfo[];
  /** The parts they play, together. */
  readonly parts: number;
  /** Of these names, those that may tell what a sibling holds. */
  readonly namers: readonly string[];
}

/** The names of a record that was seen before. */
interface KnownNames extends NameInfos {
  readonly names: readonly string[];
}

/** By their last name: the records of a list, and those of the same tool, have the same names. */
const knownNames = new Map<string, KnownNames>();
/** What is kept is bounded, as in the cache. */
const MAX_RECORDS = 64;
const MAX_KEPT = 1_024;

/** What is known of the names of a record. */
export function infosOf(names: readonly string[]): NameInfos {
  const last = names.at(-1) ?? '';
  const known = knownNames.get(last);
  if (known !== undefined && isSame(names, known.names)) return known;
  const count = Math.min(names.length, MAX_FRAME);
  const list: KeyInfo[] = [];
  let parts = 0;
  let length = 0;
  for (let i = 0; i < count; i++) {
    const name = names[i] as string; // in range
    const info = keyInfo(name);
    list.push(info);
    parts |= info.part;
    length += name.length;
  }
  const infos = { list, parts, names, namers: names.slice(0, count).filter(isNamer) };
  if (length <= MAX_KEPT && names.length <= MAX_FRAME) {
    if (knownNames.size >= MAX_RECORDS) knownNames.clear();
    knownNames.set(last, infos);
  }
  return infos;
}

function isSame(names: readonly string[], others: readonly string[]): boolean {
  if (names.length !== others.length) return false;
  for (let i = 0; i < names.length; i++) if (names[i] !== others[i]) return false;
  return true;
}

function partOf(key: string): number {
  if (key === 'type') return TYPE_PART | NAME_PART;
  if (key === 'data') return BINARY_PART | VALUE_PART;
  if (key === 'blob') return BINARY_PART;
  if (key === 'kty' || key === 'kind' || key === 'sensitive') return MEMBER_PART | NAME_PART;
  if (key === 'payload' || key === 'length' || key === 'primaryKey') return MEMBER_PART;
  if (HEADING_KEYS.has(key)) return HEADING_PART | (VALUE_KEYS.has(key) ? VALUE_PART : 0);
  if (VALUE_KEYS.has(key)) return VALUE_PART;
  return NAME_KEYS.has(key) ? NAME_PART : 0;
}
