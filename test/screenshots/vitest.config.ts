// `npm run screenshots`: pictures of the console for the README, made on the real server as its tests are.

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    root: `${import.meta.dirname}/../..`,
    include: ['test/screenshots/console.ts'],
    globalSetup: 'test/support/pglite-setup.ts',
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
