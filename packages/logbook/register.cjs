'use strict';
/**
 * `register` as CommonJS, for NODE_OPTIONS by path: Deno passes that on to programs it runs, cannot `require` an ES module
 * there ("in a cycle") and so would not start them at all. A load hook would break its requiring of JSON, so the flag
 * stands down: one line on stderr, and the program runs as it is.
 */
if (!('Deno' in globalThis)) require('./dist/register.js');
else if (!isWrapped())
  require('node:fs').writeSync(
    2,
    'mcp-logbook: Deno has no load hooks for the flag; the program runs unrecorded: start it by `mcp-logbook wrap -- deno ...`\n',
  );

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
