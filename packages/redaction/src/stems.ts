/** Words that the scan looks for in names and calls, in lower case. */

/** Parts of sensitive names. */
export const STEMS: string =
  'password passwd passwort pwd passphrase passcode pass secret token key credential creds auth cookie pin otp cvv cvc jwt sig ' +
  'sid session mnemonic kennwort senha seed bindpw htpasswd dbpw psk appid masterauth community clave salt puk sonar.login device_code';

/** Names that count only in a query. */
export const QUERY_STEMS: readonly string[] =
  'code= ticket= hmac= ?p= &p= ?k= &k= ?h= &h= ?t= &t= ?st= &st= ?ak= ?sk= &sk= samlresponse= samlrequest= assertion='.split(
    ' ',
  );

/** Calls of browser scripts that type a text. */
export const TYPING: readonly string[] = [
  '.fill(',
  '.type(',
  '.sendkeys(',
  '.send_keys(',
  '.setvalue(',
  '.presssequentially(',
];

/** Names of two words that hold no stem; written with any joint. */
export const PAIRS: readonly string[] = [
  'seed phrase',
  'recovery phrase',
  'recovery code',
  'security answer',
  'security code',
  'verification code',
  'authentication code',
  'login code',
  'access code',
  'api key',
];
export const JOINTS: readonly string[] = ['', ' ', '_', '-', '.', '%20'];

/** Names of personal fields: no rule in text, but JSON with them is looked at by key. */
export const PERSONAL_STEMS: string =
  'phone mobile fax cell ssn passport iban birth dob social firstname lastname surname first_name last_name fullname given_name ' +
  'family_name givenname familyname address card account license mail nin cpf aadhaar blob mimetype ' +
  'licence medical mrn insurance tax national identity passport_no driver postal';
