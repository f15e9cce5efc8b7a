/**
 * Calls of libraries whose arguments say by their place which one is secret: `getConnection(url, "ana", "x")`,
 * `createHmac('sha256', "x")`, `NetworkCredential("ana", "x")`, `jwt.sign(claims, "x")`.
 *
 * A record is the end of a call's name and the place of the argument; it must be a text that looks like a secret. At
 * most 512 characters and four brackets deep (I5).
 */
import { isPlaceholder } from './keys.ts';
import type { Assigned } from './values.ts';
import { isIssued, isStrong } from './wordy.ts';

/** Ends of names of calls, in lower case, by the place of the secret argument, from 0. */
export const CALLS: ReadonlyMap<string, number> = new Map(
  [
    'cookieparser( :auth( hmac.new( aes.new( fernet( keyspec(',
    'wifi.begin( credential( credentials( basic_auth( setbasicauth( digestauth( passwordauthentication( createhmac( jwt.sign( jwt.verify( jwt.encode( jwt.decode( ' +
      '_encrypt( _decrypt( auth.basic( tokens.basic( oci_connect( pw_set( .auth(',
    'getconnection( mysqli( mysqli_connect( new pdo( plainauth( sequelize( ftp_login( ldap_bind( imap_open( connect( database(',
  ].flatMap((names, place) =>
    names.split(/ (?!pdo)/).map((name): [string, number] => [name, place]),
  ),
).set('basic_auth ', 1);

const MAX_LENGTH = 512;
const MAX_DEPTH = 4;
/** A text as an argument, with what languages put around it. */
const TEXT =
  /^\s{0,24}(?:\w{1,12}\s?[:=]\s?)?(?:Some\(|\[\]byte\(|new \w{1,16}\(|[bBrRuN@$]?)(["'`])((?:(?!\1)[^\\\n]){4,200})\1/;

/** Words with a number, none of an algorithm. */
const MADE_UP = /^(?!(?:sha|aes|utf|base|md|rsa|[hrep]s)-?\d)(?=.*\d)(?=.*[A-Za-z]).{8,200}$/i;

/** The secret argument of the call whose name ends at `end`. */
export function callSecret(text: string, end: number, place: number): Assigned | undefined {
  const from = argumentStart(text, end, place);
  if (from === undefined) return undefined;
  const match = TEXT.exec(text.slice(from, from + 256));
  const value = match?.[2];
  if (match === null || value === undefined || isPlaceholder(value)) return undefined;
  if (!isStrong(value, true) && !isIssued(value) && !MADE_UP.test(value)) return undefined;
  const stop = from + match[0].length - 1;
  return { start: stop - value.length, end: stop };
}

/** Where the argument at a place begins, when the call has so many. */
function argumentStart(text: string, from: number, place: number): number | undefined {
  const limit = Math.min(text.length, from + MAX_LENGTH);
  let left = place;
  let depth = 0;
  for (let at = from; left > 0; at++) {
    if (at >= limit) return undefined;
    const sign = text[at] as string; // in range
    if (sign === '"' || sign === "'" || sign === '`') {
      const close = text.indexOf(sign, at + 1);
      if (close < 0 || close >= limit) return undefined;
      at = close;
    } else if ('([{'.includes(sign)) {
      if (++depth > MAX_DEPTH) return undefined;
    } else if (')]}'.includes(sign)) {
      if (--depth < 0) return undefined;
    } else if (sign === ',' && depth === 0 && --left === 0) return at + 1;
  }
  return from;
}
