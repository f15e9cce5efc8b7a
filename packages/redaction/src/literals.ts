/**
 * Every literal that the pass looks for, and who looks around it: the prefixes of `rules.ts`, the parts of names that stand
 * before values, and the places where a secret stands without a name.
 */
import { LISTED, listedSecrets } from './argv.ts';
import { NOT_ASCII } from './automaton.ts';
import { ENCODERS, pairToEncode } from './base64-pairs.ts';
import { keyBlock, puttyLines } from './blocks.ts';
import { CALLS, callSecret } from './calls.ts';
import * as codes from './codes.ts';
import { COMMANDS, commandSecrets, listedPairs, pipedSecret } from './commands.ts';
import { contextValues } from './context.ts';
import { fedSecret, substituted } from './fed.ts';
import { FOREIGN_STEMS } from './foreign-words.ts';
import { LINKS, linkSecret } from './links.ts';
import { manifestValues } from './manifest.ts';
import { assignment, type Handler, inQuery, keyed, shortName } from './name-values.ts';
import { NATIONAL_NAMES, nationalIdAfter } from './national-ids.ts';
import { type Tables, tablesOf } from './pass.ts';
import { emailAt } from './personal.ts';
import { PERSONAL_NAMES, personalValue } from './personal-text.ts';
import { mayAnnounce, PHONE_WORDS, phoneAfter } from './phones.ts';
import * as places from './places.ts';
import { printedSecret, PRINTS } from './printed.ts';
import { JOINTS, PAIRS, PERSONAL_STEMS, QUERY_STEMS, STEMS, TYPING } from './stems.ts';
import { type TokenCheck, tokenLiterals } from './token.ts';
import { authValue, loginPair, LOGINS, SIGN_INS, signIn, slashPair, typedValue } from './typed.ts';
import { answer } from './values.ts';

/** A look at the code units behind a literal that ends before `end`. */
type Glance = (codes: Uint8Array, end: number, length: number) => boolean;

/** One text, and what is looked for where it stands. */
export interface Literal {
  /** As issuers write it; the automaton knows it in lower case. */
  readonly text: string;
  /** As much of it as the automaton knows: of tokens and of long ones the beginning, which is checked whole anyway. */
  readonly seen: number;
  readonly rule?: TokenCheck | undefined;
  /** A look at the code units behind it, which spares most looks of `find`. */
  readonly may?: Glance | undefined;
  /** Absent for stems that only make JSON text worth parsing. */
  readonly find?: Handler | undefined;
  /** Seen only where no word runs into it. */
  readonly edge: boolean;
  /** A part of sensitive names. */
  readonly isStem: boolean;
  /** A word or a letter of another language: the text is worth its pattern. */
  readonly isForeign: boolean;
  /** What stands there in JSON text may be seen only once that is parsed. */
  readonly wakes: boolean;
  /** Personal data: skipped where the context says so. */
  readonly isPersonal: boolean;
}

/** Literals of places where a secret stands without a name. */
const PLACES: Readonly<Record<string, Handler>> = {
  '://': places.urlPassword,
  'bearer ': places.bearer,
  'basic ': places.basic,
  '-----begin': keyBlock,
  '---- begin': keyBlock,
  'private-lines:': puttyLines,
  ';base64,': places.dataUri,
  identified: places.sqlUser,
  'set password': places.sqlSetPassword,
  'crypt(': places.sqlCrypt,
  securestring: places.secureString,
  ']:': places.relayPassword,
  ':5432:': places.pgpass,
  ':5433:': places.pgpass,
  ':6432:': places.pgpass,
  ':*:': places.pgpass,
  '@tcp(': places.dsnPassword,
  '@unix(': places.dsnPassword,
  ':thin:': places.oraclePassword,
  ':oci:': places.oraclePassword,
  ':1521': places.easyConnect,
  '" "': places.quotedPair,
  ' response="': places.digestResponse,
  'private-mac:': places.puttyMac,
  'new value: ': places.newValue,
  '\ttrue\t/': places.cookieFile,
  '\tfalse\t/': places.cookieFile,
  '--with-token': keyed(fedSecret),
  'password-stdin': keyed(fedSecret),
  'sudo -s': keyed(fedSecret),
  'assword:': keyed(answer),
  '(echo ': keyed(substituted),
  ' / ': keyed(slashPair),
  '(printf ': keyed(substituted),
  '"kty': places.jwkMembers,
  'kind: secret': manifestValues,
  '\\set ': places.psqlVariable,
  ': eap "': places.tunnelSecret,
  ': xauth "': places.tunnelSecret,
  'wifi:': places.wifiCode,
  '{plain': places.plainScheme,
  'secret id': places.secretId,
  secret_id: places.secretId,
  'kinit ': keyed(fedSecret),
  'cryptsetup ': keyed(fedSecret),
  '{sha': places.ldapHash,
  '{ssha': places.ldapHash,
  '{smd5': places.ldapHash,
  ugfzc3dvcmq6: places.smtpLogin,
  authenticator: places.otpSeed,
  'setup key': places.otpSeed,
  'two-factor': places.otpSeed,
};

/** As much of a token's literal as the automaton knows: fewer states, built in less time. */
const MAX_SEEN = 8;
/** The same of literals that seldom stand where only their beginning does. */
const SEEN_OF_LONG = 8;

/** A literal; what is not said is `false`. */
function literalOf(text: string, find: Handler | undefined, flags: Partial<Literal>): Literal {
  const { rule, edge = false, isStem = false, isForeign = false } = flags;
  const { may, wakes = false, isPersonal = false } = flags;
  const seen = flags.seen ?? (rule === undefined ? text.length : Math.min(text.length, MAX_SEEN));
  return { text, seen, rule, may, find, edge, isStem, isForeign, wakes, isPersonal };
}

/** Of a long literal the automaton knows the beginning; its last character tells whether the rest may be there. */
function beginning(text: string): Pick<Literal, 'seen' | 'may'> {
  const seen = Math.min(text.length, SEEN_OF_LONG);
  const rest = text.length - seen;
  const last = text.charCodeAt(text.length - 1) | CASE;
  const may: Glance = (codes, end, length) =>
    end + rest <= length && ((codes[end + rest - 1] as number) | CASE) === last; // below the text's length
  return rest === 0 ? { seen } : { seen, may };
}
/** What letters of both cases differ in. */
const CASE = 32;

/** Looks only where the whole of a literal stands that the automaton knows the beginning of. */
function whole(literal: string, find: Handler): Handler {
  return (text, start) => {
    const end = start + literal.length;
    return text.slice(start, end).toLowerCase() === literal ? find(text, start, end) : undefined;
  };
}

/** Behind `recovery code`: a list of them, or one. */
const codesOrOne: Handler = (text, start, end) =>
  codeList(text, start, end) ?? assignment(text, start, end);
const codeList = keyed(codes.codeLines);

/** All literals, by as much of them as the automaton knows. */
function knownLiterals(): Map<string, Literal[]> {
  const known = new Map<string, Literal[]>();
  const add = (
    text: string,
    find: Handler | undefined,
    flags: Partial<Literal> = NOTHING,
  ): void => {
    const literal = literalOf(text, find, flags);
    const seen = text.slice(0, literal.seen).toLowerCase();
    const same = known.get(seen);
    if (same === undefined) known.set(seen, [literal]);
    else {
      same.push(literal);
      // Where two are cut to the same, the longer one comes last: it knows the family better.
      same.sort((a, b) => a.text.length - b.text.length);
    }
  };
  for (const token of tokenLiterals()) add(token.text, undefined, token);
  for (const text of STEMS.split(' ')) add(text, assignment, { isStem: true });
  for (const text of PERSONAL_STEMS.split(' ')) add(text, undefined, { isStem: true });
  for (const text of FOREIGN_STEMS) add(text, undefined, { isForeign: true, wakes: true });
  add(NOT_ASCII, undefined, { isForeign: true });
  for (const text of ['"httponly"', 'code\\n', '_pat"']) add(text, undefined, { wakes: true });
  for (const text of ['authenticate', 'authorise', 'authorize', 'credential'])
    add(text, contextValues);
  add(' pw ', shortName);
  for (const text of ['pw:', 'pw=', '_pw ', '_pat=', '_pat:', '_pat '])
    add(text, (whole, start, end) => assignment(whole, start, end - 1));
  // In JSON text.
  add('pw"', undefined, { isStem: true });
  for (const text of QUERY_STEMS) add(text, inQuery);
  for (const text of codes.BEFORE_NAME) add(text, keyed(codes.codeBefore));
  for (const text of ['recovery code', 'backup code', 'scratch code'])
    add(text, keyed(codes.codeLines));
  for (const text of codes.CODE_WORDS) {
    const length = codes.wordLength(text);
    add(
      text,
      keyed((whole, start) => codes.codeAfter(whole, start, start + length)),
    );
  }
  for (const text of LOGINS) add(text, keyed(loginPair), { edge: true });
  for (const text of SIGN_INS) add(text, keyed(signIn));
  for (const text of codes.TO_DO) add(text, keyed(codes.codeToUse));
  const addLong = (text: string, find: Handler, wakes: boolean): void =>
    add(text, whole(text, find), { wakes, ...beginning(text) });
  for (const text of PRINTS) addLong(text, keyed(printedSecret), true);
  for (const text of ENCODERS) addLong(text, keyed(pairToEncode), true);
  for (const text of LINKS) addLong(text, linkSecret, false);
  for (const [text, place] of CALLS)
    addLong(
      text,
      keyed((all, _start, end) => callSecret(all, end, place)),
      true,
    );
  for (const text of TYPING) add(text, keyed(typedValue), { wakes: true });
  for (const text of ['auth=(', 'auth = (', 'basicauth(', 'credentials.basic(', '.login('])
    add(text, keyed(authValue), { wakes: true });
  for (const pair of PAIRS)
    for (const joint of JOINTS)
      add(pair.replace(' ', joint), pair === 'recovery code' ? codesOrOne : assignment, {
        isStem: true,
      });
  for (const [text, find] of Object.entries(PLACES))
    add(text, find, {
      wakes: /[a-z]{3}/.test(text),
      may: text === '://' ? places.hasUser : undefined,
    });
  for (const command of COMMANDS)
    for (const text of command.words)
      add(
        text,
        keyed((whole, start, end) =>
          text === 'chpasswd'
            ? (pipedSecret(whole, start) ??
              listedPairs(whole, end) ??
              commandSecrets(command, whole, end))
            : commandSecrets(command, whole, end),
        ),
        { edge: true, wakes: true },
      );
  for (const head of LISTED)
    for (const sign of ['"', "'", '\n'])
      add(head + sign, keyed(listedSecrets), { edge: true, wakes: sign === '"' });
  add('@', (text, start) => emailAt(text, start), { isPersonal: true });
  add('%40', (text, start, end) => emailAt(text, start, end), { isPersonal: true });
  for (const { text, edge } of NATIONAL_NAMES)
    add(text, nationalIdAfter, { edge, isPersonal: true, wakes: true });
  for (const text of PERSONAL_NAMES) add(text, personalValue, { isPersonal: true });
  for (const text of PHONE_WORDS)
    add(text, phoneAfter, { edge: true, isPersonal: true, may: mayAnnounce });
  return known;
}
const NOTHING: Partial<Literal> = {};

let compiled: Tables<Literal> | undefined;
/** Tables of all literals, made at first use. */
export function allLiterals(): Tables<Literal> {
  return (compiled ??= tablesOf(knownLiterals()));
}
