/**
 * National identity and tax numbers, made up with valid check digits. `names`: words that stand beside them, the native
 * one first. Sources: the issuing authority's published format of each.
 */
import type { Random } from './random.ts';

/** One kind of number. */
export interface NationalId {
  readonly id: string;
  readonly names: readonly string[];
  readonly make: (random: Random) => string;
}

const digitsOf = (text: string): number[] => Array.from(text.replace(/\D/g, ''), Number);

/** Sum of digits times weights. */
function weighted(text: string, weights: readonly number[]): number {
  return digitsOf(text).reduce((sum, digit, i) => sum + digit * (weights[i] ?? 0), 0);
}

/** The digit that makes `text` plus it pass Luhn. */
export function luhnDigit(text: string): string {
  const sum = digitsOf(text)
    .toReversed()
    .reduce((total, digit, i) => {
      const value = i % 2 === 0 ? digit * 2 : digit;
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return String((10 - (sum % 10)) % 10);
}

/** Draws until `complete` gives a value: some bodies have no valid check digit. */
function draw(
  random: Random,
  template: string,
  complete: (body: string) => string | undefined,
): string {
  for (;;) {
    const value = complete(random.fill(template));
    if (value !== undefined) return value;
  }
}

/** ISO 7064 MOD 11,10, as the German tax number has it. */
function mod11and10(text: string): string {
  let product = 10;
  for (const digit of digitsOf(text)) {
    const sum = (digit + product) % 10 || 10;
    product = (sum * 2) % 11;
  }
  return String((11 - product) % 10);
}

const VERHOEFF_D = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const VERHOEFF_P = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];
const VERHOEFF_INVERSE = '0432156789';

function verhoeffDigit(text: string): string {
  let check = 0;
  digitsOf(text)
    .toReversed()
    .forEach((digit, i) => {
      const permuted = Number(VERHOEFF_P[(i + 1) % 8]?.[digit]);
      check = Number(VERHOEFF_D[check]?.[permuted]);
    });
  return VERHOEFF_INVERSE[check] ?? '';
}

/** Day, month and year of birth of a grown-up. */
function birth(random: Random): {
  readonly day: string;
  readonly month: string;
  readonly year: string;
} {
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    day: two(random.between(1, 28)),
    month: two(random.between(1, 12)),
    year: String(random.between(1950, 1999)),
  };
}

/** Codice fiscale: values of characters in odd places. */
const ITALIAN_ODD: Readonly<Record<string, number>> = Object.fromEntries(
  [
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
  ].flatMap((value, i): [string, number][] => {
    const letter: [string, number] = [String.fromCharCode(65 + i), value];
    return i < 10 ? [letter, [String(i), value]] : [letter];
  }),
);

function italianCheck(text: string): string {
  const sum = Array.from(text).reduce((total, character, i) => {
    if (i % 2 === 0) return total + (ITALIAN_ODD[character] ?? 0);
    return total + (/\d/.test(character) ? Number(character) : character.charCodeAt(0) - 65);
  }, 0);
  return String.fromCharCode(65 + (sum % 26));
}

const group = (text: string, pattern: RegExp, replacement: string): string =>
  text.replace(pattern, replacement);

export const NATIONAL_IDS: readonly NationalId[] = [
  {
    id: 'us-ssn',
    names: ['SSN', 'Social Security Number', 'social security no.'],
    make: (r): string =>
      `${r.pick(['123', '219', '378', '421', '509', '612', '740'])}-${r.pick(['12', '34', '45', '67', '89'])}-${r.fill('{n2}{d2}')}`,
  },
  {
    id: 'us-itin',
    names: ['ITIN', 'taxpayer identification number'],
    make: (r): string =>
      `9${r.fill('{d2}')}-${r.pick(['70', '74', '82', '90', '95'])}-${r.fill('{d4}')}`,
  },
  {
    id: 'uk-nino',
    names: ['National Insurance number', 'NINO', 'NI number'],
    make: (r): string =>
      r.fill('{AB|CE|JK|LM|PR|SW|TX}') +
      r.fill(r.pick([' {d2} {d2} {d2} ', '{d6}'])) +
      r.pick(['A', 'B', 'C', 'D']),
  },
  {
    id: 'uk-nhs',
    names: ['NHS number', 'NHS no'],
    make: (r): string =>
      draw(r, '{n1}{d8}', (body) => {
        const check = (11 - (weighted(body, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
        return check === 10 ? undefined : group(body + check, /(\d{3})(\d{3})(\d{4})/, '$1 $2 $3');
      }),
  },
  {
    id: 'ca-sin',
    names: ['Social Insurance Number', 'SIN'],
    make: (r): string => {
      const body = r.pick(['1', '2', '4', '5', '6', '7']) + r.fill('{d7}');
      return group(
        body + luhnDigit(body),
        /(\d{3})(\d{3})(\d{3})/,
        r.pick(['$1 $2 $3', '$1-$2-$3']),
      );
    },
  },
  {
    id: 'au-tfn',
    names: ['Tax File Number', 'TFN'],
    make: (r): string =>
      draw(r, '{n1}{d8}', (body) =>
        weighted(body, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0
          ? group(body, /(\d{3})(\d{3})(\d{3})/, '$1 $2 $3')
          : undefined,
      ),
  },
  {
    id: 'au-medicare',
    names: ['Medicare number', 'Medicare card'],
    make: (r): string => {
      const body = r.pick(['2', '3', '4', '5', '6']) + r.fill('{d7}');
      const check = weighted(body, [1, 3, 7, 9, 1, 3, 7, 9]) % 10;
      return group(`${body}${check}1`, /(\d{4})(\d{5})(\d)/, '$1 $2 $3');
    },
  },
  {
    id: 'de-steuer-id',
    names: [
      'Steuer-ID',
      'Steueridentifikationsnummer',
      'Steuerliche Identifikationsnummer',
      'tax ID',
    ],
    make: (r): string => {
      // Ten digits in which exactly one occurs twice.
      const pool = '1234567890'.split('');
      for (let i = 9; i > 0; i--) {
        const j = r.int(i + 1);
        [pool[i], pool[j]] = [pool[j] ?? '', pool[i] ?? ''];
      }
      pool[9] = pool[r.int(3)] ?? '';
      if (pool[0] === '0') [pool[0], pool[5]] = [pool[5] ?? '', '0'];
      const body = pool.join('');
      return body + mod11and10(body);
    },
  },
  {
    id: 'fr-nir',
    names: ['numéro de sécurité sociale', 'NIR', 'n° de sécurité sociale'],
    make: (r): string => {
      const { month, year } = birth(r);
      const body = `${r.pick(['1', '2'])}${year.slice(2)}${month}${r.pick(['13', '33', '59', '69', '75', '92'])}${r.fill('{n1}{d2}')}${r.fill('{n1}{d2}')}`;
      const key = String(97 - Number(BigInt(body) % 97n)).padStart(2, '0');
      return group(
        body + key,
        /(\d)(\d\d)(\d\d)(\d\d)(\d{3})(\d{3})(\d\d)/,
        r.pick(['$1 $2 $3 $4 $5 $6 $7', '$1$2$3$4$5$6$7']),
      );
    },
  },
  {
    id: 'es-dni',
    names: ['DNI', 'NIF'],
    make: (r): string => {
      const body = r.fill('{n1}{d7}');
      return `${body}${r.pick(['', '-'])}${'TRWAGMYFPDXBNJZSQVHLCKE'[Number(body) % 23]}`;
    },
  },
  {
    id: 'es-nie',
    names: ['NIE', 'número de identidad de extranjero'],
    make: (r): string => {
      const lead = r.int(3);
      const body = r.fill('{d7}');
      return `${'XYZ'[lead]}${body}${'TRWAGMYFPDXBNJZSQVHLCKE'[Number(`${lead}${body}`) % 23]}`;
    },
  },
  {
    id: 'it-codice-fiscale',
    names: ['codice fiscale', 'CF'],
    make: (r): string => {
      const consonants = 'BCDFGLMNPRSTV';
      const body = `${r.chars(consonants, 6)}${birth(r).year.slice(2)}${r.pick(['A', 'B', 'C', 'D', 'E', 'H', 'L', 'M', 'P', 'R', 'S', 'T'])}${birth(r).day}${r.pick(['H501', 'F205', 'L219', 'D612'])}`;
      return body + italianCheck(body);
    },
  },
  {
    id: 'br-cpf',
    names: ['CPF', 'CPF nº'],
    make: (r): string => {
      const digit = (text: string): number => {
        const weights = Array.from({ length: text.length }, (_, i) => text.length + 1 - i);
        const rest = (weighted(text, weights) * 10) % 11;
        return rest === 10 ? 0 : rest;
      };
      const body = r.fill('{n1}{d8}');
      const first = body + digit(body);
      return group(
        first + digit(first),
        /(\d{3})(\d{3})(\d{3})(\d\d)/,
        r.pick(['$1.$2.$3-$4', '$1$2$3$4']),
      );
    },
  },
  {
    id: 'nl-bsn',
    names: ['BSN', 'burgerservicenummer'],
    make: (r): string =>
      draw(r, '{n1}{d8}', (body) =>
        weighted(body, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 ? body : undefined,
      ),
  },
  {
    id: 'be-nrn',
    names: ['Rijksregisternummer', 'numéro national', 'national register number'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${year.slice(2)}${month}${day}${r.fill('{n1}{d2}')}`;
      const check = String(97 - (Number(body) % 97)).padStart(2, '0');
      return group(
        body + check,
        /(\d\d)(\d\d)(\d\d)(\d{3})(\d\d)/,
        r.pick(['$1.$2.$3-$4.$5', '$1$2$3$4$5']),
      );
    },
  },
  {
    id: 'pl-pesel',
    names: ['PESEL', 'numer PESEL'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${year.slice(2)}${month}${day}${r.fill('{d4}')}`;
      return body + ((10 - (weighted(body, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10);
    },
  },
  {
    id: 'se-personnummer',
    names: ['personnummer', 'Swedish personal number'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${year.slice(2)}${month}${day}${r.fill('{n1}{d2}')}`;
      const full = `${r.pick(['', year.slice(0, 2)])}${body}${luhnDigit(body)}`;
      return `${full.slice(0, -4)}-${full.slice(-4)}`;
    },
  },
  {
    id: 'no-fodselsnummer',
    names: ['fødselsnummer', 'personnummer'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      return draw(r, `${day}${month}${year.slice(2)}{d3}`, (body) => {
        const first = (11 - (weighted(body, [3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11)) % 11;
        const second =
          (11 - (weighted(`${body}${first}`, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11;
        return first === 10 || second === 10 ? undefined : `${body}${first}${second}`;
      });
    },
  },
  {
    id: 'dk-cpr',
    names: ['CPR-nummer', 'CPR', 'personnummer'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      return `${day}${month}${year.slice(2)}-${r.fill('{n1}{d3}')}`;
    },
  },
  {
    id: 'fi-hetu',
    names: ['henkilötunnus', 'HETU', 'Finnish personal identity code'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const number = r.fill('{n1}{d2}');
      const check = '0123456789ABCDEFHJKLMNPRSTUVWXY'[
        Number(`${day}${month}${year.slice(2)}${number}`) % 31
      ];
      return `${day}${month}${year.slice(2)}-${number}${check}`;
    },
  },
  {
    id: 'in-aadhaar',
    names: ['Aadhaar', 'Aadhaar number', 'UIDAI'],
    make: (r): string => {
      const body = r.pick(['2', '3', '4', '5', '6', '7', '8', '9']) + r.fill('{d10}');
      return group(
        body + verhoeffDigit(body),
        /(\d{4})(\d{4})(\d{4})/,
        r.pick(['$1 $2 $3', '$1$2$3']),
      );
    },
  },
  {
    id: 'in-pan',
    names: ['PAN', 'PAN card', 'permanent account number'],
    make: (r): string => r.fill('{A3}P{A1}{d4}{A1}'),
  },
  {
    id: 'cn-ric',
    names: ['身份证号', '身份证', 'Chinese ID number'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${r.pick(['110101', '310104', '440305', '510107'])}${year}${month}${day}${r.fill('{d3}')}`;
      return (
        body +
        '10X98765432'[weighted(body, [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11]
      );
    },
  },
  {
    id: 'kr-rrn',
    names: ['주민등록번호', 'resident registration number'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${year.slice(2)}${month}${day}${r.pick(['1', '2'])}${r.fill('{d5}')}`;
      const check = (11 - (weighted(body, [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11)) % 10;
      return `${body.slice(0, 6)}-${body.slice(6)}${check}`;
    },
  },
  {
    id: 'jp-my-number',
    names: ['マイナンバー', '個人番号', 'My Number'],
    make: (r): string => {
      const body = r.fill('{n1}{d10}');
      const rest = weighted(body, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
      return group(
        `${body}${rest <= 1 ? 0 : 11 - rest}`,
        /(\d{4})(\d{4})(\d{4})/,
        r.pick(['$1 $2 $3', '$1$2$3']),
      );
    },
  },
  {
    id: 'sg-nric',
    names: ['NRIC', 'FIN'],
    make: (r): string => {
      const body = r.fill('{d7}');
      return `S${body}${'JZIHGFEDCBA'[weighted(body, [2, 7, 6, 5, 4, 3, 2]) % 11]}`;
    },
  },
  {
    id: 'za-id',
    names: ['South African ID number', 'SA ID', 'RSA ID'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${year.slice(2)}${month}${day}${r.fill('{d4}')}08`;
      return body + luhnDigit(body);
    },
  },
  {
    id: 'mx-curp',
    names: ['CURP', 'clave CURP'],
    make: (r): string => {
      const { day, month, year } = birth(r);
      const body = `${r.fill('{A1}')}${r.pick(['A', 'E', 'I', 'O'])}${r.fill('{A2}')}${year.slice(2)}${month}${day}${r.pick(['H', 'M'])}${r.pick(['DF', 'JC', 'NL', 'PL'])}${r.chars('BCDFGLMNPRSTV', 3)}0`;
      const alphabet = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ';
      const sum = Array.from(body).reduce(
        (total, character, i) => total + alphabet.indexOf(character) * (18 - i),
        0,
      );
      return body + ((10 - (sum % 10)) % 10);
    },
  },
  {
    id: 'tr-tckn',
    names: ['TC kimlik no', 'T.C. Kimlik', 'TCKN'],
    make: (r): string => {
      const body = r.fill('{n1}{d8}');
      const digits = digitsOf(body);
      const odd = [0, 2, 4, 6, 8].reduce((sum, i) => sum + (digits[i] ?? 0), 0);
      const even = [1, 3, 5, 7].reduce((sum, i) => sum + (digits[i] ?? 0), 0);
      const tenth = (((odd * 7 - even) % 10) + 10) % 10;
      return `${body}${tenth}${(odd + even + tenth) % 10}`;
    },
  },
  {
    id: 'ch-ahv',
    names: ['AHV-Nummer', 'numéro AVS', 'AHV'],
    make: (r): string => {
      const body = `756${r.fill('{d9}')}`;
      const check = (10 - (weighted(body, [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]) % 10)) % 10;
      return group(`${body}${check}`, /(\d{3})(\d{4})(\d{4})(\d\d)/, '$1.$2.$3.$4');
    },
  },
];
