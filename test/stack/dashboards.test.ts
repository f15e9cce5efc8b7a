/**
 * Every query of every panel on the live stores, filled by real servers under the flag: well-formed, and on the demo's
 * traffic never empty. Panels whose data comes with a later issue are held to the first half only.
 */
import { join } from 'node:path';
import { DASHBOARDS } from '@mcp-logbook/grafana';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stopProcesses, type Watched } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { answersOf, needsTempo } from '../harness/stack/panels.ts';
import { until } from '../harness/stack/query.ts';
import { missingParts, type Stack, startStack } from '../harness/stack/stack.ts';
import { startTraffic } from '../harness/traffic.ts';
import { verifies } from '../requirements.ts';

verifies('M4.1');

/**
 * Enough for every kind of call, for closed sessions and, in the 45 s they take, for rates of points that come every 5 s.
 * Told in calls, so that a busy machine makes as many.
 */
const CALLS = 675;
const CALLS_A_SECOND = 15;
/** Nothing is promised about these times. */
const PATIENCE_MS = 240_000;
/** A dashboard's usual range, so that windows are not cut to the age of the stack. */
const RANGE_MS = 15 * 60_000;

const without = missingParts('sink', 'collector', 'loki', 'prometheus');
const withoutTempo = missingParts('tempo');

let stack: Stack;
let traffic: Watched;

beforeAll(async () => {
  if (without !== undefined) return;
  const sandbox = aSandbox();
  stack = await startStack({
    folder: join(sandbox.root, 'stack'),
    parts: ['sink', 'collector', 'loki', 'tempo', 'prometheus'],
  });
  traffic = startTraffic(
    ['--calls', String(CALLS), '--rate', String(CALLS_A_SECOND), '--seed', '3'],
    {
      ...sandbox.env,
      ...stack.senderEnv,
    },
  );
});
afterAll(async () => {
  await stopProcesses();
  if (without === undefined) await stack.stop();
  removeSandboxes();
});

const range = (): { fromMs: number; toMs: number } => ({
  fromMs: Date.now() - RANGE_MS,
  toMs: Date.now(),
});

describe.skipIf(without !== undefined)(`panels on the live stores ${without ?? ''}`, () => {
  for (const { title, rows } of DASHBOARDS) {
    for (const panel of rows.flatMap((row) => row.panels)) {
      const cannot = needsTempo(panel) ? withoutTempo : undefined;
      const name = `${title}: "${panel.title}" answers ${cannot ?? ''}`;
      test.skipIf(cannot !== undefined)(name, async () => {
        await until(
          () => answersOf(panel, stack.urls, range()),
          (answers) => answers > 0,
          PATIENCE_MS,
          (answers) => `${answers} series, rows, lines or spans`,
        );
      });
    }
  }

  test('a panel with a misspelt series or a broken query would be found', async () => {
    const [panel] = DASHBOARDS.flatMap(({ rows }) => rows.flatMap((row) => row.panels));
    if (panel === undefined) throw new Error('no panel at all');
    const asking = (expr: string): Promise<number> =>
      answersOf(
        { ...panel, queries: [{ source: 'prometheus', mode: 'range', expr }] },
        stack.urls,
        range(),
      );
    expect(await asking('sum(rate(mcp_server_operation_durations_count[1m]))')).toBe(0);
    await expect(asking('sum by (job (up))')).rejects.toThrow(/400 to sum by/);
    expect(await asking('up')).toBeGreaterThan(0);
  });

  test('the traffic ran to its end', async () => {
    const { code } = await traffic.gone(PATIENCE_MS);
    expect([code, traffic.stderr]).toEqual([0, '']);
  });
});
