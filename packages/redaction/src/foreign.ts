/**
 * `password: x` in other languages and scripts: one bounded pattern, run only over text that is not all ASCII or holds
 * one of the words as a literal of the table. Fields with such names are judged in `keys.ts` by the same list.
 */
import { CHANGED, FOREIGN_WORDS } from './foreign-words.ts';
import { isPlaceholder } from './keys.ts';
import type { Found } from './personal.ts';
import { isIssued, isStrong } from './wordy.ts';

const LINK =
  '["\'`»”]?(?:(?: [\\p{L}-]{1,16}){0,3}\\s{0,2}[:=：＝]|\\s{0,2}[—–-](?=\\s)' +
  `|\\s{1,2}(?:${CHANGED})(?=[\\s:])` +
  '|(?:\\s(?:du|de la|de l’|de|des|del|de los|do|da|dos|di|della|dello|k|ke|na|van het|van de|van|voor het|voor de|voor|für|zum|til|till|för|от|для|к|do) ?[\\p{L}\\d_-]{1,24}(?: [\\p{L}\\d_-]{1,24}){0,3})(?:\\s{1,2}(?:ist|est|es|é|è|är|er|je|is|to)(?=\\s)|\\s{0,2}[:=：])' +
  '|\\s{1,2}(?:ist|est|es|é|è|er|je|är|to|on|is|adalah|là|เป็น|είναι|هي|—|is het|lautet)(?=\\s)' +
  '|\\s{1,2}(?=["\'`«„“]?[!-~]{0,64}\\d)' +
  '|は|が|を|는|은|를|을|(?:已经?|被)?(?:更改|修改|变更|變更|改|重置|重設|设置|設定|设|設)?(?:成|为|為|至|是))[\\s"\'`«„“:：「『【]{0,4}';

let pattern: RegExp | undefined;

/** Words of a sentence, which a secret of several words lacks. */
const TALK =
  /^(?:der|die|das|den|dem|und|oder|ist|sind|muss|müssen|nicht|kein\p{L}*|ein\p{L}*|sie|ihr\p{L}*|für|mit|bitte|wird|wurde|le|la|les|un|une|des|du|est|sont|doit|pas|vous|votre|pour|avec|dans|par|el|los|las|una|que|del|no|es|son|debe|por|con|para|su|tu|al|il|lo|gli|che|non|per|sono|deve|di|da|nel|os|as|um|uma|não|com|seu|sua|het|een|niet|moet|van|voor|met|uw|jouw|zijn|nie|jest|dla|musi|być|się|att|inte|och|måste|ska|på|som|till|og|ikke|skal|må|не|для|что|это|или|по|на|bir|ve|için)$/iu;
let phrase: RegExp | undefined;

/** Four words or more that fill the rest of the line behind a name: `mot de passe : cheval pile agrafe lampe`. */
function phrasesIn(text: string, found: Found[]): void {
  phrase ??= new RegExp(
    `(?:${FOREIGN_WORDS})(?:\\s?[:：=]|\\s(?:ist|lautet|est|es|é|è|är|er|is|to)(?=\\s))\\s{0,3}["'\`„«“]?` +
      '(\\p{L}{3,14}\\d{0,4}(?:[ -]\\p{L}{3,14}\\d{0,4}){3,8})(?=[ \\t]{0,8}(?:$|[\\r\\n"\'`»”“)]|\\.(?:\\s|$)))',
    'giu',
  );
  for (const match of text.matchAll(phrase)) {
    const value = match[1] ?? '';
    if (value.split(/[ -]/).some((word) => TALK.test(word))) continue;
    const start = match.index + match[0].lastIndexOf(value);
    found.push({ start, end: start + value.length, rule: 'keyed-secret' });
  }
}

let ending: RegExp | undefined;
function endsWithWord(lead: string): boolean {
  ending ??= new RegExp(`(?:${FOREIGN_WORDS})$`, 'iu');
  return ending.test(lead.replace(/[\s"'`«„“]+$/, ''));
}

/** Finds the values in `text`. */
export function foreignValues(text: string): Found[] {
  pattern ??= new RegExp(`(?:${FOREIGN_WORDS})${LINK}([!-~]{6,200})`, 'giu');
  const found: Found[] = [];
  for (const match of text.matchAll(pattern)) {
    const value = (match[1] ?? '').replace(/["'`.,;)]+$/, '');
    if (isPlaceholder(value) || !(isStrong(value, true) || isIssued(value))) continue;
    const start = match.index + match[0].length - (match[1] ?? '').length;
    // Behind a blank alone the word stands alone: `tersandi X.509` is none.
    if (/\p{L}/u.test(text[match.index - 1] ?? ' ') && endsWithWord(text.slice(match.index, start)))
      continue;
    found.push({ start, end: start + value.length, rule: 'keyed-secret' });
  }
  phrasesIn(text, found);
  return found;
}
