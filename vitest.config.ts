// The database suite runs on both engines, everything else once. Run one with `npx vitest run --project pglite`. Its files
// keep nothing outside of themselves, and so share their modules: loading those anew for each file takes a tenth of the run.

import { defineConfig } from 'vitest/config';

const limits = { pool: 'forks', testTimeout: 60_000, hookTimeout: 120_000, teardownTimeout: 30_000 } as const;
const databaseSuite = ['test/db/**/*.test.ts', 'test/api/**/*.test.ts', 'test/rules/**/*.test.ts'];
const everythingElse = [
  'test/unit/**/*.test.ts',
  'test/cli/**/*.test.ts',
  'test/client/**/*.test.ts',
  'test/web/**/*.test.ts',
];

// Node gives every package the CommonJS build of graphql; Vite would give our files the other one, and graphql refuses
// to work in two copies.
const resolve = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ['default', ['json', { outputFile: '.test-results/results.json' }]],
    projects: [
      {
        resolve,
        test: {
          ...limits,
          name: 'pglite',
          isolate: false,
          include: databaseSuite,
          globalSetup: 'test/support/pglite-setup.ts',
        },
      },
      {
        resolve,
        test: {
          ...limits,
          name: 'postgres',
          isolate: false,
          include: databaseSuite,
          globalSetup: 'test/support/postgres-setup.ts',
        },
      },
      {
        resolve,
        test: {
          ...limits,
          name: 'once',
          include: everythingElse,
          globalSetup: 'test/support/pglite-setup.ts',
        },
      },
    ],
  },
});
