import { defineConfig } from 'vitest/config';

/**
 * Files at a time. The machine of CI has two cores; with three, telemetry of short sessions was cut off now and then by the
 * second that an exit may take.
 */
const SIDE_BY_SIDE = 2;

/** Tests of real programs, each file in its own process. */
const slow = { hookTimeout: 120_000 };

/** Tests that hold a program to a time: nothing else runs beside them, and they come first. */
const ALONE = {
  integration: ['exits', 'permission', 'real-servers', 'score', 'stdout', 'threads', 'weather'].map(
    (name) => `test/e2e/${name}.test.ts`,
  ),
  stack: ['collector-delay', 'loss'].map((name) => `test/stack/${name}.test.ts`),
};

// Unit tests and those of the stack are one group: what computes and what waits then share the cores.
// Workspace imports resolve to sources, here and where Node.js itself resolves (`require`, threads): unit tests need no build.
export default defineConfig({
  ssr: { resolve: { conditions: ['@mcp-logbook/source', 'node', 'import', 'default'] } },
  test: {
    execArgv: ['--conditions=@mcp-logbook/source'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{packages/*,grafana,otel-collector}/test/**/*.test.ts',
            'test/redaction/*.test.ts',
          ],
          testTimeout: 60_000,
          maxWorkers: SIDE_BY_SIDE,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'integration',
          include: ['test/{auth,e2e,matrix,load,conformance,runtimes,taps}/**/*.test.ts'],
          exclude: ALONE.integration,
          testTimeout: 120_000,
          maxWorkers: SIDE_BY_SIDE,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'integration-alone',
          include: ALONE.integration,
          testTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          exclude: ALONE.stack,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          maxWorkers: SIDE_BY_SIDE,
          sequence: { groupOrder: 3 },
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'stack-alone',
          include: ALONE.stack,
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'compose',
          include: ['test/compose/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
