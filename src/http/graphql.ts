// GraphQL over HTTP around an injected `execute`: one operation a request, JSON in, the negotiated media type out.
// It knows nothing of schemas. Errors found here look like GraphQL errors and never quote what was sent.

import { GraphQLError } from 'graphql';
import { asAppError } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import type { Handler, HttpReply, HttpRequest, Routes } from './exchange.ts';
import { type GraphqlParameters, postedParameters, urlParameters } from './graphql-parameters.ts';
import { preferredType } from './media-type.ts';
import { logProblem, problemHeaders } from './problem.ts';

export interface GraphqlReply {
  /** The result as JSON. */
  readonly body: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

export interface GraphqlOptions {
  /** @throws AppError, METHOD_NOT_ALLOWED among them for anything but a query by GET. */
  readonly execute: (parameters: GraphqlParameters, request: HttpRequest) => Promise<GraphqlReply>;
  /** The page for browsers; absent: there is none. */
  readonly graphiql?: Handler;
}

/** What is served, the preferred one first; both with the same statuses. */
const resultTypes = ['application/graphql-response+json', 'application/json'] as const;

/** `/graphql` for clients, and for browsers that open it as a page. */
export const graphqlRoutes = ({ execute, graphiql }: GraphqlOptions): Routes => ({
  '/graphql': {
    GET: (request) =>
      graphiql && wantsPage(request)
        ? graphiql(request)
        : respond(request, async () => execute(urlParameters(request), request)),
    POST: (request) => respond(request, async () => execute(await postedParameters(request), request)),
  },
});

/** Browsers name text/html when they open a page; no GraphQL client does. */
const wantsPage = ({ headers }: HttpRequest): boolean =>
  preferredType(headers.accept, [...resultTypes, 'text/html']) === 'text/html';

async function respond(request: HttpRequest, produce: () => Promise<GraphqlReply>): Promise<HttpReply> {
  const type = preferredType(request.headers.accept, resultTypes);
  try {
    if (type === undefined) throw new AppError('NOT_ACCEPTABLE', { sentence: notAcceptable });
    return resultReply(await produce(), type);
  } catch (thrown) {
    const error = asAppError(thrown);
    logProblem(request, error);
    return resultReply(errorReply(error, request), type ?? 'application/json');
  }
}

const notAcceptable = `None of the media types in the Accept header can be served. Accept ${resultTypes.join(' or ')}.`;

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
    body: JSON.stringify({ errors: [new GraphQLError(error.sentence, { extensions })] }),
    status: error.status,
    headers: {
      ...problemHeaders(error, request),
      ...(code === 'METHOD_NOT_ALLOWED' ? { Allow: 'POST' } : {}),
    },
  };
}
