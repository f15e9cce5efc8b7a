/**
 * A sample of `npm run test:conformance`, where the suites are in the cache already: `npm test` does not fetch them.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { stopProcesses } from '../harness/process.ts';
import { aSandbox, removeSandboxes } from '../harness/sandbox.ts';
import { verifies } from '../requirements.ts';
import { compareRow } from './compare.ts';
import { isCached, SUITES } from './tools.ts';

verifies('M7.3');

const [released, alpha] = SUITES;

afterAll(async () => {
  await stopProcesses();
  removeSandboxes();
});

describe.skipIf(!SUITES.every(isCached))('under the flag as without it (I8)', () => {
  test.each([
    {
      side: 'server',
      suite: alpha,
      generation: 'v2',
      scenario: 'input-required-result-multi-round',
    },
    { side: 'client', suite: released, generation: 'v1', scenario: 'tools_call' },
  ] as const)('$side $suite, $generation: $scenario', async ({ scenario, ...row }) => {
    const { plain, flag, differences, entries } = await compareRow(row, aSandbox(), [scenario]);
    expect(differences).toEqual([]);
    expect(flag).toEqual(plain);
    expect(plain.passed).toBeGreaterThan(0);
    expect(plain.failed).toBe(0);
    expect(entries).toBeGreaterThan(0);
  });
});
