/**
 * Ways in which an SDK gets into a process, and who else may be in it: what `npm run test:loading` runs. A row is data:
 * folder of its modules under pins/, and the command line of the server, in a folder with the fixtures and those modules.
 */

/** See the file's header. */
export interface LoadRow {
  readonly title: string;
  readonly pin: 'loaders' | 'neighbours';
  /** Options of node and script, after `node`. */
  readonly args: readonly string[];
  /** Settings of both runs. NODE_OPTIONS are read before the command line: what they load comes before us. */
  readonly env?: Readonly<Record<string, string>>;
  /** `options`: our flag stands in NODE_OPTIONS, as `--import`, so that it reaches children too. Default: on the command line. */
  readonly by?: 'options';
}

const REDOCLY = '@redocly/mcp-typescript-sdk';
const MCP_USE = '@mcp-use/modelcontextprotocol-sdk';
const DATADOG = { DD_TRACE_STARTUP_LOGS: 'false', DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false' };
const QUIET = { NODE_NO_WARNINGS: '1' };

const loaders: readonly Omit<LoadRow, 'pin'>[] = [
  ...[REDOCLY, MCP_USE].map((fork) => ({ title: `${fork}, ESM`, args: ['esm.mjs', fork] })),
  { title: `${MCP_USE}, CJS`, args: ['cjs.cjs', MCP_USE] },
  ...['v1 ESM', 'v1 CJS', 'v2 ESM', 'v2 CJS', 'a fork'].map((copy) => ({
    title: `five copies in one process, ${copy} serves`,
    args: ['copies.mjs', copy],
  })),
  {
    title: 'types stripped by Node, CJS or ESM by its syntax',
    args: ['--experimental-strip-types', 'typed.ts'],
    env: QUIET,
  },
  {
    title: 'types stripped by Node, .mts',
    args: ['--experimental-strip-types', 'typed.mts'],
    env: QUIET,
  },
  { title: 'tsx by --import, package of CommonJS', args: ['--import', 'tsx', 'typed.ts'] },
  { title: 'tsx by --import, .mts', args: ['--import', 'tsx', 'typed.mts'] },
  { title: 'tsx, its command', args: ['node_modules/tsx/dist/cli.mjs', 'typed.ts'], by: 'options' },
  {
    title: 'tsx, its command, .mts',
    args: ['node_modules/tsx/dist/cli.mjs', 'typed.mts'],
    by: 'options',
  },
  {
    title: 'ts-node',
    args: ['--require', 'ts-node/register/transpile-only', 'typed.ts'],
    env: { TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs","moduleResolution":"node10"}' },
  },
  {
    // It compiles what stands outside node_modules, as our linked copy does.
    title: 'esbuild-register',
    args: ['--require', 'esbuild-register', 'typed.ts'],
  },
  // Before us it compiles our own first file; its, and any of `module.register`, stand before the flag in NODE_OPTIONS.
  {
    title: 'esbuild-register before us',
    args: ['typed.ts'],
    env: { NODE_OPTIONS: '--require esbuild-register' },
  },
  {
    title: 'ts-node before us',
    args: ['typed.ts'],
    env: {
      TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs","moduleResolution":"node10"}',
      NODE_OPTIONS: '--require ts-node/register/transpile-only',
    },
  },
  ...['typed.ts', 'typed.mts'].map((script) => ({
    title: `tsx before us, ${script}`,
    args: [script],
    env: { NODE_OPTIONS: '--import=tsx' },
    by: 'options' as const,
  })),
  {
    title: 'a loader of the program before us',
    args: ['esm.mjs'],
    env: { ...QUIET, NODE_OPTIONS: '--import=./own-loader.mjs' },
    by: 'options' as const,
  },
  {
    title: 'a loader of the program after us',
    args: ['--import', './own-loader.mjs', 'esm.mjs'],
    env: QUIET,
  },
  { title: 'swc-node', args: ['--require', '@swc-node/register', 'typed.ts'] },
  { title: 'jiti', args: ['node_modules/jiti/lib/jiti-cli.mjs', 'typed.ts'] },
  {
    title: 'nodemon',
    args: ['node_modules/nodemon/bin/nodemon.js', '--quiet', '--no-stdin', 'cjs.cjs'],
    by: 'options',
  },
  { title: 'compile cache of Node', args: ['esm.mjs'], env: { NODE_COMPILE_CACHE: 'cache' } },
  {
    title: 'symbolic links kept',
    args: ['--preserve-symlinks', '--preserve-symlinks-main', 'esm.mjs'],
  },
  {
    title: 'the program from --eval',
    args: ['--input-type=module', '--eval', 'await import("./esm.mjs")'],
  },
  { title: 'flag in NODE_OPTIONS', args: ['cjs.cjs'], by: 'options' },
];

/** Another preload before us (NODE_OPTIONS) and after us (the command line), for both module formats. */
function bothOrders(
  name: string,
  preload: string,
  env: Readonly<Record<string, string>> = {},
): Omit<LoadRow, 'pin'>[] {
  return ['esm.mjs', 'cjs.cjs'].flatMap((script) => [
    {
      title: `${name} before us, ${script}`,
      args: [script],
      env: { ...env, NODE_OPTIONS: `--require ${preload}` },
    },
    { title: `${name} after us, ${script}`, args: ['--require', preload, script], env },
  ]);
}

const neighbours: readonly Omit<LoadRow, 'pin'>[] = [
  ...bothOrders('OpenTelemetry auto-instrumentations', './otel.cjs'),
  ...['esm.mjs', 'cjs.cjs'].flatMap((script) => [
    {
      title: `Sentry before us, ${script}`,
      args: [script],
      env: { NODE_OPTIONS: '--import=./sentry.mjs' },
      by: 'options' as const,
    },
    { title: `Sentry after us, ${script}`, args: ['--import', './sentry.mjs', script] },
  ]),
  { title: 'Sentry around the server', args: ['sentry-server.cjs'] },
  ...bothOrders('dd-trace', 'dd-trace/init', DATADOG),
  {
    title: 'dd-trace by --import',
    args: ['--import', 'dd-trace/initialize.mjs', 'esm.mjs'],
    env: DATADOG,
  },
  {
    title: 'OpenTelemetry with its loader for ES modules',
    args: ['--require', './otel.cjs', '--import', './otel-loader.mjs', 'esm.mjs'],
  },
  ...bothOrders('traceloop', './traceloop.cjs'),
  ...bothOrders('openinference', './openinference.cjs'),
];

/** All rows. */
export const ROWS: readonly LoadRow[] = [
  ...loaders.map((row) => ({ ...row, pin: 'loaders' as const })),
  ...neighbours.map((row) => ({ ...row, pin: 'neighbours' as const })),
];
