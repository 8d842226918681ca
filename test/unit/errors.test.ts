// What an error of ours costs and keeps.

import { expect, test } from 'vitest';
import { asAppError } from '../../src/db/unavailable.ts';
import { AppError } from '../../src/errors.ts';

test('a fault of ours knows where it came from, and a refusal does not take the time', () => {
  expect(new AppError('INTERNAL').stack).toMatch(/\n {4}at /);
  expect(new AppError('UNAUTHENTICATED').stack).not.toMatch(/\n {4}at /);
  expect(new Error('after a refusal').stack).toMatch(/\n {4}at /);
});

test('a text that PostgreSQL cannot make is no fault of ours, nor of the database', () => {
  const tooLong = Object.assign(new Error('string buffer exceeds maximum allowed length'), { code: '54000' });
  expect(asAppError(tooLong)).toMatchObject({ code: 'QUERY_TOO_COMPLEX', status: 400 });
});
