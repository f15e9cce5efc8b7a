/** Whether a value can be what the personal name of its field says: `phone: "ext. 5"` is no phone number. */
import { isSameName } from './frames.ts';
import { isPlaceholder } from './keys.ts';
import { isNationalId } from './national-ids.ts';
import type { PersonalKind } from './personal-names.ts';

/** True for a value of this kind under `name`. Loose: the name has said what it is, unless it is its label. */
export function fits(kind: PersonalKind, item: unknown, name: string): boolean {
  if (typeof item === 'number')
    return kind === 'number' || kind === 'phone' ? item > 999_999 : false;
  if (
    typeof item !== 'string' ||
    item.length > 256 ||
    isPlaceholder(item) ||
    isSameName(name, item)
  )
    return false;
  const digits = item.replace(/\D/g, '').length;
  switch (kind) {
    case 'email':
      return item.includes('@');
    case 'phone':
      return digits >= 7;
    case 'number':
    case 'birth':
      return digits >= 4;
    case 'name':
      return FULL_NAME.test(item);
    case 'address':
      return ADDRESS.test(item);
    case 'national':
      return isNationalId(item);
    default:
      return item.length > 1 && /\p{L}/u.test(item) && !item.includes('/');
  }
}

/** Two to five words with capitals, as names of people are written: a suite of tests or a repository has a full name too. */
const FULL_NAME =
  /^\p{Lu}[\p{L}'\u2019.-]{0,24}(?:,? (?:(?:de|da|di|do|del|la|van|von|der|den|bin|al|el) ){0,2}\p{Lu}[\p{L}'\u2019.-]{0,24}){1,4}$/u;

/** A street with a number, before or behind it; what else is called an address (a host, a cell, a wallet) has none. */
const ADDRESS =
  /^(?!.*(?:[@:=]|\/\/|0x))(?:\d{1,6}[A-Za-z]?(?:[-/]\d{1,4})?,? \p{L}[\p{L}'\u2019.-]+|\p{L}[\p{L}'\u2019.-]*(?:[ ,]+\p{L}[\p{L}'\u2019.-]*){0,5}[ ,]+(?:[Nn]º?\.? ?)?\d{1,5} ?[A-Za-z]?(?=$|[ ,/-]))/u;
