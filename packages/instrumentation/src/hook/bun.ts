/**
 * The content hook under Bun (`bun --preload`), which has plugins in place of Node.js's load hooks.
 *
 * `onLoad` must answer every path its filter lets through, and a CommonJS module that it answers loses its exports (Bun
 * 1.4.5, run). So no filter stands for all paths: `onResolve`, which may decline, looks at each file about to be loaded,
 * and only one that is an ES module of an SDK gets an `onLoad` of its own. All others load as they would without us.
 */
import { readFileSync } from 'node:fs';
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

/** Has `rewritten` see every ES module that is loaded from now on; it returns `undefined` for what stays as it is. */
export function hookBun(rewritten: (source: string) => string | undefined): void {
  const { Bun: bun } = globalThis as unknown as { Bun: Bun };
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

function isEsm(found: { exports: unknown[]; imports: { kind: string }[] }): boolean {
  return found.exports.length > 0 || found.imports.some(({ kind }) => kind === 'import-statement');
}
