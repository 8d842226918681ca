// Records as JSON text made by the database, in the shape that a surface asks for, at the least cost: every microsecond
// here is one for each record that is passed on. Instants are ISO 8601 in UTC with milliseconds, nulls are kept, jsonb
// stands as Postgres prints it.

import { type RawBuilder, sql } from 'kysely';
import { isNullable, typeOfColumn } from './column-facts.ts';
import type { DataResource } from './resources.ts';

/** A field of a JSON object: under which key, and what. */
export interface ShapeField {
  readonly key: string;
  readonly value: ShapeValue;
}

export type ShapeValue =
  | { readonly kind: 'constant'; readonly text: string }
  /** What somebody else puts in: `holeMark` stands there. */
  | { readonly kind: 'hole' }
  | StoredValue
  /** An object, or a list of them, that is kept as JSON. What is none is null. */
  | { readonly kind: 'object' | 'list'; readonly name: string; readonly fields: readonly ShapeField[] };

/** A column of the record, or a key of the object around. */
export interface StoredValue {
  readonly kind: 'stored';
  readonly name: string;
  /** What stored values are called outside. */
  readonly words?: Readonly<Record<string, string>>;
  /** Of a key of an object: whether there is text under it, if anything. */
  readonly isText?: boolean;
}

/** JSON text never holds it: it would be escaped. */
export const holeMark = '\u0001';

type Text = RawBuilder<string>;
/** What stands in a row of `||`: SQL that gives text, never null, or a piece of JSON as it is. */
type Part = Text | string;
/** The parts of what is stored under a name. */
type PartsOf = (value: StoredValue) => Part[];

/**
 * A JSON object of these fields, in their order, for a row of the alias: SQL that gives text. Text that JSON can hold as
 * it is, which is nearly all there is, is not escaped value by value: one look at all of a row's text costs less.
 */
export function objectText(resource: DataResource, alias: string, fields: readonly ShapeField[]): Text {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  const whole = (partsOf: PartsOf) => joined(objectParts(fields, partsOf, column));
  const texts = fields.flatMap(({ value }) =>
    value.kind === 'stored' && !value.words && isText(resource, value.name) ? [value.name] : [],
  );
  const plain = whole(({ name, words }) => plainParts(resource, name, column(name), words));
  if (texts.length === 0) return plain;
  const escaped = whole(({ name, words }) => escapedParts(resource, name, column(name), words));
  const text = texts.map((name) => orElse(resource, name, sql`${column(name)}`, ''));
  return sql`case when ${needsEscape(text)} then ${escaped} else ${plain} end`;
}

/** Of what neither is text of a record nor holds any: its JSON in the row of the alias, never null. */
export const jsonOf = (resource: DataResource, alias: string, value: ShapeValue): Text => {
  const column = (name: string) => sql.ref(`${alias}.${name}`);
  return joined(
    valueParts(value, ({ name, words }) => plainParts(resource, name, column(name), words), column),
  );
};

/** Whether JSON makes these texts longer than by the quotation marks around them. A regular expression costs more. */
function needsEscape(texts: readonly Text[]): RawBuilder<boolean> {
  const bytes = texts.map((text) => sql`octet_length(${text})`);
  return sql`octet_length(to_json(${joined(texts)})::text) <> ${sql.join(bytes, sql` + `)} + 2`;
}

function objectParts(
  fields: readonly ShapeField[],
  partsOf: PartsOf,
  at: (name: string) => RawBuilder<unknown>,
): Part[] {
  const parts = fields.flatMap(({ key, value }, i) => [
    `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`,
    ...valueParts(value, partsOf, at),
  ]);
  return [...parts, fields.length === 0 ? '{}' : '}'];
}

function valueParts(value: ShapeValue, partsOf: PartsOf, at: (name: string) => RawBuilder<unknown>): Part[] {
  if (value.kind === 'constant') return [JSON.stringify(value.text)];
  if (value.kind === 'hole') return [holeMark];
  if (value.kind === 'stored') return partsOf(value);
  const json = at(value.name);
  const inside = (from: RawBuilder<unknown>) =>
    joined(objectParts(value.fields, memberParts(from), () => from));
  if (value.kind === 'object')
    return [sql`case jsonb_typeof(${json}) when 'object' then ${inside(json)} else 'null' end`];
  return [
    sql`case jsonb_typeof(${json}) when 'array' then '[' || coalesce((
      select string_agg(${inside(sql.ref('item.value'))}, ',' order by item.place)
      from jsonb_array_elements(${json}) with ordinality as item (value, place)), '') || ']' else 'null' end`,
  ];
}

const memberParts =
  (json: RawBuilder<unknown>): PartsOf =>
  ({ name }) => [memberJson(json, name)];

/** What is under a key of a jsonb object, as Postgres prints it. */
export const memberJson = (json: RawBuilder<unknown>, name: string): Text =>
  sql`coalesce((${json} -> ${sql.lit(name)})::text, 'null')`;

function escapedParts(
  resource: DataResource,
  name: string,
  value: RawBuilder<unknown>,
  words: Readonly<Record<string, string>> | undefined,
): Part[] {
  if (words || !isText(resource, name)) return plainParts(resource, name, value, words);
  return [orElse(resource, name, sql`to_json(${value})::text`, 'null')];
}

/** Right for text in which nothing needs an escape. */
function plainParts(
  resource: DataResource,
  name: string,
  value: RawBuilder<unknown>,
  words: Readonly<Record<string, string>> | undefined,
): Part[] {
  if (words) return [wordText(value, words)];
  const parts = partsOfType[typeOfColumn(resource, name) ?? 'text'](value);
  return isNullable(resource, name) ? [orElse(resource, name, joined(parts), 'null')] : parts;
}

function wordText(value: RawBuilder<unknown>, words: Readonly<Record<string, string>>): Text {
  const cases = Object.entries(words).map(
    ([stored, word]) => sql`when ${sql.lit(stored)} then ${sql.lit(JSON.stringify(word))}`,
  );
  return sql`case ${value} ${sql.join(cases, sql` `)} else 'null' end`;
}

const partsOfType: Record<
  NonNullable<ReturnType<typeof typeOfColumn>>,
  (value: RawBuilder<unknown>) => Part[]
> = {
  text: (value) => ['"', sql`${value}`, '"'],
  boolean: (value) => [sql`${value}::text`],
  jsonb: (value) => [sql`${value}::text`],
  // Postgres drops zeros at the end of a fraction; a microsecond more, cut off again, keeps them. Columns have
  // milliseconds and sessions are in UTC: see column-values.ts. `to_char` costs up to three times as much.
  timestamptz: (value) => [sql`left(to_json(${value} + interval '1 microsecond')::text, 24)`, 'Z"'],
};

const isText = (resource: DataResource, column: string): boolean => typeOfColumn(resource, column) === 'text';

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
