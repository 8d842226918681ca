// Fields that lead from a record to those beside it: one by its id, or a list of its own. Each level of a query is read in
// one statement, however many records it starts from (batches.ts).

import type { GraphQLResolveInfo } from 'graphql';
import {
  countNeighbours,
  findRecords,
  listNeighbours,
  type NeighbourList,
} from '../../db/data/neighbours.ts';
import type { DataResource, RecordColumn, RecordRow } from '../../db/data/resources.ts';
import type { Page, PageRequest } from '../../db/page.ts';
import { type Context, organizationIdOf } from '../context.ts';
import { type Connection, connect, listExtensions, type TextPlan } from '../page.ts';
import { conditionOf } from './filter.ts';
import {
  type ListArguments,
  listArguments,
  positionIn,
  type RecordKind,
  type RecordOrder,
} from './record-fields.ts';
import { asksForPage, columnsSelected, keyOfNeighbour, nodesOfConnection } from './selection.ts';
import { textPlanOf } from './shape.ts';

type ToOne = keyof typeof keyOfNeighbour;
type Key<Field extends ToOne> = (typeof keyOfNeighbour)[Field];

const sizes = { usual: 20, most: 100 };

/**
 * The one neighbour whose id the record holds; null when it holds none, and when that record is not there.
 * @param field the field's own name, which says in which column the id is
 */
export function neighbourField<const Field extends ToOne, R extends DataResource>(
  field: Field,
  { resource, type, authScopes }: RecordKind<R>,
) {
  const column = keyOfNeighbour[field];
  return {
    type,
    nullable: true as const,
    authScopes,
    extensions: listExtensions({ usual: 1, most: 1 }),
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
        findRecords(context.auth.db, organizationIdOf(context), resource, ids, columns),
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
    authScopes: kind.authScopes,
    extensions: listExtensions(sizes),
    args: listArguments(kind, usualOrder, sizes),
    resolve: (parent: { id: string }, args: ListArguments<R>, context: Context, info: GraphQLResolveInfo) => {
      const plan = context.batches.planOf(info.fieldNodes, () =>
        planOfList(kind, { parentColumn, usualOrder, args }, context, info),
      );
      return resolveNeighbours(plan, parent.id, args, context, info);
    },
  };
}

type ListPlan<R extends DataResource> = Omit<NeighbourList<R>, 'page'> & {
  resource: R;
  name: string;
  asksForPage: boolean;
  text: TextPlan | undefined;
};

function planOfList<R extends DataResource>(
  { resource }: RecordKind<R>,
  wanted: { parentColumn: RecordColumn<R>; usualOrder: RecordOrder<R>; args: ListArguments<R> },
  { batches, textPlans }: Context,
  info: GraphQLResolveInfo,
): ListPlan<R> {
  const { field: orderBy, direction } = wanted.args.orderBy ?? wanted.usualOrder;
  const where = conditionOf(resource, wanted.args.filter);
  const text = textPlanOf(resource, info, textPlans);
  const columns = text ? [] : columnsSelected(resource, info, nodesOfConnection);
  const { parentColumn } = wanted;
  const list = { resource, parentColumn, orderBy, direction, columns, shape: text?.shape, where };
  return { ...list, name: batches.nameOf(list), asksForPage: asksForPage(info), text };
}

function resolveNeighbours<R extends DataResource>(
  plan: ListPlan<R>,
  parentId: string,
  { first, after, last, before }: ListArguments<R>,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<Connection<RecordRow<R>>> {
  const { batches, auth } = context;
  const { resource, name, orderBy, direction } = plan;
  const organizationId = organizationIdOf(context);
  const list = `${info.parentType.name}.${info.fieldName} ${parentId}`;
  const read = async (page: PageRequest) => {
    if (!plan.asksForPage) return noRows;
    const found = await batches.load(`${name} ${JSON.stringify(page)}`, parentId, (ids) =>
      listNeighbours(auth.db, organizationId, resource, ids, { ...plan, page }),
    );
    return (found ?? noRows) as Page<RecordRow<R>>;
  };
  const count = async () => {
    const found = await batches.load(`${name} count`, parentId, (ids) =>
      countNeighbours(auth.db, organizationId, resource, ids, plan),
    );
    return found ?? 0;
  };
  const order = `${orderBy} ${direction}`;
  const page = { first, after, last, before };
  return connect(context, { organizationId, list, order }, page, {
    sizes,
    position: positionIn(orderBy),
    text: plan.text,
    read,
    count,
  });
}

const noRows = { rows: [], hasMore: false };
