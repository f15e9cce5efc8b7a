/** Phone numbers in national notation, and the values of personal names in text. */
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../src/index.ts';

const redactor = createRedactor();
const left = (value: unknown): unknown => redactor.redact(value).value;

describe('a phone number', () => {
  test.each([
    'phone: 07400 143770, before noon',
    'Tel. 0171/3224163',
    'Telefon: 030 1234 5678',
    'téléphone : 06 12 34 56 78',
    'mobile number is 13851138596',
    'call me at 415.867.0984',
    'reach us on (212) 555 0147',
    'phones: 8 (916) 782-09-15',
    'phoneNumber: 0301234567',
    '<td>Phone</td><td>0171 2345678</td>',
    '| Mobile (work) | 0412 345 678 |',
    '电话：010-12345678',
    'телефон 8 903 123 45 67',
    'he is under 07700 900123 all day',
    'write to (11) 97012-1936 or 090-8257-2846',
    'joindre au 06.12.34.56.78',
    'dial 0044 20 7285 1320',
    '| Dept | Phone |\n|---|---|\n| Sales | 030 7412720 |',
    'name,phone,plan\nx,030 7412720,a\n',
  ])('goes: %s', (text) => {
    expect(left(text)).not.toMatch(/\d{3}[-. ]?\d\d/);
  });

  test.each([
    'phone verified 2025-03-04 10:11',
    'phones sold: 12, 48, 96',
    'call stack 0 12345678',
    'call 1234567 times',
    'mobile: 375 x 667',
    'phone_verified_at: 1741081234567',
    'cell 12.5 of 20250304',
    'telephony 100200300400',
    'tel=1741081234',
    '06 12 34 56 78 9a bc',
    'Winning numbers: 04 11 23 31 42',
    '00 06 12 34 56 78 90',
    '0046 0066 0069',
    'bytes 0100 0200 0300',
    'fax: 192.168.100.200',
    'contact 100200300',
    'reach 100000000 users',
  ])('is none, and stays: %s', (text) => {
    expect(left(text)).toBe(text);
  });
});

describe('the value of a personal name', () => {
  test.each([
    ['Patient name: Noor Okonkwo\nWard: 4B', 'Patient name: [REDACTED:keyed-name]\nWard: 4B'],
    ['first_name: Ada\nplan: x', 'first_name: [REDACTED:keyed-person]\nplan: x'],
    ['lastName="Vos" id=7', 'lastName="[REDACTED:keyed-person]" id=7'],
    ['Vor- und Nachname: Uwe Vos\nx', 'Vor- und Nachname: [REDACTED:keyed-person]\nx'],
    [
      '<p><firstName>Ada</firstName><lastName>Vos</lastName></p>',
      '<p><firstName>[REDACTED:keyed-person]</firstName><lastName>[REDACTED:keyed-person]</lastName></p>',
    ],
    ['<dateOfBirth>1985-03-12</dateOfBirth>', '<dateOfBirth>[REDACTED:keyed-birth]</dateOfBirth>'],
    [
      "INSERT INTO p (id, last_name) VALUES (7, 'Vos');",
      "INSERT INTO p (id, last_name) VALUES (7, '[REDACTED:keyed-person]');",
    ],
    ['surname=Vos&tab=1', 'surname=[REDACTED:keyed-person]&tab=1'],
    ['- Full name: **Ada Vos**', '- Full name: **[REDACTED:keyed-name]**'],
    ['Address: 12 Oak Ave, Troy\nnext', 'Address: [REDACTED:keyed-address]\nnext'],
    [
      'id,first_name,zip\n1,Ada,10117\n2,Bo,22',
      'id,first_name,zip\n1,[REDACTED:keyed-person],10117\n2,[REDACTED:keyed-person],22',
    ],
    [
      '| First name | City |\n|---|---|\n| Ada | Bonn |',
      '| First name | City |\n|---|---|\n| [REDACTED:keyed-person] | Bonn |',
    ],
  ])('goes from a text: %s', (text, expected) => {
    expect(left(text)).toBe(expected);
  });

  test.each([
    'firstName: string;\nlastName: string',
    'const firstName = user.firstName;',
    'class User { String firstName; }',
    'firstName: FormControl,',
    'surname: TextField(blank=True)',
    'file name: Read Me',
    'Host name: Web Server',
    'User name: Ada',
    'lastName: "Last Name"',
    '<label>First name: <input></label>',
    'IP address: 10.0.0.1',
    'first_name,last_name\n',
  ])('is none in code, forms and labels: %s', (text) => {
    expect(left(text)).toBe(text);
  });

  test.each([
    ['vorname', 'Uwe'],
    ['fecha_nacimiento', '1984-02-17'],
    ['nomDeFamille', 'Papadakis'],
    ['Straße', 'Lindenallee 78'],
    ['teléfono', '915 123 456'],
    ['address', '12 Oak Ave, Troy'],
    ['indirizzo', 'Via Roma 12'],
    ['姓名', '王小明'],
    ['電話番号', '03-8723-1710'],
    ['emergencyContact', 'Ada Vos'],
    ['customer.routing_number', '021000021'],
    ['密码', '48291734'],
    ['billingPhone', '030 7412720'],
    ['contact_surname', 'Vos'],
  ])('goes under %s', (name, value) => {
    expect(left({ [name]: value })).toEqual({ [name]: expect.stringMatching(/^\[REDACTED:keyed/) });
  });

  test.each([
    ['address', '0x7ffe12 12'],
    ['address', 'localhost:8080'],
    ['address', '10.0.0.1'],
    ['address', 'A1:B20'],
    ['street', 'Lindenallee'],
    ['firstName', 'First name'],
    ['portable', 'yes'],
    ['trackingCode', '1Z999AA10123456784'],
    ['errorCode', 'E2024x81aQ7Lp0Zk3'],
  ])('stays under %s: %s', (name, value) => {
    expect(left({ [name]: value })).toEqual({ [name]: value });
  });
});

describe('what has a shape or a word of its own', () => {
  test.each([
    ['{"tipo":"CPF","numero":"136.126.456-64"}', '136.126.456-64'],
    ['né le 12/03/1985 à Lyon', '12/03/1985'],
    ['nacido el 12/03/1985', '12/03/1985'],
    ['iban: gb82west12345698765432', 'gb82west'],
    ['Please use account number 36261899', '36261899'],
    ["Driver's license: D4694052", '4694052'],
    ['info.x@bücher.example wrote', 'bücher'],
    ['cc 5454.5454.5454.5454', '5454.5454'],
  ])('goes: %s', (text, secret) => {
    expect(left(text)).not.toContain(secret);
  });

  test('numbers of a list go where the name of the list says what they are', () => {
    expect(
      left({ phoneNumbers: [{ type: 'home', number: '212 555-0164' }, '030 7412720'] }),
    ).toEqual({
      phoneNumbers: [{ type: 'home', number: '[REDACTED:keyed-phone]' }, '[REDACTED:keyed-phone]'],
    });
  });
});

describe('names of secrets, and what only looks like one', () => {
  test.each([
    [{ GITHUB_PAT: 'xi3lAPe9qcGSI6Fwvuvj4p' }],
    [{ app_role_secret_id: 'xi3lAPe9qcGSI6Fwvuvj4p' }],
    [{ VAULT_DEV_ROOT_TOKEN_ID: 'xi3lAPe9qcGSI6Fwvuvj4p' }],
    [{ secrets: { prod: { db: 'xi3lAPe9qcGSI6Fwvuvj4p' } } }],
    ['{"root_pw":"xi3lAPe9qcGSI6Fwvuvj4p"}'],
    ['GITHUB_PAT=xi3lAPe9qcGSI6Fwvuvj4p'],
    ['APIキー: xi3lAPe9qcGSI6Fwvuvj4p'],
  ])('goes: %j', (value) => {
    expect(JSON.stringify(left(value))).not.toContain('I6Fwvuvj');
  });

  test.each([
    [{ token: ' is', logprob: -0.31 }],
    [
      {
        token_cache_hits: 48_211,
        password_resets_24h: 3,
        api_keys_active: 17,
        password_history: 24,
      },
    ],
    ['mock.onPost("/login").reply(200, { token: "fake-token" });'],
    [{ token: 'Ġhello', token_id: 31_373 }],
    [
      {
        password: 'Mot de passe',
        confirm_password: 'Confirmer le mot de passe',
        api_key: "Clé d'API",
      },
    ],
    [{ flags: { 'token-refresh-v2': 'control', 'api-key-ui': { variant: 'b' } } }],
    [{ 'auth.token_expired': 'Das Token ist abgelaufen' }],
    [{ Resource: 'arn:aws:secretsmanager:*:*:secret:app/*' }],
    ['--token-color-keyword: #d73a49;'],
    ['refreshToken(token: String!): AuthPayload!'],
    ['github.com/golang-jwt/jwt/v5 v5.2.1 h1:OuVbFODueb089Lh128TAcimifWaLhJwVflnrgM17wHk='],
  ])('stays: %j', (value) => {
    expect(left(value)).toEqual(value);
  });
});
