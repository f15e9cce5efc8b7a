/** One row of the table: a suite run plain and under the flag, scenario by scenario. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readLeaves } from '../harness/logbook.ts';
import { deadEndpoint } from '../harness/receiver.ts';
import type { Sandbox } from '../harness/sandbox.ts';
import { parallel } from '../harness/wait.ts';
import {
  type Checks,
  clientScenario,
  type FixtureServer,
  type Generation,
  startServer,
} from './scenarios.ts';
import { scenariosOf, type Suite } from './tools.ts';

/** What is run. */
export interface RowSpec {
  readonly side: 'server' | 'client';
  readonly suite: Suite;
  readonly generation: Generation;
  readonly spec?: string;
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export interface Row {
  readonly title: string;
  readonly plain: Count;
  readonly flag: Count;
  /** Scenarios whose checks were not the same, with both. */
  readonly differences: readonly string[];
  /** Scenarios that were run again because the first two runs differed. */
  readonly again: number;
  /** Calls in the log of the run under the flag: shows that there was a flag. */
  readonly entries: number;
}

/** Side by side: more would make the suites' own clocks fail. */
const WIDTH = 2;

export function titleOf({ side, suite, generation, spec }: RowSpec): string {
  return `${side} ${suite}, fixture ${generation}${spec === undefined ? '' : ` at ${spec}`}`;
}

/**
 * Runs a row. A scenario with another answer is run once more, both ways: some of them are races with a clock.
 * @param only scenarios to run; all where none are given
 */
export async function compareRow(
  row: RowSpec,
  sandbox: Sandbox,
  only?: readonly string[],
): Promise<Row> {
  const names = only ?? (await scenariosOf(row.suite, row.side));
  const logs = join(sandbox.root, titleOf(row).replaceAll(/\W+/g, '-'));
  mkdirSync(logs);
  const env = {
    ...sandbox.env,
    MCP_LOGBOOK_DIR: logs,
    MCP_LOGBOOK_SIDES: 'both',
    // Telemetry is made and sent, and nobody is there.
    OTEL_EXPORTER_OTLP_ENDPOINT: await deadEndpoint(),
  };
  const plain = await runner(row, { env, flag: false });
  const flag = await runner(row, { env, flag: true });
  let again = 0;
  const differences: string[] = [];
  try {
    const results = await parallel(names.length, WIDTH, async (n) => {
      const name = names[n] ?? '';
      let [a, b] = [await plain.scenario(name), await flag.scenario(name)];
      if (!same(a, b)) {
        again++;
        [a, b] = [await plain.scenario(name), await flag.scenario(name)];
        if (!same(a, b))
          differences.push(`${name}:\n  plain ${a.join('; ')}\n  flag  ${b.join('; ')}`);
      }
      return [a, b] as const;
    });
    return {
      title: titleOf(row),
      plain: countOf(results.map(([a]) => a)),
      flag: countOf(results.map(([, b]) => b)),
      differences,
      again,
      entries: entriesIn(logs),
    };
  } finally {
    await Promise.all([plain.stop(), flag.stop()]);
  }
}

async function runner(
  { side, ...row }: RowSpec,
  how: { readonly env: Readonly<Record<string, string>>; readonly flag: boolean },
): Promise<FixtureServer> {
  const setting = { ...row, ...how };
  return side === 'server'
    ? await startServer(setting)
    : { scenario: (name) => clientScenario(setting, name), stop: async () => {} };
}

/** Entries under a root that are not about the log itself. */
export function entriesIn(root: string): number {
  return readLeaves(root).filter(({ leaf }) => !String(leaf['kind']).startsWith('log.')).length;
}

function same(a: Checks, b: Checks): boolean {
  return a.join('\n') === b.join('\n');
}

function countOf(results: readonly Checks[]): Count {
  const ended = (status: string): number =>
    results.flat().filter((check) => check.endsWith(`: ${status}`)).length;
  return { passed: ended('SUCCESS'), failed: ended('FAILURE') };
}
