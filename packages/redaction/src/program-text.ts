/**
 * What stands in programs and in texts about them where a value would: expressions, types, verbs of `printf`, names of
 * algorithms and headers, messages, and the name itself written another way (`RefreshToken = "refresh_token"`).
 *
 * A person's password may be any word, so a bare word counts as a name of a program only where the text around it is one.
 */
import { signBefore } from './charset.ts';
import { classifyKey, splitWords } from './keys.ts';

/** Longer ones are looked at no further. */
const MAX_LOOK = 256;

/** True for `text[start..end]` behind `name`, which begins at `nameStart`, when it is part of a program and no secret. */
export function isProgramText(
  text: string,
  name: string,
  nameStart: number,
  start: number,
  end: number,
): boolean {
  if (end - start > MAX_LOOK) return false;
  const value = text.slice(start, end);
  const isMade = MADE.test(value);
  if (isMade && value.length >= LEAST_MADE && text[end] !== ' ' && !name.endsWith(value))
    return false;
  const quote = signBefore(text, start) ?? ' ';
  if (`"'\``.includes(quote))
    return (
      repeatsName(name, value) ||
      (!isMade &&
        (QUOTED.test(value) ||
          isAlgorithm(value) ||
          isVariable(value) ||
          isTemplate(value, quote) ||
          isMessage(value)))
    );
  return (
    (isMade ? LONG_TYPE : EXPRESSION).test(value) ||
    (value.length <= 4 && SMALL_NUMBER.test(value) && !/cv[vc]|csc|pin|code/i.test(name)) ||
    repeatsName(name, value) ||
    (NAME.test(value) && isStatement(text, name, nameStart, start, end))
  );
}
/** What most secrets are: letters and digits in one run, longer than the name of any algorithm. */
const MADE = /^(?=[A-Za-z]*\d)[A-Za-z0-9]{11,}$/;
/** Longer than the name of any type. */
const LEAST_MADE = 18;

/** What ciphers, digests and signatures are called. */
const ALGORITHM =
  /^(?:(?:RSA|EC|ECDSA|ECDH|HMAC|EdDSA|Ed25519|X25519|HKDF|PBKDF2)(?:-(?:OAEP|PSS|ES|SHA\d?)(?:-?\d{3})?)?|(?:AES|A)-?(?:128|192|256)?-?(?:GCM|CBC|CTR|KW)(?:-HS\d{3})?|[HREP]S(?:256|384|512)|SHA-?(?:1|256|384|512))$/i;

/** True for `RSA-OAEP`, `aes-256-gcm`, `HS256`. */
export function isAlgorithm(value: string): boolean {
  return ALGORITHM.test(value);
}

/** True for letters alone that words make, as names in programs are: `updateVpcDhcpArgs`. A token has digits, mostly. */
export function isHumped(value: string): boolean {
  return value.length <= 64 && HUMPS.test(value) && !UNSPEAKABLE.test(value);
}
const HUMPS = /^[A-Z]{0,4}[a-z]{2,}(?:[A-Z]{1,4}[a-z]{2,}|Id|Ip|By|To|Of|In|On)+$/;
/** Too long for the short form of anything. */
const UNSPEAKABLE = /[A-Z]{0,4}[bcdfghj-np-tv-xz]{4,}(?:[A-Z]|$)/;

/** In quotes or not: a verb of `printf`, a sign or two, what hides a value, what asks for one. */
const EITHER = String.raw`%[-+# 0]{0,3}[\d.*]{0,5}[a-z]|[^\w\s]{1,2}|[\w-]{0,12}\*{3,}|your[a-z]{8,32}`;

/** In quotes: a folder, a header that carries secrets, a name of a resource, what a cookie says of itself. */
const QUOTED = new RegExp(
  String.raw`^(?:${EITHER}|\/(?:etc|usr|var|opt|home|tmp|run|srv|bin|sbin|dev|proc)|x(?:-[a-z0-9]{1,16}){1,4}|urn:[a-z]{2,16}:[\w:.-]{1,96}|; ?[A-Z].*)$`,
  'i',
);

/** Of expressions the only one of letters and digits that is as long as what is made. */
const TYPE = String.raw`(?:Big)?(?:Uint|Int|Float)\d{1,2}(?:Clamped)?Array`;

/** An expression that is no word alone: of pointers, members, calls, literals of structures, comments, references to places. */
const EXPRESSION = new RegExp(
  String.raw`^(?:${EITHER}|-?0x[0-9a-f]{1,8}|\\?[*&][A-Za-z_]\w*(?:\.[A-Za-z_]\w*){0,3}|(?:&[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?|[A-Za-z_]+(?:\.[A-Za-z_]+)?)(?:\[\])?\{(?:[A-Za-z]+:|\[)?|!{1,2}[01]|![01][:&|?].*|!{0,2}[A-Za-z_$][\w$.]*[([].*|[!+-][A-Za-z_$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)+(?:\(.*)?|\(0|\/\*.*|${TYPE}|[A-Za-z_$]+(?:\?\.|\.#?)[A-Za-z_$]+(?:(?:\?\.|\.#?)[A-Za-z_$]+){0,5}!?(?:\(.*)?|[a-z]+\d[A-Za-z]{0,16}\.[A-Z][A-Za-z_]+|(?:process|import\.meta)\.env\.\w{1,64}!|\d{1,5}:\d{1,4}:?)$`,
  'i',
);
const LONG_TYPE = new RegExp(`^${TYPE}$`, 'i');
const SMALL_NUMBER = /^-?\d{1,3}$/;

/** True for the name of a variable that holds a secret. */
function isVariable(value: string): boolean {
  return /^[A-Z]{2,24}(?:_[A-Z]{2,24}){1,6}$/.test(value) && classifyKey(value) === 'secret';
}

/** Text with holes: what it holds besides them is no secret when it is hardly anything, or a message. */
function isTemplate(value: string, quote: string): boolean {
  if (!value.includes('${')) return false;
  const rest = value.replaceAll(/\$\{[^}]{0,128}\}?/g, '');
  return (quote === '`' && / [a-z]/i.test(rest)) || rest.replaceAll(/[^A-Za-z0-9]/g, '').length < 4;
}

/** Names of several words, of which a part may be repeated. */
const IDENTIFIER = /^[A-Za-z_][\w.: -]{5,}$/;
/** As many letters in common say that two names are of one family. */
const FAMILY = 9;

/**
 * True for the name once more or some words of it, written another way: `RefreshToken = "refresh_token"`. One word of it may be
 * a password all the same: `POSTGRES_PASSWORD=postgres`.
 */
function repeatsName(name: string, value: string): boolean {
  // Three letters first: taking names apart costs more.
  if (!name.toLowerCase().includes(value.slice(0, 3).toLowerCase()) || !IDENTIFIER.test(value))
    return false;
  const words = splitWords(value);
  if (words.length < 2) return false;
  if (name.endsWith(value)) return true;
  if (/\d/.test(value)) return false;
  const [known, said] = [` ${splitWords(name).join(' ')} `, ` ${words.join(' ')} `];
  if (known.includes(said) || known.includes(said.replace(/s $/, ' '))) return true;
  return (
    name.length > FAMILY && !value.includes(' ') && value.startsWith(name.slice(0, FAMILY + 1))
  );
}

/** True for what is asked of a person (`npm password: `), and for a sentence. */
function isMessage(value: string): boolean {
  if (/^[A-Za-z]{1,24} [A-Za-z ]{2,60}[:?] ?$/.test(value)) return true;
  return (value.match(JOINING)?.length ?? 0) >= 3 && value.split(' ', 7).length > 5;
}
/** Words that join a sentence; of passphrases few have three. */
const JOINING =
  /\b(?:is|are|was|be|the|an?|of|to|for|in|on|and|or|with|from|your|this|that|must|will|not)\b/gi;

const NAME = /^[A-Za-z_$][\w$]*$/;
/** What declares a name, before it on its line. */
const DECLARED = /(?:^|[\n\t ;{(])(?:const|let|var|val|type|final|readonly)[ \t]+$/;
/** A member of something: `cred.TokenSource`, `this.token`. */
const MEMBER = /(?:\.[A-Z]\w*|^(?:this|self)\.[\w.]+)$/;
/** What goes on a type, and what goes on an expression. */
const UNION = /[ \t]{0,2}\| (?:undefined|null|[A-Z][a-z])/y;
const OPERATOR = /[ \t]{0,2}(?:\?[ \t.]|\?\?|&&|\|\||[!=]==?|instanceof\b)/y;
const LETTERS = /^[A-Za-z_$]+$/;

/** True when the bare word at `start` stands in a statement, or in a literal, of a program. */
function isStatement(
  text: string,
  name: string,
  nameStart: number,
  start: number,
  end: number,
): boolean {
  const word = text.slice(start, end);
  const isSpaced = ' \t'.includes(signBefore(text, start) ?? 'x');
  const tie = text.slice(nameStart + name.length, start);
  if (!/[=:]/.test(tie)) return false;
  UNION.lastIndex = end;
  OPERATOR.lastIndex = end;
  if (isSpaced && UNION.test(text)) return true;
  if (!LETTERS.test(word)) return false;
  if (isSpaced && OPERATOR.test(text)) return true;
  if (text.startsWith(' -> ', end) || /^\s{0,4}:=/.test(tie)) return true;
  if (isSpaced && DECLARED.test(text.slice(Math.max(0, nameStart - 24), nameStart))) return true;
  const next = text[end] ?? '\n';
  const endsLine = '\r\n'.includes(next);
  if (isSpaced && tie.includes('=') && next === ';' && '\r\n'.includes(text[end + 1] ?? '\n'))
    return true;
  if (MEMBER.test(name) && isSpaced && (endsLine || next === ';')) return true;
  if (name.includes('.') && isHumped(word) && endsLine) return true;
  const closes = ',)}'.includes(next) || (next === ' ' && text[end + 1] === '}');
  if (closes && isHumped(word)) return true;
  // `PrivateKey: key,` of a structure in Go; `Password: admin, Port: 22` is none.
  const endsField = next === '}' || (next === ',' && '\r\n'.includes(text[end + 1] ?? ' '));
  return endsField && /^[A-Z][a-z]/.test(name) && /^:[ \t]+$/.test(tie) && word.length <= 6;
}
