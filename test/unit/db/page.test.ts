// The order of positions where the database does not sort them: it has to be the database's own.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareBytes } from '../../../src/db/page.ts';

const characters = ['a', 'b', '\u00e9', '\ud7ff', '\ue000', '\uffff', '\u{1f600}', '\u{10ffff}'];
const texts = fc.string({ unit: fc.constantFrom(...characters) });

test('texts are ordered as the bytes of their UTF-8 are', () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});
