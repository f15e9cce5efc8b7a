/** Group `pii`: personal data that is known by its shape, by a word beside it, or by its name. */
import type { Draft } from './cases.ts';
import { luhnDigit, NATIONAL_IDS } from './national-ids.ts';
import { Random } from './random.ts';

type Place = (
  value: string,
  random: Random,
) => { readonly value: unknown; readonly keep: readonly string[] };

/** Places that need no word: the shape is enough. */
const BARE: Readonly<Record<string, Place>> = {
  prose: (value, r) => {
    const words = r.words(3);
    return {
      value: `The ${words} can be reached at ${value} on weekdays.`,
      keep: [words, 'on weekdays'],
    };
  },
  'sentence end': (value, r) => {
    const words = r.words(3);
    return { value: `Please write to ${value}. The ${words} is done.`, keep: [words] };
  },
  field: (value, r) => {
    const word = r.word();
    return { value: { result: [{ id: 7, info: value, note: word }] }, keep: [word] };
  },
  'JSON text': (value, r) => {
    const word = r.word();
    return {
      value: { content: [{ type: 'text', text: JSON.stringify({ info: value, note: word }) }] },
      keep: [word],
    };
  },
  CSV: (value, r) => {
    const word = r.word();
    return { value: `id,name,info,total\n1,${word},${value},30\n2,x,,5\n`, keep: [word, ',30'] };
  },
  list: (value, r) => {
    const word = r.word();
    return { value: [word, value, 'last'], keep: [word, 'last'] };
  },
  log: (value, r) => {
    const time = r.time();
    return { value: `${time} INFO mailer sent to=${value} status=ok`, keep: [time, 'status=ok'] };
  },
  CJK: (value) => ({ value: `连络方式是${value}，谢谢`, keep: ['谢谢'] }),
};

/** Places with a word that says what the value is. */
function withWord(
  value: string,
  word: string,
  r: Random,
): { kind: string; value: unknown; keep: readonly string[] } {
  const other = r.words(2);
  return r.pick([
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'colon',
      value: `${word}: ${value}\nnote: ${other}`,
      keep: [other],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'prose',
      value: `For ${other} the ${word} is ${value}, thank you.`,
      keep: [other, 'thank you'],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'sentence',
      value: `${word} ${value}. ${other} follows.`,
      keep: [other],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'table',
      value: `| ${word} | ${value} |\n| note | ${other} |`,
      keep: [other],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'parentheses',
      value: `${other} (${word} ${value})`,
      keep: [other],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'field',
      value: { [word]: value, note: other },
      keep: [other],
    }),
    (): { kind: string; value: unknown; keep: readonly string[] } => ({
      kind: 'JSON text',
      value: JSON.stringify({ label: word, value, note: other }),
      keep: [other],
    }),
  ])();
}

function email(r: Random): string {
  const [first, last] = [r.first().toLowerCase(), r.last().toLowerCase()];
  const local = r.pick([
    `${first}.${last}`,
    `${first}${r.fill('{n2}')}`,
    `${first}_${last}`,
    `${first}+news`,
    `${first.slice(0, 1)}${last}`,
    `${first}-${last}.${r.fill('{d2}')}`,
  ]);
  return `${local}@${r.pick(['mail', 'post', 'office', 'univ-paris'])}${r.fill('{n2}')}.example.${r.pick(['com', 'org', 'co.uk', 'de', 'io'])}`;
}

export function phone(r: Random): string {
  return r.fill(
    r.pick([
      '+1 {415|212|312}-555-01{d2}',
      '+1 ({415|212|312}) 555-01{d2}',
      '+1{415|212|312}55501{d2}',
      '({415|212|312}) 555-01{d2}',
      '+44 20 7946 0{d3}',
      '+44 7700 900{d3}',
      '+49 30 {n1}{d6}',
      '+49 (0)171 {n1}{d6}',
      '+33 6 {n1}{d1} {d2} {d2} {d2}',
      '+81 90-{n1}{d3}-{d4}',
      '+91 98{d3} {d5}',
      '+55 11 9{d4}-{d4}',
      '+34 612 {d3} {d3}',
      '+39 347 {d3} {d4}',
      '+86 138 {d4} {d4}',
      '+61 412 {d3} {d3}',
      '+46 70-{d3} {d2} {d2}',
      '+972-54-{d3}-{d4}',
      '+41 79 {d3} {d2} {d2}',
      '0049 30 {n1}{d6}',
    ]),
  );
}

export function card(r: Random): string {
  const [lead, length] = r.pick([
    ['4', 16],
    ['51', 16],
    ['55', 16],
    ['2221', 16],
    ['34', 15],
    ['37', 15],
    ['6011', 16],
    ['3528', 16],
    ['303', 14],
  ] as const);
  const body = lead + r.chars('0123456789', length - lead.length - 1);
  const number = body + luhnDigit(body);
  if (length !== 16)
    return length === 15
      ? number.replace(/(\d{4})(\d{6})(\d{5})/, r.pick(['$1 $2 $3', '$1$2$3']))
      : number;
  return number.replace(
    /(\d{4})(\d{4})(\d{4})(\d{4})/,
    r.pick(['$1 $2 $3 $4', '$1-$2-$3-$4', '$1$2$3$4']),
  );
}

const IBANS: readonly string[] = [
  'DE{d18}',
  'FR{d10}{U11}{d2}',
  'GB{A4}{d14}',
  'NL{A4}{d10}',
  'ES{d20}',
  'IT{A1}{d10}{U12}',
  'CH{d5}{U12}',
  'AT{d16}',
  'BE{d12}',
  'PL{d24}',
  'SE{d20}',
  'NO{d11}',
  'DK{d14}',
  'FI{d14}',
  'PT{d21}',
  'IE{A4}{d14}',
  'LU{d3}{U13}',
  'CZ{d20}',
  'TR{d5}0{U16}',
  'AE{d19}',
  'SA{d2}{U18}',
  'BR{d23}{A1}{U1}',
];

export function iban(r: Random): string {
  const filled = r.fill(r.pick(IBANS));
  const [country, rest] = [filled.slice(0, 2), filled.slice(2)];
  const digits = Array.from(`${rest}${country}00`, (c) =>
    /\d/.test(c) ? c : String(c.charCodeAt(0) - 55),
  ).join('');
  const check = String(98n - (BigInt(digits) % 97n)).padStart(2, '0');
  const whole = `${country}${check}${rest}`;
  return r.chance(0.5) ? whole : (whole.match(/.{1,4}/g) ?? []).join(' ');
}

/** Personal data that only its name gives away. */
const KEYED: readonly (readonly [names: readonly string[], make: (random: Random) => string])[] = [
  [
    ['ssn', 'socialSecurityNumber', 'social_security_number', 'SSN'],
    (r): string => r.fill('{n3}{n2}{d4}'),
  ],
  [
    ['dateOfBirth', 'date_of_birth', 'dob', 'birthDate', 'birthday'],
    (r): string => `19${r.between(50, 99)}-${r.fill('0{n1}-1{d1}')}`,
  ],
  [
    ['phone', 'phoneNumber', 'phone_number', 'mobile', 'mobilePhone', 'telephone', 'cellPhone'],
    (r): string => r.fill('0{n3}{d7}'),
  ],
  [['email', 'emailAddress', 'e_mail', 'contactEmail', 'user_email'], email],
  [
    ['passportNumber', 'passport_number', 'passportNo', 'passport'],
    (r): string => r.fill('{A1}{n1}{d7}'),
  ],
  [
    ['driversLicense', 'driver_license_number', 'drivingLicenceNumber', 'driverLicense'],
    (r): string => r.fill('{A1}{n1}{d11}'),
  ],
  [
    ['taxId', 'tax_id', 'tin', 'taxNumber', 'vatIdPersonal'].slice(0, 4),
    (r): string => r.fill('{n1}{d10}'),
  ],
  [
    ['nationalId', 'national_id', 'nationalIdNumber', 'identityNumber', 'idCardNumber'],
    (r): string => r.fill('{n1}{d9}{A1}'),
  ],
  [['creditCard', 'credit_card_number', 'cardNumber', 'card_number', 'ccNumber'], card],
  [
    ['bankAccount', 'bank_account_number', 'accountNumber', 'bankAccountNumber'],
    (r): string => r.fill('{n1}{d9}'),
  ],
  [['iban', 'IBAN', 'ibanNumber'], iban],
  [
    ['homeAddress', 'home_address', 'streetAddress', 'street_address', 'postalAddress'],
    (r): string => `${r.between(10, 999)} ${r.last()} Street, Apt ${r.between(10, 99)}`,
  ],
  [
    ['medicalRecordNumber', 'medical_record_number', 'mrn', 'patientId'].slice(0, 3),
    (r): string => r.fill('{n1}{d8}'),
  ],
  [
    ['healthInsuranceNumber', 'insurance_number', 'medicareNumber'],
    (r): string => r.fill('{A1}{n1}{d8}'),
  ],
];

export function pii(seed: number): Draft[] {
  const drafts: Draft[] = [];
  const shapes: readonly (readonly [string, (random: Random) => string])[] = [
    ['e-mail', email],
    ['phone', phone],
    ['card', card],
    ['IBAN', iban],
  ];
  for (const [shape, make] of shapes) {
    const random = new Random(seed, `pii/${shape}`);
    for (const [place, build] of Object.entries(BARE)) {
      // Digits alone say nothing: a card or a national phone number without any word is for the next loop.
      if (shape !== 'e-mail' && place === 'log') continue;
      for (let i = 0; i < 2; i++) {
        let value = make(random);
        while (shape === 'card' && /^\d+$/.test(value)) value = make(random);
        while (shape === 'phone' && !value.startsWith('+')) value = make(random);
        const built = build(value, random);
        drafts.push({ kind: `${shape} in ${place}`, ...built, secrets: [value] });
      }
    }
    const words =
      {
        'e-mail': ['e-mail', 'Email', 'mail'],
        phone: ['phone', 'Tel', 'mobile', 'call'],
        card: ['card number', 'credit card', 'Visa', 'cc'],
        IBAN: ['IBAN', 'bank account', 'account'],
      }[shape] ?? [];
    for (let i = 0; i < 14; i++) {
      const value = make(random);
      const { kind, ...built } = withWord(value, random.pick(words), random);
      drafts.push({ kind: `${shape} with a word, ${kind}`, ...built, secrets: [value] });
    }
  }
  const mail = new Random(seed, 'pii/mail forms');
  for (let i = 0; i < 3; i++) {
    const value = email(mail);
    const name = `${mail.first()} ${mail.last()}`;
    drafts.push({
      kind: 'e-mail in angles',
      value: `From: ${name} <${value}>\nSubject: hello`,
      secrets: [value],
      keep: ['Subject: hello'],
    });
    drafts.push({
      kind: 'e-mail in mailto',
      value: `<a href="mailto:${value}?subject=hi">write</a>`,
      secrets: [value],
      keep: ['>write</a>'],
    });
    drafts.push({
      kind: 'e-mail in a query',
      value: `https://${mail.host()}/u?email=${encodeURIComponent(value)}&tab=1`,
      secrets: [value, encodeURIComponent(value)],
      keep: ['tab=1'],
    });
    drafts.push({
      kind: 'e-mail in a git log',
      value: `commit ${mail.fill('{x40}')}\nAuthor: ${name} <${value}>\n\n    ${mail.words(3)}\n`,
      secrets: [value],
      keep: ['commit'],
    });
    drafts.push({
      kind: 'e-mail as key',
      value: { members: { [value]: { role: 'editor' } } },
      secrets: [value],
      keep: ['editor'],
    });
    drafts.push({
      kind: 'e-mail list',
      value: `to: ${value}; ${email(mail)}, other`,
      secrets: [value],
      keep: ['other'],
    });
    const number = phone(mail).replace(/[^+\d]/g, '');
    const tel = number.startsWith('+') ? number : `+1${number}`;
    drafts.push({
      kind: 'phone in tel:',
      value: `<a href="tel:${tel}">call</a>`,
      secrets: [tel],
      keep: ['>call</a>'],
    });
  }
  for (const { id, names, make } of NATIONAL_IDS) {
    const random = new Random(seed, `pii/${id}`);
    for (let i = 0; i < 4; i++) {
      const value = make(random);
      const { kind, ...built } = withWord(value, names[i % names.length] ?? id, random);
      drafts.push({ kind: `${id}, ${kind}`, ...built, secrets: [value] });
    }
  }
  const random = new Random(seed, 'pii/keyed');
  for (const [names, make] of KEYED) {
    for (const name of names) {
      const value = make(random);
      const word = random.words(2);
      drafts.push({
        kind: `key ${name}`,
        value: { user: { note: word, [name]: value } },
        secrets: [value],
        keep: [word],
      });
    }
    const [value, name] = [make(random), random.pick(names)];
    drafts.push({
      kind: `key ${name} in text`,
      value: { text: JSON.stringify({ [name]: value, region: 'eu' }) },
      secrets: [value],
      keep: ['eu'],
    });
  }
  return drafts;
}
