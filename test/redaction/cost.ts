/** What redaction costs, against `JSON.stringify` of the same payloads in the same process and run. */
import { execFileSync } from 'node:child_process';
import { createRedactor } from '@mcp-logbook/redaction';
import { payloads } from './payloads.ts';

export interface Cost {
  readonly payloads: number;
  /** Kilobytes of JSON. */
  readonly kilobytes: number;
  /** Microseconds per KB of JSON, over all payloads. */
  readonly stringify: number;
  readonly redact: number;
  readonly ratio: number;
  /** Median microseconds of the payloads under 1 KB. */
  readonly small: number;
}

/** Aims of the design page, and `JSON.stringify` on the idle machine they were set on. */
const AIMS = { ratio: 5, redact: 8, small: 5, stringify: 2.1 } as const;

/** The aims that a cost misses. Times in microseconds are judged as if `JSON.stringify` took what it takes when idle. */
export function missedCosts(cost: Cost): string[] {
  const load = Math.max(1, cost.stringify / AIMS.stringify);
  return [
    ...(cost.ratio > AIMS.ratio
      ? [`${cost.ratio.toFixed(1)} x JSON.stringify, aim ${AIMS.ratio}`]
      : []),
    ...(cost.redact / load > AIMS.redact
      ? [`${(cost.redact / load).toFixed(1)} us/KB, aim ${AIMS.redact}`]
      : []),
    ...(cost.small / load > AIMS.small
      ? [`${(cost.small / load).toFixed(1)} us at the median under 1 KB, aim ${AIMS.small}`]
      : []),
  ];
}

const ROUNDS = 25;
/** Until the engine is compiled: a server lives longer than that. */
const WARM_UP = 12;

/** Medians of interleaved rounds: a slow moment of the machine meets both. */
export function measureCost(seed: number): Cost {
  const redactor = createRedactor();
  const list = payloads(seed);
  const sizes = list.map((value) => Buffer.byteLength(JSON.stringify(value)));
  const kilobytes = sizes.reduce((sum, size) => sum + size, 0) / 1024;
  const stringifyAll = (): void => {
    for (const value of list) JSON.stringify(value);
  };
  const redactAll = (): void => {
    for (const value of list) redactor.redact(value);
  };
  for (let i = 0; i < WARM_UP; i++) {
    stringifyAll();
    redactAll();
  }
  const [stringify, redact]: [number[], number[]] = [[], []];
  for (let i = 0; i < ROUNDS; i++) {
    stringify.push(time(stringifyAll));
    redact.push(time(redactAll));
  }
  const small = list.filter((_, i) => (sizes[i] ?? 0) < 1024);
  const each = small.map((value) =>
    median(
      Array.from({ length: 5 }, () =>
        time(() => {
          for (let i = 0; i < 20; i++) redactor.redact(value);
        }),
      ),
    ),
  );
  const [a, b] = [median(stringify) / kilobytes, median(redact) / kilobytes];
  return {
    payloads: list.length,
    kilobytes,
    stringify: a,
    redact: b,
    ratio: b / a,
    small: median(each) / 20,
  };
}

/** Microseconds of processor time: other programs on the machine do not count. */
function time(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** What the tables cost that are built at a process's first text. */
export interface Tables {
  /** Milliseconds of processor time, median of fresh processes. */
  readonly ms: number;
  /** Megabytes that stay. */
  readonly megabytes: number;
  /** How much slower `JSON.stringify` is now than on the idle machine that the aims are for; 1 or more. */
  readonly load: number;
}

const TABLE_AIMS = { ms: 15, megabytes: 2 } as const;
const PROCESSES = 7;

/** A process of its own: the package is loaded and a value without texts is redacted, then comes the first text. */
const FIRST_TEXT = `
  import { createRedactor } from '@mcp-logbook/redaction';
  const redactor = createRedactor();
  redactor.redact(true);
  const held = () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = held();
  const start = process.cpuUsage();
  redactor.redact('the first text');
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify([(user + system) / 1000, (held() - before) / 1048576]));
`;

/** Builds the tables in fresh processes. */
export function measureTables({ stringify }: Cost): Tables {
  const runs = Array.from({ length: PROCESSES }, () => {
    const output = execFileSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '--eval', FIRST_TEXT],
      { cwd: import.meta.dirname, encoding: 'utf8' },
    );
    return JSON.parse(output) as [number, number]; // printed above
  });
  return {
    ms: median(runs.map(([ms]) => ms)),
    megabytes: median(runs.map(([, megabytes]) => megabytes)),
    load: Math.max(1, stringify / AIMS.stringify),
  };
}

/** The aims that the tables miss; times as for `missedCosts`. */
export function missedTables({ ms, megabytes, load }: Tables): string[] {
  return [
    ...(ms / load > TABLE_AIMS.ms
      ? [`${(ms / load).toFixed(1)} ms at the first text, aim ${TABLE_AIMS.ms}`]
      : []),
    ...(megabytes > TABLE_AIMS.megabytes
      ? [`${megabytes.toFixed(1)} MB of tables, aim ${TABLE_AIMS.megabytes}`]
      : []),
  ];
}
