/** Input made to hurt: time limits, nothing thrown, nothing leaked, and time that grows no faster than the input. */
import { createRedactor } from '@mcp-logbook/redaction';
import { Random } from './random.ts';

export interface HostileResult {
  readonly name: string;
  readonly ms: number;
  readonly limitMs: number;
  readonly problem: string;
}

/** Milliseconds of the design page: 200, and 500 for strings of 10 MB. */
const LIMIT = 200;
const LONG_LIMIT = 500;

type Make = (secret: string) => unknown;

function nested(depth: number, inner: unknown, wrap: (inner: unknown) => unknown): unknown {
  let value = inner;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

function withSelf(value: Record<string, unknown>): unknown {
  value['self'] = value;
  value['list'] = [value, value];
  return value;
}

function throwing(secret: string): object {
  return Object.defineProperty({ a: 1 }, 'b', {
    enumerable: true,
    get(): never {
      throw new Error(`password=${secret}`);
    },
  });
}

const fail = (secret: string) => (): never => {
  throw new Error(`password=${secret}`);
};

const LONG: Readonly<Record<string, Make>> = {
  '10 MB of one letter': () => 'a'.repeat(1e7),
  '10 MB of words': () => 'some words of text '.repeat(526_316),
  '10 MB of base64': () => 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(285_715),
  '10 MB of password=': () => 'password='.repeat(1_111_112),
  '10 MB of JSON text': () => `[${'{"id":1,"name":"x","token":"abc"},'.repeat(294_118)}0]`,
  '10 MB under a secret name': (secret) => ({ password: secret.repeat(500_000) }),
  '10 MB with the secret at the end': (secret) => `${'x '.repeat(5e6)}password=${secret}`,
  '10 MB of CJK': () => '密码是什么？'.repeat(1_666_667),
  '10 MB buffer': () => Buffer.alloc(1e7, 'password=abc '),
  '10 MB in 1,000 strings': () =>
    Array.from({ length: 1_000 }, (_, i) => `${i} ${'key: value '.repeat(900)}`),
};

const OBJECTS: Readonly<Record<string, Make>> = {
  '100k deep objects': (secret) => nested(1e5, { password: secret }, (a) => ({ a })),
  '100k deep arrays': (secret) => nested(1e5, `password=${secret}`, (a) => [a]),
  '100k deep JSON text': (secret) => `${'['.repeat(1e5)}"password=${secret}"${']'.repeat(1e5)}`,
  '100k deep JSON objects': (secret) =>
    `${'{"a":'.repeat(1e5)}{"password":"${secret}"}${'}'.repeat(1e5)}`,
  'deep maps': (secret) => nested(5e4, new Map([['password', secret]]), (a) => new Map([['a', a]])),
  'deep errors': (secret) =>
    nested(1e4, new Error(`password=${secret}`), (a) => new Error('x', { cause: a })),
  cycle: (secret) => withSelf({ password: secret }),
  'cycle of many': (secret) => {
    const nodes = Array.from({ length: 1_000 }, (): Record<string, unknown> => ({ token: secret }));
    nodes.forEach((node, i) => Object.assign(node, { next: nodes[(i + 1) % 1_000], all: nodes }));
    return nodes[0];
  },
  'two references, 60 levels': (secret) => nested(60, { password: secret }, (a) => [a, a]),
  'throwing getter': (secret) => [throwing(secret), { password: secret }],
  'throwing toJSON': (secret) => ({ toJSON: fail(secret), password: secret }),
  'toJSON that leaks': (secret) => ({ toJSON: () => ({ password: secret }) }),
  'toJSON for ever': () => {
    const make = (): unknown => ({ toJSON: make });
    return make();
  },
  'throwing proxy': (secret) =>
    new Proxy(
      {},
      {
        get: fail(secret),
        ownKeys: fail(secret),
        has: fail(secret),
        getPrototypeOf: fail(secret),
        getOwnPropertyDescriptor: fail(secret),
      },
    ),
  'proxy with endless keys': (secret) =>
    new Proxy(
      {},
      {
        ownKeys: () => Array.from({ length: 5_000 }, (_, i) => `k${i}`),
        getOwnPropertyDescriptor: () => ({
          enumerable: true,
          configurable: true,
          value: `password=${secret}`,
        }),
        get: () => `password=${secret}`,
      },
    ),
  'proxy of endless depth': () => {
    const handler: ProxyHandler<object> = {
      get: () => new Proxy({}, handler),
      ownKeys: () => ['a'],
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    };
    return new Proxy({}, handler);
  },
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return { proxy };
  },
  Map: (secret) =>
    new Map<unknown, unknown>([
      ['password', secret],
      [{ a: 1 }, `token=${secret}`],
    ]),
  Set: (secret) => new Set([`password=${secret}`]),
  Error: (secret) =>
    Object.assign(new Error(`password=${secret}`), { apiKey: secret, cause: { token: secret } }),
  AggregateError: (secret) =>
    new AggregateError([new Error(`token=${secret}`)], `password=${secret}`),
  'error with a throwing stack': (secret) =>
    Object.defineProperty(new Error('x'), 'stack', { get: fail(secret) }),
  URL: (secret) => new URL(`https://ana:${secret}@x.example/?token=${secret}`),
  URLSearchParams: (secret) => new URLSearchParams({ password: secret, page: '2' }),
  Headers: (secret) => new Headers({ authorization: `Bearer ${secret}`, cookie: `sid=${secret}` }),
  Request: (secret) => new Request('https://x.example/', { headers: { 'x-api-key': secret } }),
  FormData: (secret) => {
    const form = new FormData();
    form.set('password', secret);
    return form;
  },
  Buffer: (secret) => Buffer.from(`password=${secret}`),
  'Uint8Array under a name': (secret) => ({ password: new TextEncoder().encode(secret) }),
  ArrayBuffer: (secret) => new TextEncoder().encode(`password=${secret}`).buffer,
  DataView: (secret) => new DataView(new TextEncoder().encode(`password=${secret}`).buffer),
  __proto__: (secret) =>
    JSON.parse(
      `{"__proto__":{"password":"${secret}"},"constructor":{"prototype":{"token":"${secret}"}}}`,
    ) as unknown,
  'no prototype': (secret) => Object.assign(Object.create(null) as object, { password: secret }),
  'inherited secret': (secret) => Object.create({ password: secret }) as unknown,
  'sparse array of 4e9': (secret) => {
    const list: string[] = [];
    list.length = 4_294_967_295;
    list[7] = `password=${secret}`;
    return list;
  },
  'array with a lying length': (secret) =>
    new Proxy([`password=${secret}`], {
      get: (target, key): unknown => (key === 'length' ? 4e9 : Reflect.get(target, key)),
    }),
  'symbol keys': (secret) => ({ [Symbol('password')]: secret, a: 1 }),
  'functions and symbols': (secret) => ({
    password: () => secret,
    token: Symbol(secret),
    a: [() => secret],
  }),
  'boxed strings': (secret) => ({
    a: Object(`password=${secret}`) as unknown,
    password: Object(secret) as unknown,
  }),
  'big integer under a name': () => ({ password: 10n ** 400n, token: -0, pin: Number.NaN }),
  'class with a private field': (secret) =>
    new (class {
      readonly #inner = secret;
      password = secret;
      size(): number {
        return this.#inner.length;
      }
    })(),
  'lone surrogates': (secret) => `\ud800password=${secret}\udfff \udc00\ud800`,
  'null bytes': (secret) => `a\0password=${secret}\0b`,
  '1e5 keys': (secret) =>
    Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`password${i}`, `${secret}${i}`])),
  'a key of 1 MB': (secret) => ({ [`password=${secret} ${'k'.repeat(1e6)}`]: 1 }),
  'keys that are tokens': (secret) => ({
    [`https://ana:${secret}@x.example/`]: { [`Bearer ${secret}`]: 1 },
  }),
  promise: () => Promise.resolve(1),
  'WeakMap and friends': () => [
    new WeakMap(),
    new WeakSet(),
    new Date(Number.NaN),
    /password=(.+)/u,
  ],
};

/** Texts that make careless patterns slow: each is repeated to the size asked for. */
const BAIT: Readonly<Record<string, string>> = {
  'password=': 'password=',
  'quoted names': 'password="',
  'escaped quotes': 'password=\\"',
  backslashes: '\\',
  quotes: '"',
  'colons and spaces': 'token : ',
  'unclosed PEM': `-----BEGIN ${'PRIVATE'} KEY-----\n`,
  'PEM ends': `-----END ${'PRIVATE'} KEY-----\n`,
  'URL starts': 'https://a:b',
  userinfo: '://a:',
  'at signs': 'a@',
  'e-mail locals': 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.',
  'e-mail domains': 'a@b.c.d.e.f.',
  'JWT starts': 'eyJhbGciOi.',
  dots: 'ab.',
  digits: '4',
  'digit groups': '4111 1111 ',
  'phone starts': '+1 (',
  'IBAN starts': 'DE89 ',
  hex: 'deadbeef',
  base64: 'QUJDREVGR0g=',
  percent: '%41%',
  'unicode escapes': '\\u0041',
  entities: '&#65;',
  braces: '{"a":[',
  'half JSON': '{"password":"x",',
  brackets: 'token=(',
  tags: '<password>',
  'bearer words': 'Authorization: Bearer ',
  flags: '--password ',
  'argument lists': '"mysql", ',
  'argument lines': '- mysql\n',
  'words for codes': 'your code is ',
  'code words': 'your code for a b c d ',
  'words behind a name': 'passphrase: river ',
  'session cookies': 'sessionid=ab;',
  'user and password': 'login for a: b / ',
  'cookie files': 'a\tTRUE\t/\tTRUE\t1\t',
  'Chinese codes': '验证码1234是',
  'cookie pairs': 'cookie: a=b; c=',
  'token prefixes': 'ghp_xoxb-sk-AKIA',
  'headers of settings': 'Cookie: a=b; ',
  'half a list': 'passwords: [a, ',
  'words of a foreign secret': 'mot de passe : abcd efgh ',
  'commands that print': '$ printenv PASSWORD\n',
  'calls with texts': 'getConnection("a", ',
  'links of resets': '/reset/a/',
  'heads of tables': '<th>password</th>',
  commas: 'a,b,token,',
  'table pipes': '| password | ',
  newlines: 'password:\n',
  'YAML blocks': 'secret: |\n  ',
  'DSN semicolons': 'Server=a;Password=',
  'CJK words': '密码是',
  'zero width': 'pass\u200bword\u200b=',
  'random letters': 'q7Zk2Xw9',
};

const TEXTS: Readonly<Record<string, Make>> = {
  '1 MB of password=': () => 'password='.repeat(116_509),
  '50,000 unclosed PEM headers': (secret) =>
    `-----BEGIN ${'PRIVATE'} KEY-----\n${secret.repeat(2)}\n`.repeat(5e4),
  ...Object.fromEntries(
    Object.entries(BAIT).map(([name, piece]): [string, Make] => [
      `64 KB of ${name}, then a secret`,
      (secret): string =>
        `${piece.repeat(Math.floor(60_000 / piece.length))}\npassword=${secret}\n`,
    ]),
  ),
  'JSON in JSON nine times': (secret) =>
    nested(9, { password: secret }, (inner) => JSON.stringify(inner)),
};

export function runHostile(seed: number): HostileResult[] {
  const redactor = createRedactor();
  const random = new Random(seed, 'hostile');
  // Tables are built at the first text: not the fault of the first case.
  redactor.redact('password=warm-up');
  const once = (make: Make, limitMs: number): Omit<HostileResult, 'name'> => {
    const secret = random.fill('q{m19}');
    const value = make(secret);
    let out = '';
    let problem = '';
    const ms = milliseconds(() => {
      try {
        out = JSON.stringify(redactor.redact(value).value) ?? '';
      } catch (error) {
        problem = `threw ${error instanceof Error ? error.message.slice(0, 60) : typeof error}`;
      }
    });
    if (problem === '' && leaks(out, secret)) problem = 'leaked the secret';
    if (problem === '' && ms > limitMs) problem = SLOW;
    return { ms, limitMs, problem };
  };
  const run = (table: Readonly<Record<string, Make>>, limitMs: number): HostileResult[] =>
    Object.entries(table).map(([name, make]) => {
      let result = once(make, limitMs);
      // A busy machine is no fault of the case: three times too slow is.
      for (let i = 0; i < 2 && result.problem === SLOW; i++) result = once(make, limitMs);
      return { name, ...result };
    });
  return [...run(LONG, LONG_LIMIT), ...run(OBJECTS, LIMIT), ...run(TEXTS, LIMIT)];
}

const SLOW = 'too slow';

/** Processor time, so that other programs on the machine do not count. */
function milliseconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}

function leaks(out: string, secret: string): boolean {
  if (out.includes(Buffer.from(secret).toString('base64').slice(0, 14))) return true;
  for (let i = 0; i + 14 <= secret.length; i++) {
    if (out.includes(secret.slice(i, i + 14))) return true;
  }
  return false;
}

export interface Doubling {
  readonly name: string;
  /** Milliseconds at 64, 128, 256 and 512 KB. */
  readonly ms: readonly number[];
  /** The largest growth of one doubling. */
  readonly growth: number;
  readonly isLinear: boolean;
}

const KILOBYTES = [64, 128, 256, 512];
/** Times below this are all noise. */
const MEASURABLE_MS = 12;
/** Twice, and eight times, and what the clock and the garbage collector add. Quadratic is 4 and 64. */
const GROWTH_LIMIT = 3;
const TOTAL_LIMIT = 12;

/**
 * Time at four sizes of each bait, with bounds that let the whole text be scanned. Best of 3, of up to 12 in doubt. A
 * machine that is fast for a moment makes the best of the smallest text too good: then the median of the growths within
 * single rounds counts, which such a moment does not move.
 */
export function measureDoubling(names: readonly string[] = Object.keys(BAIT)): Doubling[] {
  const redactor = createRedactor({ maxStringLength: 1 << 20, maxTotalLength: 1 << 24 });
  redactor.redact('password=warm-up');
  return names.map((name) => {
    const piece = BAIT[name];
    if (piece === undefined) throw new Error(`no bait is called ${name}`);
    const texts = KILOBYTES.map((kb) => piece.repeat(Math.floor((kb * 1024) / piece.length)));
    let ms: readonly number[] = texts.map(() => Infinity);
    const rounds: { readonly growth: number; readonly total: number }[] = [];
    let growth = Infinity;
    let isLinear = false;
    for (let i = 0; i < 12 && (i < 3 || !isLinear); i++) {
      const round = texts.map((text) => milliseconds(() => redactor.redact(text)));
      ms = ms.map((best, j) => Math.min(best, round[j] ?? Infinity));
      rounds.push({ growth: largestGrowth(round), total: totalGrowth(round) });
      growth = Math.min(largestGrowth(ms), median(rounds.map((each) => each.growth)));
      const total = Math.min(totalGrowth(ms), median(rounds.map((each) => each.total)));
      isLinear = growth <= GROWTH_LIMIT && total <= TOTAL_LIMIT;
    }
    return { name, ms, growth, isLinear };
  });
}

function totalGrowth(ms: readonly number[]): number {
  return (ms.at(-1) ?? 0) / Math.max(ms[0] ?? 0, MEASURABLE_MS / 4);
}

/** The upper one of two in the middle. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}

function largestGrowth(ms: readonly number[]): number {
  return Math.max(
    ...ms
      .slice(1)
      .map((time, i) =>
        time < MEASURABLE_MS ? 0 : time / Math.max(ms[i] ?? 0, MEASURABLE_MS / 2),
      ),
  );
}
