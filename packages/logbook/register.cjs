'use strict';
/**
 * `register` as CommonJS, the first file of ours that the flag loads.
 *
 * Another loader may be there before us (`--require esbuild-register`, one of the program's own) and compile every file
 * outside `node_modules` or even within. A copy of ours that is linked (`npm link`, a workspace) is such a file, and as
 * CommonJS it would not run: the program would end before its first line. So we load our ES modules with Node.js's own
 * compiler. What cannot be loaded at all is one line on stderr: telemetry never stops a program.
 *
 * Deno passes NODE_OPTIONS on to programs it runs, cannot `require` an ES module there ("in a cycle") and so would not start
 * them at all. A load hook would break its requiring of JSON, so the flag stands down: one line on stderr, and the program
 * runs as it is.
 */
if ('Deno' in globalThis) {
  if (!isWrapped())
    say(
      'Deno has no load hooks for the flag; the program runs unrecorded: start it by `mcp-logbook wrap -- deno ...`',
    );
} else
  try {
    load();
  } catch (error) {
    // Before Node.js 24 the thread of a program's loader runs preloads as well, and can load no ES module by them.
    if (require('node:worker_threads').isInternalThread !== true) {
      const [line] = String(error?.message ?? error).split('\n', 1);
      say(`could not be loaded, the program runs unrecorded: ${line}`);
    }
  }

function load() {
  const { _extensions: extensions, prototype } = require('node:module');
  const theirs = extensions?.['.js'];
  // By its path: to look a name up in package.json costs more than to load the file.
  // Old Node.js has no `require` of ES modules, and is told so by what we load; Bun's loader is its own.
  if (theirs === undefined || 'Bun' in globalThis) return require('./dist/register.js');
  extensions['.js'] = (module, filename) => {
    if (!isOurs(filename)) return theirs(module, filename);
    const source = require('node:fs').readFileSync(filename, 'utf8');
    return prototype._compile.call(module, source, filename, 'module');
  };
  try {
    // What it loads later is loaded by the loaders it finds now (own-require.ts).
    return require('./dist/register.js');
  } finally {
    extensions['.js'] = theirs;
  }
}

/** While we load, files are ours, or packages we depend on, all of which are installed. */
function isOurs(filename) {
  const [, installed] = /.*[\\/]node_modules[\\/](.*)/s.exec(filename) ?? [];
  return installed === undefined || /^@?mcp-logbook[\\/]/.test(installed);
}

function say(line) {
  require('node:fs').writeSync(2, `mcp-logbook: ${line}\n`);
}

/** Without asking: a program that may not read its environment is no place for a prompt of ours. */
function isWrapped() {
  try {
    const { Deno } = globalThis;
    const { state } = Deno.permissions.querySync({ name: 'env', variable: 'MCP_LOGBOOK_WRAPPED' });
    return state === 'granted' && Deno.env.get('MCP_LOGBOOK_WRAPPED') === '1';
  } catch {
    return false;
  }
}
