/**
 * Loads what we need later before another loader moves in (`module.register`: Sentry, import-in-the-middle, tsx). On Node.js
 * before 24.21 a `require` of an ES module after that may ask the loader's thread when it is gone, and Node.js then ends the
 * program with code 1 (run with @sentry/mcp-server on 22.15 to 24.0; 24.21 and 26 are well).
 */
import Module, { syncBuiltinESMExports } from 'node:module';

/** Whether this version of Node.js needs it. */
export function loadsBeforeLoaders(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < 24 || (major === 24 && minor < 21);
}

/** Has `load` called once, right before the program's first `module.register`; what it throws is not the program's. */
export function beforeLoaders(load: () => void): void {
  const { register } = Module;
  if (typeof register !== 'function') return;
  let isLoaded = false;
  Module.register = function (this: unknown, ...args: unknown[]): unknown {
    if (!isLoaded) {
      isLoaded = true;
      Module.register = register;
      syncBuiltinESMExports();
      try {
        load();
      } catch {
        // The recorder will say so, if it is ever asked for.
      }
    }
    return Reflect.apply(register, this, args);
  } as typeof register; // same parameters as the function it stands in for
  syncBuiltinESMExports();
}
