/** The table of a bench: on stdout, as JSON in `.bench/`, and on request between the marks of a document. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** One row of the table. */
export interface BenchRow {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Where a bench's figures go. */
export interface Report {
  /** File `.bench/<name>.json`, marks `<!-- <name>:begin -->` and `<!-- <name>:end -->`. */
  readonly name: string;
  /** How it was measured, after date and machine. */
  readonly how: string;
  /** Document whose marked part is replaced. */
  readonly document: string | undefined;
}

/** Prints and keeps the rows. @throws Error when the document has no marks */
export function report(rows: readonly BenchRow[], { name, how, document }: Report): void {
  const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const lines = [
    `Measured ${date} on ${machine}${how}`,
    '',
    '| what | aim | measured |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.what} | ${row.aim} | ${row.measured} |`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  mkdirSync('.bench', { recursive: true });
  writeFileSync(
    `.bench/${name}.json`,
    `${JSON.stringify({ date, machine, rows }, undefined, 2)}\n`,
  );
  if (document === undefined) return;
  const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
  const text = readFileSync(document, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${document} has no marks ${begin.trim()} ... ${end}`);
  writeFileSync(
    document,
    `${text.slice(0, from + begin.length)}${lines.join('\n')}\n${text.slice(to)}`,
  );
}
