/**
 * `node scripts/bundle.ts`: makes the JavaScript of the published packages, as `npm run build` does behind the compiler
 * (which makes only declarations of them). What a package loads together is few files: Node.js takes about 0.4 ms for each
 * that it loads, and a server under the flag would wait for a hundred before its first answer.
 *
 * A package's entries are what its package.json names under `exports` and `imports`. What it loads late it loads by a name
 * under `imports`, never by a path: a file lies elsewhere in a bundle. Other packages stay outside. Files of an earlier
 * build that are not made any more are removed; those that are as they were keep their time.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';

const ROOT = join(import.meta.dirname, '..', 'packages');
const PACKAGES = ['semconv', 'redaction', 'audit', 'instrumentation', 'logbook'];

/**
 * Sources that are loaded at the same moment on the way to a server's first answer: each group is one file, though others
 * load some of it at other moments. What is not named is with the entry that loads it, or by itself where several do.
 */
const TOGETHER: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  instrumentation: {
    // Every program waits for it: the hook and what stands at the doors.
    hook: /\/(hook\/(index|detour|own-require|rewrite)|tap\/(doors|otherwise|own-thread|streams))\.ts$/,
    // Once MCP is recognised.
    seen: /\/src\/(http|seam|tap)\/(?!http2)|\/src\/(identity|values|exchange)\.ts$/,
    telemetry: /\/src\/(telemetry\/|context\.ts$)/,
  },
  logbook: {
    early: /\/src\/(diag|threads|before-loaders)\.ts$/,
    // With the first process that the program starts.
    launched: /\/src\/(launched|in-package|init\/node-options)\.ts$/,
    // At the first `connect`.
    start:
      /\/src\/(backend|config|full-sdk|idle-watch|lazy-logbook|look|runtime|setup|shutdown|start-thread|trusted-proxies)\.ts$|\/src\/(alerts|rows)\/(?!runtime|messages)/,
  },
};

/** A name of `exports` or `imports`: a path, or paths by condition. */
type Target = string | Readonly<Record<string, string>>;
interface Manifest {
  readonly exports: Readonly<Record<string, Target>>;
  readonly imports?: Readonly<Record<string, Target>>;
}

/** Path in `dist`, without its extension -> source. */
function entriesOf(folder: string): Record<string, string> {
  const { exports, imports } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const entries: Record<string, string> = {};
  for (const target of Object.values({ ...exports, ...imports })) {
    if (typeof target === 'string') continue;
    const [, name] = /^\.\/dist\/(.+)\.js$/.exec(target['default'] ?? '') ?? [];
    const source = target['@mcp-logbook/source'];
    if (name !== undefined && source !== undefined) entries[name] = join(folder, source);
  }
  return entries;
}

/** A path from the file that asks: true of its source, not of the bundle that holds it. */
const RELATIVE = /new URL\((["'`])\.\.?\//;

/** `import` of a part of Node.js, as it stands in a bundle. */
const OWN_PART =
  /^import (?:(\w+)(?:, )?)?(?:\* as (\w+)|\{ ([^}]+) \})? ?from "(node:[\w/]+)";$/gm;

/**
 * Parts of Node.js are asked for, not imported: an import reads every name that a part has, and `node:fs` then loads its
 * promises and all streams (4 ms), and Node.js 22.15 cannot `require` what imports a part that is being imported.
 */
function asked(code: string): string {
  return code.replaceAll(
    OWN_PART,
    (_, whole?: string, all?: string, some?: string, part?: string) => {
      const names = [
        ...[whole, all].filter((one) => one !== undefined),
        ...(some === undefined ? [] : [`{ ${some.replaceAll(' as ', ': ')} }`]),
      ];
      return names.map((one) => `const ${one} = process.getBuiltinModule("${part}");`).join(' ');
    },
  );
}
/** An import that `asked` does not know. */
const LEFT = /^(?:import|export)\b.*"node:.*$/m;

async function bundle(name: string): Promise<void> {
  const folder = join(ROOT, name);
  const made = await rolldown({
    input: entriesOf(folder),
    platform: 'node',
    // An entry may hold what others import: else it is a file of one line before the one that holds it.
    preserveEntrySignatures: 'allow-extension',
    external: (id) => !/^[./]/.test(id),
    // Line for line: the source map stays true.
    plugins: [{ name: 'asked', renderChunk: (code) => ({ code: asked(code), map: null }) }],
  });
  const groups = Object.entries(TOGETHER[name] ?? {}).map(([group, test]) => ({
    name: group,
    test,
  }));
  const { output } = await made.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'parts/[name].js',
    codeSplitting: groups.length === 0 || { includeDependenciesRecursively: false, groups },
    sourcemap: true,
    sourcemapExcludeSources: true,
  });
  await made.close();
  for (const file of output) {
    if (file.type !== 'chunk') continue;
    const left = LEFT.exec(file.code);
    if (left !== null) throw new Error(`${file.fileName} of ${folder} still has: ${left[0]}`);
    if (RELATIVE.test(file.code))
      throw new Error(
        `${file.fileName} of ${folder} finds a file by where it lies itself: name it under "imports" of package.json`,
      );
  }
  const dist = join(folder, 'dist');
  const files = new Map(
    output.map((file) => [
      join(dist, file.fileName),
      file.type === 'chunk' ? file.code : file.source,
    ]),
  );
  for (const old of readdirSync(dist, { recursive: true, encoding: 'utf8' }))
    if (/\.js(\.map)?$/.test(old) && !files.has(join(dist, old))) rmSync(join(dist, old));
  for (const [path, content] of files) put(path, content);
}

function put(path: string, content: string | Uint8Array): void {
  const bytes = Buffer.from(content);
  try {
    if (readFileSync(path).equals(bytes)) return;
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  writeFileSync(path, bytes);
}

for (const name of PACKAGES) await bundle(name);
