/**
 * One-time codes that no name of a field announces: `482913 is your login code`, `Your code is 482 913`, `Use 482913 to
 * sign in`, the same in other languages, and the lines under `Recovery codes:`.
 *
 * Codes are everywhere: of errors, places, countries, orders. So what makes one a secret must be said: whose it is
 * (`your`) or what it is for (`login`, `to sign in`), and nothing that makes it something else.
 */
import { charset, isIn, signBefore } from './charset.ts';
import type { Found } from './personal.ts';
import type { Assigned } from './values.ts';

const NUMBER = /(?:^|[\s"'`*>(:])(?:[A-Z]{1,3}-)?(\d{4,8})$/;
const NAMED =
  /(?:[\w-]{1,20} ){0,4}(?:(?:[\wäöüß]{1,20}-?)?code|c[oó]digo|codice|otp|pin|m?tan|passcode|password)\b/iy;
/** Between a code and its name. Who else is told `the`, is told of more than codes. */
export const BEFORE_NAME: readonly string[] =
  ' is your | as your | ist dein| ist ihr| est votre | est ton | es tu | es su | is the otp| is the one-time| is the verification| is the login| is the security| is the access'.split(
    '|',
  );

/** Around ` is your ` and the like. */
export function codeBefore(text: string, start: number): Assigned | undefined {
  const lead = text.slice(Math.max(0, start - 16), start);
  const code = NUMBER.exec(lead)?.[1];
  // Behind ` is the`, ` as your`.
  NAMED.lastIndex = text.indexOf(' ', start + 4) + 1;
  return code === undefined || !NAMED.test(text)
    ? undefined
    : { start: start - code.length, end: start };
}

const LIST = /s?["'`*]{0,3}:?["'`*]{0,3}[ \t]*(?:\r?\n)/iy;
const LINE =
  /[ \t]{0,8}(?:\d{1,2}[.)][ \t]{1,4}|[-*\u2022][ \t]{1,4})?["'`]?((?=[A-Za-z\d-]{0,40}\d)[A-Za-z\d]{4,12}(?:-[A-Za-z\d]{4,12}){0,4})["'`]?,?[ \t]{0,4}(?:\r?\n|$)/y;
const MAX_CODES = 24;

/** The lines below `recovery code`, `backup codes:`. */
export function codeLines(text: string, _start: number, end: number): Assigned[] | undefined {
  LIST.lastIndex = end;
  if (!LIST.test(text)) return codesInLine(text, end);
  const found: Assigned[] = [];
  LINE.lastIndex = LIST.lastIndex;
  while (found.length < MAX_CODES) {
    const from = LINE.lastIndex;
    const match = LINE.exec(text);
    const code = match?.[1];
    if (match === null || code === undefined) break;
    const start = from + match[0].lastIndexOf(code);
    found.push({ start, end: start + code.length });
  }
  return found.length < 2 ? undefined : found;
}

/** Two or more on the line of their name: `Backup codes: 1234 5678, 2345 6789`. */
function codesInLine(text: string, end: number): Assigned[] | undefined {
  IN_LINE.lastIndex = end;
  const match = IN_LINE.exec(text);
  if (match?.[1] === undefined) return undefined;
  const from = IN_LINE.lastIndex - match[1].length;
  const found: Assigned[] = [];
  // Two groups may be one code, where another sign parts the codes.
  const codes = /[,;/]/.test(match[1]) ? /[A-Za-z\d][A-Za-z\d -]*[A-Za-z\d]/g : /[A-Za-z\d-]+/g;
  for (const { index, 0: code } of match[1].matchAll(codes))
    if (/\d/.test(code)) found.push({ start: from + index, end: from + index + code.length });
  return found.length < 2 ? undefined : found;
}
const IN_LINE =
  /s?["'`*]{0,3}(?:\s\([^()\n]{1,40}\))?(?::|\s(?:are|were))["'`*]{0,3}[ \t]{1,4}((?:[A-Za-z\d-]{4,14}(?: [A-Za-z\d]{4})?)(?:(?:, ?|; ?| \/ | )[A-Za-z\d-]{4,14}(?: \d{4})?){1,24})(?=[.\s\\"]|$)/y;

const letters = (words: string): string => String.raw`(?<![\p{L}\d])(?:${words})(?![\p{L}\d])`;
/** Whose the code is: up to three words before it. */
const YOURS =
  /(?<![\p{L}\d])(?:(?:your|ihr|dein|votre|ton|tu|su|vuestro|tuo|suo|vostro|teu|seu|sua|jouw|uw|din|deres|tw[oó]j)\s(?:[\p{L}\d-]{1,24}\s){0,3}|je\s)[\p{L}-]{0,24}$/iu;
/** What it is for, as a word of its own or the first part of one. */
const PURPOSE = new RegExp(
  letters(
    'verification|log-?in|sign-?in|sign-?on|access|one-?time|single-?use|confirmation|authenticat(?:ion|or)|authorization|activation|' +
      '(?:two|multi)-?(?:factor|step)|2fa|mfa|otp|sms|pairing|unlock|device|vérification|sécurité|connexion|confirmation|' +
      'confirmaci[oó]n|verificaci[oó]n|seguridad|acceso|verifica|sicurezza|accesso|conferma|verifica[cç][aã]o|seguran[cç]a|acesso|' +
      'acc[èe]s|door|gate|entry|safe|lockbox|keypad|garage|verificatie|do[gğ]rulama|g[uü]venlik|onay',
  ) +
    '|(?:bestätigungs|sicherheits|verifizierungs|anmelde|zugangs|einmal|freischalt|verificatie|bevestigings|inlog|beveiligings|' +
    'toegangs|verifierings|inloggnings|engangs|bekræftelses|bekreftelses|säkerhets)-?$',
  'iu',
);
/** What makes it another one. */
const OTHER = new RegExp(
  letters(
    'zip|post\\p{L}*|area|country|errors?|err|exit|status|response|return|reason|result|http|currency|language|locale|colou?r|discount|' +
      'promo\\p{L}*|coupon|voucher|gift|referral|product|item|order|tracking|booking|reservation|airport|region|department|course|class|' +
      'dial(?:ing)?|calling|source|bar|qr|machine|byte|op|key|char\\p{L}*|sort|swift|branch|cost|tax|vat|bank|routing|sic|naics|icd|cpt|' +
      'diagnosis|billing|project|room|seat|batch|lot|part|model|fault|event|alarm|state|county|city|station|unit|member|customer|' +
      'employee|exception|dress|building|fehler|land(?:es)?|vorwahl|erreur|pays|errore|errori|pa[íi]s|descuento|desconto|sconto|' +
      'avviamento|erro|fout|hata|alan|feil|fel|fejl',
  ),
  'iu',
);
const CODE = /(?:[A-Z]{1,3}-)?(?:\d{4,8}|\d{3}[ -]\d{3}|\d{2}[ -]\d{2}[ -]\d{2})/y;
/** Behind digits that are no code. */
const NO_CODE =
  /[\w/-]|[.,:]\d| ?%|\s(?:lines?|bytes?|char\w*|words?|ms|sec\w*|minutes?|times|percent|loc|tokens?|files?|points?|zeilen|lignes|l[ií]neas|righe|linhas|regels)\b/iy;
/** Between the word for a code and the code: `: `, ` is `, ` lautet: `, ` for Acme is `, ` de verificación es `. */
const LINK =
  /(?:s|en|unuz|u)?\*{0,2}(?:\s(?:d['’]|(?:for|to|at|f[üu]r|pour|para|per|voor|de|di|da|do|der|von)\s)[^\s:=<>{}"]{1,24}(?:\s[^\s:=<>{}"]{1,24}){0,3}?)?(?:\*{0,2}\s?[:=]\*{0,2}\s{0,4}|\s(?:is|ist|lautet|est|es|[èé]|[äa]r|er|to|jest)(?:\s(?:now|nun|jetzt|ora|agora|nu|le|il|el|o))?\s?:?\s{1,4})(?:["'`*]{1,3}|<(?:b|strong|code)>)?(?=[A-Z\d])/iuy;

/** Behind `code`, `codice`, `código` and the like, which begin at `start`. */
export function codeAfter(text: string, start: number, end: number): Assigned | undefined {
  if (text[end] === '\n' && !isIn(MAY_BE_BELOW, text, end + 1)) return undefined;
  const isTold = isIn(DIGITS_ONLY, text, end + 1) && text[end] === ' ';
  LINK.lastIndex = end;
  BELOW.lastIndex = end;
  if (!isTold && !LINK.test(text) && !BELOW.test(text)) return undefined;
  const from = isTold ? end + 1 : LINK.lastIndex || BELOW.lastIndex;
  const stop = codeEnd(text, from);
  if (stop === undefined) return undefined;
  const lead = sentenceBefore(text, start);
  const between = text.slice(end, from);
  if (OTHER.test(lead) || OTHER.test(between)) return undefined;
  const isSecret = isTold
    ? TOLD.test(lead + text.slice(start, end))
    : YOURS.test(lead) ||
      PURPOSE.test(lead) ||
      PURPOSE.test(between) ||
      isLogin(text, lead, from, stop);
  return isSecret ? { start: from, end: stop } : undefined;
}
const DIGITS_ONLY = charset('0-9');
const MAY_BE_BELOW = charset('0-9A-Z \t\r\n*>');
/** A code alone on a line below: `Your sign-in code`, an empty line, the code. */
const BELOW =
  /s?\*{0,2}:?\*{0,2}[ \t]{0,4}(?:\r?\n[ \t>*]{0,24}){1,3}(?=(?:[A-Z]{1,3}-)?(?:\d{4,8}|\d{3}[ -]\d{3})[ \t*]{0,8}(?:\r?\n|$))/y;
/** What tells people to enter what comes next. */
const TOLD =
  /(?<![\p{L}\d])(?:enter|type(?: in)?|geben sie|gib|gebt|eingeben|verwenden sie|nutzen sie|saisissez|saisis|entrez|entrer|utilisez|tapez|introduzca|introduce|ingresa|ingrese|escriba|usa|inserisci|inserire|digita|insira|digite|informe|voer|gebruik|vul|wpisz|podaj|wprowad[źz]|użyj|ange|skriv|indtast|tast)(?:\s[\p{L}-]{1,16}){0,3}\s?$/iu;

/** Six digits behind `Code:` alone, where the text around speaks of a login and of no failure. */
function isLogin(text: string, lead: string, from: number, stop: number): boolean {
  if (/[\p{L}\d]/u.test(lead) || text.slice(from, stop).replace(/\D/g, '').length !== 6)
    return false;
  const around = text.slice(Math.max(0, from - 240), stop + 160);
  return LOGIN.test(around) && !FAILURE.test(around);
}
const LOGIN =
  /\b(?:log-?in|log(?:ged|ging)? in|sign-?in|sign(?:ed|ing)? in|verif(?:y|ication)|one-?time|2fa|mfa|otp|two-?factor|authenticat(?:e|ion|or)|passcode|anmeld\w*|einloggen|connexion|iniciar sesi[oó]n|accesso)\b/i;
const FAILURE =
  /\b(?:errors?|fail\w*|exception|invalid|denied|rejected|incorrect|wrong|http|exit|status|stack|fehler|erreur)\b/i;

function codeEnd(text: string, from: number): number | undefined {
  CODE.lastIndex = from;
  if (!CODE.test(text)) return undefined;
  NO_CODE.lastIndex = CODE.lastIndex;
  return NO_CODE.test(text) ? undefined : CODE.lastIndex;
}

/** The words of the sentence before, as far as 64 characters. */
function sentenceBefore(text: string, start: number): string {
  const lead = text.slice(Math.max(0, start - 64), start);
  return /[^.,;:!?(){}<>"\n]*$/.exec(lead)?.[0] ?? '';
}

const PUT =
  /(?:^|[\s"(])(?:use|enter|type|provide|submit|input|inserisci|introduce|introduzca|ingresa|ingrese|saisissez|entrez|utilisez|digite|insira)\s(?:(?:the|this|your|il|el|le|o)\s)?(?:(?:following|\d-digit|one-time|verification|security|log-?in|sign-?in|access|confirmation)\s){0,2}(?:(?:code|c[oó]digo|codice|otp|pin|passcode|number):?\s)?\\?["'`*]{0,2}((?:[A-Z]{1,3}-)?(?:\d{4,8}|\d{3}[ -]\d{3}))\\?["'`*]{0,2}$/i;
/** Before ` to sign in` and the like: `Enter the code 482913`. */
export function codeToUse(text: string, start: number): Assigned | undefined {
  if (!ENDS_CODE.test(signBefore(text, start) ?? ' ')) return undefined;
  const lead = text.slice(Math.max(0, start - 80), start);
  const match = PUT.exec(lead);
  const code = match?.[1];
  if (code === undefined) return undefined;
  const from = start - lead.length + lead.lastIndexOf(code);
  return { start: from, end: from + code.length };
}
const ENDS_CODE = /[\d"'`*]/;
/** What a code is used for. */
export const TO_DO: readonly string[] = (
  ' to sign in| to sign-in| to log in| to login| to verify| to confirm| to complete| to authenticate| to reset your| to unlock| to activate' +
  '| to finish| to continue| per accedere| per verificare| para iniciar| para verificar| para acceder| para entrar| para confirmar| pour vous| pour v\x80rifier| pour confirmer'
).split('|');
/** Ends of words for a code, with what ties it: in English `code` stands everywhere. */
export const CODE_WORDS: readonly string[] = (
  "code:|code :|code\n|code is|code lautet|code est|code de |code d'|code for |codes: |den code |le code |de code |enter the code |enter code |enter this code|codice|codigo|c\x80digo|kode |kode: |kod |" +
  'kod: |kodunuz|kodu'
).split('|');
/** How long the word for a code is at the beginning of one of `CODE_WORDS`. */
export function wordLength(text: string): number {
  return (
    /^(?:(?:den|le|de|enter(?: the| this)?) )?[^\s:=]*?(?=unuz|u$|s?[\s:]|$)/.exec(text)?.[0]
      .length ?? text.length
  );
}

/** A text with fewer digits holds no code. */
export const LEAST_DIGITS = 4;
/** In other scripts the word says what the code is for. */
const OTHER_SCRIPTS =
  '验证码|驗證碼|校验码|校驗碼|动态码|動態碼|確認コード|認証コード|認証番号|確認番号|セキュリティコード|인증 ?번호|인증 ?코드|확인 ?코드|보안 ?코드|' +
  'код(?:ом)? (?:подтверждения|для входа|доступа|безопасности|активации|авторизации)|ваш код|твой код|رمز التحقق|קוד אימות|mã xác (?:nhận|minh)|รหัสยืนยัน';
const DIGITS = String.raw`(?:\d{4,8}|\d{3}[ -]\d{3})(?![\d.,%/-]\d|\d)`;
let scripts: RegExp | undefined;
/** `您的验证码是482913`, `482913は認証コードです`. */
export function foreignCodes(text: string): Found[] {
  scripts ??= new RegExp(
    String.raw`(?:${OTHER_SCRIPTS})(?:\s?[:：=]|\s?(?:是|为|為|は|는|은|—|–|-|هو|là|คือ))?\s{0,2}["「『[【«]?(${DIGITS})|` +
      String.raw`(?<![\d.,/-])(${DIGITS})\s?(?:是|为|為|は|—|–|-)\s?(?:您的|你的|あなたの|[\p{L}\d]{1,12}的)?\s?(?:[\p{L}]{1,12})?(?:${OTHER_SCRIPTS})`,
    'giu',
  );
  const found: Found[] = [];
  for (const match of text.matchAll(scripts)) {
    const code = match[1] ?? match[2] ?? '';
    const start = match.index + (match[1] === undefined ? 0 : match[0].length - code.length);
    found.push({ start, end: start + code.length, rule: 'keyed-secret' });
  }
  return found;
}
