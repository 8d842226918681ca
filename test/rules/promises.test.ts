// The table of promises in SECURITY.md: each has its tests, they are there, and they are run.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const [, table = ''] = readFileSync(join(root, 'SECURITY.md'), 'utf8').split(
  '| promise | test |\n| --- | --- |\n',
);
const promises = table
  .slice(0, table.indexOf('\n\n'))
  .split('\n')
  .map((row) => row.split('|').map((cell) => cell.trim()))
  .map(([, promise = '', tests = '']) => [promise, tests] as const);

test('the table is read whole', () => {
  expect(promises.length).toBeGreaterThan(35);
});

test.each(promises)('%s', (_promise, tests) => {
  const files = [...tests.matchAll(/`([^`]+)`/g)].map(([, file = '']) => file);
  expect(files).not.toEqual([]);
  for (const file of files) {
    expect(file).toMatch(/^test\/(?:api|cli|client|db|rules|unit|web)\/.*\.test\.ts$/);
    expect(existsSync(join(root, file)), file).toBe(true);
  }
});
