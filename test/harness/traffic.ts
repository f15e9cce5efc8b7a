/** The demo's traffic maker as a child process, and the record it keeps of each request. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asRecord } from './json.ts';
import { spawnNode, testFolder, type Watched } from './process.ts';

const MAIN = join(testFolder, '..', 'packages', 'demo', 'dist', 'traffic', 'main.js');

/** Starts it; `args` as on its command line. */
export function startTraffic(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Watched {
  return spawnNode({ script: MAIN, args, env, instrumented: false });
}

/** One request of the record; `packages/demo/src/traffic/plan.ts` documents the line. */
export interface Noted {
  readonly server: string;
  readonly method: string;
  readonly direction: string;
  readonly outcome: string;
  readonly traceId: string | undefined;
  readonly target: string | undefined;
  readonly person: string | undefined;
  readonly status: number | undefined;
}

/** Reads a record. */
export function readNotes(file: string): Noted[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const note = asRecord(JSON.parse(line));
      const text = (key: string): string | undefined =>
        typeof note[key] === 'string' ? note[key] : undefined;
      return {
        server: text('server') ?? '',
        method: text('method') ?? '',
        direction: text('direction') ?? '',
        outcome: text('outcome') ?? '',
        traceId: text('traceId'),
        target: text('target'),
        person: text('person'),
        status: typeof note['status'] === 'number' ? note['status'] : undefined,
      };
    });
}
