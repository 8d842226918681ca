// The first of two walls: what a whole operation requires is checked before any of it runs, so that a refusal is one
// 401 or 403 with no data. Conditions (@include, @skip) do not count: an operation needs what it names, which anyone
// can compute from the SDL without running it. The second wall is scope-auth, on each field.

import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hasScopes, scopesOf } from '../auth/caller-scopes.ts';
import type { Principal } from '../auth/principal.ts';
import { AppError } from '../errors.ts';
import type { ScopeValue } from '../scopes.ts';
import { type Authorization, declaredOn, isAuthenticated, permits } from './authorization.ts';

/** Everything that the fields of an operation, and their types, declare: each distinct declaration once. */
export function requirementsOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Authorization[] {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
  const root = schema.getRootType(operation.operation);
  const walk = new Walk(schema, fragments);
  if (root) walk.selections(operation.selectionSet, root);
  return [...walk.found];
}

class Walk {
  readonly found = new Set<Authorization>();
  readonly #schema: GraphQLSchema;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #seen = new Set<string>();

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema;
    this.#fragments = fragments;
  }

  selections(set: SelectionSetNode, parent: GraphQLNamedType): void {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) this.#field(selection, parent);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.selections(selection.selectionSet, this.#narrowed(parent, selection.typeCondition?.name.value));
      } else this.#fragment(selection.name.value);
    }
  }

  #field(node: FieldNode, parent: GraphQLNamedType): void {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!field) return; // __typename and introspection: the SDL is public.
    const type = getNamedType(field.type);
    this.#note(declaredOn(field));
    this.#note(declaredOn(parent));
    if (isUnionType(type)) for (const member of type.getTypes()) this.#note(declaredOn(member));
    else this.#note(declaredOn(type));
    if (node.selectionSet) this.selections(node.selectionSet, type);
  }

  // A named fragment requires the same wherever it is spread, so once is enough.
  #fragment(name: string): void {
    const fragment = this.#fragments.get(name);
    if (!fragment || this.#seen.has(name)) return;
    this.#seen.add(name);
    const type = this.#schema.getType(fragment.typeCondition.name.value);
    if (type) this.selections(fragment.selectionSet, type);
  }

  #narrowed(parent: GraphQLNamedType, condition: string | undefined): GraphQLNamedType {
    return (condition !== undefined && this.#schema.getType(condition)) || parent;
  }

  #note(declared: Authorization | undefined): void {
    if (declared) this.found.add(declared);
  }
}

/**
 * Refuses an operation that the caller may not run, before any of it runs.
 * @throws AppError UNAUTHENTICATED for an anonymous caller, FORBIDDEN with the missing scopes for another.
 */
export function checkRequirements(principal: Principal, required: readonly Authorization[]): void {
  const unmet = required.filter((requirement) => !permits(principal, requirement));
  if (unmet.length > 0) throw refusal(principal, unmet);
}

/** The refusal of one field, for scope-auth. */
export function refusalFor(
  principal: Principal,
  field: GraphQLField<unknown, unknown> | undefined,
  parent: GraphQLNamedType,
): AppError {
  const type = field && getNamedType(field.type);
  const declared = [field, parent, type].flatMap((part) => (part && declaredOn(part)) ?? []);
  return refusal(
    principal,
    declared.filter((requirement) => !permits(principal, requirement)),
  );
}

function refusal(principal: Principal, unmet: readonly Authorization[]): AppError {
  if (!isAuthenticated(principal)) {
    const sentence =
      'Present an API key, an access token, or a session: this is not open to anonymous callers.';
    return new AppError('UNAUTHENTICATED', { sentence, reason: 'missing', detail: 'anonymous caller' });
  }
  if (unmet.some((requirement) => requirement.superAdmin)) {
    const sentence = 'Only a signed-in Super Admin may do this. A credential never can, whatever its scopes.';
    return new AppError('FORBIDDEN', { sentence, reason: 'role' });
  }
  const missing = missingScopes(principal, unmet);
  const sentence = `The caller lacks a scope that this operation needs: ${missing.join(' ')}.`;
  return new AppError('FORBIDDEN', { sentence, missingScopes: missing });
}

// Of alternatives, the one that lacks least.
function missingScopes(principal: Principal, unmet: readonly Authorization[]): ScopeValue[] {
  const held = scopesOf(principal);
  const missing = unmet.flatMap(({ requiresScopes }) => {
    if (!requiresScopes || hasScopes(principal, requiresScopes)) return [];
    const lacking = requiresScopes.map((all) => all.filter((scope) => !held.includes(scope)));
    return lacking.reduce((least, one) => (one.length < least.length ? one : least));
  });
  return [...new Set(missing)].sort();
}
