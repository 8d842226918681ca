// Records as JSON text made by the database, at the least cost: every microsecond here is one for each record that a
// surface passes on. Instants are ISO 8601 in UTC with milliseconds, nulls are kept, jsonb stands as Postgres prints it.

import { type RawBuilder, sql } from 'kysely';
import { isNullable, typeOfColumn } from './column-facts.ts';
import type { DataResource } from './resources.ts';

/** A field of a JSON object and the column that it shows. */
export interface ObjectField {
  name: string;
  column: string;
}

type Text = RawBuilder<string>;
/** What stands in a row of `||`: SQL that gives text, never null, or a piece of JSON as it is. */
type Part = Text | string;
type ValueParts = (resource: DataResource, alias: string, column: string) => Part[];

/**
 * A JSON object of these fields, in their order, for a row of the alias: SQL that gives text. Text that JSON can hold as
 * it is, which is nearly all there is, is not escaped value by value: one look at all of a row's text costs less.
 */
export function objectText(resource: DataResource, alias: string, fields: readonly ObjectField[]): Text {
  const objectOf = (valueParts: ValueParts) =>
    joined([
      ...fields.flatMap(({ name, column }, i) => [
        `${i === 0 ? '{' : ','}${JSON.stringify(name)}:`,
        ...valueParts(resource, alias, column),
      ]),
      fields.length === 0 ? '{}' : '}',
    ]);
  const texts = fields.map(({ column }) => column).filter((column) => isText(resource, column));
  if (texts.length === 0) return objectOf(plainParts);
  const all = joined(texts.map((column) => orElse(resource, column, sql`${ref(alias, column)}`, '')));
  return sql`case when ${all} collate "C" ~ ${sql.lit(needsEscape)} then ${objectOf(escapedParts)} else ${objectOf(plainParts)} end`;
}

/** The JSON of one column's value: SQL that gives text, `null` for none. */
export const valueText = (resource: DataResource, alias: string, column: string): Text =>
  joined(escapedParts(resource, alias, column));

/** What RFC 8259 §7 wants escaped: the quotation mark, the backslash, and what comes before the space. */
const needsEscape = '["\\\\\\x01-\\x1f]';

const escapedParts: ValueParts = (resource, alias, column) =>
  isText(resource, column)
    ? [orElse(resource, column, sql`to_json(${ref(alias, column)})::text`, 'null')]
    : plainParts(resource, alias, column);

/** Right for text in which nothing needs an escape. */
const plainParts: ValueParts = (resource, alias, column) => {
  const value = ref(alias, column);
  const parts = partsOfType[typeOfColumn(resource, column) ?? 'text'](value);
  return isNullable(resource, column) ? [orElse(resource, column, joined(parts), 'null')] : parts;
};

const partsOfType: Record<
  NonNullable<ReturnType<typeof typeOfColumn>>,
  (value: RawBuilder<unknown>) => Part[]
> = {
  text: (value) => ['"', sql`${value}`, '"'],
  boolean: (value) => [sql`${value}::text`],
  jsonb: (value) => [sql`${value}::text`],
  // Postgres drops zeros at the end of a fraction; a microsecond more, cut off again, keeps them. Columns have
  // milliseconds and sessions are in UTC: see column-values.ts. `to_char` costs as much, or nearly twice that.
  timestamptz: (value) => [sql`left(to_json(${value} + interval '1 microsecond')::text, 24)`, 'Z"'],
};

const isText = (resource: DataResource, column: string): boolean => typeOfColumn(resource, column) === 'text';

const ref = (alias: string, column: string) => sql.ref(`${alias}.${column}`);

const orElse = (resource: DataResource, column: string, value: Text, none: string): Text =>
  isNullable(resource, column) ? sql`coalesce(${value}, ${sql.lit(none)})` : value;

/** As few `||` as there can be: neighbouring pieces become one. */
function joined(parts: readonly Part[]): Text {
  const merged: Part[] = [];
  for (const part of parts) {
    const last = merged.at(-1);
    if (typeof part === 'string' && typeof last === 'string') merged[merged.length - 1] = last + part;
    else merged.push(part);
  }
  const pieces = merged.map((part) => (typeof part === 'string' ? sql.lit(part) : part));
  return sql<string>`(${sql.join(pieces, sql` || `)})`;
}
