// Reads what a GraphQL request asks for, from a JSON body or from a URL (GraphQL over HTTP, sections 5 and 6).
// Unknown properties are ignored; null counts as absent, and so does an empty operation name. A wrong type is refused, and
// so is a batch.

import { AppError } from '../errors.ts';
import type { HttpRequest } from './exchange.ts';
import { isJsonObject, type JsonObject, parseJson, utf8Text } from './json.ts';
import { bodyType } from './media-type.ts';

const bodyLimitBytes = 100 * 1024;

export interface GraphqlParameters {
  readonly query: string;
  readonly variables: Record<string, unknown> | undefined;
  readonly operationName: string | undefined;
  readonly method: 'GET' | 'POST';
}

/** The parameters of a POST. @throws AppError for anything but one JSON object with a `query`. */
export async function postedParameters(request: HttpRequest): Promise<GraphqlParameters> {
  bodyType(request.headers['content-type'], ['application/json']);
  const value = parseJson(utf8Text(await request.readBody(bodyLimitBytes)), 'The request body');
  if (Array.isArray(value)) throw badInput('Batches are not supported. Send one operation in one request.');
  if (!isJsonObject(value))
    throw badInput('The request body is not a JSON object. Send an object with a query.');
  return checked(value, 'POST');
}

/** The parameters of a GET, from the URL alone; `variables` is JSON in it. */
export function urlParameters({ query }: HttpRequest): GraphqlParameters {
  const variables = once(query, 'variables');
  const value = {
    query: once(query, 'query'),
    variables: variables === undefined ? undefined : parseJson(variables, 'The parameter variables'),
    operationName: once(query, 'operationName'),
  };
  return checked(value, 'GET');
}

/** An empty parameter counts as left out. */
function once(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  if (values.length > 1) throw badInput(`The parameter ${name} is there more than once. Send it once.`);
  return values[0] || undefined;
}

function checked(value: JsonObject, method: GraphqlParameters['method']): GraphqlParameters {
  const { query, variables, operationName, extensions } = value;
  if (typeof query !== 'string')
    throw badInput('The query is missing or not a string. Send a GraphQL document as query.');
  if (isPresent(variables) && !isJsonObject(variables))
    throw badInput('The variables are not a JSON object.');
  if (isPresent(operationName) && typeof operationName !== 'string')
    throw badInput('The operationName is not a string.');
  if (isPresent(extensions) && !isJsonObject(extensions))
    throw badInput('The extensions are not a JSON object.');
  return {
    query,
    variables: isJsonObject(variables) ? variables : undefined,
    operationName: typeof operationName === 'string' && operationName !== '' ? operationName : undefined,
    method,
  };
}

const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

const badInput = (sentence: string) => new AppError('BAD_USER_INPUT', { sentence });
