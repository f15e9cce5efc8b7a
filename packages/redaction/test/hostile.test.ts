import { expect, test } from 'vitest';
import { createRedactor, createSecretMemory } from '../src/index.ts';

// The limit is 200 ms on an idle machine; a loaded one gets more, a quadratic rule still needs far longer.
const LIMIT_MS = 2_000;
const SECRET = 'hunter2222';
const redactor = createRedactor();

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = { password: SECRET };
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
}

function build(make: (value: Record<string, unknown>) => void): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  make(value);
  return value;
}

const CASES: Readonly<Record<string, () => unknown>> = {
  '10 MB of one letter': () => 'a'.repeat(1e7),
  '10 MB under a password': () => ({ password: 'x1'.repeat(5e6) }),
  '1 MB of password=': () => `password=`.repeat(1.2e5),
  'quoted names': () => 'password="'.repeat(1e5),
  backslashes: () => `password="${'\\'.repeat(6e4)}`,
  semicolons: () => `password=${';a'.repeat(3e4)}`,
  'at signs': () => `${'a'.repeat(63)}@`.repeat(1e4),
  '50,000 unclosed PEM headers': () => `-----BEGIN ${'PRIVATE'} KEY-----\n`.repeat(5e4),
  'URL starts': () => '://a:'.repeat(3e5),
  'slashes in a password': () => `http://a:${'/'.repeat(6e4)}@`,
  'JWT starts': () => 'eyJ'.repeat(3e5),
  'weak names': () => 'key='.repeat(2e4),
  'weak quoted names': () => 'key="\\"'.repeat(1e4),
  calls: () => 'token=f('.repeat(1e4),
  brackets: () => 'token=('.repeat(1e4),
  'scheme words': () => 'token: bearer '.repeat(6e3),
  'XML names': () => '<password>'.repeat(7e3),
  'dotted prefixes': () => 'pat.'.repeat(2e4),
  'alternating prefixes': () => 'SG.sk-eyJpat.'.repeat(5e3),
  digits: () => '4'.repeat(1e6),
  'digit groups': () => '1234 5678 '.repeat(1e5),
  'IBAN starts': () => 'AB12 '.repeat(2e5),
  '100,000 deep objects': () => nested(1e5, (inner) => ({ a: inner })),
  '100,000 deep arrays': () => nested(1e5, (inner) => [inner]),
  'deep JSON text': () => `${'['.repeat(3e4)}"password=${SECRET}"${']'.repeat(3e4)}`,
  'JSON in JSON nine times': () => nested(9, (inner) => JSON.stringify(inner)),
  cycle: () => build((value) => Object.assign(value, { self: value, password: SECRET })),
  'two references, 60 levels': () => nested(60, (inner) => [inner, inner]),
  'throwing getter': () => ({
    get a(): never {
      throw new Error(SECRET);
    },
  }),
  'getter that changes': () => {
    let n = 0;
    return {
      get a(): string {
        return n++ === 0 ? 'harmless' : `password=${SECRET}`;
      },
    };
  },
  'proxy that throws': () =>
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error(SECRET);
        },
        getPrototypeOf: () => {
          throw new Error(SECRET);
        },
      },
    ),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return [proxy];
  },
  'sparse array of 4e9': () => {
    const list: string[] = [];
    list.length = 4_294_967_295;
    list[3] = `password=${SECRET}`;
    return list;
  },
  'map and set': () =>
    new Map<unknown, unknown>([
      ['password', SECRET],
      [{ a: 1 }, new Set([`token=${SECRET}`])],
      [Symbol('x'), 1],
    ]),
  'error with cause': () =>
    Object.assign(new Error(`password=${SECRET}`, { cause: new Error(`token=${SECRET}`) }), {
      password: SECRET,
    }),
  URL: () => new URL(`https://bob:${SECRET}@x.example/`),
  headers: () => new Headers({ authorization: `Bearer ${SECRET}` }),
  'search parameters': () => new URLSearchParams({ password: SECRET }),
  buffer: () => Buffer.from(`password=${SECRET}`),
  __proto__: () => JSON.parse(`{"__proto__":{"password":"${SECRET}"},"constructor":1}`) as unknown,
  'no prototype': () => Object.assign(Object.create(null) as object, { password: SECRET }),
  'class with a field': () =>
    new (class {
      password = SECRET;
    })(),
  'toJSON that leaks': () => ({ toJSON: () => ({ password: SECRET }) }),
  'toJSON that throws': () => ({
    toJSON: () => {
      throw new Error(SECRET);
    },
  }),
  'toJSON of itself': () =>
    build((value) => {
      value['toJSON'] = () => value;
    }),
  'toJSON for ever': () => {
    const make = (): unknown => ({ toJSON: make });
    return make();
  },
  'big integer': () => 10n ** 40n,
  function: () => () => SECRET,
  symbol: () => Symbol(SECRET),
  undefined: () => undefined,
  'invalid date': () => new Date(Number.NaN),
  'lone surrogates': () => `\ud800 password=${SECRET}\udfff`,
  '200,000 keys': () => Object.fromEntries(Array.from({ length: 2e5 }, (_, i) => [`k${i}`, i])),
  '100,000 secrets': () => Array.from({ length: 1e5 }, (_, i) => `password=${SECRET}${i}`),
  'endless key': () => ({ [`password=${SECRET}`.repeat(1e4)]: 1 }),
  cookies: () => ({ cookie: `a=${SECRET};`.repeat(1e5) }),
};

test.each(Object.entries(CASES))('%s: nothing thrown, nothing leaked, in time (I5)', (_, make) => {
  const input = make();
  // A busy machine makes others wait: the time is the wall's or the processor's, whichever is less.
  const [started, used] = [performance.now(), process.cpuUsage()];
  const { json } = redactor.redactToJson(input, { secrets: createSecretMemory() });
  const { user, system } = process.cpuUsage(used);
  const elapsed = Math.min(performance.now() - started, (user + system) / 1e3);
  expect(json).not.toContain(SECRET);
  expect(() => {
    JSON.parse(json);
  }).not.toThrow();
  expect(elapsed).toBeLessThan(LIMIT_MS);
});

test('prototypes are not reached through the output', () => {
  const out = redactor.redact(JSON.parse('{"__proto__":{"polluted":1}}')).value as Record<
    string,
    unknown
  >;
  expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
  expect(JSON.stringify(out)).toBe('{"__proto__":{"polluted":1}}');
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});
