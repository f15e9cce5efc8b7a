/** Writes the part of docs/compatibility.md about real servers, between its marks: one row a server, one column a Node.js. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSection } from '../harness/document.ts';
import type { Listed } from './list.ts';
import { type NodeLine, NODES, pinOf } from './program.ts';

/** What became of one server. */
export interface Row {
  readonly server: Listed;
  sdks: readonly string[];
  /** Requests of one session. */
  requests: number;
  readonly good: Map<NodeLine, boolean>;
}

/** @throws Error when the document has lost its marks */
export function writeServers(rows: readonly Row[]): void {
  const all = rows.flatMap(({ good }) => [...good.values()]);
  const date = new Date().toISOString().slice(0, 10);
  const note = `Run on ${date}: ${all.filter(Boolean).length} of ${all.length} sessions seen whole and unchanged.`;
  const table = [
    `| server | version | SDK, as loaded | requests | ${NODES.map((node) => `Node ${node}`).join(' | ')} |`,
    `|---|---|---|---|${NODES.map(() => '---|').join('')}`,
    ...rows.map(rowOf),
  ].join('\n');
  writeSection('servers', `${note}\n\n${table}`);
}

function rowOf({ server, sdks, requests, good }: Row): string {
  const how = server.by === 'wrap' ? 'none, by `wrap`' : sdks.join('; ') || 'none';
  const cells = NODES.map((node) =>
    good.has(node) ? (good.get(node) === true ? 'yes' : '**no**') : 'not run',
  );
  return `| ${server.package} | ${versionOf(server)} | ${how} | ${requests} | ${cells.join(' | ')} |`;
}

function versionOf({ pin, package: name, python }: Listed): string {
  if (python !== undefined)
    return (
      readFileSync(join(pinOf(pin), 'requirements.txt'), 'utf8')
        .split('\n')
        .find((line) => line.startsWith(`${name}==`))
        ?.split('==')[1] ?? ''
    );
  const manifest = JSON.parse(readFileSync(join(pinOf(pin), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies[name] ?? '';
}
