/**
 * Bundles one fixture with one bundler: `node build.mjs <modules> <variant> <fixture> <folder>`.
 *
 * The bundlers come from `modules`, where they are installed on demand; the output is one file or a few in `folder`, with
 * every SDK inside. Prints the name of the file to start. A process of its own: bundlers keep threads and caches.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules = '', variant = '', input = '', folder = ''] = process.argv.slice(2);
const require = createRequire(join(modules || import.meta.dirname, 'here.js'));
const load = async (name) => {
  const loaded = await import(pathToFileURL(require.resolve(name)).href);
  // What a plugin exports as its default, a plugin or a CommonJS program's own exports.
  return loaded.nodeResolve === undefined ? (loaded.default ?? loaded) : loaded;
};

/** ncc writes what it reads: an ES module for an ES module. */
const isModule = input.endsWith('.mjs');
const named = (name) => join(folder, name);

async function esbuild(name, options) {
  const tool = await load('esbuild');
  await tool.build({
    entryPoints: [input],
    outfile: named(name),
    bundle: true,
    platform: 'node',
    logLevel: 'error',
    ...options,
  });
  return name;
}

async function write(bundle, name, output) {
  await bundle.write({ dir: folder, entryFileNames: name, ...output });
  await bundle.close();
  return name;
}

async function rollup(name, output, last = []) {
  const { rollup: tool } = await load('rollup');
  const { nodeResolve } = await load('@rollup/plugin-node-resolve');
  const commonjs = await load('@rollup/plugin-commonjs');
  const json = await load('@rollup/plugin-json');
  const plugins = [
    nodeResolve({ preferBuiltins: true, exportConditions: ['node'] }),
    commonjs(),
    json(),
    ...last,
  ];
  return await write(await tool({ input, plugins, onwarn() {} }), name, output);
}

async function rolldown(name, output) {
  const { rolldown: tool } = await load('rolldown');
  return await write(await tool({ input, platform: 'node', onLog() {} }), name, output);
}

async function webpack(name, options) {
  const tool = await load('webpack');
  const { module = false, ...rest } = options;
  const compiler = tool({
    entry: input,
    target: 'node22',
    output: {
      path: folder,
      filename: name,
      ...(module && { module: true, chunkFormat: 'module', library: { type: 'module' } }),
    },
    ...(module && { experiments: { outputModule: true } }),
    ...rest,
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, done) => (error ? reject(error) : resolve(done)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
  return name;
}

async function ncc(name, options) {
  const tool = await load('@vercel/ncc');
  const { code, assets } = await tool(input, { quiet: true, cache: false, ...options });
  writeFileSync(named(name), code);
  for (const [path, { source }] of Object.entries(assets)) writeFileSync(named(path), source);
  return name;
}

function bun(name, ...options) {
  const program = `@oven/bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}/bin/bun`;
  execFileSync(
    join(modules, program),
    ['build', input, '--target=node', `--outfile=${named(name)}`, ...options],
    { stdio: 'pipe' },
  );
  return name;
}

async function tsup(name, format, options) {
  const tool = await load('tsup');
  await tool.build({
    entry: { [basename(name).replace(/\.\w+$/, '')]: input },
    outDir: folder,
    format,
    platform: 'node',
    target: 'node22',
    noExternal: [/.*/],
    config: false,
    silent: true,
    outExtension: () => ({ js: /\.\w+$/.exec(name)[0] }),
    ...options,
  });
  return name;
}

async function terser() {
  return (await load('@rollup/plugin-terser'))();
}

const HEAD =
  'import { createRequire as __make } from "node:module"; const require = __make(import.meta.url);';

/** Name of a variant -> how it is made. `js` says under which name an ES module is started. */
const VARIANTS = {
  'esbuild, ESM': (esm) => esbuild(esm, { format: 'esm', banner: { js: HEAD } }),
  'esbuild, ESM minified': (esm) =>
    esbuild(esm, { format: 'esm', minify: true, banner: { js: HEAD } }),
  'esbuild, CJS for ES2020, names kept': (_, cjs) =>
    esbuild(cjs, { format: 'cjs', target: 'es2020', keepNames: true }),
  'esbuild, CJS minified for ES2017': (_, cjs) =>
    esbuild(cjs, { format: 'cjs', target: 'es2017', minify: true }),
  'rollup, ESM': (esm) => rollup(esm, { format: 'es' }),
  'rollup, CJS and terser': async (_, cjs) =>
    rollup(cjs, { format: 'cjs', inlineDynamicImports: true }, [await terser()]),
  'rolldown, ESM minified': (esm) => rolldown(esm, { format: 'es', minify: true }),
  'webpack, minified': (_, cjs) => webpack(cjs, { mode: 'production' }),
  'webpack, ESM minified': (esm) => webpack(esm, { mode: 'production', module: true }),
  'webpack, devtool eval': (_, cjs) => webpack(cjs, { mode: 'development', devtool: 'eval' }),
  'webpack, devtool eval-source-map': (_, cjs) =>
    webpack(cjs, { mode: 'development', devtool: 'eval-source-map' }),
  ncc: (esm, cjs) => ncc(isModule ? esm : cjs, {}),
  'ncc, minified': (esm, cjs) => ncc(isModule ? esm : cjs, { minify: true }),
  'bun build': (esm) => bun(esm, '--format=esm'),
  'bun build, minified': (esm) => bun(esm, '--format=esm', '--minify'),
  'bun build, CJS minified': (_, cjs) => bun(cjs, '--format=cjs', '--minify'),
  'tsup, ESM minified': (esm) => tsup(esm, 'esm', { minify: true, banner: { js: HEAD } }),
  'tsup, CJS': (_, cjs) => tsup(cjs, 'cjs', {}),
};

/** How the fixture's package names its files: `.mjs`/`.cjs`, or `.js` with and without "type". */
const PACKAGING = {
  'v1-low': ['server.mjs', 'server.cjs'],
  'v1-high': ['server.js', 'server.cjs', { type: 'module' }],
  'v2-stdio': ['server.js', 'server.cjs', {}],
  cjs: ['server.mjs', 'server.js', {}],
};

if (variant === '') process.stdout.write(`${JSON.stringify(Object.keys(VARIANTS))}\n`);
else {
  mkdirSync(folder, { recursive: true });
  const [esm, cjs, packageJson] = PACKAGING[basename(input).replace(/\.\w+$/, '')];
  if (packageJson !== undefined)
    writeFileSync(named('package.json'), JSON.stringify({ name: 'bundled', ...packageJson }));
  process.stdout.write(`${await VARIANTS[variant](esm, cjs)}\n`);
}
