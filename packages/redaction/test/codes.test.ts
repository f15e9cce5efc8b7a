/** One-time codes in sentences: what they are for, or whose they are, makes them secret; other codes stay. */
import { describe, expect, test } from 'vitest';
import { CODE_WORDS, wordLength } from '../src/codes.ts';
import { createRedactor } from '../src/index.ts';

const redact = (value: unknown): unknown => createRedactor().redact(value).value;

describe('goes', () => {
  test.each([
    'Your code is [583920]',
    'Your code is: [583 920]',
    'Enter the code [583920] on the page',
    'Geben Sie den Code [583920] ein',
    'Saisissez le code [583920] sur la page',
    'Introduzca el código [583920] en la web',
    'Inserisci il codice [583920] nella pagina',
    'Insira o código [583920] no site',
    'Voer de code [583920] in',
    'Wpisz kod [583920] na stronie',
    'Acme login. Code: [583920]',
    'Confirm it is you, sign-in from Oslo. Code: [583 920]',
    'Your GitHub code is [583920]. It expires in 10 minutes.',
    'your sign-in code: **[583920]**',
    'Your one-time code for Acme is [G-583920]',
    'The access code is [5839].',
    'Sign-in code: [583-920]',
    'Enter the code [583920] to sign in',
    'Use [583920] to verify your account',
    'Use code "[583920]" to log in',
    '[583920] is the OTP for your payment',
    '[583920] ist dein Anmeldecode',
    '[583920] est votre code de connexion',
    '[583920] es tu código de acceso',
    'Votre code de confirmation est le [583920]',
    'Inserisci il codice [583920] per accedere',
    'Introduce el código [583920] para iniciar sesión',
    'Saisissez le code [583920] pour vous connecter',
    'Ihr Code lautet [583920]',
    'Ihr Bestätigungscode ist: [583920]',
    'Dein Einmalcode: [583920]',
    'Votre code est [583920]',
    "Votre code d'accès est [583920]",
    'Votre code de vérification est : [583920]',
    'code de sécurité : [583920]',
    'Tu código es [583920]',
    'Su código de verificación es [583920].',
    'Il tuo codice è [583920]',
    'codice di verifica: [583920]',
    'Seu código de verificação é [583920]',
    'Je code is [583920]',
    'Uw verificatiecode is [583920]',
    'Din kod är [583920]',
    'Doğrulama kodunuz: [583920]',
    'Twój kod to [583920]',
    '您的验证码是[583920]，5分钟内有效',
    '【某商城】验证码：[583920]',
    '[583920]为您的登录验证码',
    '認証コードは[583920]です',
    '確認コード「[583920]」',
    '인증번호는 [583920] 입니다',
    'Ваш код: [583920]',
    'код подтверждения — [583920]',
    'رمز التحقق: [583920]',
  ])('%s', (line) => {
    const text = line.replace(/[[\]]/g, '');
    const expected = line.replace(/\[.*\]/, '[REDACTED:keyed-secret]');
    expect(redact(text)).toBe(expected);
    expect(redact(`x\n${text}\ny`)).toBe(`x\n${expected}\ny`);
    expect(redact(JSON.stringify({ body: text }))).toBe(JSON.stringify({ body: expected }));
  });
});

describe('stays', () => {
  test.each([
    'error code is 404',
    'Code: 583920',
    'The order of the day. Code: 583920',
    'Login failed. Code: 583920',
    'Sign-in: see the help. Product code: 583920',
    'Geben Sie den Ländercode 0049 ein',
    'Entrez le code postal 75001',
    'le code 583920 est périmé',
    'the code 583920 of the article',
    'The error code is 40410',
    'zip code is 90210',
    'Your zip code is 90210',
    'Your postal code: 90210',
    'Your area code is 2125',
    'exit code is 1370',
    'Your error code is 50012, see the log',
    'Your discount code is 2026',
    'Your code is 5000 lines long',
    'your code: 1024 bytes',
    'status code: 4040',
    'the code is 2000',
    'code: 404, message: x',
    '{"code": 50012, "status_code": 40412}',
    'use code 2026 of the list',
    'Use 8080 to reach it',
    'closed with code 1006',
    'Fehlercode ist 50012',
    'Ihr Fehlercode lautet 50012',
    'votre code postal est 75001',
    'su código postal es 28001',
    'il tuo codice postale è 20121',
    'codice errore: 50012',
    'je vois que le code est 4042',
    '错误代码是50012',
    'エラーコードは50012です',
    '邮政编码：100000',
    '583920 is the order of your login page',
    '583920 ist dein Kundenkonto',
    '583920 est votre numéro de client',
    '5000 para iniciar a impressão',
    'imprime 5000 para verificar',
    'your code is 12:30:45',
    'your code is 1.2.3456',
    'your code is v2-4821',
    'security code review: 2026-11-27',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

test('the word for a code is told from what ties it', () => {
  expect(CODE_WORDS.map((text) => text.slice(0, wordLength(text))).toSorted()).toEqual(
    [
      ...'code code code code code code code code code code'.split(' '),
      ...'codice codigo c\x80digo kod kod kod kod kode kode'.split(' '),
      ...'den code|le code|de code|enter the code|enter code|enter this code'.split('|'),
    ].toSorted(),
  );
});
