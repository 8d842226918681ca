// GraphQL over HTTP around an injected `execute`: one operation a request, JSON in, the negotiated media type out.
// It knows nothing of schemas. Errors found here look like GraphQL errors and never quote what was sent.

import { AppError } from '../errors.ts';
import type { Handler, HttpReply, HttpRequest, Routes } from './exchange.ts';
import { type GraphqlParameters, postedParameters, urlParameters } from './graphql-parameters.ts';
import { preferredType } from './media-type.ts';
import { problemHeaders } from './problem.ts';

export interface GraphqlReply {
  /** The result as JSON. */
  readonly body: string | Buffer;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The request is in order, and the document or the values in it are not. */
  readonly isInvalidOperation?: boolean;
}

export interface GraphqlOptions {
  /** @throws AppError for what is refused before there is an operation. */
  readonly execute: (parameters: GraphqlParameters, request: HttpRequest) => Promise<GraphqlReply>;
  /** The page for browsers; absent: there is none. */
  readonly graphiql?: Handler;
}

const resultType = 'application/graphql-response+json';
const legacyType = 'application/json';
type ResultType = typeof resultType | typeof legacyType;

/** What is served, the preferred one first: the type that the draft made for GraphQL goes to those who name it. */
const offered = (accept = ''): readonly ResultType[] =>
  accept.toLowerCase().includes(resultType) ? [resultType, legacyType] : [legacyType, resultType];

/** `/graphql` for clients, and for browsers that open it as a page. */
export const graphqlRoutes = ({ execute, graphiql }: GraphqlOptions): Routes => ({
  '/graphql': {
    GET: (request) =>
      graphiql && wantsPage(request) ? graphiql(request) : respond(request, urlParameters, execute),
    POST: (request) => respond(request, postedParameters, execute),
    problem: refusal,
  },
});

/** Browsers name text/html when they open a page; no GraphQL client does. */
const wantsPage = ({ headers }: HttpRequest): boolean =>
  preferredType(headers.accept, [resultType, legacyType, 'text/html']) === 'text/html';

/**
 * Clients that read nothing but application/json are older than statuses of GraphQL: they find what is wrong with an
 * operation in a reply of 200, as the draft wants it for them. Whatever else is refused has its status for them too.
 */
async function respond(
  request: HttpRequest,
  parametersOf: (request: HttpRequest) => GraphqlParameters | Promise<GraphqlParameters>,
  execute: GraphqlOptions['execute'],
): Promise<HttpReply> {
  const { accept } = request.headers;
  const type = preferredType(accept, offered(accept));
  if (type === undefined) throw new AppError('NOT_ACCEPTABLE', { sentence: notAcceptable });
  const reply = await execute(await parametersOf(request), request);
  const isToldIn200 = reply.isInvalidOperation && preferredType(accept, [resultType]) === undefined;
  return resultReply(isToldIn200 ? { ...reply, status: 200 } : reply, type);
}

const refusal = (error: AppError, request: HttpRequest): HttpReply => {
  const { accept } = request.headers;
  return resultReply(errorReply(error, request), preferredType(accept, offered(accept)) ?? legacyType);
};

const notAcceptable = `None of the media types in the Accept header can be served. Accept ${resultType} or ${legacyType}.`;

const resultReply = ({ body, status, headers }: GraphqlReply, type: string): HttpReply => ({
  status,
  headers: { 'Content-Type': `${type}; charset=utf-8`, ...headers },
  body,
});

/** An error before execution: no `data`, a public sentence, a code, and the request id. */
function errorReply(error: AppError, request: HttpRequest): GraphqlReply {
  const { code, missingScopes } = error;
  const extensions = {
    code,
    requestId: request.requestId,
    ...(missingScopes.length > 0 ? { missingScopes } : {}),
  };
  return {
    body: JSON.stringify({ errors: [{ message: error.sentence, extensions }] }),
    status: error.status,
    headers: problemHeaders(error, request),
  };
}
