// Instants as text: RFC 3339 in, ISO 8601 in UTC with milliseconds out, and nothing that is not an instant.

import { describe, expect, test } from 'vitest';
import { parseInstant } from '../../src/instant.ts';

test.each([
  ['2026-01-31T12:34:56Z', '2026-01-31T12:34:56.000Z'],
  ['2026-01-31t12:34:56z', '2026-01-31T12:34:56.000Z'],
  ['2026-01-31T12:34:56.7Z', '2026-01-31T12:34:56.700Z'],
  ['2026-01-31T12:34:56.123456789Z', '2026-01-31T12:34:56.123Z'],
  ['2026-01-31T12:34:56.9999Z', '2026-01-31T12:34:56.999Z'],
  ['2026-01-31T00:30:00+01:00', '2026-01-30T23:30:00.000Z'],
  ['2026-12-31T23:30:00-05:30', '2027-01-01T05:00:00.000Z'],
  ['2026-01-31T12:34:56-00:00', '2026-01-31T12:34:56.000Z'],
  ['2026-01-31T12:34:56+23:59', '2026-01-30T12:35:56.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
  ['1969-12-31T23:59:59.001Z', '1969-12-31T23:59:59.001Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['0004-02-29T00:00:00Z', '0004-02-29T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('%s is %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant);
  expect(parseInstant(instant)).toBe(instant);
});

describe('no instant is', () => {
  test.each([
    ['an empty text', ''],
    ['a date alone', '2026-01-31'],
    ['a time without a zone', '2026-01-31T12:34:56'],
    ['a time without seconds', '2026-01-31T12:34Z'],
    ['a space in the middle', '2026-01-31 12:34:56Z'],
    ['a space around', ' 2026-01-31T12:34:56Z'],
    ['a line break after', '2026-01-31T12:34:56Z\n'],
    ['a month too many', '2026-13-01T00:00:00Z'],
    ['month 0', '2026-00-01T00:00:00Z'],
    ['day 0', '2026-01-00T00:00:00Z'],
    ['day 32', '2026-01-32T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['29 February of a common year', '2026-02-29T00:00:00Z'],
    ['29 February 1900', '1900-02-29T00:00:00Z'],
    ['hour 24', '2026-01-31T24:00:00Z'],
    ['minute 60', '2026-01-31T23:60:00Z'],
    ['a leap second', '2026-06-30T23:59:60Z'],
    ['an offset of 24 hours', '2026-01-31T12:34:56+24:00'],
    ['an offset without a colon', '2026-01-31T12:34:56+0100'],
    ['an offset of hours alone', '2026-01-31T12:34:56+01'],
    ['a comma before the fraction', '2026-01-31T12:34:56,7Z'],
    ['a point without a fraction', '2026-01-31T12:34:56.Z'],
    ['ten decimals', '2026-01-31T12:34:56.0123456789Z'],
    ['a year of five digits', '12026-01-31T12:34:56Z'],
    ['a signed year', '+002026-01-31T12:34:56Z'],
    ['year 0', '0000-06-01T00:00:00Z'],
    ['year 0 by its offset', '0001-01-01T00:00:00+01:00'],
    ['year 10000 by its offset', '9999-12-31T23:59:59-01:00'],
    ['seconds since 1970', '1769862896'],
    ['digits of another script', '٢٠٢٦-01-31T12:34:56Z'],
    ['a word', 'infinity'],
    ['another word', 'now'],
  ])('%s', (_name, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});
