/**
 * The content hook: sees every MCP SDK that this process loads, as an ES module or CommonJS, and patches its Protocol
 * class at the first instance. Until a source is recognised it does nothing but search loaded sources for four texts:
 * no SDK, no timer, no output, no file (design/README, one tool call, step 1).
 *
 * `module.registerHooks` (Node >= 22.15) sees ES modules and plain CommonJS; the `_compile` patch sees what loaders
 * such as tsx compile themselves. Bun has a way of its own (`bun.ts`). Under Deno any load hook breaks requiring JSON, so
 * nothing is installed there.
 */
import Module from 'node:module';
import type { RecorderPort } from '../ports.ts';
import type { Unread } from '../tap/answer.ts';
import { StdioDoor, watchHttp2, watchPosts, watchStreams } from '../tap/doors.ts';
import { detour, isImportOfCommonjs, needsDetour, openDetour, withheld } from './detour.ts';
import { createOwnRequire } from './own-require.ts';
import { HOOK_GLOBAL, mayHold, rewrite } from './rewrite.ts';

export { isOwn, startOwn } from '../tap/own-thread.ts';
export { createOwnRequire } from './own-require.ts';
export { HOOK_GLOBAL, PROTOCOL_MARK } from './rewrite.ts';

/** What the hook asks of its user. */
export interface HookOptions {
  /** Asked once, at the first `connect`: loads the heavy part. `undefined` = stand down for good. */
  readonly recorder: () => RecorderPort | undefined;
  /** Called once, when what sees calls cannot be loaded: none is recorded. */
  readonly failed?: (error: unknown) => void;
  /** Called once, when the source of an MCP SDK is first seen. */
  readonly onRecognised?: () => void;
  /** Called for each message that a tap could not read. */
  readonly unread?: (reason: Unread) => void;
  /** Believe `X-Forwarded-For` from these peers; default nobody (surface.md, MCP_LOGBOOK_TRUST_PROXY). */
  readonly trustProxy?: () => (address: string) => boolean;
}

/** Loaded when MCP is recognised: by `require`, which is at once. */
type Parts = typeof import('./recognised.ts');
const require = createOwnRequire(import.meta.url);

const INSTALLED = Symbol.for('mcp-logbook.hook');

interface ModulePrototype {
  _compile(this: unknown, content: string, filename: string, ...rest: unknown[]): unknown;
}

/**
 * Installs the hook, once in each thread: a second call, also from another copy of this package, does nothing.
 * @returns false when it was installed before or cannot be here
 */
export function installHook(options: HookOptions): boolean {
  const globals = globalThis as Record<string | symbol, unknown>;
  if (globals[INSTALLED] !== undefined || !canHook()) return false;
  globals[INSTALLED] = true;

  let asked = false;
  let recorder: RecorderPort | undefined;
  const recorderOnce = (): RecorderPort | undefined => {
    if (!asked) {
      asked = true;
      recorder = options.recorder();
    }
    return recorder;
  };

  let loaded: Parts | undefined;
  let hasFailed = false;
  const parts = (): Parts => {
    try {
      return (loaded ??= require('#recognised') as Parts);
    } catch (error) {
      if (!hasFailed) setImmediate(quietly(again));
      hasFailed = true;
      throw error;
    }
  };
  // Node.js 22.15 cannot load beside an `import` under way that needs the same of its own parts; a moment later it can.
  const again = (): void => {
    try {
      parts();
    } catch (error) {
      options.failed?.(error);
    }
  };

  let recognised = false;
  const unread = (reason: Unread): void => quietly(() => options.unread?.(reason))(undefined);
  const tooLong = (): void => unread('too_long');
  const watch = (): void =>
    quietly(() => parts().watchHttp(recorderOnce, options.trustProxy))(undefined);
  let tap: InstanceType<Parts['StdioTap']> | undefined;
  // Bun makes its streams otherwise: there only SDKs are seen.
  const door: StdioDoor | undefined = isBun()
    ? undefined
    : new StdioDoor((push) => {
        const { StdioTap } = parts();
        const isSdkLoaded = (): boolean => recognised || door?.hasThreads === true;
        tap = new StdioTap({ recorder: recorderOnce, isSdkLoaded, unread: tooLong, push });
        return tap;
      });
  if (!isBun()) {
    const http = { recorder: recorderOnce, watch, unread };
    watchPosts(
      (request, response, body) => parts().takePost(request, response, body, http),
      (request, response) => {
        watch();
        parts().watchRequest(request, response);
      },
      tooLong,
    );
    watchStreams((response, head) => parts().takeStream(response, head, http));
    watchHttp2((server) =>
      (require('#http2') as typeof import('../tap/http2.ts')).watchHttp2Server(server),
    );
  }

  const recognise = (): void => {
    if (recognised) return;
    recognised = true;
    const {
      adoptMcpServer,
      noteFailed,
      noteHandler,
      noteOAuthError,
      noteStdioEntry,
      patchProtocol,
      tellMainThread,
      watchProbe,
      watchStdioEntry,
      watchToolHandlers,
      whenHeardOnStdio,
    } = parts();
    whenHeardOnStdio(() => {
      door?.close();
      tap?.standDown();
      tellMainThread();
    });
    globals[HOOK_GLOBAL] = {
      P: quietly((instance) => patchProtocol(instance, recorderOnce)),
      T: quietly((instance, isHandled) => {
        adoptMcpServer(instance);
        if (isHandled !== 1) watchToolHandlers(instance as object, recorderOnce);
      }),
      B: quietly(() => noteHandler(recorderOnce)),
      F: quietly((error) => noteFailed(error, recorderOnce)),
      E: quietly(noteOAuthError),
      L: quietly(noteStdioEntry),
      S: quietly((instance) => watchStdioEntry(instance, recorderOnce)),
      N: quietly((instance) => watchProbe(instance, recorderOnce)),
    };
    watch();
    quietly(() => options.onRecognised?.())(undefined);
  };

  const rewritten = (source: string): string | undefined => {
    try {
      const text = rewrite(source);
      if (text !== undefined) recognise();
      return text;
    } catch {
      return undefined;
    }
  };

  if (isBun()) {
    (require('#bun') as typeof import('./bun.ts')).hookBun(rewritten);
    return true;
  }
  const detours = needsDetour(process.versions.node);
  if (detours) openDetour();
  Module.registerHooks({
    load(url, context, nextLoad) {
      let loaded: ReturnType<typeof nextLoad>;
      try {
        loaded = nextLoad(url, context);
      } catch (error) {
        const text = detours ? withheld(url, error) : undefined;
        if (text === undefined) throw error;
        return { format: 'commonjs', source: detour(text), shortCircuit: true };
      }
      const { source } = loaded;
      // `format` is null or undefined for `.js` in packages without "type": any text counts, except what cannot be code.
      if (
        source === null ||
        source === undefined ||
        loaded.format === 'json' ||
        loaded.format === 'wasm'
      )
        return loaded;
      if (detours && isImportOfCommonjs(url, loaded.format, context.conditions))
        return { ...loaded, source: detour(textOf(source)) };
      if (typeof source === 'string') {
        const text = rewritten(source);
        return text === undefined ? loaded : { ...loaded, source: text };
      }
      const bytes = bytesOf(source);
      if (!mayHold(bytes)) return loaded;
      const text = rewritten(bytes.toString('utf8'));
      return text === undefined ? loaded : { ...loaded, source: text };
    },
  });

  const prototype = Module.prototype as unknown as ModulePrototype;
  // eslint-disable-next-line typescript/unbound-method -- called with its own `this` below
  const compile = prototype._compile;
  if (typeof compile === 'function') {
    prototype._compile = function (content, filename, ...rest) {
      const text = typeof content === 'string' ? rewritten(content) : undefined;
      return compile.call(this, text ?? content, filename, ...rest);
    };
  }
  return true;
}

/** Node >= 22.15 or Bun. Read from the module object: a named import that is missing would stop the whole program. */
export function canHook(): boolean {
  return (typeof Module.registerHooks === 'function' && !('Deno' in globalThis)) || isBun();
}

function isBun(): boolean {
  return 'Bun' in globalThis;
}

function textOf(source: string | NodeJS.ArrayBufferView | ArrayBuffer): string {
  return typeof source === 'string' ? source : bytesOf(source).toString('utf8');
}

function bytesOf(source: NodeJS.ArrayBufferView | ArrayBuffer): Buffer {
  return ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : Buffer.from(source);
}

/** Telemetry never throws into the program (I8). */
function quietly(
  act: (value: unknown, more?: unknown) => void,
): (value?: unknown, more?: unknown) => void {
  return (value, more) => {
    try {
      act(value, more);
    } catch {
      // Seen nothing is better than broken: the class stays as it was.
    }
  };
}
