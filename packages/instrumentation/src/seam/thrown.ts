/**
 * What a tool's handler threw. `McpServer` swallows it and answers `isError` (`executeToolHandler` and `createToolError`, SDK 1
 * from 1.24, SDK 2). Kept beside the call until its answer leaves.
 *
 * Both places call us (hook/rewrite.ts), and a handler's stack is the one it would have had. The class is patched only where a
 * bundle has them in another form: then `executeToolHandler` is watched.
 */
import type { OpenCall, RecorderPort } from '../ports.ts';
import { patchClass } from './patch.ts';

const PATCHED = Symbol.for('mcp-logbook.thrown');
/** Calls whose handler was called: what fails before is a refusal of the SDK's. */
const begun = new WeakSet<OpenCall>();
const thrown = new WeakMap<OpenCall, { readonly error: unknown }>();

/** What the handler of `call` threw, if anything was seen. */
export function takeThrown(call: OpenCall): { readonly error: unknown } | undefined {
  return thrown.get(call);
}

/** The handler of the current call is about to be called. */
export function noteHandler(recorder: () => RecorderPort | undefined): void {
  const call = recorder()?.current();
  if (call !== undefined) begun.add(call);
}

/** What the current call failed by becomes its answer. */
export function noteFailed(error: unknown, recorder: () => RecorderPort | undefined): void {
  const call = recorder()?.current();
  if (call !== undefined && begun.has(call)) thrown.set(call, { error });
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
