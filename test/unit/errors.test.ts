// What an error of ours costs and keeps.

import { expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';

test('a fault of ours knows where it came from, and a refusal does not take the time', () => {
  expect(new AppError('INTERNAL').stack).toMatch(/\n {4}at /);
  expect(new AppError('UNAUTHENTICATED').stack).not.toMatch(/\n {4}at /);
  expect(new Error('after a refusal').stack).toMatch(/\n {4}at /);
});
