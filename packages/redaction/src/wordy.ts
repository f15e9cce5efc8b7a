/**
 * Tells words that a person reads from values that a person or a generator made up.
 *
 * Text about secrets is far more frequent than secrets: `password: required`, `secret "shop-db" created`, `the token is
 * expired`. Where only a name and a blank lead to a value, the value itself must look like one.
 */
import { isMixed } from './charset.ts';

const WORDS =
  /^(?:[a-z]{1,32}|[A-Z][a-z]{1,24}|[A-Z]{1,16}s?)(?:[A-Z][a-z]{2,24})*(?:['’.,_/-](?:[a-z]{1,32}|[A-Z][a-z]{1,24}|[A-Z]{1,16}))*(?:\(s?\))?[.,;:!?…)\]"'`]*$/;
/** Names of things: `shop-db-2`, `v1.2.3`, `10:00`, `12`, `a/b`. */
const SLUG =
  /^(?:v?\d[\d.,:/-]*%?|\d{4}-\d\d-\d\dT[\d:.,]{5,15}(?:Z|[+-]\d\d:?\d\d)?|(?:[a-z]{1,24}|[A-Z]{1,24}|[A-Z][a-z]{1,24})\d{0,3}(?:[._/-](?:[a-z]{0,24}|[A-Z]{0,24})\d{0,4})*)[.,;:!?)]*$/;
const WITH_DIGITS =
  /^(?!(?:base|sha|utf|aes|md|ipv|http|oauth|rs|hs|es|ed)-?\d)[a-z]{3,24}(?:\d{2,8}[!?]{0,3}|[-_.]\d{2,8}!{1,3})$/i;
/** Words and a number, as people make passwords: `Dragon-river-4821`, `otter-canyon-lamp-47`. */
const SOME_WORDS =
  /^[A-Z]?[a-z]{3,15}[-_](?:[A-Za-z][a-z]{2,14}[-_]\d{3,6}|[A-Za-z][a-z]{2,14}[-_][A-Za-z][a-z]{2,14}[-_]\d{2,6})[!#$%&*]?$/;

/** Of an account's other programs: four times four letters. */
const IN_FOURS = /^[a-z]{4}(?:-[a-z]{4}){3}$/;

/** True for ordinary words, alone or joined: `required`, `your-company`, `SeeBelow`. */
export function isWordy(value: string): boolean {
  return value.length <= 64 && WORDS.test(value) && !IN_FOURS.test(value);
}

/** True for what is neither words nor the name of a thing: six or more characters of several kinds. With `loose`, `word99` too. */
export function isStrong(value: string, loose: boolean = false): boolean {
  if (loose && IN_FOURS.test(value)) return true;
  if (value.length < 6 || value.length > 4_096 || isWordy(value)) return false;
  if (value.includes(' ') && value.split(' ').every(isPhrasePart)) return false;
  if (
    value.length <= 64 &&
    SLUG.test(value) &&
    !(loose && (WITH_DIGITS.test(value) || SOME_WORDS.test(value)))
  )
    return false;
  return /\d/.test(value) ? /[A-Za-z]/.test(value) || value.length > 11 : isMixedCase(value);
}

/** A word of `Please log in`, or a second blank between two. */
function isPhrasePart(part: string): boolean {
  return part === '' || isWordy(part);
}

function isMixedCase(value: string): boolean {
  return isMixed(`${value}0`) || /[A-Za-z].*[!@#$%^&*~+=]/.test(value);
}

/**
 * True for what is issued or made up though it may be the name of a thing: `ak-live-7812`, `Jackdaw1`. For places where
 * nothing else is expected.
 */
export function isIssued(value: string): boolean {
  if (value.length < 8 || value.length > 4_096 || /\s/.test(value)) return false;
  return /\d{3}/.test(value)
    ? /[A-Za-z]/.test(value)
    : /\d/.test(value) && /[a-z]/.test(value) && /[A-Z]/.test(value);
}

/** True for a text of one word that is none of any language. */
export function isOpaque(item: unknown): boolean {
  return typeof item === 'string' && item.length <= 512 && !/\s/.test(item) && isStrong(item, true);
}
