import { defineConfig } from 'vitest/config';

// Workspace imports resolve to sources through `ssr.resolve.conditions` alone, so unit tests never need a build.
export default defineConfig({
  ssr: { resolve: { conditions: ['@mcp-logbook/source', 'node', 'import', 'default'] } },
  test: {
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['packages/*/test/**/*.test.ts'], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
