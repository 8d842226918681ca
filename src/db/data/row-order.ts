// Orders of records by any of their columns, and the place of a row in one: how a page finds where it begins. Null comes
// before every value.

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { isNullable, typeOfColumn } from './column-facts.ts';
import type { DataResource } from './resources.ts';

/** By a column of the resource. */
export interface RowOrder {
  column: string;
  direction: 'asc' | 'desc';
}

/** The values of the order's columns in one row, as text: where a page ends. */
export type RowPlace = readonly (string | null)[];

/** Text stands bytewise, so that the order is the same on every engine and machine. */
function orderedSql(resource: DataResource, alias: string, column: string): RawBuilder<unknown> {
  const value = sql.ref(`${alias}.${column}`);
  return typeOfColumn(resource, column) === 'text' ? sql`${value} collate "C"` : value;
}

/**
 * An `order by` of the rows of this alias. Says where nulls stand only of columns that have any: an index serves no order
 * that it does not have word for word.
 */
export function orderSql(
  resource: DataResource,
  alias: string,
  order: readonly RowOrder[],
): RawBuilder<unknown> {
  const parts = order.map(({ column, direction }) => {
    const nulls = direction === 'asc' ? ' nulls first' : ' nulls last';
    const suffix = direction + (isNullable(resource, column) ? nulls : '');
    return sql`${orderedSql(resource, alias, column)} ${sql.raw(suffix)}`;
  });
  return sql.join(parts);
}

/** Which rows of the alias `record` stand behind a place. */
export function beyond(
  resource: DataResource,
  order: readonly RowOrder[],
  from: RowPlace,
): RawBuilder<SqlBool> {
  const direction = order[0]?.direction ?? 'asc';
  const alike = order.every((one) => one.direction === direction && !isNullable(resource, one.column));
  return alike ? beyondAlike(resource, order, from, direction) : beyondMixed(resource, order, from);
}

const valueSql = (resource: DataResource, column: string, value: string | null | undefined) =>
  sql`${value}::${sql.raw(typeOfColumn(resource, column) ?? 'text')}`;

/** One comparison of rows, which an index of these columns answers by going straight to the place. */
function beyondAlike(
  resource: DataResource,
  order: readonly RowOrder[],
  from: RowPlace,
  direction: 'asc' | 'desc',
): RawBuilder<SqlBool> {
  const left = sql.join(order.map(({ column }) => orderedSql(resource, 'record', column)));
  const right = sql.join(order.map(({ column }, i) => valueSql(resource, column, from[i])));
  return direction === 'asc' ? sql`(${left}) > (${right})` : sql`(${left}) < (${right})`;
}

/** Further in the first column, or equal in it and further in the second, and so on. */
function beyondMixed(
  resource: DataResource,
  order: readonly RowOrder[],
  from: RowPlace,
): RawBuilder<SqlBool> {
  const alternatives = order.map((last, i) => {
    const equal = order.slice(0, i).map(({ column }, j) => equalSql(resource, column, from[j]));
    return sql`(${sql.join([...equal, furtherSql(resource, last, from[i])], sql` and `)})`;
  });
  return sql`(${sql.join(alternatives, sql` or `)}) and ${notBefore(resource, order[0], from[0])}`;
}

/** Follows from the rest, and lets an index of the first column go to the place. */
function notBefore(
  resource: DataResource,
  first: RowOrder | undefined,
  value: string | null | undefined,
): RawBuilder<SqlBool> {
  if (!first || isNullable(resource, first.column)) return sql`true`;
  const left = orderedSql(resource, 'record', first.column);
  const right = valueSql(resource, first.column, value);
  return first.direction === 'asc' ? sql`${left} >= ${right}` : sql`${left} <= ${right}`;
}

function equalSql(resource: DataResource, column: string, value: string | null | undefined) {
  const left = sql.ref(`record.${column}`);
  return value === null ? sql`${left} is null` : sql`${left} = ${valueSql(resource, column, value)}`;
}

function furtherSql(
  resource: DataResource,
  { column, direction }: RowOrder,
  value: string | null | undefined,
): RawBuilder<SqlBool> {
  const left = orderedSql(resource, 'record', column);
  if (value === null) return direction === 'asc' ? sql`${left} is not null` : sql`false`;
  const right = valueSql(resource, column, value);
  if (direction === 'asc') return sql`${left} > ${right}`;
  return isNullable(resource, column)
    ? sql`(${left} < ${right} or ${left} is null)`
    : sql`${left} < ${right}`;
}
