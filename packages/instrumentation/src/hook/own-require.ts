/**
 * `require` for what of ours is loaded late, when the program's own loaders are in place: esbuild-register, ts-node, sucrase,
 * @babel/register and their like replace `Module._extensions` and compile every file outside `node_modules`. A copy of ours
 * that is linked is such a file, and compiled by them it does not run. So our files are loaded by the loaders that were
 * there when the flag was; and by Node.js's own compiler, should one of theirs have been there before it (register.cjs).
 */
import { readFileSync } from 'node:fs';
import Module from 'node:module';

type Loader = (module: object, filename: string) => unknown;
type Extensions = Record<string, Loader | undefined>;

const { _extensions: extensions = {}, prototype } = Module as unknown as {
  readonly _extensions?: Extensions;
  readonly prototype: { _compile(text: string, filename: string, format: 'module'): unknown };
};
const found: Readonly<Extensions> = { ...extensions, ...ownLoader(extensions['.js']) };

/** As `createRequire`; what it loads is loaded before it returns. */
export function createOwnRequire(url: string): (id: string) => unknown {
  const require = Module.createRequire(url);
  return (id) => {
    const theirs = { ...extensions };
    put(found);
    try {
      return require(id) as unknown;
    } finally {
      put(theirs);
    }
  };
}

function ownLoader(theirs: Loader | undefined): Extensions {
  // Bun's loader is its own.
  if (theirs === undefined || 'Bun' in globalThis) return {};
  const load: Loader = (module, filename) => {
    if (!isOurs(filename)) return theirs(module, filename);
    const source = readFileSync(filename, 'utf8');
    // eslint-disable-next-line typescript/unbound-method -- called with the module as `this`
    return Reflect.apply(prototype._compile, module, [source, filename, 'module']) as unknown;
  };
  return { '.js': load };
}

/** While we load, a file is ours or of a package we depend on, and those are installed. */
function isOurs(filename: string): boolean {
  // Of an extension that it does not know, Node.js comes here as well.
  if (!filename.endsWith('.js')) return false;
  const [, installed] = /.*[\\/]node_modules[\\/](.*)/s.exec(filename) ?? [];
  return installed === undefined || /^@?mcp-logbook[\\/]/.test(installed);
}

/** All of them and in their order, by which Node.js looks for a file without an extension. */
function put(loaders: Readonly<Extensions>): void {
  for (const extension of Object.keys(extensions)) delete extensions[extension];
  Object.assign(extensions, loaders);
}
