/** What redaction costs, against `JSON.stringify` of the same payloads in the same process and run. */
import { createRedactor, createSecretMemory } from '@mcp-logbook/redaction';
import { payloads } from './payloads.ts';

export interface Cost {
  readonly payloads: number;
  readonly kilobytes: number;
  /** Microseconds per KB of JSON, over all payloads. */
  readonly stringify: number;
  readonly redact: number;
  readonly ratio: number;
  /** Median microseconds of the payloads under 1 KB. */
  readonly small: number;
}

/** Aims of the design page. */
export const COST_AIMS = { ratio: 5, redact: 8, small: 5 } as const;

const ROUNDS = 15;

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
    for (const value of list) redactor.redact(value, { secrets: createSecretMemory() });
  };
  for (let i = 0; i < 5; i++) {
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
          for (let i = 0; i < 20; i++) redactor.redact(value, { secrets: createSecretMemory() });
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
