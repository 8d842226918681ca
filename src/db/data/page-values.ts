// Records of a page as Postgres gives them at the least cost: nothing but their values, in one text, and their instants in
// binary beside it. page-writer.ts puts keys, quotation marks, and escapes around them.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables.ts';
import { isNullable, typeOfColumn } from './column-facts.ts';
import { Constant } from './json-bytes.ts';
import { jsonOf, memberJson, type ShapeField, type StoredValue } from './json-text.ts';
import type { DataResource } from './resources.ts';

/**
 * Stands between values. JSON never holds it, since it would be escaped; a text may, and then the page has more values than
 * its records have fields.
 */
export const separator = '\u001f';

/** How a record's values become its JSON. */
export interface PageValues {
  /** SQL of those in the text, for the alias `record`. */
  readonly sql: string;
  /** The columns of those in binary, and what reads them of rows that are aggregated under the alias `item`. */
  readonly instants: readonly string[];
  readonly instantBytes: InstantBytes;
  readonly fields: readonly PageField[];
  /** How many values of each record are in the text. */
  readonly read: number;
}

export interface PageField {
  /** The key, and what belongs before it. Of what is the same in every record, the value too. */
  readonly key: Constant;
  /** An object is read as its type in JSON, and then its fields, whether it is one or not. */
  readonly is: 'text' | 'optional text' | 'json' | 'instant' | 'words' | 'object' | 'constant';
  /** How many values of it are in the text. */
  readonly read: number;
  readonly words: Words;
  /** Of an object. */
  readonly fields: readonly PageField[];
}

/** What stored values are called outside. */
export type Words = readonly {
  /** As it stands in the text. */
  readonly stored: Buffer;
  readonly word: Constant;
}[];

export function pageValues(db: Database, resource: DataResource, shape: readonly ShapeField[]): PageValues {
  const fields = shape.map((field, i) => readColumn(resource, field, i));
  const values = fields.flatMap((field) => field.values);
  const instants = fields.flatMap(({ instant }) => instant ?? []);
  return {
    sql: joined(values).compile(db).sql,
    instants,
    instantBytes: instantBytes(resource, 'item', instants),
    fields: fields.map(({ field }) => field),
    read: values.length,
  };
}

/** A field, and what is read for it. */
interface FieldRead {
  readonly field: PageField;
  /** SQL of its values in the text, which is never null. */
  readonly values: readonly RawBuilder<unknown>[];
  /** Its column, if it is an instant. */
  readonly instant?: string;
}

function readColumn(resource: DataResource, { key, value }: ShapeField, place: number): FieldRead {
  const named = keyText(key, place);
  if (value.kind === 'constant') return constant(named, value.text);
  const column = (name: string) => sql.ref(`record.${name}`);
  if (value.kind === 'object' && isFlat(value.fields)) return object(named, column(value.name), value.fields);
  if (value.kind !== 'stored') return read(named, 'json', [jsonOf(resource, 'record', value)]);
  const { name, words } = value;
  const stored = column(name);
  const orNone = isNullable(resource, name) ? sql`coalesce(${stored}, '')` : stored;
  if (words) return read(named, 'words', [orNone], { words: wordsOf(words) });
  const type = typeOfColumn(resource, name);
  if (type === 'timestamptz') return { ...read(named, 'instant', []), instant: name };
  if (type !== 'text') return read(named, 'json', [jsonOf(resource, 'record', value)]);
  return isNullable(resource, name)
    ? read(named, 'optional text', [optionalText(stored)])
    : read(named, 'text', [stored]);
}

function object(key: string, json: RawBuilder<unknown>, shape: readonly ShapeField[]): FieldRead {
  const inside = shape.map((field, i) => readMember(json, field, i));
  const values = [sql`coalesce(jsonb_typeof(${json}), '')`, ...inside.flatMap((one) => one.values)];
  return read(key, 'object', values, { fields: inside.map(({ field }) => field) });
}

function readMember(json: RawBuilder<unknown>, { key, value }: ShapeField, place: number): FieldRead {
  const named = keyText(key, place);
  if (value.kind === 'constant') return constant(named, value.text);
  const { name, isText } = value as StoredValue;
  return isText
    ? read(named, 'optional text', [optionalText(sql`(${json} ->> ${sql.lit(name)})`)])
    : read(named, 'json', [memberJson(json, name)]);
}

const isFlat = (shape: readonly ShapeField[]): boolean =>
  shape.every(({ value }) => value.kind === 'stored' || value.kind === 'constant');

const keyText = (key: string, place: number): string => `${place === 0 ? '{' : ','}${JSON.stringify(key)}:`;

const optionalText = (text: RawBuilder<unknown>) => sql`coalesce('"' || ${text}, '')`;

const read = (
  key: string,
  is: PageField['is'],
  values: FieldRead['values'],
  more: { words?: Words; fields?: readonly PageField[] } = {},
): FieldRead => ({
  field: { key: new Constant(key), is, read: values.length, words: [], fields: [], ...more },
  values,
});

const constant = (key: string, text: string): FieldRead => read(key + JSON.stringify(text), 'constant', []);

const wordsOf = (words: Readonly<Record<string, string>>): Words =>
  Object.entries(words).map(([stored, word]) => ({
    stored: Buffer.from(stored + separator),
    word: new Constant(JSON.stringify(word)),
  }));

/** With what stands between values. For values that are short, `||` costs less than `concat_ws`. */
const joined = (values: FieldRead['values']): RawBuilder<unknown> =>
  values.length === 0 ? sql`''` : sql.join(values, sql` || ${sql.lit(separator)} || `);

/** The instants of these columns of the rows that are aggregated under the alias: row by row, eight bytes each. */
function instantBytes(resource: DataResource, alias: string, columns: readonly string[]): InstantBytes {
  if (columns.length === 0) return noInstants;
  const sent = columns.map((name) => {
    const instant = sql.ref(`${alias}.${name}`);
    return sql`timestamptz_send(${isNullable(resource, name) ? sql`coalesce(${instant}, '-infinity')` : instant})`;
  });
  return sql`string_agg(${sql.join(sent, sql` || `)}, '')`;
}

type InstantBytes = RawBuilder<Uint8Array | null>;
export const noInstants: InstantBytes = sql`null::bytea`;
