/**
 * Walks one value of any kind and builds its redacted copy out of plain JSON data (I5).
 *
 * The input is never changed and each property is read once, so a getter cannot show one value to the scan and
 * another to the output. Every bound fails closed: what was not looked at is not passed on.
 */
import { argvSecrets } from './argv.ts';
import { describeBinary, isBinaryDescription, safeMediaType } from './binary.ts';
import type { Bounds } from './bounds.ts';
import { looksRandom } from './charset.ts';
import {
  headedTable,
  isWordOfModel,
  withPlainNames,
  isAlternating,
  isAuthPair,
  isBinaryField,
  isContent,
  isHarmlessUnder,
  isSchemaType,
  isSecretFlag,
  isSecretMember,
  leadsToSecret,
  type Naming,
  secretNames,
  isCount,
  siblingNaming,
  type Table,
  tableOf,
  VALUE_KEYS,
} from './frames.ts';
import {
  BINARY_PART,
  HEADING_PART,
  infosOf,
  keyInfo,
  MAX_FRAME,
  MEMBER_PART,
  NO_RULES,
  PAIR_PARTS,
  TYPE_PART,
  VALUE_PART,
} from './key-info.ts';
import { classifyKey, isWeakSecret, type KeyClass } from './keys.ts';
import type { SecretMemory } from './memory.ts';
import { fits } from './personal-fields.ts';
import { isPersonalKind, type PersonalKind } from './personal-names.ts';
import { isCard } from './personal.ts';
import type { PolicyRun } from './policy/policy.ts';
import { cutSpans, isMark } from './spans.ts';
import { Tally } from './tally.ts';
import { ERROR_MARK, Texts } from './texts.ts';
import { put, unwrapped } from './unwrap.ts';
import type { Assigned } from './values.ts';
import { isOpaque, isStrong } from './wordy.ts';

export const CYCLE_MARK = '[CYCLE]';
/** Cards have 15 digits or more today; numbers of 13 count bytes and milliseconds. */
const MIN_CARD = 1e14;

/** One walk. Use once. */
export class Walk {
  /** What was done so far. */
  readonly tally: Tally = new Tally();
  readonly withPersonal: boolean;
  readonly #bounds: Bounds;
  readonly #memory: SecretMemory | undefined;
  readonly #texts: Texts;
  readonly #ancestors: object[] = [];
  /** Lists of rows whose secret columns are known. */
  #tables: Map<object, Table> | undefined;
  #nodes = 0;
  /** Argument names that the tool's own schema calls secret. */
  readonly #schemaSecrets: ReadonlySet<string> | undefined;
  /** What the user added to the rules; absent for most. */
  readonly #policy: PolicyRun | undefined;

  constructor(
    bounds: Bounds,
    withPersonal: boolean,
    memory: SecretMemory | undefined,
    schemaSecrets?: ReadonlySet<string>,
    policy?: PolicyRun,
  ) {
    this.#policy = policy;
    this.#schemaSecrets = schemaSecrets;
    this.#bounds = bounds;
    this.withPersonal = withPersonal;
    this.#memory = memory;
    const walk = (parsed: unknown, under?: 'secret'): unknown =>
      under !== undefined && typeof parsed === 'object' && parsed !== null
        ? this.#guarded(parsed, under)
        : this.value(parsed);
    this.#texts = new Texts({ bounds, withPersonal, memory, policy, tally: this.tally, walk });
  }

  /** Redacts any value; `undefined` for what JSON has no form of. Throws nothing. */
  value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#texts.text(value);
      case 'number':
        if (value > MIN_CARD && this.withPersonal && isCard(String(value)))
          return this.#texts.whole('card-number', value);
        if (this.#policy !== undefined) return this.#number(value, this.#policy);
        return Number.isFinite(value) ? value : null;
      case 'boolean':
        return value;
      case 'bigint':
        this.tally.isPlain = false;
        return this.#texts.text(String(value));
      case 'object':
        return value === null ? null : this.#guarded(value, undefined);
      default:
        return undefined;
    }
  }

  /** A number that one of the user's literals may be. */
  #number(value: number, { shortest }: PolicyRun): unknown {
    const text = String(value);
    const redacted = text.length < shortest ? text : this.#texts.text(text);
    return redacted === text && Number.isFinite(value)
      ? value
      : redacted === text
        ? null
        : redacted;
  }

  /** Walks an object; whatever its traps and getters throw becomes a mark. `under`: the class of its key. */
  #guarded(value: object, under: 'secret' | undefined): unknown {
    if (this.#ancestors.length >= this.#bounds.maxDepth) {
      this.tally.truncated = true;
      this.tally.isPlain = false;
      return '[TRUNCATED depth]';
    }
    if (this.#ancestors.includes(value)) {
      this.tally.isPlain = false;
      return CYCLE_MARK;
    }
    this.#ancestors.push(value);
    try {
      return this.#object(value, under);
    } catch {
      this.tally.failed = true;
      this.tally.isPlain = false;
      return ERROR_MARK;
    } finally {
      this.#ancestors.pop();
    }
  }

  #object(value: object, under: 'secret' | undefined): unknown {
    if (Array.isArray(value)) return this.#array(value, under);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const special = this.#special(value, under);
      if (special !== undefined) return special.redacted;
    } else if (typeof (value as { toJSON?: unknown }).toJSON === 'function') {
      // A cast to read one property of an object.
      return this.#converted((value as { toJSON: () => unknown }).toJSON(), under);
    }
    return this.#record(value as Record<string, unknown>, under);
  }

  #array(value: readonly unknown[], under: 'secret' | undefined): unknown[] {
    const out: unknown[] = [];
    const { length } = value;
    let flag = false;
    const table = this.#tables?.get(this.#ancestors.at(-2) ?? value);
    const own = this.#tables?.get(value);
    if (own === undefined && length > 1 && Array.isArray(value[0])) {
      const headed = headedTable(value);
      if (headed !== undefined) (this.#tables ??= new Map()).set(value, headed);
    }
    const alternates =
      under === undefined && length > 3 && typeof value[0] === 'string' && isAlternating(value);
    const argv =
      under === undefined && typeof value[0] === 'string'
        ? argvSecrets(value, this.#ancestors.at(-2))
        : undefined;
    for (let i = 0; i < length; i++) {
      const item: unknown = value[i];
      this.#policy?.at(this.#ancestors.length, String(i));
      // Our own mark is free, so that what was cut once is not cut again.
      if (this.#isFull(item)) {
        out.push(`[TRUNCATED ${length - i} items]`);
        break;
      }
      const isPair =
        i === 1 &&
        length === 2 &&
        typeof item === 'string' &&
        this.#ancestors.length > 1 &&
        Array.isArray(this.#ancestors.at(-2));
      const before: unknown = isPair ? out[0] : undefined;
      let redacted: unknown;
      if (own?.byColumn === true && own.columns.has(i)) redacted = this.#secret(item, '');
      else if (
        table !== undefined &&
        !table.byColumn &&
        table.heading !== value &&
        table.columns.has(i)
      )
        redacted = this.#secret(item, '');
      else if (alternates && i % 2 === 1 && classifyKey(String(value[i - 1])) === 'secret')
        redacted = this.#secret(item, '');
      else if (
        length < 8 &&
        i > 0 &&
        typeof item === 'string' &&
        looksRandom(item) &&
        (leadsToSecret(value[0], value[i - 1]) || leadsToSecret(out[0], out[i - 1]))
      )
        redacted = this.#secret(item, '');
      else if (under === 'secret' || (flag && typeof item === 'string' && !item.startsWith('-')))
        redacted = this.#secret(item, '');
      else if (typeof before === 'string' && classifyKey(before) === 'secret')
        redacted = this.#secret(item, before);
      else redacted = argv?.has(i) === true ? this.#argument(item, argv.get(i)) : this.value(item);
      out.push(redacted === undefined ? null : redacted);
      flag = isSecretFlag(item) || isSecretFlag(redacted);
    }
    return out;
  }

  /** An argument of a command: the part that is secret goes. */
  #argument(item: unknown, span: Assigned | undefined): unknown {
    if (typeof item !== 'string' || span === undefined) return this.value(item);
    const secret = this.#texts.secret(item.slice(span.start, span.end), '');
    return (
      this.#texts.text(item.slice(0, span.start)) + secret + this.#texts.text(item.slice(span.end))
    );
  }

  #isFull(next: unknown): boolean {
    if (typeof next === 'string' && next[0] === '[' && next.startsWith('[TRUNCATED')) return false;
    if (++this.#nodes <= this.#bounds.maxNodes) return false;
    this.tally.truncated = true;
    this.tally.isPlain = false;
    return true;
  }

  #record(value: Record<string, unknown>, under: 'secret' | undefined): Record<string, unknown> {
    const keys = Object.keys(value);
    const out: Record<string, unknown> = {};
    const before = this.tally.total;
    let isRenamed = false;
    const infos = infosOf(keys);
    const { parts } = infos;
    const type: unknown = (parts & TYPE_PART) === 0 ? undefined : value['type'];
    const isSchema =
      under === 'secret' && (isSchemaType(type) || 'shape' in value) && !('value' in value);
    const named =
      (parts & PAIR_PARTS) === PAIR_PARTS && keys.length <= MAX_FRAME
        ? siblingNaming(value, infos.namers)
        : undefined;
    const isPair = under === 'secret' && (parts & PAIR_PARTS) === PAIR_PARTS;
    if ((parts & HEADING_PART) !== 0) {
      const found = tableOf(value);
      if (found !== undefined) (this.#tables ??= new Map()).set(found.rows, found.table);
    }
    for (let i = 0; i < keys.length; i++) {
      if (this.#isFull(keys[i])) {
        out['[TRUNCATED]'] = `${keys.length - i} keys`;
        break;
      }
      const key = keys[i] as string; // in range
      const info = infos.list[i] ?? keyInfo(key);
      if (info.rules !== NO_RULES) for (const rule of info.rules) this.tally.count(rule);
      const name = this.#policy === undefined ? info.out : this.#key(this.#policy, info.out);
      const item: unknown = value[key];
      let redacted: unknown;
      if (
        (info.part & BINARY_PART) !== 0 &&
        typeof item === 'string' &&
        isBinaryField(key, type, value) &&
        !isMark(item) &&
        !isBinaryDescription(item)
      ) {
        this.tally.count('binary');
        const fallback = typeof type === 'string' && /^\w{1,20}$/.test(type) ? type : 'data';
        redacted = describeBinary(safeMediaType(value['mimeType'], fallback), item);
      } else if ((parts & MEMBER_PART) !== 0 && isSecretMember(value, key))
        redacted = this.#secret(item, name);
      else if (
        named !== undefined &&
        (info.part & VALUE_PART) !== 0 &&
        (named.sure || under === undefined)
      )
        redacted = this.#named(item, named, name);
      else if (
        under === 'secret' &&
        !isSchema &&
        (info.kind !== 'benign' || isContent(key, item)) &&
        (!isPair || (info.part & VALUE_PART) !== 0 || info.kind === 'secret') &&
        !isHarmlessUnder(item, info.kind)
      ) {
        redacted = this.#inherited(item, info.kind, name, isPair);
      } else if (this.#schemaSecrets?.has(key) === true) redacted = this.#secret(item, name);
      else if (key === 'token' && isWordOfModel(value, item)) redacted = this.value(item);
      else redacted = this.#keyed(item, info.kind, name);
      if (redacted === undefined) continue;
      // As long as the names are those of the input, none can be there already.
      isRenamed ||= name !== key || key === '__proto__';
      if (isRenamed) put(out, name, redacted);
      else out[key] = redacted;
    }
    if ((parts & PAIR_PARTS) === PAIR_PARTS && this.tally.total > before)
      this.#renamed(out, named, isSchema ? undefined : under);
    return out;
  }

  /** A member of a record below a sensitive name; in a pair its own name may say that a weak text is harmless. */
  #inherited(item: unknown, kind: KeyClass, key: string, isPair: boolean): unknown {
    const isWeak = isPair && typeof item === 'string' && !isStrong(item, true);
    const left = isWeak ? this.#keyed(item, kind, key) : item;
    // What is left of a weak text is judged too.
    return isPair && typeof left === 'string' && !isStrong(left, true)
      ? left
      : this.#secret(left, key);
  }

  /** Names that something was cut from may say something else of their values now, or nothing more. */
  #renamed(
    out: Record<string, unknown>,
    before: Naming | undefined,
    under: 'secret' | undefined,
  ): void {
    const keys = Object.keys(out);
    const named = keys.length <= MAX_FRAME ? siblingNaming(out, infosOf(keys).namers) : undefined;
    if (named?.kind === before?.kind && named?.sure === before?.sure) return;
    for (const key of keys) {
      if (!VALUE_KEYS.has(key)) continue;
      const { kind } = keyInfo(key);
      if (named !== undefined) out[key] = this.#named(out[key], named, key);
      else if (under === 'secret' && kind !== 'benign' && !isHarmlessUnder(out[key], kind))
        out[key] = this.#inherited(out[key], kind, key, true);
    }
  }

  /** The walk goes to a key, which the user's rules may cut. */
  #key(policy: PolicyRun, key: string): string {
    policy.at(this.#ancestors.length, key);
    if (key.length < policy.shortest || key.length > 1_024) return key;
    const spans = policy.spans(key, undefined);
    return spans === undefined ? key : cutSpans(key, spans, this.#texts);
  }

  /** A value that a sibling names. Where only a phrase speaks of it, it must look like a secret. */
  #named(item: unknown, { kind, sure }: Naming, key: string): unknown {
    if (kind === 'weak' && typeof item === 'string' && /^[0-9a-f]{32,64}$/.test(item))
      return this.#secret(item, key);
    if (sure || isOpaque(item)) return this.#keyed(item, kind, key);
    const left = this.value(item);
    return left !== item && isOpaque(left) ? this.#keyed(left, kind, key) : left;
  }

  #keyed(item: unknown, kind: KeyClass, key: string): unknown {
    if (kind === 'none' || kind === 'benign')
      return typeof item === 'string' && this.#policy === undefined
        ? this.#texts.plain(item)
        : this.value(item);
    if (kind === 'weak' && isAuthPair(key, item))
      return [this.value(item[0]), this.#secret(item[1], key)];
    if (Array.isArray(item) && isPersonalKind(kind)) return this.#personalList(item, kind, key);
    if (kind !== 'secret' && (typeof item === 'object' || typeof item === 'bigint')) {
      // Dates, URLs, big integers and what `toJSON` makes texts of are judged as the texts they become.
      const redacted = this.value(item);
      return typeof redacted === 'string' ? this.#keyed(redacted, kind, key) : redacted;
    }
    switch (kind) {
      case 'secret':
        return this.#secret(item, key);
      case 'pass':
        return typeof item === 'string' ? this.#secret(item, key) : this.value(item);
      case 'weak':
        return typeof item === 'string' && isWeakSecret(key, item)
          ? this.#secret(item, key)
          : this.value(item);
      default:
        return this.#personal(item, kind, key);
    }
  }

  /** A value under a personal name: judged as it is, and as what is left of it. */
  #personal(item: unknown, kind: PersonalKind, key: string): unknown {
    const rule = `keyed-${kind}`;
    if (!this.withPersonal) return this.value(item);
    if (fits(kind, item, key))
      return this.#texts.isAllowed(rule, item) ? this.value(item) : this.#texts.whole(rule, item);
    const left = this.value(item);
    return left !== item && fits(kind, left, key) ? this.#texts.whole(rule, left) : left;
  }

  /** Several of a kind: texts, or records whose own names say nothing (`phoneNumbers: [{ type, number }]`). */
  #personalList(items: readonly unknown[], kind: PersonalKind, key: string): unknown {
    const out = this.value(items);
    if (!this.withPersonal || !Array.isArray(out)) return out;
    const judged = (one: unknown): unknown =>
      typeof one === 'string' && !isMark(one) ? this.#personal(one, kind, key) : one;
    return out.map((one: unknown) => withPlainNames(one, judged) ?? judged(one));
  }

  /** A value under a sensitive name: leaves go, shape, booleans, null and placeholders stay. */
  #secret(item: unknown, key: string): unknown {
    switch (typeof item) {
      case 'string':
        return this.#texts.secret(item, key);
      case 'number':
      case 'bigint':
        if (isCount(key, item) || this.#texts.isAllowed('keyed-secret', item))
          return this.value(item);
        this.#memory?.add(String(item));
        return this.#texts.whole('keyed-secret', item);
      case 'object':
        if (item === null) return null;
        return this.value(secretNames(key, item)) ?? this.#guarded(item, 'secret');
      default:
        return this.value(item);
    }
  }

  /** What `toJSON` and conversions give, walked in place of the object. */
  #converted(value: unknown, under: 'secret' | undefined): unknown {
    this.tally.isPlain = false;
    return under === 'secret' ? this.#secret(value, '') : this.value(value);
  }

  /** An object of a class; `undefined` for one that is walked as a record. */
  #special(value: object, under: 'secret' | undefined): { readonly redacted: unknown } | undefined {
    this.tally.isPlain = false;
    const nameOf = (key: unknown): string => String(JSON.stringify(this.value(key)) ?? typeof key);
    const plain = unwrapped(value, this.#bounds.maxNodes, nameOf);
    if (plain === undefined) return undefined;
    switch (plain.as) {
      case 'bytes':
        this.tally.count('binary');
        return { redacted: describeBinary('bytes', plain.bytes) };
      case 'list':
        return { redacted: this.#array(plain.list, under) };
      case 'record':
        return { redacted: this.#record(plain.record, under) };
      default:
        return { redacted: this.#converted(plain.value, under) };
    }
  }
}
