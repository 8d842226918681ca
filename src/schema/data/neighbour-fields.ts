// Fields that lead from a record to those beside it: one by its id, or a list of its own. Each level of a query is read in
// one statement, however many records it starts from (batches.ts).

import type { GraphQLResolveInfo } from 'graphql';
import {
  countNeighbours,
  findRecords,
  listNeighbours,
  type NeighbourList as NeighbourPages,
} from '../../db/data/neighbours.ts';
import type { DataResource, RecordColumn, RecordRow } from '../../db/data/resources.ts';
import type { Page, PageRequest } from '../../db/page.ts';
import { type Context, organizationIdOf, readsDb } from '../context.ts';
import { type Connection, connect, listExtensions } from '../page.ts';
import { conditionOf } from './filter.ts';
import {
  type ListArguments,
  listArguments,
  positionIn,
  type RecordKind,
  type RecordOrder,
  wordsFor,
} from './record-fields.ts';
import {
  asksForPage,
  columnsSelected,
  fieldOfColumn,
  keyOfNeighbour,
  nodesOfConnection,
} from './selection.ts';

type ToOne = keyof typeof keyOfNeighbour;
type Key<Field extends ToOne> = (typeof keyOfNeighbour)[Field];

export const neighbourSizes = { usual: 20, most: 100 };

/** What leads to one neighbour: the column that holds its id. It stands in the field's extensions as `neighbour`. */
export interface NeighbourOne {
  // biome-ignore lint/suspicious/noExplicitAny: each field is of one resource, and who reads this knows of none
  readonly kind: RecordKind<any>;
  readonly column: string;
}

/** What leads to a list of neighbours: the column of theirs that holds the record's id. */
export interface NeighbourList {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  readonly kind: RecordKind<any>;
  readonly parentColumn: RecordColumn<DataResource>;
  readonly usualOrder: RecordOrder<DataResource>;
}

export type Neighbour = NeighbourOne | NeighbourList;

/** What the cursors of a list that hangs on a record are bound to. */
export const neighbourListName = (parentType: string, field: string, parentId: string): string =>
  `${parentType}.${field} ${parentId}`;

/**
 * The one neighbour whose id the record holds; null when it holds none, and when that record is not there.
 * @param field the field's own name, which says in which column the id is
 */
export function neighbourField<const Field extends ToOne, R extends DataResource>(
  field: Field,
  kind: RecordKind<R>,
) {
  const { resource, type, authScopes } = kind;
  const column = keyOfNeighbour[field];
  return {
    type,
    nullable: true as const,
    description: `The record that ${fieldOfColumn(column)} names; null when it was not loaded.`,
    authScopes,
    extensions: { ...listExtensions({ usual: 1, most: 1 }), neighbour: { kind, column } },
    resolve: async (
      parent: Readonly<Record<Key<Field>, string | null>>,
      _args: object,
      context: Context,
      info: GraphQLResolveInfo,
    ): Promise<RecordRow<R> | null> => {
      const id = parent[column];
      if (id === null) return null;
      const { batches } = context;
      const { name, columns } = batches.planOf(info.fieldNodes, () => {
        const selected = columnsSelected(resource, info);
        return { columns: selected, name: batches.nameOf([resource, selected]) };
      });
      const row = await batches.load(name, id, (ids) =>
        findRecords(readsDb(context), organizationIdOf(context), resource, ids, columns),
      );
      return (row as RecordRow<R> | undefined) ?? null;
    },
  };
}

/**
 * A list of the records that hold this one's id in `parentColumn`. Pages are read for each parent, and a cursor is good
 * for its own parent's list alone.
 */
export function neighboursField<R extends DataResource>(
  kind: RecordKind<R>,
  parentColumn: RecordColumn<R>,
  usualOrder: RecordOrder<R>,
) {
  return {
    type: kind.connection,
    description: `The ${wordsFor(kind.resource)} of this ${wordsFor(parentColumn).replace(/ id$/, '')}.`,
    authScopes: kind.authScopes,
    extensions: { ...listExtensions(neighbourSizes), neighbour: { kind, parentColumn, usualOrder } },
    args: listArguments(kind, usualOrder, neighbourSizes),
    resolve: (parent: { id: string }, args: ListArguments<R>, context: Context, info: GraphQLResolveInfo) =>
      context.batches.toldOnce(info, async () => {
        const plan = context.batches.planOf(info.fieldNodes, () =>
          planOfList(kind, { parentColumn, usualOrder, args }, context, info),
        );
        return resolveNeighbours(plan, parent.id, args, context, info);
      }),
  };
}

type ListPlan<R extends DataResource> = Omit<NeighbourPages<R>, 'page'> & {
  resource: R;
  name: string;
  asksForPage: boolean;
};

function planOfList<R extends DataResource>(
  { resource }: RecordKind<R>,
  wanted: { parentColumn: RecordColumn<R>; usualOrder: RecordOrder<R>; args: ListArguments<R> },
  { batches }: Context,
  info: GraphQLResolveInfo,
): ListPlan<R> {
  const { field: orderBy, direction } = wanted.args.orderBy ?? wanted.usualOrder;
  const where = conditionOf(resource, wanted.args.filter);
  const columns = columnsSelected(resource, info, nodesOfConnection);
  const { parentColumn } = wanted;
  const list = { resource, parentColumn, orderBy, direction, columns, where };
  return { ...list, name: batches.nameOf(list), asksForPage: asksForPage(info) };
}

function resolveNeighbours<R extends DataResource>(
  plan: ListPlan<R>,
  parentId: string,
  { first, after, last, before }: ListArguments<R>,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<R>>> {
  const { batches } = context;
  const records = readsDb(context);
  const { resource, name, orderBy, direction } = plan;
  const organizationId = organizationIdOf(context);
  const list = neighbourListName(info.parentType.name, info.fieldName, parentId);
  const read = async (page: PageRequest) => {
    if (!plan.asksForPage) return noRows;
    const found = await batches.load(`${name} ${JSON.stringify(page)}`, parentId, (ids) =>
      listNeighbours(records, organizationId, resource, ids, { ...plan, page }),
    );
    return (found ?? noRows) as Page<RecordRow<R>>;
  };
  const count = async () => {
    const found = await batches.load(`${name} count`, parentId, (ids) =>
      countNeighbours(records, organizationId, resource, ids, plan),
    );
    return found ?? 0;
  };
  const order = `${orderBy} ${direction}`;
  const page = { first, after, last, before };
  return connect(context, { organizationId, list, order }, page, {
    sizes: neighbourSizes,
    position: positionIn(orderBy),
    read,
    count,
  });
}

const noRows = { rows: [], hasMore: false };
