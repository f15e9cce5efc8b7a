/**
 * The table of what was tried against the logbook and what became of it. Printed when a test file ends; with
 * `MCP_LOGBOOK_FULL=1` (everything was tried) also written between the marks of docs/logbook-faults.md.
 *
 * Without it a sample is tried, drawn by a seed that is printed: `MCP_LOGBOOK_SEED=<n>` draws the same again.
 */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Everything is tried. */
export const full: boolean = process.env['MCP_LOGBOOK_FULL'] === '1';
const seed = Number(process.env['MCP_LOGBOOK_SEED'] ?? randomInt(2 ** 31));
const DOCUMENT = fileURLToPath(new URL('../../../docs/logbook-faults.md', import.meta.url));

let state = seed;

/** A whole number from 0 to below `end`, the same for the same seed (mulberry32). */
export function drawn(end: number): number {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
}

/** All of them, or `count` drawn ones, in order. */
export function sampleOf<T>(all: readonly T[], count: number): T[] {
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

  /** Prints the table; with everything tried, writes it into the document. */
  report(): void {
    const sum = (outcome: Outcome): number =>
      this.#rows.reduce((total, { counts }) => total + counts[outcome], 0);
    const lines = [
      '| what | there are | tried | found | nothing that is read changed | missed | by |',
      '|---|---:|---:|---:|---:|---:|---|',
      ...this.#rows.map(({ what, by, all, counts }) => {
        const tried = counts.found + counts['no effect'] + counts.missed;
        return `| ${[what, all, tried, counts.found, counts['no effect'], counts.missed, by].join(' | ')} |`;
      }),
      '',
      `Tried ${sum('found') + sum('no effect') + sum('missed')}, missed ${sum('missed')}; clean verifications ${this.#cleanRuns}, false alarms ${this.#alarms}.`,
    ];
    process.stdout.write(
      `\n${this.#name}, ${full ? 'all' : 'a sample'}, seed ${seed}\n${lines.join('\n')}\n`,
    );
    if (!full || !existsSync(DOCUMENT)) return;
    const text = readFileSync(DOCUMENT, 'utf8');
    const [begin, end] = [`<!-- ${this.#name}:begin -->\n`, `<!-- ${this.#name}:end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`"${DOCUMENT}" has no marks "${this.#name}"`);
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(
      DOCUMENT,
      `${text.slice(0, from + begin.length)}\nRun ${date}, Node ${process.version}.\n\n${lines.join('\n')}\n\n${text.slice(to)}`,
    );
  }
}
