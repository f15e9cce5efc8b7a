/**
 * `npm run test:servers`: real servers from npm and PyPI, plain and recorded, on each line of Node.js (issue 7, "Must
 * show" 1). Prints a row for each; code 1 where anything differs or was not seen exactly once. A run of all servers on
 * all lines with `--write` also writes the table of docs/compatibility.md.
 *
 *   npm run test:servers [-- --server TEXT] [--node 24] [--write]
 *
 * Servers and Node.js are installed at the first run, outside the clone; that alone needs the network.
 */
import { parseArgs } from 'node:util';
import { stopProcesses } from '../harness/process.ts';
import { removeSandboxes } from '../harness/sandbox.ts';
import { compare, sdksOf, type Subject, type Verdict } from './compare.ts';
import { type Listed, SERVERS } from './list.ts';
import { commandOf, modulesOf, nodeOf, type NodeLine, NODES } from './program.ts';
import { type Row, writeServers } from './table.ts';

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: '' },
    node: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const servers = SERVERS.filter(({ package: name }) => name.includes(values.server));
const nodes = NODES.filter((one) => values.node === undefined || values.node === one);

const line = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`| ${cells.join(' | ')} |\n`);
const complain = (server: Listed, node: NodeLine, text: string): void =>
  void process.stderr.write(`${server.package} on ${node}: ${text}\n`);

function subjectOf(server: Listed, node: NodeLine): Subject {
  return {
    node: nodeOf(node),
    by: server.by ?? 'flag',
    call: server.call,
    command: (sandbox, port) => [
      ...commandOf(server, nodeOf(node)),
      ...(server.args?.(sandbox, port, modulesOf(server)) ?? []),
    ],
    ...(server.over !== undefined && { over: server.over }),
    ...(server.env !== undefined && { env: server.env }),
    ...(server.files !== undefined && { files: server.files }),
  };
}

const endOf = ({ exit, endMs, stayed }: Verdict['plain']): string =>
  `${stayed ? 'stays, ' : ''}${exit.signal ?? exit.code} in ${Math.round(endMs)} ms`;

async function runRow(server: Listed, node: NodeLine, row: Row): Promise<void> {
  try {
    const subject = subjectOf(server, node);
    if (row.sdks.length === 0 && server.by !== 'wrap')
      row.sdks = await sdksOf(subjectOf(server, '24'));
    const { plain, watched, seen, rules, problems, again } = await compare(subject);
    line(
      server.package,
      server.by === 'wrap' ? 'by wrap' : row.sdks.join(', '),
      node,
      watched.requests.length,
      seen,
      endOf(plain),
      endOf(watched),
      rules.length === 0 ? 'nothing' : rules.join(', '),
      again ? 'yes, end waits' : 'no',
      problems.length === 0 ? 'none' : problems.length,
    );
    for (const problem of problems) complain(server, node, problem);
    row.good.set(node, problems.length === 0);
    row.requests = watched.requests.length;
  } catch (error) {
    line(server.package, row.sdks.join(', '), node, '', '', '', '', '', '', 'no session');
    complain(server, node, (error as Error).message);
    row.good.set(node, false);
  } finally {
    await stopProcesses();
    removeSandboxes();
  }
}

const rows: Row[] = [];
line(
  'server',
  'SDK found',
  'Node',
  'requests',
  'seen',
  'end plain',
  'end recorded',
  'same after',
  'again',
  'problems',
);
line('---', '---', '---', '---', '---', '---', '---', '---', '---', '---');
for (const server of servers) {
  const row: Row = { server, sdks: [], requests: 0, good: new Map() };
  rows.push(row);
  for (const node of nodes) await runRow(server, node, row);
}
if (values.write) writeServers(rows);
process.exitCode = rows.every(({ good }) => [...good.values()].every(Boolean)) ? 0 : 1;
