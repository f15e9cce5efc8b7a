/**
 * What passwords, keys and tokens are called in other languages, for fields (`keys.ts`) and for text (`foreign.ts`).
 */

/** Words with letters beyond ASCII. */
const OTHER =
  "пароль|паролем|секретный ключ|секретний ключ|токен|密码|密碼|口令|密钥|密鑰|令牌|パスワード|暗証番号|秘密鍵|비밀번호|암호|비밀키|contraseña|clé secrète|clé d[’']api|clé api|hasło|lösenord(?:et)?|şifre|jelszó|parolă|parola|κωδικός(?: πρόσβασης)?|كلمة المرور|كلمة السر|رمز المرور|סיסמה|סיסמא|पासवर्ड|mật khẩu|รหัสผ่าน|zugangsschlüssel|schlüssel|トークン|apiキー|アクセスキー|シークレット(?:キー)?|토큰|jeton d[’']accès|parola d[’']ordine|tajný klíč|şifresi";
/** Words in ASCII. */
const ASCII =
  'contrasena|mot de passe|senha|wachtwoord|passord(?:et)?|adgangskode|kodeord|salasana|heslo|parola|kata sandi|sandi|geheimnis|passwort|kennwort|chiave segreta|palavra-passe|haslo|sifre|jelszo|losenord|clave secreta|tajny klucz|chave de acesso|chave secreta|mdp|clave de acceso|clave de api|geheime sleutel|klucz api|chiave api|chave api|chave de api';

/** All of them, as alternatives of a pattern. */
export const FOREIGN_WORDS: string = `${OTHER}|${ASCII}`;

/** `changed to`, and what stands for it: `geändert zu`, `modifié en`. Alternatives of a pattern. */
export const CHANGED: string = [
  '(?:(?:is|was|has been|have been|will be|got) )?(?:now |just )?(?:set|changed|reset|updated|rotated|switched|modified) (?:to|as)',
  '(?:(?:wurde|ist|jetzt|nun) ){0,2}(?:(?:neu )?(?:ge[äa]ndert|gesetzt|zur[üu]ckgesetzt) (?:zu|auf|in)|auf|zu|jetzt|nun)',
  '(?:(?:a [ée]t[ée]|est) )?(?:chang|modifi|r[ée]initialis|d[ée]fini|remplac)[ée]{0,2} (?:en|à|a|par|pour|comme)',
  '(?:(?:ha sido|fue|se) ){0,2}(?:cambi(?:ad[ao]|ó|o)|modificad[ao]|actualizad[ao]|(?:r?establec|defin)id[ao]) (?:a|por|en|como)',
  '(?:(?:è stata|è|ora) ){0,2}(?:cambiat|modificat|(?:re)?impostat|aggiornat)[ao] (?:in|a|su|con|come)',
  '(?:(?:foi|agora) ){0,2}(?:alterad|mudad|trocad|(?:re)?definid|atualizad)[ao] (?:para|por|como)',
  '(?:(?:is|werd|nu) ){0,2}(?:gewijzigd|veranderd|ingesteld|aangepast|gereset) (?:naar|in|op|als)',
].join('|');

const WHOLE_OTHER = new RegExp(`(?:^|[\\s_-])(?:${OTHER})`, 'iu');
const WHOLE_ASCII = new RegExp(`(?:^|[\\s_-])(?:${ASCII})`, 'i');
const BEYOND_ASCII = /[^\0-\x7f]/;

/** Code units beyond ASCII that occur in the words: text with none of them needs no look. */
export const FOREIGN_LETTERS: ReadonlySet<number> = new Set(
  Array.from(OTHER + OTHER.toUpperCase(), (character) => character.charCodeAt(0)).filter(
    (code) => code > 127 && code !== 0x2019,
  ),
);

/** True for a field name that is one of the words. */
export function isForeignName(name: string): boolean {
  return WHOLE_ASCII.test(name) || (BEYOND_ASCII.test(name) && WHOLE_OTHER.test(name));
}

/** Literals that tell that a text is worth the pattern. */
export const FOREIGN_STEMS: readonly string[] =
  'contrase mdp senha wachtwoord passord adgangskode kodeord salasana heslo parola sandi geheimnis haslo sifre jelszo losenord|mot de passe|chiave segreta|palavra-passe|clave de acceso|clave secreta|tajny klucz|chave de acesso|chave secreta|clave de api|geheime sleutel|klucz api|chiave api|chave api|chave de api'
    .split('|')
    .flatMap((words, i) => (i === 0 ? words.split(' ') : [words]));
