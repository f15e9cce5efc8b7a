/** Writes docs/compatibility.md between its marks: what the matrix found, one row an SDK version and module format. */
import { writeSection } from '../harness/document.ts';
import { type Cell, CELLS } from './cells.ts';

/** @throws Error when the document has lost its marks */
export function writeCompatibility(isSeen: (cell: Cell) => boolean): void {
  const seen = CELLS.filter((cell) => isSeen(cell)).length;
  const date = new Date().toISOString().slice(0, 10);
  const note = `Run on ${date}, Node.js ${process.version}: ${seen} of ${CELLS.length} sessions seen whole and unchanged.`;
  writeSection('matrix', `${note}\n\n${compatibilityTable(isSeen)}`);
}

function compatibilityTable(isSeen: (cell: Cell) => boolean): string {
  const groups = new Map<string, Cell[]>();
  for (const cell of CELLS) {
    const row = `${cell.sdk} | ${cell.era} | ${cell.format}`;
    groups.set(row, [...(groups.get(row) ?? []), cell]);
  }
  const rows = [...groups].map(([row, cells]) => {
    const columns = (['low', 'high'] as const).flatMap((level) =>
      [true, false].map((isStdio) => {
        const cell = cells.find(
          (one) => one.level === level && (one.transport === 'stdio') === isStdio,
        );
        if (cell === undefined) return 'not in this SDK';
        return `${isSeen(cell) ? 'yes' : '**no**'}${cell.transport === 'sse' ? ' (SSE)' : ''}`;
      }),
    );
    return `| ${row} | ${columns.join(' | ')} |`;
  });
  return [
    '| SDK | protocol era | modules | `Server`, stdio | `Server`, HTTP | `McpServer`, stdio | `McpServer`, HTTP |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}
