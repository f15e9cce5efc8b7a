/**
 * Ways in which an SDK gets into a process, and who else may be in it: what `npm run test:loading` runs. A row is data:
 * folder of its modules under pins/, and the command line of the server, in a folder with the fixtures and those modules.
 */

import { join } from 'node:path';
import { REGISTER } from '../harness/process.ts';
import type { Layout } from './layouts.ts';

/** See the file's header. */
export interface LoadRow {
  readonly title: string;
  /** Of a layout: the folder in which it was installed so. */
  readonly pin: 'loaders' | 'neighbours' | Layout;
  /** Options of node and script, after `node`. */
  readonly args: readonly string[];
  /** Settings of both runs. NODE_OPTIONS are read before the command line: what they load comes before us. */
  readonly env?: Readonly<Record<string, string>>;
  /** `options`: our flag stands in NODE_OPTIONS, as `--import`, so that it reaches children too. Default: on the command line. */
  readonly by?: 'options';
  /** The flag in other words. */
  readonly flag?: readonly string[];
}

/** A folder with a name as people have them, in which a link `logbook` leads to our package. */
export const ODD_FOLDER = 'its "own" folder';
/** The same within the quotes of NODE_OPTIONS. */
const IN_QUOTES = `./${ODD_FOLDER.replaceAll('"', String.raw`\"`)}/logbook/register.cjs`;
/** What `register.cjs` loads; whoever names it has our first file compiled by the loader that was before us. */
const DIST = join(REGISTER, '..', 'dist', 'register.js');

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
  {
    title: 'swc-node before us',
    args: ['typed.ts'],
    env: { NODE_OPTIONS: '--require @swc-node/register' },
  },
  {
    title: 'swc-node for ES modules',
    args: ['--import', '@swc-node/register/esm-register', 'typed.mts'],
  },
  { title: 'jiti by --import', args: ['--import', 'jiti/register', 'typed.ts'] },
  {
    title: 'ts-node for ES modules, by --loader',
    args: ['--loader', 'ts-node/esm/transpile-only', 'typed.mts'],
    env: {
      ...QUIET,
      TS_NODE_COMPILER_OPTIONS: '{"module":"nodenext","moduleResolution":"nodenext"}',
    },
  },
  ...['esm.mjs', 'cjs.cjs'].map((script) => ({
    title: `flag by --import, ${script}`,
    args: [script],
    flag: ['--import', REGISTER],
  })),
  { title: 'dist/register.js by its path', args: ['esm.mjs'], flag: ['--require', DIST] },
  {
    title: 'dist/register.js by --import, esbuild-register before us',
    args: ['typed.ts'],
    env: { NODE_OPTIONS: '--require esbuild-register' },
    flag: ['--import', DIST],
  },
  {
    title: 'NODE_OPTIONS with blanks and quotes in the path',
    args: ['esm.mjs'],
    by: 'options',
    flag: ['--require', `"${IN_QUOTES}"`],
  },
  {
    title: 'NODE_OPTIONS with blanks and quotes in the path, --import',
    args: ['cjs.cjs'],
    by: 'options',
    flag: [`"--import=${IN_QUOTES}"`],
  },
  {
    title: 'conditions of the program',
    args: ['--conditions', 'development', '-C', 'custom', 'esm.mjs'],
  },
];

/** By whom we were installed. */
const layouts: readonly LoadRow[] = ['esm.mjs', 'cjs.cjs'].flatMap((script) => [
  {
    title: `installed by pnpm, ${script}`,
    pin: 'pnpm' as const,
    args: [script],
    flag: ['--require', 'mcp-logbook/register'],
  },
  {
    title: `installed by yarn with Plug and Play, ${script}`,
    pin: 'yarn' as const,
    args: [script],
    env: { ...QUIET, NODE_OPTIONS: '--require ./.pnp.cjs --loader ./.pnp.loader.mjs' },
    by: 'options' as const,
    flag: ['--require', 'mcp-logbook/register'],
  },
  {
    title: `installed by npm --global, ${script}`,
    pin: 'global' as const,
    args: [script],
    flag: ['--require', './global/lib/node_modules/mcp-logbook/register.cjs'],
  },
]);

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
  ...layouts,
  ...neighbours.map((row) => ({ ...row, pin: 'neighbours' as const })),
];
