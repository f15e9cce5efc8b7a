/** Writes the part of docs/compatibility.md about real servers, between its marks: one row a server, one column a Node.js. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { seenOf, writeSection, yesOrNo } from '../harness/document.ts';
import type { Listed } from './list.ts';
import { type NodeLine, NODES, pinOf } from './program.ts';
import type { Outcome } from './run.ts';

/** What became of one server. */
export interface Row {
  readonly server: Listed;
  sdks: readonly string[];
  readonly outcomes: Map<NodeLine, Outcome>;
}

/** @throws Error when the document has lost its marks */
export function writeServers(rows: readonly Row[]): void {
  const all = rows.flatMap(({ outcomes }) => [...outcomes.values()]);
  const again = all.filter((outcome) => outcome.again).length;
  const note = `${seenOf(
    all.map(({ good }) => good),
    'sessions',
  )} ${again === 0 ? 'None' : again} had to be run again.`;
  writeSection('servers', note, [
    `| server | version | SDK, as loaded | requests | ${NODES.map((node) => `Node ${node}`).join(' | ')} |`,
    `|---|---|---|---|${NODES.map(() => '---|').join('')}`,
    ...rows.map(rowOf),
  ]);
}

function rowOf({ server, sdks, outcomes }: Row): string {
  const how = server.by === 'wrap' ? 'none, by `wrap`' : sdks.join('; ') || 'none';
  const found = NODES.map((node) => outcomes.get(node));
  const requests = Math.max(...found.map((outcome) => outcome?.requests ?? 0));
  const cells = found.map(
    (outcome) => `${yesOrNo(outcome?.good === true)}${outcome?.again === true ? ', again' : ''}`,
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
