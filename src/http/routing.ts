// Finds a request's handler in the route table, and answers what the table itself can answer: 404, 405, OPTIONS.

import { AppError } from '../errors.ts';
import { preflightHeaders } from './cors.ts';
import type { HttpReply, HttpRequest, Method, Route } from './exchange.ts';
import { problemReply } from './problem.ts';

export type RouteMap = ReadonlyMap<string, Route>;

/** The key of the table under which a path is served: the path itself, or a pattern whose `*` stand for segments. */
export function routeOf(routes: RouteMap, path: string): string | undefined {
  if (routes.has(path)) return path;
  const segments = path.split('/');
  return [...routes.keys()].find((key) => key.includes('*') && matches(key.split('/'), segments));
}

const matches = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length &&
  pattern.every((part, place) => part === segments[place] || (part === '*' && segments[place] !== ''));

/** The reply of the route that a request names. @throws AppError NOT_FOUND */
export function routed(routes: RouteMap, request: HttpRequest): Promise<HttpReply> | HttpReply {
  const methods = routes.get(routeOf(routes, request.path) ?? '');
  if (!methods) throw new AppError('NOT_FOUND');
  if (request.method === 'OPTIONS') return optionsReply(allowedMethods(methods), request);
  const handler = methods[(request.method === 'HEAD' ? 'GET' : request.method) as Method];
  return handler ? handler(request) : methodNotAllowed(methods, request);
}

/** HEAD is GET without its body; node:http leaves the body out. */
function allowedMethods({ problem: _, ...methods }: Route): string[] {
  const names = Object.keys(methods);
  return [...names, ...(names.includes('GET') ? ['HEAD'] : []), 'OPTIONS'];
}

function methodNotAllowed(methods: Route, request: HttpRequest): HttpReply {
  const { problem = problemReply } = methods;
  const allowed = allowedMethods(methods);
  const useful = allowed.filter((method) => method !== 'OPTIONS').join(' or ');
  const sentence = `This address does not accept this HTTP method. Use ${useful}.`;
  const error = new AppError('METHOD_NOT_ALLOWED', { sentence });
  request.noteProblem(error);
  const refusal = problem(error, request);
  return { ...refusal, headers: { ...refusal.headers, Allow: allowed.join(', ') } };
}

/** The same for every origin but for the CORS headers, without which a browser goes no further. */
function optionsReply(allowed: readonly string[], request: HttpRequest): HttpReply {
  const preflight = request.headers['access-control-request-method'] !== undefined;
  return {
    status: 204,
    headers: { Allow: allowed.join(', '), ...(preflight ? preflightHeaders(request.path, allowed) : {}) },
  };
}
