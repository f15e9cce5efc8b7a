/**
 * The table of what was tried against the logbook and what became of it. Printed when a test file ends; with
 * `MCP_LOGBOOK_TABLE=1` also written between the marks of docs/logbook-faults.md, each row with the day it was run: rows of
 * tests that were not run (vitest's `-t`) stay as they are.
 *
 * Without `MCP_LOGBOOK_FULL=1` a sample is tried, drawn by a seed that is printed: `MCP_LOGBOOK_SEED=<n>` draws the same again,
 * `MCP_LOGBOOK_TRIES=<n>` draws at least so many of each.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Everything is tried. */
export const full: boolean = process.env['MCP_LOGBOOK_FULL'] === '1';
/** At least so many of each are, where not everything is. */
const tries = Number(process.env['MCP_LOGBOOK_TRIES'] ?? 0);
/** What is tried may take an hour. */
export const long: boolean = full || tries > 0;
const seed = Number(process.env['MCP_LOGBOOK_SEED'] ?? randomInt(2 ** 31));
const DOCUMENT = fileURLToPath(new URL('../../docs/logbook-faults.md', import.meta.url));

let state = seed;

/** A whole number from 0 to below `end`, the same for the same seed (mulberry32). */
export function drawn(end: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
}

/** All of them, or `atLeast` drawn ones, in order. */
export function sampleOf<T>(all: readonly T[], atLeast: number): T[] {
  const count = Math.max(atLeast, tries);
  if (full || all.length <= count) return [...all];
  const picked = new Set<number>();
  while (picked.size < count) picked.add(drawn(all.length));
  return [...picked].toSorted((a, b) => a - b).map((at) => all[at] as T);
}

/** Numbers from 0 to below `end`. */
export function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, n) => n);
}

/** What became of one thing that was tried. */
export type Outcome = 'found' | 'no effect' | 'missed';

interface Row {
  readonly what: string;
  readonly by: string;
  /** How many there are; the sample is drawn from them. */
  readonly all: number;
  readonly counts: Record<Outcome, number>;
}

/** Counts outcomes, and keeps the first misses for the test to show. */
export class Tried {
  readonly #name: string;
  readonly #rows: Row[] = [];
  #cleanRuns = 0;
  #alarms = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Tries each of a sample of `all`.
   * @param what as the table says it
   * @param by what finds it
   * @param count size of the sample
   * @returns the first missed ones, for the test to expect none
   */
  each<T>(
    [what, by]: readonly [what: string, by: string],
    all: readonly T[],
    count: number,
    attempt: (one: T) => Outcome,
  ): string[] {
    const counts: Record<Outcome, number> = { found: 0, 'no effect': 0, missed: 0 };
    const missed: string[] = [];
    for (const one of sampleOf(all, count)) {
      const outcome = attempt(one);
      counts[outcome] += 1;
      if (outcome === 'missed' && missed.length < 10) missed.push(JSON.stringify(one));
    }
    this.#rows.push({ what, by, all: all.length, counts });
    // A full run takes hours: what it found so far stays when it is stopped.
    if (long) this.report();
    return missed;
  }

  /** A run in which nothing was done to the log. */
  clean(problems: readonly unknown[]): void {
    this.#cleanRuns += 1;
    if (problems.length > 0) this.#alarms += 1;
  }

  get alarms(): number {
    return this.#alarms;
  }

  /** Publishes the table. */
  report(): void {
    const rows = this.#rows.map(({ what, by, all, counts }) => {
      const { found, 'no effect': same, missed } = counts;
      return [what, all, found + same + missed, found, same, missed, by];
    });
    publish(
      this.#name,
      ['what', 'there are', 'tried', 'found', 'nothing that is read changed', 'missed', 'by'],
      rows,
      `Clean verifications in it ${this.#cleanRuns}, false alarms ${this.#alarms}.`,
    );
  }
}

type Cell = string | number;

/**
 * Prints a table, its first column a name, with sums of its numbers; with `MCP_LOGBOOK_TABLE=1` also puts its rows into
 * the document, over those of the same name.
 */
export function publish(
  name: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  note: string,
): void {
  if (rows.length === 0) return;
  const date = new Date().toISOString().slice(0, 10);
  const lines = rows.map((row) => `| ${row.join(' | ')} | ${date} |`);
  const isNumber = [
    ...head.map((_, column) => rows.every((row) => typeof row[column] === 'number')),
    false,
  ];
  const tableOf = (of: readonly string[]): string =>
    [
      `| ${head.join(' | ')} | run on |`,
      `|${isNumber.map((number) => (number ? '---:' : '---')).join('|')}|`,
      ...of,
      `| ${isNumber.map((number, column) => (column === 0 ? '**all**' : number ? sum(of, column) : '')).join(' | ')} |`,
    ].join('\n');
  process.stdout.write(
    `\n${name}, ${full ? 'all' : 'a sample'}, seed ${seed}\n${tableOf(lines)}\n${note}\n`,
  );
  if (process.env['MCP_LOGBOOK_TABLE'] !== '1') return;
  const text = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->\n`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`no marks "${name}"`);
  const old = text
    .slice(from, to)
    .split('\n')
    .filter((line) => /^\| (?!\*\*).* \d+ \|/.test(line));
  const merged = new Map([...old, ...lines].map((line) => [line.split(' | ', 1)[0], line]));
  writeFileSync(
    DOCUMENT,
    `${text.slice(0, from)}\nLast run ${date}, Node ${process.version}. ${note}\n\n${tableOf([...merged.values()])}\n\n${text.slice(to)}`,
  );
}

function sum(lines: readonly string[], column: number): number {
  return lines.reduce((total, line) => total + Number(line.slice(2, -2).split(' | ')[column]), 0);
}
