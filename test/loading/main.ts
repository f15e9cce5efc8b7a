/**
 * `npm run test:loading`: servers whose SDK is a fork, one of several copies, or comes through another loader, and servers
 * that others instrument too, plain and under the flag. Prints a row for each; code 1 where anything differs or was not
 * seen exactly once. With `--write` a run of all rows also writes the table of docs/compatibility.md.
 *
 *   npm run test:loading [-- --only TEXT] [--node 24] [--write]
 *
 * Packages are installed at the first run, outside the clone; that alone needs the network.
 */
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeSection } from '../harness/document.ts';
import { stopProcesses } from '../harness/process.ts';
import { removeSandboxes } from '../harness/sandbox.ts';
import { installPinned } from '../matrix/pinned.ts';
import { compare } from '../servers/compare.ts';
import { nodeOf, NODES } from '../servers/program.ts';
import { type LoadRow, ROWS } from './rows.ts';

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
const work = mkdtempSync(join(tmpdir(), 'mcp-logbook-loading-'));
const print = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`| ${cells.join(' | ')} |\n`);

/** The folder a row's command runs in: fixtures, and the modules of its pin. */
function folderOf(pin: LoadRow['pin']): string {
  const folder = join(work, pin);
  cpSync(FIXTURES, folder, { recursive: true });
  symlinkSync(
    installPinned(fileURLToPath(new URL(`./pins/${pin}`, import.meta.url))),
    join(folder, 'node_modules'),
  );
  return folder;
}

/** Runs and compares; true when all is well. */
async function runRow(row: LoadRow, folder: string): Promise<boolean> {
  try {
    const { plain, watched, seen, rules, problems } = await compare({
      node,
      by: row.by ?? 'flag',
      waits: true,
      call: ['echo', { text: 'hello' }],
      command: () => [node, ...row.args],
      cwd: folder,
      ...(row.env !== undefined && { env: row.env }),
    });
    const end = ({ exit, stayed }: typeof plain): string =>
      `${stayed ? 'stays, ' : ''}${exit.signal ?? exit.code}`;
    const same = rules.length === 0 ? 'nothing' : rules.join(', ');
    print(
      row.title,
      watched.requests.length,
      seen,
      end(plain),
      end(watched),
      same,
      problems.length,
    );
    for (const problem of problems) process.stderr.write(`${row.title}: ${problem}\n`);
    return problems.length === 0;
  } catch (error) {
    print(row.title, '', '', '', '', '', 'no session');
    process.stderr.write(`${row.title}: ${(error as Error).message}\n`);
    return false;
  } finally {
    await stopProcesses();
    removeSandboxes();
  }
}

function tableOf(good: readonly (readonly [LoadRow, boolean])[]): string {
  const date = new Date().toISOString().slice(0, 10);
  return [
    `Run on ${date}, Node.js ${values.node}: ${good.filter(([, ok]) => ok).length} of ${good.length} seen whole and unchanged.`,
    '',
    '| loaded how, beside whom | seen whole, unchanged |',
    '|---|---|',
    ...good.map(([{ title }, ok]) => `| ${title} | ${ok ? 'yes' : '**no**'} |`),
  ].join('\n');
}

const rows = ROWS.filter(({ title }) => title.includes(values.only));
print(
  'loaded how, beside whom',
  'requests',
  'seen',
  'end plain',
  'end watched',
  'same after',
  'problems',
);
print('---', '---', '---', '---', '---', '---', '---');
const good: [LoadRow, boolean][] = [];
try {
  const folders = new Map<LoadRow['pin'], string>();
  for (const row of rows) {
    const folder = folders.get(row.pin) ?? folderOf(row.pin);
    folders.set(row.pin, folder);
    good.push([row, await runRow(row, folder)]);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
if (values.write && values.only === '') writeSection('loading', tableOf(good));
process.exitCode = good.every(([, ok]) => ok) ? 0 : 1;
