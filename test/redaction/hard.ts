/** Group `hard`: secrets encoded, split, echoed, in positional rows, or named in another language. */
import type { Draft, Secret, Step } from './cases.ts';
import { FAMILIES } from './families/index.ts';
import { Random } from './random.ts';

/** Encodings of a text. The encoded text is a secret too. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 twice': (text) => Buffer.from(Buffer.from(text).toString('base64')).toString('base64'),
  hex: (text) => Buffer.from(text).toString('hex'),
  'percent, every byte': (text) => Buffer.from(text).toString('hex').replace(/../g, '%$&'),
  'percent twice': (text) => encodeURIComponent(encodeURIComponent(text)),
  'unicode escapes': (text) =>
    Array.from(text, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'hex escapes': (text) =>
    Array.from(text, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join(''),
  'HTML entities': (text) => Array.from(text, (c) => `&#${c.charCodeAt(0)};`).join(''),
  'HTML hex entities': (text) =>
    Array.from(text, (c) => `&#x${c.charCodeAt(0).toString(16)};`).join(''),
  'quoted-printable': (text) => text.replace(/=/g, '=3D').replace(/(.{20})/g, '$1=\r\n'),
};

/** A line that names a secret, and its value. */
function assignment(random: Random): { readonly line: string; readonly secret: string } {
  const secret = random.fill('{m24}');
  const name = random.pick([
    'password',
    'api_key',
    'DB_PASSWORD',
    'client_secret',
    'access_token',
    'apiKey',
  ]);
  return { line: `${name}=${secret}`, secret };
}

/** A token of a family whose prefix is plain letters. */
function token(random: Random): Secret {
  for (;;) {
    const made = random.pick(FAMILIES).make(random);
    if (
      made.publicLength >= 4 &&
      made.text.length - made.publicLength >= 28 &&
      /^[\w-]+$/.test(made.text)
    )
      return made;
  }
}

function encoded(seed: number): Draft[] {
  const drafts: Draft[] = [];
  for (const [name, encode] of Object.entries(ENCODINGS)) {
    const random = new Random(seed, `hard/${name}`);
    for (let i = 0; i < 3; i++) {
      const word = random.words(2);
      const { line, secret } = assignment(random);
      const whole = encode(`mode=fast\n${line}\nlevel=3`);
      drafts.push({
        kind: `${name} of key=value`,
        value: `${word}: ${whole}`,
        secrets: [secret, whole],
        keep: [word],
      });
      const one = token(random);
      const hidden = encode(one.text);
      drafts.push({
        kind: `${name} of a token`,
        value: { content: [{ type: 'text', text: `${word} ${hidden} end` }] },
        secrets: [one, hidden],
        keep: [word, 'end'],
      });
      const password = random.password();
      const value = encode(password);
      drafts.push({
        kind: `${name} under a name`,
        value: { note: word, password: value },
        secrets: [password, value],
        keep: [word],
      });
    }
  }
  const random = new Random(seed, 'hard/encoded JSON');
  for (let i = 0; i < 4; i++) {
    const secret = random.password();
    const blob = Buffer.from(JSON.stringify({ host: random.host(), password: secret })).toString(
      'base64',
    );
    drafts.push({
      kind: 'base64 of JSON',
      value: { id: 7, payload: blob },
      secrets: [secret, blob],
      keep: [],
    });
    const other = random.password();
    const url = `https://${random.host()}/cb?state=${encodeURIComponent(JSON.stringify({ password: other }))}`;
    drafts.push({ kind: 'percent-encoded JSON', value: url, secrets: [other], keep: [] });
    const third = random.password();
    const dataUri = `data:text/plain;base64,${Buffer.from(`password=${third}`).toString('base64')}`;
    drafts.push({
      kind: 'data URI',
      value: { uri: dataUri },
      secrets: [third, dataUri.slice(23)],
      keep: [],
    });
    const fourth = random.password();
    drafts.push({
      kind: 'embedded resource blob',
      value: {
        contents: [
          {
            uri: 'file:///srv/.env',
            blob: Buffer.from(`DB_PASSWORD=${fourth}\n`).toString('base64'),
          },
        ],
      },
      secrets: [fourth, Buffer.from(`DB_PASSWORD=${fourth}\n`).toString('base64')],
      keep: ['file:///srv/.env'],
    });
  }
  return drafts;
}

function split(seed: number): Draft[] {
  const random = new Random(seed, 'hard/split');
  const halves = (text: string): [string, string] => [
    text.slice(0, text.length >> 1),
    text.slice(text.length >> 1),
  ];
  const pieces = (secret: Secret): Secret[] => {
    const [a, b] = halves(secret.text);
    return [
      { text: a, publicLength: secret.publicLength },
      { text: b, publicLength: 0 },
    ];
  };
  const builders: Readonly<Record<string, (a: string, b: string) => unknown>> = {
    'over lines': (a, b) => `it is ${a}\n${b} as you know`,
    'over lines with a backslash': (a, b) => `client login ${a}\\\n${b}`,
    'string concatenation': (a, b) => `const k = "${a}" + "${b}";`,
    'string concatenation over lines': (a, b) => `k = "${a}" \\\n    "${b}"\n`,
    'array of parts': (a, b) => ({ parts: [a, b] }),
    'content items': (a, b) => ({
      content: [
        { type: 'text', text: `it is ${a}` },
        { type: 'text', text: `${b} for you` },
      ],
    }),
    'with spaces': (a, b) => `${a} ${b}`,
    'with a zero-width space': (a, b) => `it is ${a}\u200b${b} for you`,
    'with a soft hyphen': (a, b) => `it is ${a}\u00ad${b} for you`,
    'streamed deltas': (a, b) => `data: {"delta":"${a}"}\n\ndata: {"delta":"${b}"}\n\n`,
    'ANSI colours between': (a, b) => `it is ${a}\u001b[0m\u001b[31m${b}\u001b[0m`,
    'wrapped at 40': (a, b) => `${a}=\n${b}`,
  };
  return Object.entries(builders).flatMap(([kind, build]) =>
    Array.from({ length: 3 }, (): Draft => {
      const secret = token(random);
      const [a, b] = halves(secret.text);
      return { kind: `split ${kind}`, value: build(a, b), secrets: [secret, ...pieces(secret)] };
    }),
  );
}

function echoes(seed: number): Draft[] {
  const random = new Random(seed, 'hard/echo');
  const forms: Readonly<Record<string, (secret: string) => string>> = {
    plain: (secret) => `tried ${secret} and failed`,
    quoted: (secret) => `value '${secret}' rejected`,
    'in a URL': (secret) => `GET https://x.example/v1/${encodeURIComponent(secret)}/items`,
    'percent-encoded': (secret) => `q=${encodeURIComponent(secret)}&page=2`,
    base64: (secret) =>
      `sent ${Buffer.from(secret).toString('base64').replace(/=+$/, '')} to the peer`,
    'base64 of user:password': (secret) =>
      `sent ${Buffer.from(`ana:${secret}`).toString('base64')} to the peer`,
    hex: (secret) => `bytes ${Buffer.from(secret).toString('hex')} written`,
    'JSON text': (secret) => JSON.stringify({ given: secret, page: 2 }),
    'JSON in JSON': (secret) => JSON.stringify({ body: JSON.stringify({ given: secret }) }),
    'upper case': (secret) => `given ${secret.toUpperCase()} rejected`,
    reversed: (secret) => `given ${Array.from(secret).toReversed().join('')} rejected`,
    'inside a word': (secret) => `key/${secret}.json not found`,
    'error text': (secret) => `ValueError: invalid literal: ${secret}`,
  };
  const request = (secret: string): Step => ({
    direction: 'request',
    tool: 'connect',
    value: {
      name: 'connect',
      arguments: {
        host: 'x.example',
        [random.pick(['password', 'apiKey', 'client_secret', 'access_token'])]: secret,
      },
    },
  });
  return Object.entries(forms)
    .flatMap(([kind, build]) =>
      Array.from({ length: 4 }, (_, i): Draft => {
        const secret =
          i % 2 === 0
            ? random.fill('{m22}')
            : `${random.fill('{m10}')}/${random.fill('{m6}')}+${random.fill('{m5}')}`;
        const text = build(secret);
        const response: Step = {
          direction: 'response',
          value: { content: [{ type: 'text', text }] },
        };
        const shown = [
          secret,
          ...(kind === 'upper case' ? [secret.toUpperCase()] : []),
          ...(kind === 'reversed' ? [Array.from(secret).toReversed().join('')] : []),
        ];
        const hidden = {
          base64: Buffer.from(secret).toString('base64').replace(/=+$/, ''),
          'base64 of user:password': Buffer.from(`ana:${secret}`).toString('base64'),
          hex: Buffer.from(secret).toString('hex'),
        }[kind];
        return {
          kind: `echo ${kind}`,
          steps: [request(secret), response],
          secrets: [...shown, ...(hidden === undefined ? [] : [hidden])],
          keep: ['x.example'],
        };
      }),
    )
    .concat(
      Array.from({ length: 4 }, (): Draft => {
        const secret = random.fill('{m22}');
        return {
          kind: 'echo within one result',
          value: {
            config: { api_key: secret, region: 'eu-north' },
            log: `started with ${secret}, all well`,
          },
          secrets: [secret],
          keep: ['all well', 'eu-north'],
        };
      }),
      Array.from({ length: 4 }, (): Draft => {
        const secret = random.fill('{m22}');
        return {
          kind: 'echo before its name',
          value: {
            log: `started with ${secret}, all well`,
            config: { api_key: secret, region: 'eu-north' },
          },
          secrets: [secret],
          keep: ['all well', 'eu-north'],
        };
      }),
    );
}

function rows(seed: number): Draft[] {
  const random = new Random(seed, 'hard/rows');
  const draft = (kind: string, build: (a: string, b: string) => unknown): Draft[] =>
    Array.from({ length: 3 }, () => {
      const [a, b] = [random.password(), random.password()];
      return { kind: `rows ${kind}`, value: build(a, b), secrets: [a, b], keep: ['ana', 'tom'] };
    });
  return [
    ...draft('columns and rows', (a, b) => ({
      columns: ['user', 'password'],
      rows: [
        ['ana', a],
        ['tom', b],
      ],
    })),
    ...draft('header and data', (a, b) => ({
      header: ['user', 'api_key'],
      data: [
        ['ana', a],
        ['tom', b],
      ],
    })),
    ...draft('columns as objects', (a, b) => ({
      columns: [
        { name: 'user', type: 'text' },
        { name: 'secret', type: 'text' },
      ],
      rows: [
        ['ana', a],
        ['tom', b],
      ],
    })),
    ...draft('first row is the header', (a, b) => [
      ['user', 'token'],
      ['ana', a],
      ['tom', b],
    ]),
    ...draft('columns of values', (a, b) => ({
      names: ['user', 'password'],
      values: [
        ['ana', 'tom'],
        [a, b],
      ],
    })),
    ...draft('tab separated', (a, b) => `user\tpassword\nana\t${a}\ntom\t${b}\n`),
    ...draft('semicolons', (a, b) => `user;password;region\nana;${a};eu\ntom;${b};us\n`),
    ...draft('quoted CSV', (a, b) => `"user","api_key"\n"ana","${a}"\n"tom","${b}"\n`),
    ...draft(
      'fixed width',
      (a, b) =>
        `USER   PASSWORD                    REGION\nana    ${a.padEnd(27)} eu\ntom    ${b.padEnd(27)} us\n`,
    ),
    ...draft(
      'box drawing',
      (a, b) =>
        `┌──────┬──────────┐\n│ user │ password │\n├──────┼──────────┤\n│ ana  │ ${a} │\n│ tom  │ ${b} │\n└──────┴──────────┘`,
    ),
    ...draft(
      'HTML table',
      (a, b) =>
        `<table><tr><th>user</th><th>password</th></tr><tr><td>ana</td><td>${a}</td></tr><tr><td>tom</td><td>${b}</td></tr></table>`,
    ),
    ...draft(
      'redis hash',
      (a, b) =>
        `1) "user"\n2) "ana"\n3) "password"\n4) "${a}"\n5) "other"\n6) "tom"\n7) "secret"\n8) "${b}"\n`,
    ),
    ...draft('alternating list', (a, b) => [
      'user',
      'ana',
      'password',
      a,
      'user',
      'tom',
      'password',
      b,
    ]),
    ...draft('colon lists', (a, b) => `user:password\nana:${a}\ntom:${b}\n`),
    ...draft(
      'JSON lines of arrays',
      (a, b) => `["user","password"]\n["ana","${a}"]\n["tom","${b}"]\n`,
    ),
    ...draft(
      'SQL dump',
      (a, b) =>
        `INSERT INTO \`users\` (\`name\`, \`password\`) VALUES ('ana','${a}'),('tom','${b}');`,
    ),
    ...draft(
      'COPY dump',
      (a, b) => `COPY users (name, api_token) FROM stdin;\nana\t${a}\ntom\t${b}\n\\.\n`,
    ),
  ];
}

/** `W` a word for password or key, `S` the secret. */
const LANGUAGES: Readonly<Record<string, readonly string[]>> = {
  German: [
    'Passwort: S',
    'Kennwort: S',
    'Das Passwort lautet S',
    'Passwort=S',
    'Zugangsschlüssel: S',
    'Geheimnis: S',
    'API-Schlüssel: S',
  ],
  French: [
    'mot de passe : S',
    'Mot de passe: S',
    'le mot de passe est S',
    'mdp=S',
    'clé secrète : S',
    'clé API : S',
    "jeton d'accès : S",
  ],
  Spanish: [
    'contraseña: S',
    'La contraseña es S',
    'contrasena=S',
    'clave: S',
    'clave secreta: S',
    'clave de API: S',
  ],
  Portuguese: ['senha: S', 'A senha é S', 'senha=S', 'palavra-passe: S', 'chave secreta: S'],
  Italian: ['parola d’ordine: S', 'chiave segreta: S', 'password di accesso: S', 'La password è S'],
  Dutch: ['wachtwoord: S', 'Het wachtwoord is S', 'wachtwoord=S', 'geheime sleutel: S'],
  Polish: ['hasło: S', 'Hasło to S', 'haslo=S', 'klucz API: S'],
  Russian: ['пароль: S', 'Пароль — S', 'секретный ключ: S', 'токен: S'],
  Ukrainian: ['пароль: S', 'секретний ключ: S'],
  Swedish: ['lösenord: S', 'Lösenordet är S'],
  Danish: ['adgangskode: S', 'kodeord: S'],
  Norwegian: ['passord: S', 'Passordet er S'],
  Finnish: ['salasana: S', 'Salasana on S'],
  Czech: ['heslo: S', 'Heslo je S'],
  Turkish: ['parola: S', 'şifre: S', 'sifre=S'],
  Greek: ['κωδικός: S', 'κωδικός πρόσβασης: S'],
  Hungarian: ['jelszó: S'],
  Romanian: ['parolă: S', 'parola: S'],
  Chinese: [
    '密码：S',
    '密码: S',
    '口令是S',
    '您的密码为 S',
    '密钥：S',
    '令牌：S',
    '訪問密鑰：S',
    '密碼：S',
  ],
  Japanese: [
    'パスワード：S',
    'パスワードは S です',
    'パスワード: S',
    '秘密鍵：S',
    'トークン：S',
    '暗証番号：S',
  ],
  Korean: ['비밀번호: S', '비밀번호는 S 입니다', '암호: S', '토큰: S'],
  Arabic: ['كلمة المرور: S', 'كلمة السر: S'],
  Hebrew: ['סיסמה: S'],
  Hindi: ['पासवर्ड: S'],
  Vietnamese: ['mật khẩu: S', 'Mật khẩu là S'],
  Thai: ['รหัสผ่าน: S'],
  Indonesian: ['kata sandi: S', 'sandi: S'],
};

function languages(seed: number): Draft[] {
  return Object.entries(LANGUAGES).flatMap(([language, sentences]) => {
    const random = new Random(seed, `hard/${language}`);
    return sentences.flatMap((sentence, i): Draft[] => {
      const secret = random.password();
      const word = random.words(2);
      const text = `${word}\n${sentence.replace(/(?<!\p{Script=Latin})S(?!\p{Script=Latin})/u, () => secret)}\n${word}`;
      const drafts: Draft[] = [
        { kind: `language ${language}`, value: text, secrets: [secret], keep: [word] },
      ];
      const match = /^(.+?) ?[:：] ?S$/.exec(sentence);
      if (i === 0 && match?.[1] !== undefined) {
        const other = random.password();
        drafts.push({
          kind: `language ${language} as a key`,
          value: { note: word, [match[1]]: other },
          secrets: [other],
          keep: [word],
        });
      }
      return drafts;
    });
  });
}

export function hard(seed: number): Draft[] {
  return [...encoded(seed), ...split(seed), ...echoes(seed), ...rows(seed), ...languages(seed)];
}
