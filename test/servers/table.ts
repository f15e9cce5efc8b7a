/** Writes the part of docs/compatibility.md about real servers, between its marks: one row a server, one column a Node.js. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Listed } from './list.ts';
import { type NodeLine, NODES, pinOf } from './program.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));
const BEGIN = '<!-- servers:begin -->';
const END = '<!-- servers:end -->';

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
  const text = readFileSync(DOCUMENT, 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${DOCUMENT} has no marks ${BEGIN} ${END}`);
  const all = rows.flatMap(({ good }) => [...good.values()]);
  const date = new Date().toISOString().slice(0, 10);
  const note = `Run on ${date}: ${all.filter(Boolean).length} of ${all.length} sessions seen whole and unchanged.`;
  const table = [
    `| server | version | SDK, as loaded | requests | ${NODES.map((node) => `Node ${node}`).join(' | ')} |`,
    `|---|---|---|---|${NODES.map(() => '---|').join('')}`,
    ...rows.map(rowOf),
  ].join('\n');
  writeFileSync(
    DOCUMENT,
    `${text.slice(0, from)}${BEGIN}\n\n${note}\n\n${table}\n\n${text.slice(to)}`,
  );
}

function rowOf({ server, sdks, requests, good }: Row): string {
  const how = server.by === 'wrap' ? 'none, by `wrap`' : sdks.join('; ') || 'none';
  const cells = NODES.map((node) =>
    good.has(node) ? (good.get(node) === true ? 'yes' : '**no**') : 'not run',
  );
  return `| ${server.package} | ${versionOf(server)} | ${how} | ${requests} | ${cells.join(' | ')} |`;
}

function versionOf({ pin, package: name }: Listed): string {
  const manifest = JSON.parse(readFileSync(join(pinOf(pin), 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies[name] ?? '';
}
