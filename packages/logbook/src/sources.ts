/** Every source that this process loads from now on, as the register has left it. */
import Module from 'node:module';
import { pathToFileURL } from 'node:url';

/** What `see` is told. @param format as Node.js has it, `commonjs` where it does not say */
type See = (url: string, source: string | Buffer, format: string) => void;

/** Has `see` called with each; it must not throw. Comes behind the register, or it sees sources as they were. */
export function watchSources(see: See): void {
  Module.registerHooks?.({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      const { source, format } = loaded;
      if (source !== null && source !== undefined)
        see(url, typeof source === 'string' ? source : bytesOf(source), format ?? 'commonjs');
      return loaded;
    },
  });
  // As the register's own patch: loaders such as tsx compile CommonJS past the hooks.
  const modules = Module.prototype as unknown as {
    _compile(this: unknown, content: unknown, file: string, ...rest: unknown[]): unknown;
  };
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const { _compile: compile } = modules;
  modules._compile = function (content, file, ...rest) {
    if (typeof content === 'string') see(pathToFileURL(file).href, content, 'commonjs');
    return compile.call(this, content, file, ...rest);
  };
}

function bytesOf(source: ArrayBuffer | NodeJS.ArrayBufferView): Buffer {
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}
