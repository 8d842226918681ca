// Records as the text of their JSON in the shape that a reader asks for: made by the database and passed on as it is, so
// that no row becomes an object on the way.

import { type RawBuilder, sql } from 'kysely';
import { typeOfColumn } from './column-facts.ts';
import type { DataResource } from './resources.ts';

/** A field of the JSON: under which key, and what. The database cuts keys beyond `longestKey`. */
export interface ShapeField {
  readonly key: string;
  readonly value: ShapeValue;
}

export type ShapeValue =
  | { readonly kind: 'constant'; readonly text: string }
  /** A column of the record, or a key of the object around; `words` says what stored values are called outside. */
  | { readonly kind: 'stored'; readonly name: string; readonly words?: Readonly<Record<string, string>> }
  /** An object, or a list of them, that is kept as JSON. What is none is null. */
  | { readonly kind: 'object' | 'list'; readonly name: string; readonly fields: readonly ShapeField[] };

export const longestKey = 63;

type Place = (name: string) => RawBuilder<unknown>;

/** The JSON text of a record that stands under the alias `record`. */
export function shapeSql(resource: DataResource, fields: readonly ShapeField[]): RawBuilder<string> {
  const column: Place = (name) => {
    const value = sql.ref(`record.${name}`);
    return typeOfColumn(resource, name) === 'timestamptz' ? instantSql(value) : value;
  };
  return sql`${objectSql(fields, column)}::text`;
}

const objectSql = (fields: readonly ShapeField[], at: Place): RawBuilder<unknown> => {
  const columns = fields.map(({ key, value }) => sql`${valueSql(value, at)} as ${sql.id(key)}`);
  return sql`(select row_to_json(fields) from (select ${sql.join(columns)}) as fields)`;
};

function valueSql(value: ShapeValue, at: Place): RawBuilder<unknown> {
  if (value.kind === 'constant') return sql`${sql.lit(value.text)}::text`;
  const stored = at(value.name);
  if (value.kind === 'stored') return value.words ? wordSql(stored, value.words) : stored;
  const inside = (json: RawBuilder<unknown>) =>
    objectSql(value.fields, (name) => sql`${json} -> ${sql.lit(name)}`);
  if (value.kind === 'object')
    return sql`case jsonb_typeof(${stored}) when 'object' then ${inside(stored)} end`;
  return sql`case jsonb_typeof(${stored}) when 'array' then (
    select coalesce(json_agg(${inside(sql.ref('item.value'))} order by item.place), '[]')
    from jsonb_array_elements(${stored}) with ordinality as item (value, place)) end`;
}

function wordSql(stored: RawBuilder<unknown>, words: Readonly<Record<string, string>>): RawBuilder<unknown> {
  const cases = Object.entries(words).map(([from, to]) => sql`when ${sql.lit(from)} then ${sql.lit(to)}`);
  return sql`case ${stored} ${sql.join(cases, sql` `)} end`;
}

/** An instant as ISO 8601 text. Sessions are in UTC: see column-values.ts. */
const instantSql = (value: RawBuilder<unknown>) => sql`to_char(${value}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
