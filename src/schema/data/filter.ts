// Filters of the five lists: every field of a record that is no object can be asked for, as its column's type allows.
// They become conditions as data; the SQL is made in db/data/condition.ts.

import type { InputRef } from '@pothos/core';
import type { Condition } from '../../db/data/condition.ts';
import { columnsOf, type DataResource, type RecordColumn, recordColumns } from '../../db/data/resources.ts';
import { AppError } from '../../errors.ts';
import { builder } from '../builder.ts';
import { type FilterColumn, filterTexts } from './descriptions.ts';
import { fieldOfColumn } from './selection.ts';

/** What may be asked of one field. */
export interface FieldFilter {
  eq?: string | null | undefined;
  in?: readonly string[] | null | undefined;
  gt?: string | null | undefined;
  gte?: string | null | undefined;
  lt?: string | null | undefined;
  lte?: string | null | undefined;
  isNull?: boolean | null | undefined;
}

/** A filter as it comes in: by the names of the fields. */
export type RecordFilter = Readonly<Record<string, FieldFilter | boolean | null | undefined>>;

/** Values that one `in` may hold. */
const mostValues = 1_000;
const mostValuesText = mostValues.toLocaleString('en-US');

export const allHold = 'All that is given must hold; null is as if it were not given.';
export const inList = {
  description: `One of these, ${mostValuesText} at most. An empty list matches nothing.`,
};
const eq = { description: 'This one. For records without a value use isNull.' };
const isNull = { description: 'true: records without a value. false: records with one.' };

const IDFilter = builder.inputType('IDFilter', {
  description: allHold,
  fields: (t) => ({ eq: t.id(eq), in: t.idList(inList), isNull: t.boolean(isNull) }),
});

const StringFilter = builder.inputType('StringFilter', {
  description: `Exactly this text, in this case. ${allHold}`,
  fields: (t) => ({ eq: t.string(eq), in: t.stringList(inList), isNull: t.boolean(isNull) }),
});

const DateTimeFilter = builder.inputType('DateTimeFilter', {
  description: `To the millisecond: what is finer is cut off. ${allHold}`,
  fields: (t) => ({
    gt: t.field({ type: 'DateTime', description: 'After.' }),
    gte: t.field({ type: 'DateTime', description: 'At or after.' }),
    lt: t.field({ type: 'DateTime', description: 'Before.' }),
    lte: t.field({ type: 'DateTime', description: 'At or before.' }),
    isNull: t.boolean(isNull),
  }),
});

/**
 * The filter input of a resource, `ConversationFilter` for Conversation.
 * @param closed the filters of fields with a closed vocabulary
 */
export function filterInput<R extends DataResource>(
  type: string,
  resource: R,
  closed: Partial<Record<RecordColumn<R>, InputRef<FieldFilter>>> = {},
): InputRef<RecordFilter> {
  const types = columnsOf(resource).flatMap((column) => {
    const filter = closed[column] ?? filterOf(column, recordColumns[resource] as Record<string, string>);
    const description = filterTexts[column as FilterColumn];
    return filter === undefined ? [] : [[fieldOfColumn(column), { type: filter, description }] as const];
  });
  return builder.inputRef<RecordFilter>(`${type}Filter`).implement({
    description: 'A record must meet all that is given; an empty filter is met by every record.',
    fields: (t) => Object.fromEntries(types.map(([field, options]) => [field, t.field(options)])),
  });
}

function filterOf(column: string, types: Readonly<Record<string, string>>) {
  if (types[column] === 'timestamptz') return DateTimeFilter;
  if (types[column] === 'boolean') return 'Boolean';
  if (types[column] !== 'text') return undefined;
  return column === 'id' || column.endsWith('_id') ? IDFilter : StringFilter;
}

/**
 * The condition that a filter stands for; undefined when every record meets it.
 * @throws AppError BAD_USER_INPUT for a list of too many values.
 */
export function conditionOf<R extends DataResource>(
  resource: R,
  filter: RecordFilter | null | undefined,
): Condition<R> | undefined {
  if (filter == null) return undefined;
  const conditions = columnsOf(resource).flatMap((column): Condition<R>[] => {
    const field = fieldOfColumn(column);
    const asked = filter[field];
    if (asked == null) return [];
    if (typeof asked === 'boolean') return [{ kind: 'compare', column, operator: 'eq', value: asked }];
    return conditionsOfField(column, field, asked);
  });
  return conditions.length === 0 ? undefined : { kind: 'and', conditions };
}

const comparisons = { eq: 'eq', gt: 'gt', gte: 'ge', lt: 'lt', lte: 'le' } as const;

function conditionsOfField<R extends DataResource>(
  column: RecordColumn<R>,
  field: string,
  asked: FieldFilter,
): Condition<R>[] {
  const conditions: Condition<R>[] = [];
  for (const name of ['eq', 'gt', 'gte', 'lt', 'lte'] as const) {
    const value = asked[name];
    if (value != null) conditions.push({ kind: 'compare', column, operator: comparisons[name], value });
  }
  if (asked.in != null) conditions.push({ kind: 'in', column, values: bounded(asked.in, field) });
  if (asked.isNull != null) {
    conditions.push({ kind: 'compare', column, operator: asked.isNull ? 'eq' : 'ne', value: null });
  }
  return conditions;
}

function bounded(values: readonly string[], field: string): readonly string[] {
  if (values.length <= mostValues) return values;
  const sentence = `filter.${field}.in has more than ${mostValuesText} values. Ask for them in several requests.`;
  throw new AppError('BAD_USER_INPUT', { sentence });
}
