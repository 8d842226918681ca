// What the fields of all five resources share: one record by its id, and a keyset list in the order asked for. Each
// resource's own file says what its records look like and which scope opens them.

import type { GraphQLResolveInfo } from 'graphql';
import {
  countRecords,
  findRecord,
  listRecords,
  positionColumns,
  type RecordOrderField,
} from '../../db/data/read.ts';
import type { DataResource, RecordRow } from '../../db/data/resources.ts';
import type { ListOrder, Page } from '../../db/page.ts';
import { builder } from '../builder.ts';
import { type Context, organizationIdOf } from '../context.ts';
import { type Connection, connect, type PageArguments } from '../page.ts';
import { SortDirection } from '../sort-direction.ts';
import { columnsSelected, nodesOfConnection } from './selection.ts';

const sizes = { usual: 100, most: 1_000 };

/** For the check of an operation's cost, on every list of records. */
export const listExtensions = { latchkey: { defaultPageSize: sizes.usual, maxPageSize: sizes.most } };

export const pageArguments = builder.args((t) => ({
  first: t.int({ description: `${sizes.usual} when absent, ${sizes.most} at most.` }),
  after: t.string(),
  last: t.int(),
  before: t.string(),
}));

export interface RecordOrder<R extends DataResource> {
  field: RecordOrderField<R>;
  direction: ListOrder['direction'];
}

/** The order input of a resource, `ConversationOrder` for Conversation. The id is always the tie-break. */
export function orderInput<const Field extends RecordOrderField>(type: string, fields: readonly Field[]) {
  const OrderField = builder.enumType(`${type}OrderField`, { values: fields });
  return builder.inputType(`${type}Order`, {
    description: `By ${fields[0]}, newest first, when absent. Records that are equal in it stand in the order of their ids.`,
    fields: (t) => ({
      field: t.field({ type: OrderField, required: true }),
      direction: t.field({ type: SortDirection, required: true }),
    }),
  });
}

/** The record with this id, or null when the caller's organisation has none. */
export async function resolveRecord<R extends DataResource>(
  resource: R,
  id: string,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<RecordRow<R> | null> {
  const columns = columnsSelected(resource, info);
  const row = await findRecord(context.auth.db, organizationIdOf(context), resource, id, columns);
  return (row as RecordRow<R> | undefined) ?? null;
}

/** One page of the caller's organisation's records. Nodes have only the fields that were selected. */
export function resolveRecords<R extends DataResource>(
  resource: R,
  { orderBy, ...page }: PageArguments & { orderBy: RecordOrder<R> },
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<R>>> {
  const { db } = context.auth;
  const organizationId = organizationIdOf(context);
  const { field, direction } = orderBy;
  const columns = columnsSelected(resource, info, nodesOfConnection);
  return connect(context, { organizationId, list: resource, order: `${field} ${direction}` }, page, {
    sizes,
    position: (row: RecordRow<R>) =>
      positionColumns(field).map((column) => String(row[column as keyof RecordRow<R>])),
    read: async (request) => {
      const list = { orderBy: field, direction, page: request, columns };
      return (await listRecords(db, organizationId, resource, list)) as Page<RecordRow<R>>;
    },
    count: () => countRecords(db, organizationId, resource),
  });
}
