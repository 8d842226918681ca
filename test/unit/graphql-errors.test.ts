import { GraphQLError, locatedError } from 'graphql';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { appErrorOf, isFailure, toldErrors } from '../../src/schema/errors.ts';

const refusal = (i: number) => locatedError(new AppError('BAD_USER_INPUT', { sentence: `${i}` }), [], [i]);
const failure = locatedError(new TypeError('of ours'), [], ['there']);

describe('of many errors', () => {
  test('eight are told, in their order', () => {
    const errors = Array.from({ length: 1_000 }, (_, i) => refusal(i));
    expect(toldErrors(errors)).toEqual(errors.slice(0, 8));
  });

  test('one that is thrown again and again is told once', () => {
    expect(toldErrors([refusal(0), failure, failure, failure])).toEqual([refusal(0), failure]);
  });

  test('a failure of ours is told wherever it is', () => {
    const errors = [...Array.from({ length: 1_000 }, (_, i) => refusal(i)), failure];
    expect(toldErrors(errors)).toEqual([failure, ...errors.slice(0, 7)]);
  });

  test('those of graphql-js are passed over without a sentence made for them', () => {
    const error = new GraphQLError('x');
    Object.defineProperty(error, 'message', { get: () => expect.fail('A sentence was made.') });
    expect(isFailure(error)).toBe(false);
  });
});

test('what was thrown is found behind an error that was located twice', () => {
  const thrown = new AppError('RATE_LIMITED');
  const once = new GraphQLError('once', { originalError: thrown });
  expect(appErrorOf(locatedError(once, [], ['field']))).toBe(thrown);
});
