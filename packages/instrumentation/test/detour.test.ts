/** CommonJS that ES modules import, on the Node.js versions that break it under any load hook (I8). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { detour, isImportOfCommonjs, needsDetour, withheld } from '../src/hook/detour.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/detour/${name}`, import.meta.url));
const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, args, { encoding: 'utf8' });

describe('the detour', () => {
  test('gives the same names, values and objects, runs each file once, and moves no line', () => {
    const plain = run(fixture('main.mjs'));
    expect(run('--import', fixture('preload.ts'), fixture('main.mjs'))).toBe(plain);
    expect(JSON.parse(plain)).toMatchObject({ runs: 1, sameObject: true, three: 3 });
  });

  test('leaves the program its main module, once', () => {
    const own = 'console.log(require.main === module, module.id)';
    const script = join(mkdtempSync(join(tmpdir(), 'mcp-logbook-detour-')), 'main.cjs');
    writeFileSync(script, own);
    try {
      expect(run('--import', fixture('preload.ts'), script)).toBe(run(script));
    } finally {
      rmSync(dirname(script), { recursive: true });
    }
  });

  test('keeps the text behind it, where names of exports are looked for', () => {
    expect(detour('exports.a = 1;')).toMatch(/^module\.exports=.*;return;exports\.a = 1;$/);
    expect(detour('#!/usr/bin/env node\nexports.a = 1;')).toMatch(
      /^module\.exports=.*;return;\/\/#!.*\nexports\.a = 1;$/,
    );
  });

  test.each([
    ['22.15.0', true],
    ['22.22.0', true],
    ['22.23.0', false],
    ['23.11.1', true],
    ['24.0.0', true],
    ['24.11.0', true],
    ['24.12.0', false],
    ['26.12.1', false],
  ])('Node.js %s needs it: %s', (version, needed) => {
    expect(needsDetour(version)).toBe(needed);
  });

  test('is taken by imports of CommonJS files only', () => {
    const imports = ['node', 'import', 'module-sync'];
    expect(isImportOfCommonjs('file:///a.js', 'commonjs', imports)).toBe(true);
    expect(isImportOfCommonjs('file:///a.js', 'commonjs', new Set(['node', 'require']))).toBe(
      false,
    );
    expect(isImportOfCommonjs('file:///a.js', 'module', imports)).toBe(false);
    expect(isImportOfCommonjs('data:text/javascript,1', 'commonjs', imports)).toBe(false);
    expect(isImportOfCommonjs('file:///a.js', 'commonjs', undefined)).toBe(false);
  });

  test('has the text of a file that Node.js withholds behind a loader, if it is CommonJS already', () => {
    const folder = mkdtempSync(join(tmpdir(), 'detour-'));
    const urlOf = (text: string): string => {
      const file = join(folder, `${text.length}.js`);
      writeFileSync(file, text);
      return pathToFileURL(file).href;
    };
    const error = Object.assign(new Error('no source'), {
      code: 'ERR_INVALID_RETURN_PROPERTY_VALUE',
    });
    try {
      const text = '#!/usr/bin/env node\nexports.a = 1; return;';
      expect(withheld(urlOf(text), error)).toBe(text);
      expect(withheld(urlOf('import a from "a";'), error)).toBe('');
      expect(withheld('file:///not/there.js', error)).toBeUndefined();
      expect(withheld('data:text/javascript,1', error)).toBeUndefined();
      expect(withheld(urlOf(text), new Error('another one'))).toBeUndefined();
      expect(withheld(urlOf(text), undefined)).toBeUndefined();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
