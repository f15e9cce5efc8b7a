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
import { sdksOf, type Subject } from './compare.ts';
import { type Listed, SERVERS } from './list.ts';
import { commandOf, modulesOf, nodeOf, type NodeLine, NODES } from './program.ts';
import { printHead, runRow } from './run.ts';
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

const rows: Row[] = [];
printHead('server and Node.js', 'SDK found');
for (const server of servers) {
  const row: Row = { server, sdks: [], outcomes: new Map() };
  rows.push(row);
  for (const node of nodes) {
    const outcome = await runRow(`${server.package} on ${node}`, async () => {
      if (row.sdks.length === 0 && server.by !== 'wrap')
        row.sdks = await sdksOf(subjectOf(server, '24'));
      return {
        subject: subjectOf(server, node),
        cells: [server.by === 'wrap' ? 'by wrap' : row.sdks.join(', ')],
      };
    });
    row.outcomes.set(node, outcome);
  }
}
if (values.write && values.server === '' && values.node === undefined) writeServers(rows);
process.exitCode = rows.every(({ outcomes }) => [...outcomes.values()].every(({ good }) => good))
  ? 0
  : 1;
