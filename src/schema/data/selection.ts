// Which columns a query asks for, so that no others are read.

import type { FieldNode, GraphQLResolveInfo, SelectionNode, SelectionSetNode } from 'graphql';
import { columnsOf, type DataResource, type RecordColumn } from '../../db/data/resources.ts';

/** Where the nodes of a connection are asked for. */
export const nodesOfConnection = [['nodes'], ['edges', 'node']] as const;

/** A field is named as its column is, in camelCase. */
export const fieldOfColumn = (column: string): string =>
  column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The name under which the value of a field is stored. */
export const storedName = (field: string): string =>
  field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

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

const setsOf = (fields: readonly Pick<FieldNode, 'selectionSet'>[]) =>
  fields.flatMap(({ selectionSet }) => selectionSet ?? []);

function fieldsAt(sets: SelectionSetNode[], path: readonly string[], info: GraphQLResolveInfo): FieldNode[] {
  const fields = fieldsIn(sets, info);
  const [name, ...rest] = path;
  if (name === undefined) return fields;
  return fieldsAt(setsOf(fields.filter((field) => field.name.value === name)), rest, info);
}

/** The fields that are selected below `parents`, by their keys in the reply and in its order. */
export function fieldsByKey(
  parents: readonly Pick<FieldNode, 'selectionSet'>[],
  document: Pick<GraphQLResolveInfo, 'fragments'>,
): Map<string, FieldNode[]> {
  const found = new Map<string, FieldNode[]>();
  for (const selection of fieldsIn(setsOf(parents), document)) {
    const key = (selection.alias ?? selection.name).value;
    const same = found.get(key);
    if (same) same.push(selection);
    else found.set(key, [selection]);
  }
  return found;
}

const fieldsIn = (
  sets: readonly SelectionSetNode[],
  document: Pick<GraphQLResolveInfo, 'fragments'>,
): FieldNode[] => selectionsIn(sets, document).filter((selection) => selection.kind === 'Field');

/** All that is selected, within fragments too, in the order of the reply. A fragment adds nothing the second time. */
function selectionsIn(
  sets: readonly SelectionSetNode[],
  { fragments }: Pick<GraphQLResolveInfo, 'fragments'>,
): SelectionNode[] {
  const found: SelectionNode[] = [];
  const seen = new Set<string>();
  const gather = (set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      found.push(selection);
      if (selection.kind === 'InlineFragment') gather(selection.selectionSet);
      else if (selection.kind === 'FragmentSpread' && !seen.has(selection.name.value)) {
        seen.add(selection.name.value);
        setsOfFragment(fragments, selection.name.value).forEach(gather);
      }
    }
  };
  sets.forEach(gather);
  return found;
}

function setsOfFragment(fragments: GraphQLResolveInfo['fragments'], name: string): SelectionSetNode[] {
  const fragment = fragments[name];
  return fragment ? [fragment.selectionSet] : [];
}
