/**
 * What a tool's handler threw. `McpServer` swallows it and answers `isError`; type and stack are visible only where the
 * handler is called: `executeToolHandler` (SDK 1 from 1.24, SDK 2). Kept beside the call until its answer leaves.
 */
import type { OpenCall, RecorderPort } from '../ports.ts';
import { patchClass } from './patch.ts';

const PATCHED = Symbol.for('mcp-logbook.thrown');
const thrown = new WeakMap<OpenCall, { readonly error: unknown }>();

/** What the handler of `call` threw, if anything was seen. */
export function takeThrown(call: OpenCall): { readonly error: unknown } | undefined {
  return thrown.get(call);
}

/** Patches the class of an `McpServer` once; the error itself goes on to the SDK untouched (I8). */
export function watchToolHandlers(
  instance: object,
  recorder: () => RecorderPort | undefined,
): void {
  patchClass(instance, { member: 'executeToolHandler', mark: PATCHED }, (execute) => {
    return function (...args) {
      const call = recorder()?.current();
      if (call === undefined) return Reflect.apply(execute, this, args);
      const note = (error: unknown): never => {
        thrown.set(call, { error });
        throw error;
      };
      let value: unknown;
      try {
        value = Reflect.apply(execute, this, args);
      } catch (error) {
        return note(error);
      }
      return value instanceof Promise ? value.then(undefined, note) : value;
    };
  });
}
