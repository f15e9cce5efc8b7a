import { defineConfig } from 'vitest/config';

/** Tests of real programs: one file at a time, each in its own process. */
const slow = { hookTimeout: 60_000, fileParallelism: false };

// Workspace imports resolve to sources through `ssr.resolve.conditions` alone, so unit tests never need a build.
export default defineConfig({
  ssr: { resolve: { conditions: ['@mcp-logbook/source', 'node', 'import', 'default'] } },
  test: {
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
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'integration',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...slow,
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
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
        },
      },
    ],
  },
});
