/**
 * The two streams of the stdio tap, reached without making them: `process.stdin` and `process.stdout` are made by the
 * program's first look at them, and a program that never looks must not get them (a stdin that is made keeps a process
 * alive, a stdout that is made puts its pipe in non-blocking mode). So each getter is replaced until its first use.
 *
 * What comes in is seen at `stdin.push`, what goes out at `stdout._write`: below what programs patch, capture and wrap
 * (`write` is often bound before a server starts), and above the descriptor. Arguments, results, callbacks, encodings and
 * back-pressure are the program's own (I8).
 */
import type { Readable, Writable } from 'node:stream';

type Name = 'stdin' | 'stdout';

/** Has `use` called with the stream at the program's first look at it; returns the way back. */
export function atFirstUse(name: Name, use: (stream: Readable | Writable) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(process, name);
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const get = own?.get;
  if (own === undefined || get === undefined || own.configurable !== true) return () => {};
  const restore = (): void => {
    if (Object.getOwnPropertyDescriptor(process, name)?.get === look)
      Object.defineProperty(process, name, own);
  };
  function look(this: unknown): unknown {
    const stream: unknown = Reflect.apply(get as (this: unknown) => unknown, process, []);
    restore();
    try {
      if (typeof stream === 'object' && stream !== null) use(stream as Readable);
    } catch {
      // Not seen, not broken (I8).
    }
    return stream;
  }
  Object.defineProperty(process, name, { ...own, get: look });
  return restore;
}

/** What a member is replaced by; `call` is the program's own. */
type Around = (call: (...args: unknown[]) => unknown, args: readonly unknown[]) => unknown;

/** Replaces a method of one object, unseen by whoever lists its members; returns the way back. */
export function around(target: object, name: string, act: Around): () => void {
  const method = (target as Record<string, unknown>)[name];
  if (typeof method !== 'function') return () => {};
  const own = Object.getOwnPropertyDescriptor(target, name);
  const replacement = function (this: unknown, ...args: unknown[]): unknown {
    return act((...rest) => Reflect.apply(method, this, rest) as unknown, args);
  };
  Object.defineProperty(target, name, {
    value: replacement,
    configurable: true,
    writable: true,
    enumerable: own?.enumerable ?? false,
  });
  return () => {
    if ((target as Record<string, unknown>)[name] !== replacement) return;
    if (own === undefined) delete (target as Record<string, unknown>)[name];
    else Object.defineProperty(target, name, own);
  };
}
