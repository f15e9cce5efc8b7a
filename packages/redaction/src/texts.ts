/**
 * The texts of one value: each is scanned within the bounds, cut, and looked at again until nothing is found (I5).
 *
 * JSON that stands in a text is walked as the data it is. A text under a sensitive name goes as a whole,
 * unless it stands in place of a secret.
 */
import { describeBinary, isBase64Blob, LEAST_BLOB } from './binary.ts';
import type { Bounds } from './bounds.ts';
import { cookieSecrets } from './cookies.ts';
import { isSameName, isSaid, speaksOfName } from './frames.ts';
import { indentOf, jsonPart, parsedJson, startsLikeJson } from './json-text.ts';
import { isLabel, isPlaceholder } from './keys.ts';
import type { SecretMemory } from './memory.ts';
import type { PolicyRun } from './policy/policy.ts';
import { type Reach, sawName, scan } from './scan.ts';
import { cutSpans, isMark, ruleMarker, type Span } from './spans.ts';
import type { Tally } from './tally.ts';

export const ERROR_MARK = '[REDACTION-ERROR]';
/** JSON inside a string inside JSON ...: this often. */
const MAX_JSON_DEPTH = 6;
/** Strings this short hold nothing that is recognised. */
const MIN_STRING = 6;
/** How far a cut string gives back, so that no part of a token stands before the mark. */
const GIVE_BACK = 1_024;
const MAX_PASSES = 6;
const AUTH_SCHEME = /^(?:bearer|basic|token|digest|apikey|negotiate|ssws|key) +(?=\S)/i;
const URL_START = /^[a-z][a-z0-9+.-]{1,20}:\/\//i;
/** Room for our own mark: a cut string is not cut again. */
const MARK_ROOM = 40;

/** Redacts the data that a text is the JSON of; `under`: the text stands under a sensitive name. */
type WalkData = (parsed: unknown, under?: 'secret') => unknown;

/** What the texts of one walk share. */
export interface TextContext {
  readonly bounds: Bounds;
  /** Look for personal data too. */
  readonly withPersonal: boolean;
  readonly memory: SecretMemory | undefined;
  /** What the user added to the rules; absent for most. */
  readonly policy: PolicyRun | undefined;
  readonly tally: Tally;
  readonly walk: WalkData;
}

/** Redacts the texts of one walk. Use once. */
export class Texts {
  readonly #bounds: Bounds;
  readonly #withPersonal: boolean;
  readonly #memory: SecretMemory | undefined;
  readonly #policy: PolicyRun | undefined;
  readonly #tally: Tally;
  readonly #walk: WalkData;
  #characters = 0;
  #jsonDepth = 0;
  /** True while positions in the text are those of the input. */
  #isFirstPass = true;

  constructor({ bounds, withPersonal, memory, policy, tally, walk }: TextContext) {
    this.#bounds = bounds;
    this.#withPersonal = withPersonal;
    this.#memory = memory;
    this.#policy = policy;
    this.#tally = tally;
    this.#walk = walk;
  }

  /** Redacts one text. */
  text(text: string): string {
    const policy = this.#policy;
    if (policy === undefined) return this.plain(text);
    const { depth } = policy;
    const redacted = this.plain(text);
    policy.at(depth);
    return policy.hasHook ? this.#hooked(policy, redacted) : redacted;
  }

  /** What the hook gives is looked at again; what it throws takes the text along. */
  #hooked(policy: PolicyRun, text: string): string {
    try {
      const answer = policy.hooked(text);
      if (answer === text) return text;
      this.#tally.count('user-hook');
      const spans = this.#find(answer);
      return spans === undefined ? answer : this.#cut(answer, spans);
    } catch {
      this.#tally.failed = true;
      return ERROR_MARK;
    }
  }

  /** Finds of the built-in rules, and of the user's. */
  #find(text: string, reach: Reach = 'end'): Span[] | undefined {
    const spans = scan(text, this.#withPersonal, reach);
    return this.#policy === undefined ? spans : this.#policy.spans(text, spans);
  }

  /** The same without the hook. */
  plain(text: string): string {
    // Read once: texts are of many makes, and each read looks up how.
    const whole = text.length;
    if (whole < MIN_STRING && whole < (this.#policy?.shortest ?? Infinity)) return text;
    if (whole >= LEAST_BLOB && isBase64Blob(text)) {
      this.#tally.count('binary');
      return describeBinary('base64', text);
    }
    const { maxString, maxTotal } = this.#bounds;
    const left = maxTotal - this.#characters;
    const limit = whole <= maxString + MARK_ROOM ? whole : maxString;
    const length = Math.min(limit, left);
    if (length <= 0) return this.#shortened('', whole);
    this.#characters += length;
    if (length < whole) return this.#cutText(text, length);
    const json = this.#jsonDepth < MAX_JSON_DEPTH ? jsonPart(text) : undefined;
    let spans = this.#find(
      text,
      json === undefined ? 'end' : this.#policy === undefined ? 'sight' : 'name',
    );
    let result = text;
    if (json !== undefined && (spans !== undefined || sawName())) {
      const { start, end } = json;
      const inner = this.#jsonText(text.slice(start, end));
      if (inner !== undefined && start === 0 && end === length) return inner;
      if (inner !== undefined) result = text.slice(0, start) + inner + text.slice(end);
      spans = this.#find(result);
    }
    return spans === undefined ? result : this.#cut(result, spans);
  }

  /**
   * Cuts, then looks again: what stood beside a secret can be one itself once the run of characters is broken.
   * So a second redaction finds nothing new.
   */
  #cut(text: string, found: Span[]): string {
    let result = text;
    let spans: Span[] | undefined = found;
    for (let pass = 0; pass < MAX_PASSES && spans !== undefined; pass++) {
      if (this.#memory !== undefined) {
        for (const { start, end, isEcho } of spans) {
          if (isEcho) this.#memory.add(result.slice(start, end));
        }
      }
      this.#isFirstPass = pass === 0;
      result = cutSpans(result, spans, this);
      spans = this.#find(result);
    }
    return result;
  }

  /** Scans all that the bounds allow, then gives back the last piece, where a token may have been cut in two. */
  #cutText(text: string, length: number): string {
    const head = text.slice(0, length);
    const spans = this.#find(head);
    let keep = Math.max(0, length - GIVE_BACK);
    for (let at = length - 1; at >= keep; at--) {
      const code = head.charCodeAt(at);
      if (code === 32 || code === 10) {
        keep = at;
        break;
      }
    }
    const last = spans?.reduce((one, other) => (other.end > one.end ? other : one));
    if (last !== undefined && last.end >= keep) keep = Math.min(keep, last.start);
    const kept = head.slice(0, keep);
    const found = spans?.filter((span) => span.end <= keep);
    return this.#shortened(found === undefined ? kept : this.#cut(kept, found), text.length - keep);
  }

  #shortened(kept: string, cut: number): string {
    this.#tally.truncated = true;
    return `${kept}[TRUNCATED ${cut} chars]`;
  }

  /** Redacts the JSON that `text` is; `undefined` when it is none. Numbers and spacing stay when nothing was found. */
  #jsonText(text: string): string | undefined {
    const parsed = parsedJson(text);
    if (parsed === undefined) return undefined;
    const before = this.#tally.total;
    const wasTruncated = this.#tally.truncated;
    this.#tally.truncated = false;
    this.#jsonDepth++;
    const redacted = this.#walk(parsed);
    this.#jsonDepth--;
    const isChanged = this.#tally.total > before || this.#tally.truncated;
    this.#tally.truncated ||= wasTruncated;
    return isChanged ? JSON.stringify(redacted, undefined, indentOf(text)) : text;
  }

  /** A text under a sensitive name. What is left once something was cut is judged anew, until nothing changes. */
  secret(item: string, key: string): string {
    let text = item;
    for (let pass = 0; pass < MAX_PASSES; pass++) {
      const next = this.#secretOnce(text, key);
      if (next === text || isMark(next)) return next;
      text = next;
    }
    return this.whole('keyed-secret', text);
  }

  #secretOnce(item: string, key: string): string {
    if (isPlaceholder(item) || isLabel(item) || isSameName(key, item) || speaksOfName(key, item))
      return this.text(item);
    if (isSaid(item)) return this.text(item);
    if (key.endsWith('s') && item.includes(' ') && !/cookie/i.test(key)) return this.text(item);
    if (item.includes('=') && /cookie/i.test(key)) return this.#cookies(item);
    const scheme = item.includes(' ') ? (AUTH_SCHEME.exec(item)?.[0] ?? '') : '';
    const rest = item.slice(scheme.length);
    if (scheme !== '' && isPlaceholder(rest)) return item;
    if (startsLikeJson(item) && item.length < 65_536) {
      const parsed = parsedJson(item);
      if (typeof parsed === 'object') return JSON.stringify(this.#walk(parsed, 'secret'));
    }
    if (item.includes('://') && URL_START.test(item) && !/token|password|secret$/i.test(key))
      return this.text(item);
    if (this.isAllowed('keyed-secret', rest)) return this.text(item);
    this.#memory?.add(rest);
    return scheme + this.whole('keyed-secret', rest);
  }

  #cookies(text: string): string {
    const list = text.slice(0, this.#bounds.maxString);
    let out = '';
    let done = 0;
    for (const { start, end } of cookieSecrets(list)) {
      const value = list.slice(start, end);
      if (this.isAllowed('keyed-secret', value)) continue;
      this.#memory?.add(value);
      out += list.slice(done, start) + this.whole('keyed-secret', value);
      done = end;
    }
    return out + list.slice(done);
  }

  /** What replaces one find in a text. */
  mark(rule: string, value: string, start: number): string {
    if (this.#policy === undefined) return ruleMarker(rule);
    return this.#policy.mark(rule, value, this.#isFirstPass ? start : undefined);
  }

  /** What replaces a whole value. */
  whole(rule: string, value: unknown): string {
    this.#tally.count(rule);
    return this.#policy === undefined ? ruleMarker(rule) : this.#policy.mark(rule, String(value));
  }

  /** True for a value that the user's rules let stay. */
  isAllowed(rule: string, value: unknown): boolean {
    return this.#policy?.allows(rule, String(value)) === true;
  }

  /** Counts what replaces a find in a text that is cut elsewhere. */
  count(rule: string): void {
    this.#tally.count(rule);
  }
}
