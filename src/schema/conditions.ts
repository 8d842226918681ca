// @skip and @include, applied to a document before it is planned and executed: what comes after meets no directive, and
// reads what decides by condition as fast as anything else.

import {
  type ASTNode,
  type BooleanValueNode,
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import { AppError } from '../errors.ts';

/** The variables by which a valid document decides what is there, each once. */
export function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive: ({ arguments: args = [] }) => {
      for (const { value } of args) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/**
 * What the variables of conditions say. A value that is no boolean counts as false: execution refuses it.
 * @throws AppError BAD_USER_INPUT for null, which the type of a variable with a default allows
 */
export function conditionsMet(
  names: readonly string[],
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Set<string> {
  const met = names.filter((name) => {
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (given === null) throw new AppError('BAD_USER_INPUT', { sentence: isNull(name) });
    if (given !== undefined) return given === true;
    const definition = variableDefinitions.find(({ variable }) => variable.name.value === name);
    return (definition?.defaultValue as BooleanValueNode | undefined)?.value === true;
  });
  return new Set(met);
}

const isNull = (name: string) =>
  `The variable $${name} decides what is in the reply, and is null. Give true or false.`;

/** The document without what its conditions leave out, and without them. */
export function withoutConditions(document: DocumentNode, met: ReadonlySet<string>): DocumentNode {
  const isMet = ({ arguments: [argument] = [] }: DirectiveNode): boolean => {
    const value = argument?.value;
    if (value?.kind === Kind.VARIABLE) return met.has(value.name.value);
    return value?.kind === Kind.BOOLEAN && value.value;
  };
  const decided = <Node extends ASTNode & { readonly directives?: readonly DirectiveNode[] }>(node: Node) => {
    if (!node.directives?.length) return undefined;
    const isThere = node.directives.every(
      (directive) => isMet(directive) === (directive.name.value === 'include'),
    );
    return isThere ? { ...node, directives: [] } : null;
  };
  return visit(document, { Field: decided, FragmentSpread: decided, InlineFragment: decided });
}
