/**
 * What the flag costs a program that never speaks MCP (npm, tsx, webpack, eslint on this project's own tree): prints the
 * same, ends the same, and takes at most 15 ms or 10 % more processor time, whichever is more.
 *
 *   npm run test:cost            programs from `tools/programs`, installed outside the clone
 *
 * Plain and watched runs alternate; the figure is the median of the differences. Processor time of the whole family of
 * processes, since the machine may be shared. Exit code 1: a program prints or ends otherwise, or is over.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REGISTER } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { installPinned } from '../matrix/pinned.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAIRS = Number(process.env['PAIRS'] ?? 15);
const [MOST_MS, MOST_PART] = [15, 0.1];

const modules = installPinned(fileURLToPath(new URL('tools/programs', import.meta.url)));
const { work, env: base } = aSandbox();
writeFileSync(
  join(work, 'main.ts'),
  `enum Level { Low }\nconsole.log(Level[0], [1, 2].map((n: number) => n * 2));\n`,
);
writeFileSync(
  join(work, 'eslint.config.mjs'),
  'export default [{ rules: { "no-unused-vars": "error" } }];\n',
);

cpSync(join(ROOT, 'packages/instrumentation/dist'), join(work, 'linted'), { recursive: true });

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  nothing: ['-e', ''],
  'npm ls': [join(modules, 'npm/bin/npm-cli.js'), 'ls', '--all', '--prefix', ROOT],
  'npm exec': [
    join(modules, 'npm/bin/npm-cli.js'),
    'exec',
    '--offline',
    '--no',
    '--prefix',
    ROOT,
    '--',
    'oxfmt',
    '--version',
  ],
  tsx: [join(modules, 'tsx/dist/cli.mjs'), join(work, 'main.ts')],
  webpack: [
    join(modules, 'webpack-cli/bin/cli.js'),
    'build',
    '--mode',
    'development',
    '--target',
    'node',
    '--no-stats',
    '--entry',
    join(ROOT, 'node_modules/express/index.js'),
    '--output-path',
    join(work, 'out'),
  ],
  // Files outside the folder of its configuration are not linted.
  eslint: [
    join(modules, 'eslint/bin/eslint.js'),
    '--config',
    join(work, 'eslint.config.mjs'),
    join(work, 'linted'),
  ],
};

interface Ran {
  readonly cpuMs: number;
  readonly said: string;
}

/** One run; the shell's `time` counts a command and all its children. */
function run(args: readonly string[], watched: boolean): Ran {
  const env = {
    ...base,
    PATH: `${join(process.execPath, '..')}:${base['PATH'] ?? ''}`,
    npm_config_cache: join(work, 'npm-cache'),
    npm_config_update_notifier: 'false',
    ...(watched && { NODE_OPTIONS: `--require ${REGISTER}` }),
  };
  const script = `TIMEFORMAT='%U %S'; { time "$@" >"$OUT" 2>"$ERR"; } 2>"$SPENT"; echo "exit $?"`;
  const at = (name: string): string => join(work, name);
  const code = execFileSync('bash', ['-c', script, 'bash', process.execPath, ...args], {
    cwd: work,
    env: { ...env, OUT: at('stdout'), ERR: at('stderr'), SPENT: at('spent') },
    encoding: 'utf8',
  });
  const read = (name: string): string =>
    execFileSync('cat', [at(name)], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const [user = 0, system = 0] = read('spent').trim().split(' ').map(Number);
  const timeless = (text: string): string =>
    text.replaceAll(/\b\d+ ms\b|debug-\d+\.log|\S+T\d\d_\d\d_\d\d\S*/g, 'TIME');
  return {
    cpuMs: (user + system) * 1000,
    said: timeless(`${code}${read('stdout')}\n--\n${read('stderr')}`),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

let failed = false;
const lines = ['program | plain, CPU ms | added, CPU ms | may add | prints and ends the same'];
try {
  mkdirSync(join(work, 'npm-cache'));
  for (const [name, args] of Object.entries(PROGRAMS)) {
    run(args, true); // fills caches
    const pairs = Array.from({ length: PAIRS }, (_, n) => {
      const watchedFirst = n % 2 === 1;
      const [first, second] = [run(args, watchedFirst), run(args, !watchedFirst)];
      return watchedFirst ? { plain: second, watched: first } : { plain: first, watched: second };
    });
    const plain = median(pairs.map((pair) => pair.plain.cpuMs));
    const added = median(pairs.map((pair) => pair.watched.cpuMs - pair.plain.cpuMs));
    const most = Math.max(MOST_MS, plain * MOST_PART);
    const same = pairs.every((pair) => pair.plain.said === pair.watched.said);
    failed ||= !same || added > most;
    lines.push(
      [name, plain.toFixed(0), added.toFixed(1), most.toFixed(0), same ? 'yes' : 'NO'].join(' | '),
    );
    const odd = pairs.find((pair) => pair.plain.said !== pair.watched.said);
    if (odd !== undefined)
      lines.push(
        `  plain: ${odd.plain.said.slice(0, 600)}\n  watched: ${odd.watched.said.slice(0, 600)}`,
      );
  }
} finally {
  removeSandboxes();
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`${lines.join('\n')}\n`);
process.exitCode = failed ? 1 : 0;
