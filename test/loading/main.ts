/**
 * `npm run test:loading`: servers whose SDK is a fork, one of several copies, or comes through another loader, and servers
 * that others instrument too, plain and under the flag. Prints a row for each; code 1 where anything differs or was not
 * seen exactly once. With `--write` a run of all rows also writes the table of docs/compatibility.md.
 *
 *   npm run test:loading [-- --only TEXT] [--node 24] [--write]
 *
 * Packages are installed at the first run, outside the clone; that alone needs the network.
 */
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seenOf, writeSection, yesOrNo } from '../harness/document.ts';
import { REGISTER } from '../harness/process.ts';
import { installPinned } from '../matrix/pinned.ts';
import { printHead, runOptions, runRow } from '../servers/run.ts';
import { installAs } from './layouts.ts';
import { type LoadRow, ODD_FOLDER, ROWS } from './rows.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));

const { only, write, line, node } = runOptions();
const work = mkdtempSync(join(tmpdir(), 'mcp-logbook-loading-'));

/** The folder a row's command runs in, made at first use: fixtures, and the modules of its pin or layout. */
async function folderOf(pin: LoadRow['pin']): Promise<string> {
  const folder = join(work, pin);
  if (existsSync(folder)) return folder;
  cpSync(FIXTURES, folder, { recursive: true });
  copyFileSync(join(folder, 'typed.ts'), join(folder, 'typed.mts'));
  mkdirSync(join(folder, ODD_FOLDER));
  symlinkSync(dirname(REGISTER), join(folder, ODD_FOLDER, 'logbook'));
  if (pin === 'pnpm' || pin === 'yarn' || pin === 'global') await installAs(pin, folder);
  if (pin === 'pnpm' || pin === 'yarn') return folder;
  const modules = pin === 'global' ? 'loaders' : pin;
  symlinkSync(
    installPinned(fileURLToPath(new URL(`./pins/${modules}`, import.meta.url))),
    join(folder, 'node_modules'),
  );
  return folder;
}

const rows = ROWS.filter(({ title }) => title.includes(only));
const all: boolean[] = [];
printHead('loaded how, beside whom');
try {
  for (const { title, pin, by = 'flag', args, env, flag } of rows) {
    const { good } = await runRow(title, async () => ({
      subject: {
        node,
        by,
        waits: true,
        call: ['echo', { text: 'hello' }],
        command: () => [node, ...args],
        cwd: await folderOf(pin),
        ...(flag !== undefined && { flag }),
        ...(env !== undefined && { env }),
      },
    }));
    all.push(good);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (write && only === '')
  writeSection('loading', `Node.js ${line}: ${seenOf(all, 'programs')}`, [
    '| loaded how, beside whom | seen whole, unchanged |',
    '|---|---|',
    ...rows.map(({ title }, n) => `| ${title} | ${yesOrNo(all[n] === true)} |`),
  ]);
process.exitCode = all.every(Boolean) ? 0 : 1;
