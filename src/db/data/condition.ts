// Conditions on records as data: what filters of every surface are turned into, and what becomes SQL in one place.

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type DataResource, type RecordColumn, recordColumns } from './resources.ts';

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/**
 * A condition on the columns of one resource. Instants are ISO 8601 text, as `parseInstant` gives it. Comparisons are
 * OData's: null equals null, differs from everything else, and is neither greater nor less than anything; `not` turns
 * what does not hold, null included, into what does.
 */
export type Condition<R extends DataResource = DataResource> =
  | { kind: 'and' | 'or'; conditions: readonly Condition<R>[] }
  | { kind: 'not'; condition: Condition<R> }
  | {
      kind: 'compare';
      column: RecordColumn<R>;
      operator: Comparison;
      value: string | boolean | null;
    }
  | { kind: 'in'; column: RecordColumn<R>; values: readonly string[] };

const operators = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** The condition on the alias `record`. No conditions in an `and` hold always, and in an `or` never. */
export function conditionSql<R extends DataResource>(
  resource: R,
  condition: Condition<R>,
): RawBuilder<SqlBool> {
  if (condition.kind === 'not') return sql`(${conditionSql(resource, condition.condition)}) is not true`;
  if (condition.kind === 'compare') return comparisonSql(resource, condition);
  if (condition.kind === 'in') {
    const type = sql.raw(typeOf(resource, condition.column));
    return sql`${sql.ref(`record.${condition.column}`)} = any(${[...condition.values]}::${type}[])`;
  }
  if (condition.conditions.length === 0) return condition.kind === 'and' ? sql`true` : sql`false`;
  const parts = condition.conditions.map((part) => conditionSql(resource, part));
  return sql`(${sql.join(parts, condition.kind === 'and' ? sql` and ` : sql` or `)})`;
}

/** The values of a condition, in the order in which `conditionSql` has them as parameters. */
export function conditionValues(condition: Condition): (string | boolean | string[])[] {
  if (condition.kind === 'not') return conditionValues(condition.condition);
  if (condition.kind === 'compare') return condition.value === null ? [] : [condition.value];
  if (condition.kind === 'in') return [[...condition.values]];
  return condition.conditions.flatMap(conditionValues);
}

/** What conditions have in common whose SQL is the same: all but their values. */
export const conditionForm = (condition: Condition): string =>
  JSON.stringify(condition, (key, part) => {
    if (key === 'values') return undefined;
    return key === 'value' ? part === null : part;
  });

function comparisonSql<R extends DataResource>(
  resource: R,
  { column, operator, value }: Extract<Condition<R>, { kind: 'compare' }>,
): RawBuilder<SqlBool> {
  const left = sql.ref(`record.${column}`);
  if (value === null) {
    if (operator === 'eq') return sql`${left} is null`;
    return operator === 'ne' ? sql`${left} is not null` : sql`false`;
  }
  const right = sql`${value}::${sql.raw(typeOf(resource, column))}`;
  if (operator === 'eq') return sql`${left} = ${right}`;
  if (operator === 'ne') return sql`${left} is distinct from ${right}`;
  // Text compares bytewise, so that the answer is the same on every engine and machine.
  const bytewise = typeOf(resource, column) === 'text' ? sql` collate "C"` : sql``;
  return sql`${left}${bytewise} ${sql.raw(operators[operator])} ${right}`;
}

const typeOf = (resource: DataResource, column: string): string =>
  (recordColumns[resource] as Record<string, string>)[column] ?? 'text';
