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
  [...(text ?? '').matchAll(/__mcpLogbookSaw\?\.(\w)\(this(?:,1)?\)/g)].map(
    (match) => match[1] ?? '',
  );

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
    [hashed('server', /^mcp-.*mjs$/), ['T']],
    [hashed('server', /^mcp-.*cjs$/), ['T']],
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

  const CATCH =
    'return this.createToolError(error instanceof Error ? error.message : String(error));';
  test.each([
    ['as published', 'const r = await this.executeToolHandler(tool, args, extra);', CATCH, true],
    [
      'minified',
      's=await n.executeToolHandler(r,s,t);',
      'return n.createToolError(e instanceof Error?e.message:String(e))',
      true,
    ],
    ['over lines', 'yield this.executeToolHandler(\n  r,\n  s\n)', CATCH, true],
    ['its definition alone', 'async executeToolHandler(tool, args, extra) {', CATCH, false],
    ['with other arguments', 'await this.executeToolHandler(f(r))', CATCH, false],
    ['without its catch', 'await this.executeToolHandler(r)', 'this.createToolError(text)', false],
  ])('a handler is called and fails through us, %s', (_name, called, failed, isWhole) => {
    const source = `class M{_registeredTools={}};\n${called};\n${failed}`;
    const text = rewrite(source) ?? '';
    expect(calls(text)).toEqual(['T']);
    expect(text.match(/\?\.[BF]\(/g)?.length ?? 0).toBe(isWhole ? 2 : 0);
    expect(text).toContain(isWhole ? 'T(this,1)' : 'T(this)');
    // A stack trace names the place of the call: nothing is inserted before it on its line.
    const before = (of: string): string | undefined => /^.*(?=\bexecuteToolHandler)/m.exec(of)?.[0];
    expect(before(text)).toBe(before(source));
    const inserted = /\(globalThis\.__mcpLogbookSaw\?\.\w\([\w,]*\),(\{\}|[^;\n]*?\)|\w+)\)/g;
    expect(text.replace(inserted, '$1')).toBe(source);
  });

  test('a module inside a string literal stays a string literal', () => {
    const inner = 'class P{constructor(){this._requestHandlerAbortControllers=new Map()}};new P()';
    const text = rewrite(`eval("${inner}")`) ?? '';
    expect(calls(text)).toEqual(['P']);
    expect(() => new Script(text).runInThisContext() as unknown).not.toThrow();
  });

  test('what is inserted has no quote, backslash, newline or interpolation', () => {
    const source =
      'this._requestHandlerAbortControllers=new Map;this._registeredTools={};toResponseObject(){x=this.executeToolHandler(a)';
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
