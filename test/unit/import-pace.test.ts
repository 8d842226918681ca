// What a person is told of an import's pace.

import { expect, it } from 'vitest';
import { Pace } from '../../src/cli/import-pace.ts';

function paceOf(size: number | undefined) {
  let milliseconds = 0;
  const pace = new Pace({ size }, () => milliseconds);
  return (seconds: number, records: number, bytes: number) => {
    milliseconds = seconds * 1_000;
    Object.assign(pace, { records, bytes });
    return String(pace);
  };
}

it('tells records, rate, and the time left by the share of bytes that was read', () => {
  const after = paceOf(1_000_000);
  expect(after(0, 0, 0)).toBe('0 records');
  expect(after(10, 20_000, 100_000)).toBe('20,000 records, 2,000 a second, 1:30 left');
  expect(after(95, 190_000, 950_000)).toBe('190,000 records, 2,000 a second, 0:05 left');
  expect(after(100, 200_000, 1_000_000)).toBe('200,000 records, 2,000 a second, 0:00 left');
});

it('tells no time left where the size cannot be known', () => {
  expect(paceOf(undefined)(2, 3_000, 9_999)).toBe('3,000 records, 1,500 a second');
});
