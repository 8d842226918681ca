// What the fields of all five resources share: one record by its id, and a keyset list with a filter, in the order asked
// for. Each resource's own file says what its records look like and which scope opens them.

import type { InputRef, ObjectRef } from '@pothos/core';
import type { GraphQLResolveInfo } from 'graphql';
import {
  countRecords,
  findRecord,
  listRecords,
  positionColumns,
  type RecordOrderField,
} from '../../db/data/read.ts';
import type { DataResource, RecordRow } from '../../db/data/resources.ts';
import type { ListOrder, Page, Position } from '../../db/page.ts';
import type { Authorization } from '../authorization.ts';
import { builder } from '../builder.ts';
import { type Context, organizationIdOf, readsDb } from '../context.ts';
import { enumValues } from '../enum-values.ts';
import {
  type Connection,
  type ConnectionText,
  connect,
  listExtensions,
  type PageArguments,
  type PageSizes,
  pageArguments,
} from '../page.ts';
import { directionText, SortDirection } from '../sort-direction.ts';
import { conditionOf, type RecordFilter } from './filter.ts';
import { asksForPage, columnsSelected, nodesOfConnection } from './selection.ts';
import { textReader } from './text-lists.ts';

export interface RecordOrder<R extends DataResource> {
  field: RecordOrderField<R>;
  direction: ListOrder['direction'];
}

/** A resource as the schema has it: what its fields, and the fields of its neighbours, are made from. */
export interface RecordKind<R extends DataResource> {
  resource: R;
  type: ObjectRef<typeof builder.$inferSchemaTypes, RecordRow<R>>;
  connection: ObjectRef<typeof builder.$inferSchemaTypes, Connection<RecordRow<R>>>;
  filter: InputRef<RecordFilter>;
  order: InputRef<RecordOrder<R>>;
  /** Of every list that says nothing else: newest first. */
  usualOrder: RecordOrder<R>;
  /** On the types, and on every field that leads to them. */
  authScopes: Authorization;
}

const orderTexts: Readonly<Record<RecordOrderField, string>> = {
  CREATED_TIME: 'When it happened.',
  LAST_UPDATED_TIME: 'When it was last loaded. ASC is the order to keep a copy in.',
  ID: 'The one order in which no record ever moves.',
};

/** The order input of a resource, `ConversationOrder` for Conversation. The id is always the tie-break. */
export function orderInput<const Field extends RecordOrderField>(type: string, fields: readonly Field[]) {
  const texts = Object.fromEntries(fields.map((field) => [field, orderTexts[field]]));
  const OrderField = builder.enumType(`${type}OrderField`, {
    description: 'What a list can be ordered by.',
    values: enumValues(texts as Record<Field, string>),
  });
  return builder.inputType(`${type}Order`, {
    description: 'Records that are equal in it stand in the order of their ids.',
    fields: (t) => ({
      field: t.field({ type: OrderField, required: true, description: 'What the list goes by.' }),
      direction: t.field({
        type: SortDirection,
        required: true,
        description: directionText,
      }),
    }),
  });
}

export interface ListArguments<R extends DataResource> extends PageArguments {
  filter?: RecordFilter | null | undefined;
  orderBy?: RecordOrder<R> | null | undefined;
}

/** The arguments of any list of records. */
export const listArguments = <R extends DataResource>(
  { filter, order }: RecordKind<R>,
  usualOrder: RecordOrder<R>,
  sizes: PageSizes,
) => ({
  ...pageArguments(sizes),
  ...builder.args((t) => ({
    filter: t.field({ type: filter, description: 'When absent, all of the list.' }),
    orderBy: t.field({
      type: order,
      description: `${usualOrder.field}, ${usualOrder.direction.toUpperCase()} when absent.`,
    }),
  })),
});

const sizes = { usual: 100, most: 1_000 };

/** The name of a resource or column as people write it. */
export const wordsFor = (name: string): string => name.replaceAll('_', ' ');

/** The root field of one record: null when the caller's organisation has none of this id. */
export const recordField = <R extends DataResource>({ resource, type, authScopes }: RecordKind<R>) => ({
  type,
  nullable: true as const,
  description: `The ${wordsFor(resource).slice(0, -1)} of this id; null when the organisation has none.`,
  authScopes,
  args: builder.args((t) => ({
    id: t.id({ required: true, description: 'As text, exactly as the record has it.' }),
  })),
  resolve: async (_root: unknown, { id }: { id: string }, context: Context, info: GraphQLResolveInfo) => {
    const columns = columnsSelected(resource, info);
    const row = await findRecord(readsDb(context), organizationIdOf(context), resource, id, columns);
    return (row as RecordRow<R> | undefined) ?? null;
  },
});

/** The root field of the list of a resource. */
export const recordListField = <R extends DataResource>(kind: RecordKind<R>) => ({
  type: kind.connection,
  description: `All ${wordsFor(kind.resource)} of the organisation. To keep a copy, order by LAST_UPDATED_TIME, ASC, store the last endCursor, and come back with it as after: what changed since comes next.`,
  authScopes: kind.authScopes,
  extensions: { ...listExtensions(sizes), records: kind.resource },
  args: listArguments(kind, kind.usualOrder, sizes),
  resolve: (_root: unknown, args: ListArguments<R>, context: Context, info: GraphQLResolveInfo) =>
    resolveRecords(kind, args, context, info),
});

/** One page of the caller's organisation's records. Nodes have only the fields that were selected. */
async function resolveRecords<R extends DataResource>(
  { resource, usualOrder }: RecordKind<R>,
  { filter, orderBy, ...page }: ListArguments<R>,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<R>>> {
  const records = readsDb(context);
  const organizationId = organizationIdOf(context);
  const { field, direction } = orderBy ?? usualOrder;
  const where = conditionOf(resource, filter);
  const asText = textReader(resource, context, info);
  let text: ConnectionText | undefined;
  const binding = { organizationId, list: resource, order: `${field} ${direction}` };
  const connection = await connect(context, binding, page, {
    sizes,
    position: positionIn(field),
    read: async (request) => {
      if (!asksForPage(info)) return { rows: [], hasMore: false };
      const list = { orderBy: field, direction, page: request, where };
      if (asText) {
        const found = await asText(list as Parameters<typeof asText>[0], binding);
        text = found.text;
        return found as unknown as Page<RecordRow<R>>;
      }
      const columns = columnsSelected(resource, info, nodesOfConnection);
      return (await listRecords(records, organizationId, resource, { ...list, columns })) as Page<
        RecordRow<R>
      >;
    },
    count: () => countRecords(records, organizationId, resource, where),
  });
  return { ...connection, text };
}

/** Where a record stands in the order of a list. */
export const positionIn =
  <R extends DataResource>(field: RecordOrderField<R>) =>
  (row: RecordRow<R>): Position =>
    positionColumns(field).map((column) => String(row[column as keyof RecordRow<R>]));
