/**
 * Keeps load hooks harmless on Node.js that breaks under any of them: 22.15 to 22.22, 23, 24.0 to 24.11.
 *
 * There a CommonJS file that an ES module imports is run by the ES module loader as soon as a load hook exists, because the
 * hook is given its source; and what such a file requires may then be no ES module ("request for './index.js' is not in
 * cache", "module is not linked"). Express comes to one: qs -> side-channel -> get-intrinsic -> async-function. Without a hook
 * Node.js gives the file to the CommonJS loader. So do we: the text that the ES module loader runs is one call of
 * `Module._load`, as in Node.js itself. The file's own text stays behind it, never run, where Node.js looks for the names of
 * exports. The real one comes by our hook again, on its way through `require`.
 */
import { readFileSync, realpathSync } from 'node:fs';
import Module from 'node:module';

/** Global through which a detour calls us. */
const DETOUR_GLOBAL = '__mcpLogbookRequire';

/** Whether this version of Node.js needs it; run on 22.15.0 to 26.12.1. */
export function needsDetour(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major === 23 || (major === 22 && minor < 23) || (major === 24 && minor < 12);
}

/**
 * Whether a load is that of a CommonJS file by an `import`.
 * @param conditions an array; of a `require`, some versions give a Set
 */
export function isImportOfCommonjs(
  url: string,
  format: string | null | undefined,
  conditions: Iterable<string> | undefined,
): boolean {
  if (format !== 'commonjs' || !url.startsWith('file:')) return false;
  const asked = new Set(conditions);
  return asked.has('import') && !asked.has('require');
}

/**
 * The text of a file that Node.js withholds: behind a loader of `module.register` (tsx, Sentry, one of the program's own) it
 * gives a load hook no source of a CommonJS file that is imported, and throws because it has none (run on 22.15.0).
 * Nothing of what that loader still has to compile (TypeScript, `import` by tsx): the names of its exports stay unknown.
 * @param error what the next hook threw; `undefined` = it is about something else
 */
export function withheld(url: string, error: unknown): string | undefined {
  const { code } = Object(error) as { readonly code?: unknown };
  if (code !== 'ERR_INVALID_RETURN_PROPERTY_VALUE' || !url.startsWith('file:')) return undefined;
  try {
    const text = readFileSync(new URL(url), 'utf8');
    return isCommonjs(text) ? text : '';
  } catch {
    return undefined;
  }
}

function isCommonjs(text: string): boolean {
  try {
    process.getBuiltinModule('node:vm').compileFunction(text.replace(/^#!/, '//'));
    return true;
  } catch {
    return false;
  }
}

/** The text to run instead of `source`. */
export function detour(source: string): string {
  const call = `module.exports=globalThis.${DETOUR_GLOBAL}(module);return;`;
  return source.startsWith('#!') ? `${call}//${source}` : `${call}${source}`;
}

interface Placeholder {
  readonly filename: string;
}

/** Must be called before a detour is run. */
export function openDetour(): void {
  const { _cache: cache, _load: load } = Module as unknown as {
    _cache: Record<string, unknown>;
    _load: (request: string, parent: undefined, isMain: boolean) => unknown;
  };
  const through = (placeholder: Placeholder): unknown => {
    const { filename } = placeholder;
    // Made by the ES module loader for the detour; left there it would look like a file that requires itself.
    if (cache[filename] === placeholder) delete cache[filename];
    return load(filename, undefined, isMain(filename));
  };
  Object.defineProperty(globalThis, DETOUR_GLOBAL, { value: through, configurable: true });
}

/** Whether a file is the program's own: it is imported where `--import` was given. */
function isMain(filename: string): boolean {
  const [, script] = process.argv;
  if (script === undefined) return false;
  try {
    return realpathSync(Module.createRequire(filename).resolve(script)) === filename;
  } catch {
    return false; // `-e`, `-`
  }
}
