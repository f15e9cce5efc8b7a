/** What redaction costs, against `JSON.stringify` of the same payloads in the same process and run. */
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
