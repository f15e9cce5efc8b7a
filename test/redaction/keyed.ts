/** Group `keyed`: arbitrary values that only the name beside them gives away. */
import type { Draft } from './cases.ts';
import { keyedValues } from './keyed-values.ts';
import { LITERALS } from './literals.ts';
import { Random } from './random.ts';

/** Name of a secret, as words; the writing (camel, snake, ...) is chosen by the form. */
const NAMES = (
  'password|passwd|pwd|passphrase|secret|token|api key|apikey|client secret|access token|refresh token|id token|auth token|' +
  'bearer token|private key|secret key|access key|signing key|encryption key|master key|session token|csrf token|' +
  'db password|database password|user password|admin password|root password|new password|old password|current password|' +
  'confirm password|smtp password|redis password|keystore password|webhook secret|jwt secret|app secret|consumer secret|' +
  'shared secret|oauth token|bot token|personal access token|secret access key|aws secret access key|account key|storage key|' +
  'service account key|license key|credential|credentials|auth key|api secret|api token|deploy token|registry token|npm token|' +
  'github token|slack token|openai api key|stripe secret key|sendgrid api key|connection password|vault token|encryption secret|' +
  'cookie secret|session secret|hmac key|hmac secret|pin code|otp secret|totp secret|recovery code|security answer|private token|' +
  'x api key|x auth token|subscription key|ssh passphrase|ldap bind password|sudo password|wifi password|one time password'
).split('|');

type Writing = (words: readonly string[]) => string;
const cap = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
const WRITINGS: Readonly<Record<string, Writing>> = {
  camel: (words) => words.map((word, i) => (i === 0 ? word : cap(word))).join(''),
  snake: (words) => words.join('_'),
  kebab: (words) => words.join('-'),
  screaming: (words) => words.join('_').toUpperCase(),
  pascal: (words) => words.map(cap).join(''),
  dotted: (words) => words.join('.'),
  header: (words) => words.map(cap).join('-'),
  spaced: (words) => words.map(cap).join(' '),
  prefixed: (words) => `myApp_${words.join('_')}`,
  'spring property': (words) => `spring.main.${words.join('-')}`,
};

interface Made {
  readonly value: unknown;
  readonly keep: readonly string[];
}
type Form = (name: string, secret: string, random: Random) => Made;
const made = (value: unknown, ...keep: string[]): Made => ({ value, keep });

/** Values as data. */
const DATA: Readonly<Record<string, Form>> = {
  flat: (name, secret, random) => {
    const host = random.host();
    return made({ host, [name]: secret, port: 5432 }, host, '5432');
  },
  nested: (name, secret, random) => {
    const user = random.user();
    return made({ service: { auth: { user, [name]: secret } }, retries: 3 }, user);
  },
  'list under the name': (name, secret, random) => {
    const word = random.words(2);
    return made({ note: word, [name]: [secret] }, word);
  },
  'name and value': (name, secret, random) => {
    const user = random.user();
    return made(
      [
        { name: 'user', value: user },
        { name, value: secret },
      ],
      user,
    );
  },
  'key and value': (name, secret, random) => {
    const user = random.user();
    return made(
      {
        variables: [
          { key: name, value: secret },
          { key: 'region', value: user },
        ],
      },
      user,
    );
  },
  'Key and Value': (name, secret) =>
    made(
      {
        Tags: [
          { Key: name, Value: secret },
          { Key: 'Stage', Value: 'blue' },
        ],
      },
      'Stage',
      'blue',
    ),
  'pairs in arrays': (name, secret) =>
    made(
      {
        headers: [
          ['accept', 'text/html'],
          [name, secret],
        ],
      },
      'text/html',
    ),
  'raw headers array': (name, secret) =>
    made(
      { rawHeaders: ['Accept', 'text/html', name, secret, 'Host', 'x.example'] },
      'text/html',
      'x.example',
    ),
  'env array': (name, secret) =>
    made({ Env: ['PATH=/usr/bin', `${name}=${secret}`, 'LANG=C'] }, 'PATH=/usr/bin', 'LANG=C'),
  'JSON patch': (name, secret, random) => {
    const word = random.word();
    return made(
      [
        { op: 'replace', path: `/spec/${name}`, value: secret },
        { op: 'add', path: '/title', value: word },
      ],
      word,
    );
  },
  'field and content': (name, secret) =>
    made(
      {
        fields: [
          { field: name, content: secret },
          { field: 'colour', content: 'green' },
        ],
      },
      'green',
    ),
  'label and value': (name, secret) =>
    made(
      {
        fields: [
          { label: name, value: secret, type: 'text' },
          { label: 'Colour', value: 'green' },
        ],
      },
      'green',
    ),
  'JSON in a string': (name, secret, random) => {
    const host = random.host();
    return made({ text: JSON.stringify({ host, [name]: secret }, null, 2) }, host);
  },
  'JSON in JSON in a string': (name, secret, random) => {
    const host = random.host();
    return made(JSON.stringify({ body: JSON.stringify({ host, [name]: secret }) }), host);
  },
  'cut JSON': (name, secret, random) => {
    const host = random.host();
    return made(`{"host": "${host}", "${name}": "${secret}", "list": [1, 2, {"a`, host);
  },
};

/** Values in text. */
const TEXT: Readonly<Record<string, Form>> = {
  equals: (name, secret) => made(`mode=fast\n${name}=${secret}\nlevel=3\n`, 'mode=fast', 'level=3'),
  'equals with spaces': (name, secret) =>
    made(`mode = fast\n${name} = ${secret}\nlevel = 3\n`, 'mode = fast', 'level = 3'),
  'equals quoted': (name, secret) =>
    made(`mode="fast"\n${name}="${secret}"\nlevel="3"\n`, 'mode="fast"', 'level="3"'),
  colon: (name, secret) =>
    made(`mode: fast\n${name}: ${secret}\nlevel: 3\n`, 'mode: fast', 'level: 3'),
  'YAML nested': (name, secret, random) => {
    const host = random.host();
    return made(`server:\n  host: ${host}\n  ${name}: ${secret}\n  port: 443\n`, host, 'port: 443');
  },
  'YAML quoted': (name, secret, random) => {
    const host = random.host();
    return made(`server:\n  ${name}: '${secret}'\n  host: "${host}"\n`, host);
  },
  'YAML list of pairs': (name, secret) =>
    made(
      `env:\n  - name: ${name}\n    value: ${secret}\n  - name: MODE\n    value: fast\n`,
      'value: fast',
    ),
  'YAML block': (name, secret) => made(`${name}: |\n  ${secret}\nmode: fast\n`, 'mode: fast'),
  INI: (name, secret) =>
    made(
      `[server]\nmode = fast\n${name} = ${secret}\n\n[log]\nlevel = warn\n`,
      'mode = fast',
      'level = warn',
    ),
  properties: (name, secret) =>
    made(`# settings\nmode=fast\n${name}=${secret}\nlog.level=warn\n`, 'log.level=warn'),
  TOML: (name, secret) =>
    made(
      `[server]\nmode = "fast"\n${name.includes(' ') ? `"${name}"` : name} = "${secret}"\nport = 8080\n`,
      'port = 8080',
    ),
  export: (name, secret) =>
    made(`export MODE=fast\nexport ${name}='${secret}'\nexport LEVEL=3\n`, 'MODE=fast', 'LEVEL=3'),
  'form body': (name, secret) =>
    made(
      `mode=fast&${encodeURIComponent(name)}=${encodeURIComponent(secret)}&level=3`,
      'mode=fast',
      'level=3',
    ),
  'query string': (name, secret, random) => {
    const host = random.host();
    return made(
      `GET https://${host}/v1/items?page=2&${encodeURIComponent(name)}=${encodeURIComponent(secret)}&sort=asc`,
      host,
      'page=2',
      'sort=asc',
    );
  },
  XML: (name, secret, random) => {
    const host = random.host();
    return made(`<server><host>${host}</host><${name}>${secret}</${name}></server>`, host);
  },
  'XML attribute': (name, secret, random) => {
    const host = random.host();
    return made(`<server host="${host}" ${name}="${secret}" port="443"/>`, host, 'port="443"');
  },
  'XML add key': (name, secret) =>
    made(
      `<appSettings><add key="${name}" value="${secret}"/><add key="Mode" value="fast"/></appSettings>`,
      'value="fast"',
    ),
  'multipart form': (name, secret) =>
    made(
      `--x1\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${secret}\r\n--x1\r\nContent-Disposition: form-data; name="mode"\r\n\r\nfast\r\n--x1--\r\n`,
      'fast',
    ),
  'log line': (name, secret, random) =>
    made(
      `${random.time()} DEBUG config loaded mode=fast ${name}=${secret} level=3`,
      'mode=fast',
      'level=3',
    ),
  'log JSON': (name, secret, random) =>
    made(
      `${random.time()} DEBUG {"mode":"fast","${name}":"${secret}","level":3}`,
      '"mode":"fast"',
      '"level":3',
    ),
  flag: (name, secret) =>
    made(`run-server --mode fast --${name} ${secret} --level 3`, '--mode fast', '--level 3'),
  'flag equals': (name, secret) =>
    made(`run-server --mode=fast --${name}=${secret} --level=3`, '--mode=fast', '--level=3'),
  'HTML input': (name, secret) =>
    made(
      `<form><input name="mode" value="fast"><input type="hidden" name="${name}" value="${secret}"></form>`,
      'value="fast"',
    ),
  'markdown table': (name, secret) =>
    made(
      `| setting | value |\n|---|---|\n| mode | fast |\n| ${name} | ${secret} |\n`,
      '| mode | fast |',
    ),
  prose: (name, secret, random) => {
    const word = random.words(3);
    return made(`For ${word} the ${name} is ${secret} as agreed.`, word);
  },
  'prose colon': (name, secret, random) => {
    const word = random.words(3);
    return made(`Hello, ${word}. ${name}: ${secret}\nBest regards`, word, 'Best regards');
  },
};

const IDENTIFIER = new Set(['camel', 'snake', 'screaming', 'pascal', 'prefixed']);
const XML_NAME = new Set([...IDENTIFIER, 'kebab', 'dotted', 'header', 'spring property']);
const NARROW: Readonly<Record<string, ReadonlySet<string>>> = {
  XML: XML_NAME,
  'XML attribute': XML_NAME,
  export: IDENTIFIER,
  'env array': IDENTIFIER,
  flag: new Set(['kebab', 'snake', 'camel']),
  'flag equals': new Set(['kebab', 'snake', 'camel']),
  equals: XML_NAME,
  'log line': XML_NAME,
  'raw headers array': new Set(['header', 'kebab']),
  properties: XML_NAME,
  prose: new Set(['lower']),
};

export function keyed(seed: number): Draft[] {
  const drafts: Draft[] = [];
  for (const [form, build] of Object.entries({ ...DATA, ...TEXT })) {
    const random = new Random(seed, `keyed/${form}`);
    const names = random.sample(NAMES, 12);
    for (const words of names) {
      const allowed = Object.keys(WRITINGS).filter((writing) => NARROW[form]?.has(writing) ?? true);
      const writing = allowed.length === 0 ? 'lower' : random.pick(allowed);
      const name = WRITINGS[writing]?.(words.split(' ')) ?? words;
      // An `&` in XML or HTML would be an entity: not what this form is about.
      const isHuman = random.chance(0.3) && !/XML|HTML/.test(form);
      const secret = isHuman ? random.humanPassword() : random.password();
      const { value, keep } = build(name, secret, random);
      drafts.push({ kind: `${form}, ${writing}`, value, keep, secrets: [secret] });
    }
  }
  return [...drafts, ...LITERALS(seed), ...numbers(seed), ...keyedValues(seed)];
}

/** Numbers under a secret name, and short human secrets. */
function numbers(seed: number): Draft[] {
  const random = new Random(seed, 'keyed/numbers');
  const drafts: Draft[] = [];
  for (const name of [
    'password',
    'pin',
    'otp',
    'cvv',
    'passcode',
    'pinCode',
    'security_code',
    'verification_code',
    'secret',
    'otpCode',
    'cardPin',
    'user_pin',
  ]) {
    const code = random.fill(name.includes('cvv') ? '{n3}7' : '{n1}{d5}');
    drafts.push({
      kind: 'number',
      value: { user: 'ana', [name]: Number(code) },
      secrets: [code],
      keep: ['ana'],
    });
    const text = random.fill('{n1}{d5}');
    drafts.push({
      kind: 'digits in a string',
      value: { user: 'ana', [name]: text },
      secrets: [text],
      keep: ['ana'],
    });
    const line = random.fill('{n1}{d5}');
    drafts.push({
      kind: 'digits in text',
      value: `user=ana ${name}=${line} level=info`,
      secrets: [line],
      keep: ['user=ana', 'level=info'],
    });
  }
  return drafts;
}
