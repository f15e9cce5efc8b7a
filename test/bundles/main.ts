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
import { HOOK_GLOBAL, rewrite } from '../../packages/instrumentation/src/hook/rewrite.ts';
import { seenOf, writeSection, yesOrNo } from '../harness/document.ts';
import { installPinned } from '../matrix/pinned.ts';
import { type Attempt, printHead, runOptions, runRow } from '../servers/run.ts';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const BUILD = at('./build.mjs');
const FIXTURES = at('./fixtures');

const { only, write, line, node } = runOptions();
const modules = installPinned(at('./tools/bundlers'));
const build = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [BUILD, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 300_000,
  }).trim();

/** Programs; the other file is what they share. */
const fixtures = readdirSync(FIXTURES).filter((file) => file !== 'tools.mjs');
const nameOf = (fixture: string): string => basename(fixture, extname(fixture));
const variants = JSON.parse(build()) as string[];
const work = mkdtempSync(join(tmpdir(), 'mcp-logbook-bundles-'));

/** Whether the Protocol class is found in a bundle: the tap sees a server on stdio without that, and would hide a miss. */
function isRecognised(folder: string): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?js$/.test(file))
    .some((file) =>
      rewrite(readFileSync(join(folder, file), 'utf8'))?.includes(`${HOOK_GLOBAL}?.P(`),
    );
}

/** Bundles; what is then run is the bundle, alone in its folder. */
function bundled(variant: string, fixture: string): Attempt {
  const folder = join(work, nameOf(fixture), variant.replaceAll(/\W+/g, '-'));
  const started = build(modules, variant, join(work, 'src', fixture), folder);
  return {
    cells: [started],
    problems: isRecognised(folder)
      ? []
      : ['no Protocol class is found in it: seen by the tap, if at all'],
    subject: {
      node,
      by: 'flag',
      waits: true,
      call: ['echo', { text: 'hello' }],
      command: () => [node, join(folder, started)],
    },
  };
}

mkdirSync(join(work, 'src'));
cpSync(FIXTURES, join(work, 'src'), { recursive: true });
symlinkSync(modules, join(work, 'src', 'node_modules'));
printHead('bundle', 'file');
const rows: { readonly variant: string; readonly good: boolean[] }[] = [];
try {
  for (const variant of variants) {
    const good: boolean[] = [];
    for (const fixture of fixtures) {
      const title = `${variant}, ${fixture}`;
      if (title.includes(only))
        good.push((await runRow(title, () => bundled(variant, fixture))).good);
    }
    if (good.length > 0) rows.push({ variant, good });
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const all = rows.flatMap(({ good }) => good);
if (write && only === '')
  writeSection('bundles', `Node.js ${line}: ${seenOf(all, 'bundles')}`, [
    `| bundle | ${fixtures.map(nameOf).join(' | ')} |`,
    `|---|${fixtures.map(() => '---|').join('')}`,
    ...rows.map(({ variant, good }) => `| ${variant} | ${good.map(yesOrNo).join(' | ')} |`),
  ]);
process.exitCode = all.every(Boolean) ? 0 : 1;
