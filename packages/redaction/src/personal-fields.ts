/** Whether a value can be what the personal name of its field says: `phone: "ext. 5"` is no phone number. */
import { isPlaceholder, type PersonalKind } from './keys.ts';
import { isNationalId } from './national-ids.ts';

/** True for a value of this kind. Loose: the name has said what it is. */
export function fits(kind: PersonalKind, item: unknown): boolean {
  if (typeof item === 'number')
    return kind === 'number' || kind === 'phone' ? item > 999_999 : false;
  if (typeof item !== 'string' || item.length > 256 || isPlaceholder(item)) return false;
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
    case 'national':
      return isNationalId(item);
    default:
      return item.length > 1 && /\p{L}/u.test(item) && !item.includes('/');
  }
}

/** Two to five words with capitals, as names of people are written: a suite of tests or a repository has a full name too. */
const FULL_NAME =
  /^\p{Lu}[\p{L}'\u2019.-]{0,24}(?:,? (?:(?:de|da|di|do|del|la|van|von|der|den|bin|al|el) ){0,2}\p{Lu}[\p{L}'\u2019.-]{0,24}){1,4}$/u;
