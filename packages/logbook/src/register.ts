/**
 * What `--require mcp-logbook/register` (or `--import`, or NODE_OPTIONS) loads: installs the content hook, and passes the
 * flag on to a process that takes over stdin (launched.ts); nothing else. Until an MCP SDK is recognised and connects
 * there is no SDK load, no timer, no file and no output; a program that never speaks MCP runs as if we were not there
 * (design/README, one tool call, step 1).
 *
 * Loaded by `require` of an ES module, so nothing it reaches may use top-level await. Loaded twice it does nothing the
 * second time. Under `mcp-logbook wrap` an inherited preload stands down: never two records of one call. Under Bun it is
 * loaded by `--preload`.
 */
import { subscribe } from 'node:diagnostics_channel';
import { canHook, createOwnRequire, installHook, isOwn } from '@mcp-logbook/instrumentation/hook';
import { beforeLoaders, loadsBeforeLoaders } from './before-loaders.ts';
import { lineOf, warnOnce } from './diag.ts';
import type { Runtime } from './runtime.ts';
import { watchThreads } from './threads.ts';

const require = createOwnRequire(import.meta.url);

// A launcher passed the flag on to us (launched.ts): from here on NODE_OPTIONS is what it was.
const { MCP_LOGBOOK_NODE_OPTIONS: before } = process.env;
if (before !== undefined) {
  delete process.env.MCP_LOGBOOK_NODE_OPTIONS;
  if (before === '') delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = before.slice(1);
}

if ('Deno' in globalThis) {
  warnOnce('deno', 'Deno has no load hooks for the flag; start the program by `mcp-logbook wrap`');
} else if (process.env.MCP_LOGBOOK_WRAPPED !== '1') {
  // Before the program's own modules load, or it would cache nothing.
  if (process.env.MCP_LOGBOOK_COMPILE_CACHE === 'true')
    (require('#compile-cache') as typeof import('./compile-cache.ts')).keepCompileCache(
      process.env.MCP_LOGBOOK_DIR,
    );
  if (canHook()) {
    let runtime: Runtime | undefined;
    // `require` of an ES module is synchronous, which `connect` needs; both calls get the one instance.
    const loaded = () => require('#runtime') as typeof import('./runtime.ts');
    const started = (): Runtime => (runtime ??= loaded().startRuntime());
    if (loadsBeforeLoaders(process.versions.node))
      beforeLoaders(() => {
        loaded();
        for (const late of ['#redaction', '#launched', '@mcp-logbook/audit']) require(late);
      });
    watchThreads(isOwn, (end) =>
      (require('#shutdown') as typeof import('./shutdown.ts')).onEnd({ now: end }),
    );
    // Never silent: who put the flag there believes that calls are recorded.
    const failed = (error: unknown): void =>
      warnOnce('start', `could not start, calls are not recorded: ${lineOf(error)}`);
    installHook({
      recorder: () => {
        try {
          return started().recorder;
        } catch (error) {
          failed(error);
          return undefined;
        }
      },
      failed,
      unread: (reason) => {
        started().unread(reason);
        const what =
          reason === 'too_long'
            ? 'a message of over 8 MiB was not read: its call is'
            : 'an answer in an encoding that is not known was not read: its calls are';
        warnOnce(`tap:${reason}`, `${what} recorded without content`);
      },
      trustProxy: () => (address) => started().trusts(address),
    });
    subscribe('child_process', (message) => {
      try {
        const { passFlagOn } = require('#launched') as typeof import('./launched.ts');
        passFlagOn((message as { process: object }).process);
      } catch {
        // Started as it is: what is thrown here would end the program.
      }
    });
    // Behind our own hook: it looks at what that has made of a source.
    if (process.env.MCP_LOGBOOK_WARN_UNSEEN === 'true')
      (require('#unseen') as typeof import('./unseen.ts')).warnUnseen();
  } else {
    warnOnce(
      'node',
      `needs Node.js 22.15 or newer, this is ${process.version}; the program runs unrecorded`,
    );
  }
}
