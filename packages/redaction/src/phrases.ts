/**
 * Secrets of several words: `passphrase: correct horse battery staple`.
 *
 * They are words as any sentence has, so what tells them from text about a passphrase is what they lack: the small words
 * that join a sentence, and those that speak of passwords. They fill the rest of their line or quotes.
 */
import type { Tie } from './value-ends.ts';

/** Fewest words behind these names: people seldom make passwords of words. */
const LEAST_BEHIND_PHRASE = 3;
const LEAST = 4;
const PHRASE =
  /(?:[a-z]{3,12}|[A-Z][a-z]{2,11})\d{0,4}(?: (?:[a-z]{3,12}|[A-Z][a-z]{2,11})\d{0,4}){2,9}(?=[ \t]{0,8}(?:$|[\r\n"'`)<]|\\[nr"]|\.(?:\s|$)))/y;
const NAMES = /(?:pass-?(?:word|wd|code)?|phrase|passwort|kennwort|pwd|secret)$/i;
/** Of these also what a sentence says they are: `the password is correct horse battery staple`. */
const PASSWORDS = /(?:pass-?(?:word|code)|passwort|kennwort|wachtwoord|contraseña|senha)$/i;
/** Words of sentences, and words that speak of secrets. */
const TALK = new Set(
  (
    'the and but nor for you your yours mine must can cannot could should would shall will may might with without within from this that these ' +
    'those not are was were has have had been being its his her hers our ours their they them she who whom what where which why how when while ' +
    'until unless since because into onto out over under off per via using against between through about only also just even very too once again ' +
    'before after than then there here all any some each every both few more most less least other another same such one two three four five six ' +
    'seven eight nine ten twelve does did done get gets got see ask enter use used uses please leave left let put make made keep kept set sets ' +
    'reset change changed changes update updated rotate rotated required requires require minimum maximum length long longer short shorter characters ' +
    'character letters letter words word digits digit numbers number symbols symbol spaces policy policies expired expires expire invalid valid ' +
    'incorrect wrong missing sent send email mail link stored store saved hidden encrypted hashed generated generate provided provide given known ' +
    'default none new old strong strength weak empty blank vault file files team page wiki docs documentation user users admin account login ' +
    'log sign key keys password passwords passphrase phrase secret secrets token tokens hash field input value values string text type name names ' +
    'authentication protected protection access manager rotation recovery failed fails fail success successful accepted rejected denied needed ' +
    'optional mandatory attempt attempts confirmation confirm match matches mismatch check checks checked example placeholder ' +
    'support supported works working need needs want wants todo note help based auth server client database service'
  ).split(' '),
);
/** Of words that speak of what is done, in a sentence. */
const DONE = /(?:ed|ing|ly|tion|able)$/;

/**
 * Where the words end that are the secret behind a name; `from` when they are none. `isLinked`: a sentence says what it
 * is.
 */
export function phraseEnd(
  text: string,
  from: number,
  name: string,
  tie: Tie,
  isLinked: boolean = false,
): number {
  // Behind a blank alone, or a flag, only what is called a phrase is one.
  if (!NAMES.test(name) || ((tie === 'blank' || tie === 'flag') && !/phrase$/i.test(name)))
    if (!isLinked || !PASSWORDS.test(name)) return from;
  PHRASE.lastIndex = from;
  if (!PHRASE.test(text)) return from;
  const end = PHRASE.lastIndex;
  const words = text.slice(from, end).toLowerCase().split(' ');
  const isPhrase = /phrase$/i.test(name) && tie !== 'blank';
  if (words.length < (isPhrase ? LEAST_BEHIND_PHRASE : LEAST)) return from;
  if (words.some((word) => TALK.has(word.replace(/\d+$/, '')))) return from;
  return tie === 'blank' && words.some((word) => DONE.test(word)) ? from : end;
}
