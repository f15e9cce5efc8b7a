/** Recognising an SDK in source text: every layout it ships in, and nothing else. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { HOOK_GLOBAL, mayHold, rewrite } from '../src/hook/rewrite.ts';

const SDK = '@modelcontextprotocol/sdk/dist';
const OLD = '@modelcontextprotocol/server-github/node_modules/@modelcontextprotocol/sdk/dist';
const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../../node_modules/${path}`, import.meta.url)), 'utf8');
const calls = (text: string | undefined): string[] =>
  [...(text ?? '').matchAll(/__mcpLogbookSaw\?\.(\w)\(this\)/g)].map((match) => match[1] ?? '');

/** A chunk of SDK 2, whose name changes with every release. */
function hashed(name: string, pattern: RegExp): string {
  const folder = `@modelcontextprotocol/${name}/dist`;
  const chunks = readdirSync(new URL(`../../../node_modules/${folder}`, import.meta.url));
  return `${folder}/${chunks.find((chunk) => pattern.test(chunk)) ?? ''}`;
}

test('a Map made of something is not ours to cut', () => {
  for (const tail of ['new Map(old)', 'new Map<string, AbortController>()', 'new Map ( [] )'])
    expect(rewrite(`this._requestHandlerAbortControllers = ${tail};`)).toBeUndefined();
});

describe('published sources', () => {
  test.each([
    [`${SDK}/esm/shared/protocol.js`, ['P']],
    [`${SDK}/cjs/shared/protocol.js`, ['P']],
    [`${OLD}/shared/protocol.js`, ['P']],
    [`${SDK}/esm/server/mcp.js`, ['T']],
    [`${SDK}/cjs/server/mcp.js`, ['T']],
    [`${SDK}/esm/server/auth/errors.js`, ['E']],
    [`${SDK}/cjs/server/auth/errors.js`, ['E']],
    ['@modelcontextprotocol/server/dist/stdio.mjs', ['S']],
    ['@modelcontextprotocol/server/dist/stdio.cjs', ['S']],
    [hashed('server', /^listenRouter-.*mjs$/), ['L']],
    [hashed('client', /^public-.*mjs$/), ['N']],
    [hashed('client', /^public-.*cjs$/), ['N']],
  ])('%s is found once', (path, expected) => {
    const source = read(path);
    const text = rewrite(source);
    expect(calls(text)).toEqual(expected);
    expect(mayHold(Buffer.from(source))).toBe(true);
    expect(text?.split('\n')).toHaveLength(source.split('\n').length);
    if (path.includes('/cjs/') || path.endsWith('.cjs'))
      expect(() => new Script(text ?? '')).not.toThrow();
  });

  test('a source that only mentions the SDK stays as it is', () => {
    for (const path of [
      `${SDK}/esm/server/index.js`,
      `${SDK}/esm/client/index.js`,
      `${SDK}/esm/types.js`,
    ])
      expect(rewrite(read(path))).toBeUndefined();
  });
});

describe('bundled sources', () => {
  test.each([
    ['minified', 'class P{constructor(){this._requestHandlerAbortControllers=new Map,this._x=1}}'],
    ['class field', 'class P{_requestHandlerAbortControllers = new Map();a=1}'],
    [
      'lowered class field',
      'class P{constructor(){f(this,"_requestHandlerAbortControllers",new Map)}}',
    ],
    [
      'lowered with braces',
      'class P{constructor(){f(this, "_requestHandlerAbortControllers", new Map());}}',
    ],
    [
      'lowered by esbuild',
      'class P{constructor(){f(this, "_requestHandlerAbortControllers", /* @__PURE__ */ new Map());}}',
    ],
    ['typed by a comment', 'class P{_requestHandlerAbortControllers = /* @__PURE__ */ new Map();}'],
  ])('%s: found, and still a program that makes the same map', (_name, source) => {
    const text = rewrite(source) ?? '';
    expect(calls(text)).toEqual(['P']);
    const make = new Script(
      `(() => { const f = (o, k, v) => { o[k] = v; }; ${text}; return new P()._requestHandlerAbortControllers; })()`,
    );
    expect(make.runInThisContext()).toBeInstanceOf(Map);
  });

  test('a module inside a string literal stays a string literal', () => {
    const inner = 'class P{constructor(){this._requestHandlerAbortControllers=new Map()}};new P()';
    const text = rewrite(`eval("${inner}")`) ?? '';
    expect(calls(text)).toEqual(['P']);
    expect(() => new Script(text).runInThisContext() as unknown).not.toThrow();
  });

  test('what is inserted has no quote, backslash, newline or interpolation', () => {
    const source =
      'this._requestHandlerAbortControllers=new Map;this._registeredTools={};toResponseObject(){';
    const added = (rewrite(source) ?? '').replaceAll(/[^'"`\\\n$]/g, '');
    expect(added).toBe('');
  });
});

test('rewriting twice changes nothing more', () => {
  const once = rewrite(read(`${SDK}/esm/shared/protocol.js`)) ?? '';
  expect(once).toContain(HOOK_GLOBAL);
  expect(rewrite(once)).toBeUndefined();
});

test('a rewritten source runs as it was where nobody listens', () => {
  const text =
    rewrite('(class{constructor(){this._requestHandlerAbortControllers=new Map}})') ?? '';
  const Made = new Script(text).runInThisContext() as new () => {
    _requestHandlerAbortControllers: unknown;
  };
  expect(new Made()._requestHandlerAbortControllers).toBeInstanceOf(Map);
});

test('a long text without an end after the name takes no longer than its length', () => {
  const source = `${'_requestHandlerAbortControllers = '.repeat(20_000)}${' '.repeat(200_000)}`;
  const start = performance.now();
  rewrite(source);
  expect(performance.now() - start).toBeLessThan(500);
});
