/**
 * Finds an MCP SDK in source text, whatever package, version or bundle it came in, and makes it call us (hooking.md 3).
 *
 * Six texts give the classes away; property names survive minifiers:
 *   `_requestHandlerAbortControllers ... new Map`   Protocol   (SDK 0.6 to 2.x, forks, bundles)
 *   `_registeredTools ... {}`                        McpServer
 *   `toResponseObject() {`                           OAuthError
 * and, where SDK 2 answers before any Protocol is there (only in sources that name `subscriptions/listen`):
 *   `_subs ... new Map`                              the listen router of `serveStdio`
 *   `_readBuffer = new ...(`                         its transport
 *   `_probeCounter ... 0`                            the probe of its client
 * and, in the source of McpServer, where a tool's handler is called and what it threw becomes an answer: a patched method would
 * stand in the stack traces of handlers, which programs print. What is inserted there is behind the place that a trace names.
 * The initialiser becomes `(globalThis.__mcpLogbookSaw?.P(this),<original>)`. What is inserted has no quote, backslash,
 * newline or `${`: webpack's `devtool: eval` keeps modules inside string literals. Nothing is renamed, no line moves.
 */

/** Global through which rewritten sources call us; absent = they run as they were. */
export const HOOK_GLOBAL = '__mcpLogbookSaw';

/** Cheapest test that a source can hold the Protocol class. */
export const PROTOCOL_MARK = '_requestHandlerAbortControllers';

const TOOLS_MARK = '_registeredTools';
const OAUTH_MARK = 'toResponseObject()';
const MODERN_MARK = 'subscriptions/listen';
const CALL = `globalThis.${HOOK_GLOBAL}?.`;

// At most 40 characters between name and initialiser: `this._x=new Map`, `_x = new Map`, `f(this, "_x", new Map`, and the
// annotation that esbuild and Rollup put before it. A Map made of something is not the SDK's, and cutting it would break it.
const PROTOCOL =
  /(_requestHandlerAbortControllers\W{1,40}?(?:[@#]__PURE__ ?\*\/\s{0,2})?)(new Map\b(?:\s*\(\s*\)|(?!\s*[(<.])))/g;
const TOOLS = /(_registeredTools\W{0,3}\s*[=,]\s*)(\{\s*\})/g;
const CALLED =
  /(\.executeToolHandler\(\s{0,40}(?:[\w$]{1,64},\s{0,40}){0,4})([\w$]{1,64})(?=\s{0,40}\))/g;
const FAILED =
  /(\bcreateToolError\()(([\w$]{1,64}) instanceof Error ?\? ?\3\.message ?: ?String\(\3\))(?=\))/g;
const SUBS =
  /(\b_subs\W{1,40}?(?:[@#]__PURE__ ?\*\/\s{0,2})?)(new Map\b(?:\s*\(\s*\)|(?!\s*[(<.])))/g;
const BUFFER = /(\b_readBuffer\s{0,2}=\s{0,2}new )([\w$.]{1,64})(?=\()/g;
const PROBE = /(\b_probeCounter\W{1,12}?)(0)(?=[\s,;})])/g;
const OAUTH = /(\btoResponseObject\(\)\s*\{)/g;

/**
 * The rewritten source, or `undefined` when there is nothing of the SDK in it or it was rewritten before.
 * Linear in the length of `source`: four searches for a fixed text, expressions only where one was found.
 */
export function rewrite(source: string): string | undefined {
  if (source.includes(HOOK_GLOBAL)) return undefined;
  let changed = source;
  if (source.includes(PROTOCOL_MARK)) changed = changed.replace(PROTOCOL, `$1(${CALL}P(this),$2)`);
  if (source.includes(TOOLS_MARK)) {
    const called = changed.replace(CALLED, `$1(${CALL}B(),$2)`);
    const failed = called.replace(FAILED, `$1(${CALL}F($3),$2)`);
    const isWhole = called !== changed && failed !== called;
    changed = (isWhole ? failed : changed).replace(
      TOOLS,
      `$1(${CALL}T(this${isWhole ? ',1' : ''}),$2)`,
    );
  }
  if (source.includes(OAUTH_MARK)) changed = changed.replace(OAUTH, `$1${CALL}E(this);`);
  if (source.includes(MODERN_MARK)) {
    if (source.includes('routeOutbound')) changed = changed.replace(SUBS, `$1(${CALL}L(this),$2)`);
    if (source.includes('processReadBuffer'))
      changed = changed.replace(BUFFER, `$1(${CALL}S(this),$2)`);
    if (source.includes('server-discover-probe'))
      changed = changed.replace(PROBE, `$1(${CALL}N(this),$2)`);
  }
  return changed === source ? undefined : changed;
}

/** Whether bytes can hold anything to rewrite: searched before they are decoded. */
export function mayHold(source: Uint8Array): boolean {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return (
    bytes.includes(PROTOCOL_MARK) ||
    bytes.includes(TOOLS_MARK) ||
    bytes.includes(OAUTH_MARK) ||
    bytes.includes(MODERN_MARK)
  );
}
