/** Small logs for tests, made by the real writer. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLogbook } from '../src/logbook.ts';

const roots: string[] = [];

/** A new root folder; `removeRoots` removes it. */
export function aRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'mcp-logbook-audit-'));
  roots.push(root);
  return root;
}

export function removeRoots(): void {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
}

/** A closed log with one segment. */
export interface SmallLog {
  readonly root: string;
  readonly folder: string;
  /** Path of the segment. */
  readonly segment: string;
  readonly bytes: Buffer;
  /** Lines without newlines. */
  readonly lines: string[];
}

export function aLog({ entries, commitEvery }: { entries: number; commitEvery: number }): SmallLog {
  const root = aRoot();
  const logbook = openLogbook({ root, service: 'small' });
  for (let index = 0; index < entries; index += 1) {
    logbook.record({
      kind: 'tool.call',
      action: 'execute',
      outcome: index % 4 === 3 ? 'failure' : 'success',
      target: `tool-${index % 3}`,
      person: `https://issuer.example|user-${index % 2}`,
      payload: { request: { index, name: 'Zoë' } },
    });
    if ((index + 1) % commitEvery === 0) logbook.commit();
  }
  logbook.close();
  const { folder } = logbook;
  const segment = join(folder, 'segments', '000000000000.jsonl');
  const bytes = readFileSync(segment);
  return { root, folder, segment, bytes, lines: bytes.toString().split('\n').slice(0, -1) };
}
