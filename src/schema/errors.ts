// Errors of an operation as the outside sees them: a public sentence, a code from the one table, the request id. What
// was sent is never quoted back: a value in the wrong place may be a secret.

import {
  coerceInputValue,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  isInputType,
  isValueNode,
  Kind,
  type OperationDefinitionNode,
  print,
  typeFromAST,
} from 'graphql';
import { asAppError } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import { withoutSecrets } from '../log.ts';

/** Of an operation, as its reply and the log have them: more would only help a flood of errors. */
const mostErrors = 8;

/** What was thrown by us or by what we use; undefined where graphql-js itself found something wrong. */
function causeOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof GraphQLError) cause = cause.originalError;
  return cause;
}

/** The AppError behind a GraphQL error; what graphql-js itself found wrong is BAD_USER_INPUT. */
export function appErrorOf(error: unknown): AppError {
  const cause = causeOf(error);
  if (cause === undefined && error instanceof GraphQLError) {
    return new AppError('BAD_USER_INPUT', { sentence: withoutValues(error) });
  }
  return asAppError(cause);
}

/** Whether something of ours failed. Asked of any number of errors, it makes no sentence for them. */
export function isFailure(error: unknown): boolean {
  const cause = causeOf(error);
  return cause !== undefined && asAppError(cause).status >= 500;
}

/** The errors of an operation that are told of: each once, and failures of ours before the rest. */
export function toldErrors<Thrown>(errors: readonly Thrown[]): Thrown[] {
  const different = [...new Set(errors)];
  if (different.length <= mostErrors) return different;
  const failures = different.filter(isFailure);
  return [...failures, ...different.filter((error) => !isFailure(error))].slice(0, mostErrors);
}

/** An error as a reply carries it, with what is behind it. */
export function formattedError(
  error: unknown,
  { code, sentence, missingScopes }: AppError,
  requestId: string,
): GraphQLFormattedError {
  const at = error instanceof GraphQLError ? { locations: error.locations, path: error.path } : {};
  return {
    message: sentence,
    ...(at.locations && { locations: at.locations }),
    ...(at.path && { path: at.path }),
    extensions: { code, requestId, ...(missingScopes.length > 0 && { missingScopes }) },
  };
}

// graphql-js quotes literals and tokens of the document in its messages.
function withoutValues(error: GraphQLError): string {
  if (error.message.startsWith('Syntax Error')) {
    const [at] = error.locations ?? [];
    return `The document is not GraphQL at line ${at?.line ?? 1}, column ${at?.column ?? 1}. Correct it there.`;
  }
  const quoted = (error.nodes ?? []).flatMap((node) =>
    isValueNode(node) && node.kind !== Kind.VARIABLE ? print(node) : [],
  );
  const message = quoted.reduce((text, value) => text.replaceAll(value, '(the value given)'), error.message);
  if (quoted.length > 0) return withoutSecrets(message.replace(/ Did you mean .*$/s, ''));
  return withoutSecrets(message);
}

/**
 * What is wrong with the variables of an operation: where, and which type was expected, and never the value itself.
 * Empty when they fit.
 */
export function variableProblems(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): GraphQLError[] {
  const problems: GraphQLError[] = [];
  for (const definition of operation.variableDefinitions ?? []) {
    const name = definition.variable.name.value;
    const type = typeFromAST(schema, definition.type as never);
    const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (!isInputType(type) || (given === undefined && definition.defaultValue)) continue;
    coerceInputValue(given, type, (path) => {
      const place = [name, ...path].join('.');
      const message = `The variable $${place} does not fit its type. $${name} should be ${print(definition.type)}: see the schema.`;
      if (problems.length < mostErrors) problems.push(new GraphQLError(message, { nodes: definition }));
    });
  }
  return problems;
}
