/**
 * The content hook under Bun (`bun --preload`), which has plugins in place of Node.js's load hooks.
 *
 * `onLoad` must answer every path its filter lets through, and a CommonJS module that it answers loses its exports (Bun
 * 1.4.5, run). So no filter stands for all paths: `onResolve`, which may decline, looks at each file about to be loaded,
 * and only one that is an ES module of an SDK gets an `onLoad` of its own. CommonJS of an SDK that is `require`d comes by
 * `Module._extensions`, as in Node.js; what is imported, and the program's first file, comes past it, but from the cache of
 * `require` where it is there. There it is put, and runs when its exports are first asked for, which is when it would.
 * All others load as they would without us.
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
  ['cjs', 'js'],
  ['jsx', 'jsx'],
  ['ts', 'ts'],
  ['mts', 'ts'],
  ['tsx', 'tsx'],
]);

/** What `require` makes of a file. */
interface Required {
  id: string;
  filename: string;
  loaded: boolean;
  paths: unknown;
  parent: unknown;
  exports: unknown;
  _compile(text: string, ...rest: unknown[]): unknown;
}

/** As much of `node:module` as its types leave out. */
interface Modules {
  new (id: string): Required;
  readonly prototype: { require(this: unknown, id: string): unknown };
  readonly _cache: Record<string, Required | undefined>;
  _nodeModulePaths(folder: string): unknown;
}

type Extensions = Record<string, (module: Required, path: string) => unknown>;

/** Has `rewritten` see every module that is loaded from now on; it returns `undefined` for what stays as it is. */
export function hookBun(rewritten: (source: string) => string | undefined): void {
  const { Bun: bun } = globalThis as unknown as { Bun: Bun };
  const load = hookRequire(bun, rewritten);
  const takeRequired = tellRequired();
  const looked = new Set<string>();
  let resolving = false;

  const look = (path: string, importer: string, isRequired: boolean): void => {
    if (looked.has(path)) return;
    looked.add(path);
    const loader = loaderOf(path);
    if (loader === undefined) return;
    const source = readFileSync(path, 'utf8');
    const contents = rewritten(source);
    if (contents === undefined) return;
    if (!isEsm(new bun.Transpiler({ loader }).scan(source))) {
      if (isRequired) looked.delete(path);
      else if (load !== undefined && /\.c?js$/.test(path)) provide(path, importer, load);
      return;
    }
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
          look(bun.resolveSync(path, dirname(importer)), importer, takeRequired());
        } catch {
          // Not a file, or not there: Bun says so itself.
        } finally {
          resolving = false;
        }
        return undefined;
      }),
  });
}

/** @returns what loads a file as `require` does now */
function hookRequire(
  bun: Bun,
  rewritten: (source: string) => string | undefined,
): ((module: Required, path: string) => unknown) | undefined {
  const { _extensions: extensions } = Module as unknown as { _extensions?: Extensions };
  const plain = extensions?.['.js'];
  if (extensions === undefined || plain === undefined) return undefined;
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
  return extensions['.js'];
  function isRewritten(path: string): boolean {
    try {
      const source = readFileSync(path, 'utf8');
      if (rewritten(source) === undefined) return false;
      const loader = loaderOf(path) ?? 'js';
      return !isEsm(new bun.Transpiler({ loader }).scan(source));
    } catch {
      return false; // Bun says so itself.
    }
  }
}

/** Whether what is resolved now is resolved for a `require`, asked once for each; `onResolve` is not told. */
function tellRequired(): () => boolean {
  const { prototype } = Module as unknown as Modules;
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const { require } = prototype;
  let isRequired = false;
  prototype.require = function (id) {
    isRequired = true;
    try {
      return Reflect.apply(require, this, [id]) as unknown;
    } finally {
      isRequired = false;
    }
  };
  return () => {
    const was = isRequired;
    isRequired = false;
    return was;
  };
}

/** Puts a CommonJS module where an `import` of it will find it; it runs at the first look at its exports. */
function provide(
  path: string,
  importer: string,
  load: (module: Required, path: string) => unknown,
): void {
  const modules = Module as unknown as Modules;
  const { _cache: cache } = modules;
  if (cache[path] !== undefined) return;
  const made = new modules(path);
  made.filename = path;
  made.paths = modules._nodeModulePaths(dirname(path));
  made.loaded = true; // as Bun says from the start
  if (importer === 'bun:main') {
    made.id = '.';
    made.parent = null;
  }
  const put = (value: unknown): unknown =>
    Object.defineProperty(made, 'exports', {
      value,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  const { exports } = made;
  Object.defineProperty(made, 'exports', {
    configurable: true,
    enumerable: true,
    set: put,
    get: () => {
      put(exports);
      try {
        load(made, path);
      } catch (error) {
        delete cache[path];
        throw error;
      }
      return made.exports;
    },
  });
  cache[path] = made;
}

function loaderOf(path: string): Loader | undefined {
  return LOADERS.get(/\.(\w+)$/.exec(path)?.[1] ?? '');
}

function isEsm(found: { exports: unknown[]; imports: { kind: string }[] }): boolean {
  return found.exports.length > 0 || found.imports.some(({ kind }) => kind === 'import-statement');
}
