// A value of $filter as the column that it is compared with wants it. Types are never converted into each other.

import type { ColumnType } from '../../db/data/column-facts.ts';
import { parseInstant } from '../../instant.ts';
import type { Operand } from './filter-syntax.ts';

/** A value, or what it should be: a clause that goes on from the field's name. */
export type Read = { value: string | boolean | null } | { should: string };

/** Null compares with everything; of objects nothing else does. */
export function readLiteral(type: ColumnType, operand: Operand): Read {
  if (operand.kind === 'word' && operand.text === 'null') return { value: null };
  return readers[type](operand);
}

const readers: Record<ColumnType, (operand: Operand) => Read> = {
  text: ({ kind, text }) => {
    if (kind !== 'text') return { should: 'is text: put the value in single quotes' };
    // Postgres stores no NUL, and refuses a statement that has one.
    return text.includes('\0') ? { should: 'holds no NUL character' } : { value: text };
  },
  boolean: ({ kind, text }) =>
    kind === 'word' && (text === 'true' || text === 'false')
      ? { value: text === 'true' }
      : { should: 'is true or false, without quotes' },
  timestamptz: ({ text }) => {
    const value = parseInstant(text);
    if (value !== undefined) return { value };
    return { should: "is a time: write it as in '2026-01-31T09:30:00Z', and a + in its offset as %2B" };
  },
  jsonb: () => ({ should: 'is an object or a list, and compares with null only' }),
};
