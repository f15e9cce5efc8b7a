/**
 * `require` for what of ours is loaded late, when the program's own loaders are in place: esbuild-register, ts-node, sucrase,
 * @babel/register and their like replace `Module._extensions` and compile every file outside `node_modules`. A copy of ours
 * that is linked is such a file, and compiled by them it does not run. So our files are loaded by the loaders that were
 * there when the flag was.
 */
import Module from 'node:module';

type Extensions = Record<string, unknown>;

const extensions = (Module as unknown as { _extensions?: Extensions })._extensions ?? {};
const found: Readonly<Extensions> = { ...extensions };

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

/** All of them and in their order, by which Node.js looks for a file without an extension. */
function put(loaders: Readonly<Extensions>): void {
  for (const extension of Object.keys(extensions)) delete extensions[extension];
  Object.assign(extensions, loaders);
}
