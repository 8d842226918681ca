// One GraphQL operation, from its text to its result, by graphql-js: parse, limits, validate, authenticate, requirements
// of the whole operation, its cost, execute. Each step refuses before the next one costs.

import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { KnownCaller, Principal } from '../auth/principal.ts';
import type { RateLimitState } from '../auth/rate-limits.ts';
import type { DataResource } from '../db/data/resources.ts';
import { AppError } from '../errors.ts';
import type { Authorization } from './authorization.ts';
import { forgetScopesOf } from './builder.ts';
import { conditionsMet, conditionsOf, withoutConditions } from './conditions.ts';
import type { Context } from './context.ts';
import { Batches } from './data/batches.ts';
import { TextPlans } from './data/text-plan.ts';
import { appErrorOf, formattedError, isFailure, toldErrors, variableProblems } from './errors.ts';
import { literalTextProblem, variableProblem } from './input.ts';
import { introspectionProblem } from './introspection-limit.ts';
import {
  documentLimits,
  documentProblem,
  fieldsWrittenOut,
  parseWithinLimits,
  repetitionProblem,
  tokensOf,
  tooOften,
} from './limits.ts';
import { type CountedOperation, listCost } from './list-cost.ts';
import { checkRequirements, requirementsOf } from './required-scopes.ts';
import { Texts } from './texts.ts';

export interface OperationRequest {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  method: 'GET' | 'POST';
  requestId: string;
  /** Told of every error of the operation. */
  noteProblem: (error: AppError) => void;
  /** Told of whom the operation itself proves to be somebody. */
  noteProven: (caller: KnownCaller) => void;
  /** Told what it found of each limit that it counts against. */
  noteCounted: (states: readonly RateLimitState[]) => void;
  /** Runs the operation, named, for whoever traces. */
  trace: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;
  address: string;
  userAgent: string | undefined;
  /** Asked once, and only for a document that is worth it. */
  authenticate: () => Promise<Principal>;
}

export interface OperationReply {
  /** The result as JSON. */
  body: string | Buffer;
  /** The first refusal, for the status and headers of the reply; undefined when there is data. */
  refusal: AppError | undefined;
  headers: Record<string, string>;
}

const costLimits = { maxRecords: 25_000, maxWork: 50_000 };
/** Of documents whose parsed and validated form is remembered: about 32 MB. What is planned for a field takes as much. */
const rememberedTokens = 64_000;

/** A document that passed the limits and is valid, with what is known of each of its operations. */
interface Prepared {
  document: DocumentNode;
  /** Of each operation, by its name. */
  requirements: Map<string | undefined, Authorization[]>;
  /** The variables by which it decides what is there. Of none, conditions have been applied already. */
  conditions: readonly string[];
  /** Operations without variables that ask for a bounded number of records: always the same. */
  bounded: Set<OperationDefinitionNode>;
}

/** An operation that may be performed once its caller is known to be permitted. */
interface Performed {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  bounded: Prepared['bounded'];
  required: readonly Authorization[];
  variables: Record<string, unknown>;
}

export function createExecutor({ auth, readsOf }: Pick<Context, 'auth' | 'readsOf'>, schema: GraphQLSchema) {
  const limits = { ...documentLimits, once: oncePerDocument(schema) };
  const textPlans = new TextPlans(auth.db);
  const prepared = new LRUCache<string, Prepared>({
    maxSize: rememberedTokens,
    sizeCalculation: ({ document }, query) =>
      tokensOf(document) + fieldsWrittenOut(document, limits) + Math.ceil(query.length / 256),
  });

  const isText: CountedOperation['isText'] = ({ extensions, type }, fieldNodes, fragments) => {
    const resource = extensions.records as DataResource | undefined;
    if (resource === undefined) return false;
    return textPlans.of({ resource, returnType: type, fieldNodes, fragments }) !== undefined;
  };

  const prepare = (query: string): Prepared => {
    const known = prepared.get(query);
    if (known) return known;
    const document = parseWithinLimits(query);
    const problem =
      documentProblem(document, limits) ?? introspectionProblem(document) ?? repetitionProblem(document);
    if (problem) throw new AppError('QUERY_TOO_COMPLEX', { sentence: problem });
    const [invalid] = validate(schema, document, undefined, { maxErrors: 1 });
    // Thrown by graphql-js, whose comparisons have a bound of their own.
    if (invalid?.message === 'Validation aborted.')
      throw new AppError('QUERY_TOO_COMPLEX', { sentence: tooOften });
    if (invalid) throw invalid;
    const badText = literalTextProblem(document);
    if (badText) throw new AppError('BAD_USER_INPUT', { sentence: badText });
    const requirements = new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.OPERATION_DEFINITION
          ? [[definition.name?.value, requirementsOf(schema, document, definition)] as const]
          : [],
      ),
    );
    return remember(query, document, { requirements, conditions: conditionsOf(document) });
  };

  const remember = (
    key: string,
    sent: DocumentNode,
    known: Pick<Prepared, 'requirements' | 'conditions'>,
  ): Prepared => {
    const document = known.conditions.length > 0 ? sent : withoutConditions(sent, new Set());
    const value = { ...known, document, bounded: new Set<OperationDefinitionNode>() };
    prepared.set(key, value);
    return value;
  };

  /** What is left of a document for these variables. No query is what it is remembered by: none begins with `?`. */
  const settled = (
    query: string,
    sent: Prepared,
    operation: OperationDefinitionNode,
    variables: Record<string, unknown>,
  ): Prepared => {
    if (sent.conditions.length === 0) return sent;
    const met = conditionsMet(sent.conditions, operation, variables);
    const key = `?${[...met].join(' ')}?${query}`;
    return (
      prepared.get(key) ?? remember(key, withoutConditions(sent.document, met), { ...sent, conditions: [] })
    );
  };

  /** Plans what is read as text: not for those who may not read it. */
  const checkCost = ({ document, operation, bounded, variables }: Performed): void => {
    if (bounded.has(operation)) return;
    const large = listCost({ schema, document, operation, variables, isText }, costLimits);
    if (large) throw new AppError('QUERY_TOO_COMPLEX', { sentence: large });
    if (!operation.variableDefinitions?.length) bounded.add(operation);
  };

  const perform = async (
    request: OperationRequest,
    performed: Performed,
    { headers, texts }: { headers: Record<string, string>; texts: Texts },
  ): Promise<ExecutionResult> => {
    const { document, operation, required, variables } = performed;
    const principal = await request.authenticate();
    checkStaleSession(principal, required);
    checkRequirements(principal, required);
    checkCost(performed);
    const origin = { address: request.address, userAgent: request.userAgent, requestId: request.requestId };
    const contextValue: Context = {
      auth,
      readsOf,
      principal,
      origin,
      noteProblem: request.noteProblem,
      noteProven: request.noteProven,
      noteCounted: request.noteCounted,
      replyHeaders: headers,
      batches: new Batches(),
      texts,
      textPlans,
    };
    try {
      const result = await execute({
        schema,
        document,
        operationName: request.operationName,
        variableValues: variables,
        contextValue,
      });
      return failedWhole(result, operation, () => variableProblems(schema, operation, variables));
    } finally {
      forgetScopesOf(contextValue);
    }
  };

  const planned = (request: OperationRequest): Performed => {
    const { query, operationName, variables = {} } = request;
    const sent = prepare(query);
    const asked = operationOf(sent.document, operationName);
    if (request.method === 'GET' && asked.operation !== 'query') {
      throw new AppError('METHOD_NOT_ALLOWED', {
        sentence: 'Send a mutation by POST: GET serves queries only.',
      });
    }
    const unfit = variableProblem(variables);
    if (unfit) throw new AppError('BAD_USER_INPUT', { sentence: unfit });
    const required = sent.requirements.get(asked.name?.value) ?? [];
    const { document, bounded } = settled(query, sent, asked, variables);
    const operation = document === sent.document ? asked : operationOf(document, operationName);
    return { document, operation, bounded, required, variables };
  };

  return async (request: OperationRequest): Promise<OperationReply> => {
    const headers: Record<string, string> = {};
    const texts = new Texts();
    const replyOf = (result: ExecutionResult): OperationReply => {
      if (!result.errors) return { body: texts.write(result), refusal: undefined, headers };
      const told = toldErrors(result.errors);
      const behind = told.map(appErrorOf);
      for (const error of behind) request.noteProblem(error);
      const errors = told.map((error, i) =>
        formattedError(error, behind[i] as AppError, request.requestId),
      ) as unknown as GraphQLError[];
      if ('data' in result && result.data != null) {
        return { body: texts.write({ ...result, errors }), refusal: undefined, headers };
      }
      return { body: JSON.stringify({ errors }), refusal: behind[0], headers };
    };
    try {
      const performed = planned(request);
      const work = () => perform(request, performed, { headers, texts });
      return replyOf(await request.trace(nameOf(performed.operation), work));
    } catch (error) {
      return replyOf({ errors: [error as GraphQLError] });
    }
  };
}

const nameOf = ({ operation, name }: OperationDefinitionNode): string =>
  name ? `${operation} ${name.value}` : operation;

function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, name);
  if (operation) return operation;
  const sentence =
    'Name one operation of the document in operationName: it has none of this name, or several.';
  throw new AppError('BAD_USER_INPUT', { sentence });
}

/** Root fields of which a document may hold one. */
const oncePerDocument = (schema: GraphQLSchema): ReadonlySet<string> =>
  new Set(
    Object.values(schema.getMutationType()?.getFields() ?? {})
      .filter(
        (field) => (field.extensions.latchkey as { oncePerDocument?: boolean } | undefined)?.oncePerDocument,
      )
      .map((field) => field.name),
  );

/** With a session that has ended, one may do what anyone may, as signing in again; anything else is told so. */
function checkStaleSession(principal: Principal, required: readonly Authorization[]): void {
  if (principal.kind !== 'anonymous' || !principal.staleSession) return;
  if (required.length > 0 && required.every((requirement) => requirement.public)) return;
  throw new AppError('UNAUTHENTICATED', {
    sentence: 'Your session has ended. Sign in again.',
    reason: 'session',
    detail: 'stale session',
  });
}

/**
 * A query in which something of ours failed is answered as a failure, without the rest of its data. A mutation keeps
 * what it did: a secret shown once must not be lost to a neighbour's failure. Variables that do not fit are told
 * without their values.
 */
function failedWhole(
  result: ExecutionResult,
  operation: OperationDefinitionNode,
  problems: () => GraphQLError[],
): ExecutionResult {
  if (!result.errors) return result;
  if (!('data' in result)) {
    const found = problems();
    return found.length > 0 ? { errors: found } : result;
  }
  const failure = result.errors.find(isFailure);
  return failure && operation.operation === 'query' ? { errors: [failure] } : result;
}
