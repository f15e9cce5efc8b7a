/**
 * The content hook under Bun (`bun --preload`), which has plugins in place of Node.js's load hooks.
 *
 * `onLoad` must answer every path its filter lets through, and a CommonJS module that it answers loses its exports (Bun
 * 1.4.5, run). So no filter stands for all paths: `onResolve`, which may decline, looks at each file about to be loaded,
 * and only one that is an ES module of an SDK gets an `onLoad` of its own. A CommonJS file that is `require`d comes by
 * `Module._extensions`, as in Node.js; there only one of an SDK gets another text. All others load as they would without us.
 */
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname } from 'node:path';

/** What is used of Bun. */
interface Bun {
  plugin(plugin: { name: string; setup(build: Build): void }): unknown;
  resolveSync(specifier: string, folder: string): string;
  readonly Transpiler: new (options: { loader: Loader }) => {
    scan(code: string): { exports: unknown[]; imports: { kind: string }[] };
  };
}

interface Build {
  onResolve(
    options: { filter: RegExp },
    look: (args: { path: string; importer: string }) => undefined,
  ): void;
  onLoad(
    options: { filter: RegExp },
    load: (args: { path: string }) => { contents: string; loader: Loader },
  ): void;
}

type Loader = 'js' | 'jsx' | 'ts' | 'tsx';

const LOADERS: ReadonlyMap<string, Loader> = new Map([
  ['js', 'jsx'],
  ['mjs', 'js'],
  ['jsx', 'jsx'],
  ['ts', 'ts'],
  ['mts', 'ts'],
  ['tsx', 'tsx'],
]);

/** What `require` makes of a file. */
interface Required {
  _compile(text: string, ...rest: unknown[]): unknown;
}

type Extensions = Record<string, (module: Required, path: string) => unknown>;

/** Has `rewritten` see every module that is loaded from now on; it returns `undefined` for what stays as it is. */
export function hookBun(rewritten: (source: string) => string | undefined): void {
  const { Bun: bun } = globalThis as unknown as { Bun: Bun };
  hookRequire(bun, rewritten);
  const looked = new Set<string>();
  let resolving = false;

  const look = (path: string): void => {
    if (looked.has(path)) return;
    looked.add(path);
    const loader = LOADERS.get(/\.(\w+)$/.exec(path)?.[1] ?? '');
    if (loader === undefined) return;
    const source = readFileSync(path, 'utf8');
    const contents = rewritten(source);
    if (contents === undefined || !isEsm(new bun.Transpiler({ loader }).scan(source))) return;
    const filter = new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`);
    bun.plugin({
      name: `mcp-logbook ${path}`,
      setup: (build) => build.onLoad({ filter }, () => ({ contents, loader })),
    });
  };

  bun.plugin({
    name: 'mcp-logbook',
    setup: (build) =>
      build.onResolve({ filter: /./ }, ({ path, importer }) => {
        if (resolving) return undefined; // `resolveSync` asks the plugins again
        resolving = true;
        try {
          look(bun.resolveSync(path, dirname(importer)));
        } catch {
          // Not a file, or not there: Bun says so itself.
        } finally {
          resolving = false;
        }
        return undefined;
      }),
  });
}

function hookRequire(bun: Bun, rewritten: (source: string) => string | undefined): void {
  const { _extensions: extensions } = Module as unknown as { _extensions?: Extensions };
  const plain = extensions?.['.js'];
  if (extensions === undefined || plain === undefined) return;
  for (const extension of ['.js', '.cjs']) {
    // Bun has none for `.cjs`, and calls one that is there.
    const load = extensions[extension] ?? plain;
    extensions[extension] = function (this: unknown, module, path) {
      if (isRewritten(path)) {
        // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
        const compile = module._compile;
        module._compile = function (this: Required, text, ...rest) {
          return compile.call(this, rewritten(text) ?? text, ...rest);
        };
      }
      return load.call(this, module, path);
    };
  }
  function isRewritten(path: string): boolean {
    try {
      const source = readFileSync(path, 'utf8');
      if (rewritten(source) === undefined) return false;
      const loader = LOADERS.get(/\.(\w+)$/.exec(path)?.[1] ?? '') ?? 'js';
      return !isEsm(new bun.Transpiler({ loader }).scan(source));
    } catch {
      return false; // Bun says so itself.
    }
  }
}

function isEsm(found: { exports: unknown[]; imports: { kind: string }[] }): boolean {
  return found.exports.length > 0 || found.imports.some(({ kind }) => kind === 'import-statement');
}
