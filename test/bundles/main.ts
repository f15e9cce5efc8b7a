/**
 * `npm run test:bundles`: SDKs inside bundles of each bundler, plain and under the flag (issue 7, "Must show" 2). Prints a
 * row for each; code 1 where anything differs or was not seen exactly once. With `--write` a run of everything also writes
 * the table of docs/compatibility.md.
 *
 *   npm run test:bundles [-- --only TEXT] [--node 24] [--write]
 *
 * Bundlers are installed at the first run, outside the clone; that alone needs the network.
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { HOOK_GLOBAL, rewrite } from '../../packages/instrumentation/dist/hook/rewrite.js';
import { writeSection } from '../harness/document.ts';
import { stopProcesses } from '../harness/process.ts';
import { removeSandboxes } from '../harness/sandbox.ts';
import { installPinned } from '../matrix/pinned.ts';
import { compare } from '../servers/compare.ts';
import { nodeOf, NODES } from '../servers/program.ts';

const BUILD = fileURLToPath(new URL('./build.mjs', import.meta.url));
const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    node: { type: 'string', default: '24' },
    write: { type: 'boolean', default: false },
  },
});
const line = NODES.find((one) => one === values.node);
if (line === undefined) throw new Error(`--node is one of ${NODES.join(', ')}`);
const node = nodeOf(line);

const modules = installPinned(fileURLToPath(new URL('./tools/bundlers', import.meta.url)));
const build = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [BUILD, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  }).trim();

const fixtures = readdirSync(FIXTURES);
const variants = JSON.parse(build()) as string[];
const work = mkdtempSync(join(tmpdir(), 'mcp-logbook-bundles-'));
const print = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`| ${cells.join(' | ')} |\n`);

/** Whether the Protocol class is found in a bundle: the tap sees a server on stdio without that, and would hide a miss. */
function isRecognised(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?js$/.test(file))
    .some((file) =>
      rewrite(readFileSync(join(folder, file), 'utf8'))?.includes(`${HOOK_GLOBAL}?.P(`),
    );
}

/** Bundles, runs and compares; true when all is well. */
async function runCell(variant: string, fixture: string): Promise<boolean> {
  const title = `${variant}, ${fixture}`;
  const name = basename(fixture, extname(fixture));
  try {
    const folder = join(work, name, variant.replaceAll(/\W+/g, '-'));
    const started = build(modules, variant, join(work, 'src', fixture), folder);
    const {
      plain,
      watched,
      seen,
      problems: found,
    } = await compare({
      node,
      by: 'flag',
      waits: true,
      call: ['echo', { text: 'hello' }],
      command: () => [node, join(folder, started)],
    });
    const problems = isRecognised(folder)
      ? found
      : [...found, 'no Protocol class is found in it: seen by the tap, if at all'];
    const end = ({ exit }: typeof plain): string => String(exit.signal ?? exit.code);
    print(title, started, watched.requests.length, seen, end(plain), end(watched), problems.length);
    for (const problem of problems) process.stderr.write(`${title}: ${problem}\n`);
    return problems.length === 0;
  } catch (error) {
    const { message, stderr = '' } = error as Error & { readonly stderr?: string };
    print(title, '', '', '', '', '', 'no session');
    process.stderr.write(`${title}: ${message}\n${stderr}\n`);
    return false;
  } finally {
    await stopProcesses();
    removeSandboxes();
  }
}

function tableOf(good: ReadonlyMap<string, readonly boolean[]>): string {
  const all = [...good.values()].flat();
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Run on ${date}, Node.js ${values.node}: ${all.filter(Boolean).length} of ${all.length} bundles seen whole and unchanged.`,
    '',
    `| bundle | ${fixtures.map((name) => basename(name, extname(name))).join(' | ')} |`,
    `|---|${fixtures.map(() => '---|').join('')}`,
    ...[...good].map(
      ([variant, cells]) =>
        `| ${variant} | ${cells.map((ok) => (ok ? 'yes' : '**no**')).join(' | ')} |`,
    ),
  ].join('\n');
}

mkdirSync(join(work, 'src'));
cpSync(FIXTURES, join(work, 'src'), { recursive: true });
symlinkSync(modules, join(work, 'src', 'node_modules'));
print('bundle', 'file', 'requests', 'seen', 'end plain', 'end watched', 'problems');
print('---', '---', '---', '---', '---', '---', '---');
const good = new Map<string, boolean[]>();
try {
  for (const variant of variants) {
    const cells: boolean[] = [];
    for (const fixture of fixtures)
      if (`${variant}, ${fixture}`.includes(values.only))
        cells.push(await runCell(variant, fixture));
    if (cells.length > 0) good.set(variant, cells);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (values.write && values.only === '') writeSection('bundles', tableOf(good));
process.exitCode = [...good.values()].flat().every(Boolean) ? 0 : 1;
