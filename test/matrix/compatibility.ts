/** Writes docs/compatibility.md between its marks: what the matrix found, one row an SDK version and module format. */
import { seenOf, writeSection, yesOrNo } from '../harness/document.ts';
import { type Cell, CELLS } from './cells.ts';

/** @throws Error when the document has lost its marks */
export function writeCompatibility(isSeen: (cell: Cell) => boolean): void {
  writeSection(
    'matrix',
    `Node.js ${process.version}: ${seenOf(CELLS.map(isSeen), 'sessions')}`,
    compatibilityTable(isSeen),
  );
}

function compatibilityTable(isSeen: (cell: Cell) => boolean): string[] {
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
        return `${yesOrNo(isSeen(cell))}${cell.transport === 'sse' ? ' (SSE)' : ''}`;
      }),
    );
    return `| ${row} | ${columns.join(' | ')} |`;
  });
  return [
    '| SDK | protocol era | modules | `Server`, stdio | `Server`, HTTP | `McpServer`, stdio | `McpServer`, HTTP |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ];
}
