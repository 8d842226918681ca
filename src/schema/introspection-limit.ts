// Bounds what introspection may cost. Its lists are as long as the schema, and a type leads to fields, which lead to types
// again. Where nothing has an alias and what a type consists of is asked for once on the way down, every part of the
// schema is told once at most: what code generators and GraphiQL ask for is half of the most that this allows.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
} from 'graphql';

const roots: ReadonlySet<string> = new Set(['__schema', '__type']);
/** What a type consists of: these lead to other types. */
const partsOfTypes: ReadonlySet<string> = new Set([
  'fields',
  'inputFields',
  'enumValues',
  'interfaces',
  'possibleTypes',
]);

const aliased = 'Ask for the schema without aliases, in __schema and __type and in all that is below them.';
const again = `Ask for ${[...partsOfTypes].join(', ')} of a type once, and not again of the types below them: __schema has all types.`;

/** Where a selection stands. */
interface Place {
  readonly isIntrospection: boolean;
  readonly isInParts: boolean;
}

/**
 * What is wrong with what a document asks of the schema, as a whole sentence for the outside, or undefined. Call it after
 * `documentProblem`, which bounds the recursion. A fragment is looked into once for each place it may stand in.
 */
export function introspectionProblem({ definitions }: DocumentNode): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const seen = new Set<string>();

  function problemIn(set: SelectionSetNode | undefined, place: Place): string | undefined {
    for (const selection of set?.selections ?? []) {
      const problem =
        selection.kind === Kind.FIELD
          ? problemOf(selection, place)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? problemOfFragment(selection.name.value, place)
            : problemIn(selection.selectionSet, place);
      if (problem) return problem;
    }
    return undefined;
  }

  function problemOf({ name, alias, selectionSet }: FieldNode, place: Place): string | undefined {
    const inside = placeBelow(name.value, place);
    if (inside.isIntrospection && alias) return aliased;
    if (place.isInParts && partsOfTypes.has(name.value)) return again;
    return problemIn(selectionSet, inside);
  }

  function problemOfFragment(name: string, place: Place): string | undefined {
    const at = `${name} ${place.isIntrospection} ${place.isInParts}`;
    if (seen.has(at)) return undefined;
    seen.add(at);
    return problemIn(fragments.get(name)?.selectionSet, place);
  }

  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const problem = problemIn(definition.selectionSet, { isIntrospection: false, isInParts: false });
    if (problem) return problem;
  }
  return undefined;
}

const placeBelow = (name: string, { isIntrospection, isInParts }: Place): Place => ({
  isIntrospection: isIntrospection || roots.has(name),
  isInParts: isInParts || (isIntrospection && partsOfTypes.has(name)),
});
