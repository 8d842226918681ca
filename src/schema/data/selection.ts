// Which columns a query asks for, so that no others are read.

import type { FieldNode, GraphQLResolveInfo, SelectionSetNode } from 'graphql';
import { columnsOf, type DataResource, type RecordColumn } from '../../db/data/resources.ts';

/** Where the nodes of a connection are asked for. */
export const nodesOfConnection = [['nodes'], ['edges', 'node']] as const;

/** A field is named as its column is, in camelCase. */
export const fieldOfColumn = (column: string): string =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The columns that hold the ids of neighbours, by the neighbours' fields. Lists of neighbours hang on the id. */
export const keyOfNeighbour = {
  user: 'user_id',
  conversation: 'conversation_id',
  interaction: 'interaction_id',
  parent: 'parent_interaction_id',
  pluginCall: 'plugin_call_id',
} as const;

/**
 * The columns behind the fields that are selected on a record, those that its neighbours hang on, and its id.
 * @param paths the fields that lead from the resolved field to the record; none when it is the record
 */
export function columnsSelected<R extends DataResource>(
  resource: R,
  info: GraphQLResolveInfo,
  paths: readonly (readonly string[])[] = [[]],
): RecordColumn<R>[] {
  const start = setsOf(info.fieldNodes);
  const names = paths.flatMap((path) => fieldsAt(start, path, info)).map((field) => field.name.value);
  const wanted = new Set<string>(names.map((name) => keys[name] ?? name));
  return columnsOf(resource).filter(
    (column) => column === 'id' || wanted.has(column) || wanted.has(fieldOfColumn(column)),
  );
}

/** Whether anything of a connection is asked for that takes reading its page. */
export const asksForPage = (info: GraphQLResolveInfo): boolean =>
  fieldsIn(setsOf(info.fieldNodes), info).some(
    ({ name }) => name.value !== 'totalCount' && name.value !== '__typename',
  );

const keys: Readonly<Record<string, string>> = keyOfNeighbour;

const setsOf = (fields: readonly FieldNode[]) => fields.flatMap(({ selectionSet }) => selectionSet ?? []);

function fieldsAt(sets: SelectionSetNode[], path: readonly string[], info: GraphQLResolveInfo): FieldNode[] {
  const fields = fieldsIn(sets, info);
  const [name, ...rest] = path;
  if (name === undefined) return fields;
  return fieldsAt(setsOf(fields.filter((field) => field.name.value === name)), rest, info);
}

/** Fields of the selections, those of fragments among them. A fragment adds nothing the second time. */
function fieldsIn(sets: readonly SelectionSetNode[], { fragments }: GraphQLResolveInfo): FieldNode[] {
  const queue = [...sets];
  const seen = new Set<string>();
  const fields: FieldNode[] = [];
  for (const { selections } of queue) {
    for (const selection of selections) {
      if (selection.kind === 'Field') fields.push(selection);
      else if (selection.kind === 'InlineFragment') queue.push(selection.selectionSet);
      else if (!seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        queue.push(...setsOfFragment(fragments, selection.name.value));
      }
    }
  }
  return fields;
}

function setsOfFragment(fragments: GraphQLResolveInfo['fragments'], name: string): SelectionSetNode[] {
  const fragment = fragments[name];
  return fragment ? [fragment.selectionSet] : [];
}
