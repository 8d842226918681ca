// The table of promises in SECURITY.md: each has its tests, which are run, and whose names say what it says. Where they
// say it in other words, those stand behind the file.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plainly, testTitlesIn } from '../support/test-titles.ts';

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

/** What is less is no sentence, and found anywhere. */
const fewestWords = 4;

/** Whether a test's name says all of the promise, or a part of it. */
const saysIt = (name: string, promise: string): boolean =>
  name.includes(promise) || (promise.includes(name) && name.split(' ').length >= fewestWords);

test.each(promises)('%s', (promise, tests) => {
  const places = [...tests.matchAll(/`test\/([^`]+)`(?:: "([^"]+)")?/g)];
  expect(places).not.toEqual([]);
  expect(tests.replaceAll(/`[^`]+`(?:: "[^"]+")?/g, '')).toMatch(/^[, and]*$/);
  for (const [, file = '', quoted] of places) {
    expect(file).toMatch(/^(?:api|cli|client|db|rules|unit|web)\/.*\.test\.ts$/);
    expect(existsSync(join(root, 'test', file)), file).toBe(true);
    const names = testTitlesIn(file);
    const said = quoted === undefined ? plainly(promise) : plainly(quoted);
    const found =
      quoted === undefined
        ? names.some((name) => saysIt(name, said))
        : names.some((name) => name.includes(said));
    expect(found, `${file} has a test that says: ${said}`).toBe(true);
  }
});
