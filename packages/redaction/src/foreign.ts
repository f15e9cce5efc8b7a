/**
 * `password: x` in other languages and scripts: one bounded pattern, run only over text that is not all ASCII or holds
 * one of the words as a literal of the table. Fields with such names are judged in `keys.ts` by the same list.
 */
import { CHANGED, FOREIGN_WORDS } from './foreign-words.ts';
import { isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';
import { isStrong } from './wordy.ts';

const LINK =
  '["\'`»”]?(?:(?: [\\p{L}-]{1,16}){0,3}\\s{0,2}[:=：＝]|\\s{0,2}[—–-](?=\\s)' +
  `|\\s{1,2}(?:${CHANGED})(?=[\\s:])` +
  '|\\s{1,2}(?:ist|est|es|é|è|er|je|är|to|on|is|adalah|là|เป็น|είναι|هي|—|is het|lautet)(?=\\s)' +
  '|は|が|を|는|은|를|을|(?:已经?|被)?(?:更改|修改|变更|變更|改|重置|重設|设置|設定|设|設)?(?:成|为|為|至|是))[\\s"\'`«„“:：「『【]{0,4}';

let pattern: RegExp | undefined;

/** Finds the values in `text`. */
export function foreignValues(text: string): Found[] {
  pattern ??= new RegExp(`(?:${FOREIGN_WORDS})${LINK}([!-~]{6,200})`, 'giu');
  const found: Found[] = [];
  for (const match of text.matchAll(pattern)) {
    const value = (match[1] ?? '').replace(/["'`.,;)]+$/, '');
    if (isPlaceholder(value) || !isStrong(value, true)) continue;
    const start = match.index + match[0].length - (match[1] ?? '').length;
    found.push({ start, end: start + value.length, rule: 'keyed-secret' });
  }
  return found;
}
