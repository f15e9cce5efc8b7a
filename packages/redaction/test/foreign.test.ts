/** Names of secrets in other languages: every word of the list, and what stands between it and the value. */
import { describe, expect, test } from 'vitest';
import { foreignValues } from '../src/foreign.ts';
import {
  FOREIGN_LETTERS,
  FOREIGN_STEMS,
  FOREIGN_WORDS,
  isForeignName,
} from '../src/foreign-words.ts';
import { cut } from './cut.ts';

const find = (text: string): string => cut(text, foreignValues(text));
/** The words themselves: an optional ending and a set of letters give two. */
const WORDS = FOREIGN_WORDS.split('|').flatMap((word) => {
  const ended = /^(.*)\(\?:(.*)\)$/.exec(word);
  if (ended !== null) return [];
  const optional = /^(.*)\(\?:(.*)\)\?$/.exec(word);
  const forms = optional === null ? [word] : [`${optional[1]}`, `${optional[1]}${optional[2]}`];
  return forms.map((form) => form.replace("[’']", '’'));
});

describe('every word', () => {
  test.each(WORDS)('%s', (word) => {
    expect(find(`${word}: hunter22x`)).toBe(`${word}: <cut>`);
    expect(isForeignName(word)).toBe(true);
    // The scan must have a reason to look.
    const isSeen =
      Array.from(word).some((character) => FOREIGN_LETTERS.has(character.charCodeAt(0))) ||
      FOREIGN_STEMS.some((stem) => word.toLowerCase().includes(stem)) ||
      /pass|kennwort/.test(word);
    expect(isSeen).toBe(true);
  });

  test('there are some', () => {
    expect(WORDS.length).toBeGreaterThan(50);
  });
});

describe('between the word and the value may stand', () => {
  test.each([
    ['密码：hunter22x。', '密码：<cut>。'],
    ['パスワードはhunter22xです', 'パスワードは<cut>です'],
    ['비밀번호는 hunter22x', '비밀번호는 <cut>'],
    ['пароль — hunter22x', 'пароль — <cut>'],
    ['логин admin, пароль hunter22x', 'логин admin, пароль <cut>'],
    ['Het wachtwoord voor de proef is hunter22x.', 'Het wachtwoord voor de proef is <cut>.'],
    ['Пароль = "hunter22x"', 'Пароль = "<cut>"'],
    ['das Kennwort ist hunter22x, bitte', 'das Kennwort ist <cut>, bitte'],
    ['mot de passe: hunter22x.', 'mot de passe: <cut>.'],
    ['пароль: «hunter22x»', 'пароль: «<cut>»'],
    ['Passwort geändert zu hunter22x', 'Passwort geändert zu <cut>'],
    ['das Passwort wurde auf hunter22x gesetzt', 'das Passwort wurde auf <cut> gesetzt'],
    ['Kennwort ist jetzt hunter22x', 'Kennwort ist jetzt <cut>'],
    ['mot de passe changé en hunter22x', 'mot de passe changé en <cut>'],
    ['le mot de passe a été remplacé par hunter22x', 'le mot de passe a été remplacé par <cut>'],
    ['contraseña cambiada a hunter22x', 'contraseña cambiada a <cut>'],
    ['la contraseña se cambió por hunter22x', 'la contraseña se cambió por <cut>'],
    ['a senha foi alterada para hunter22x', 'a senha foi alterada para <cut>'],
    ['het wachtwoord is gewijzigd naar hunter22x', 'het wachtwoord is gewijzigd naar <cut>'],
    ['パスワードを「hunter22x」に変更しました', 'パスワードを「<cut>」に変更しました'],
    ['密码已更改为 hunter22x。', '密码已更改为 <cut>。'],
    ['le mot de passe du wifi est hunter22x', 'le mot de passe du wifi est <cut>'],
    ['la contraseña de la red es hunter22x', 'la contraseña de la red es <cut>'],
    ['mot de passe : cheval pile agrafe lampe', 'mot de passe : <cut>'],
    ['la contraseña es «caballo batería grapa farol».', 'la contraseña es «<cut>».'],
    ['wachtwoord: paard batterij nietje lamp', 'wachtwoord: <cut>'],
    ['密码改成hunter22x', '密码改成<cut>'],
    ['密码已重置为：hunter22x', '密码已重置为：<cut>'],
  ])('%s', (text, expected) => {
    expect(find(text)).toBe(expected);
  });
});

describe('stays', () => {
  test.each([
    'пароль required',
    'Sertifikat DER/Netscape-tersandi X.509v3',
    'пароль: обязателен',
    'пароль: required',
    'heslo: ****',
    'senha: abc12',
    'пароль-hunter22x',
    'token: hunter22x',
    'mot de passe : trois mots et plus encore',
    'contraseña: debe tener ocho caracteres',
    'wachtwoord: minimaal acht tekens',
    'le mot de passe du compte est obligatoire',
    'das Passwort wurde gestern geändert',
    'le mot de passe a été changé par le système',
    'la contraseña fue cambiada por el usuario',
    'a senha foi alterada para maior segurança',
    'パスワードを変更しました',
    '密码已更改，请重新登录',
  ])('%s', (text) => {
    expect(find(text)).toBe(text);
  });

  test.each(['password', 'name', 'insenhas'])('a field called %s is no foreign name', (name) => {
    expect(isForeignName(name)).toBe(false);
  });

  test.each(['Senha', 'user_senha', 'nova senha', 'adgangskode', 'ПАРОЛЬ'])(
    'a field called %s is one',
    (name) => {
      expect(isForeignName(name)).toBe(true);
    },
  );
});
