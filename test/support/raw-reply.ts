// Replies byte for byte, to prove that two of them are the same.

import type { TestApp } from './app.ts';

export interface RawReply {
  status: number;
  /** Without Date and what belongs to the connection. */
  headers: Record<string, string>;
  body: string;
}

/** Requests carry this id, so that replies which echo it are alike. */
export const fixedRequestId = 'the-same-request-id';

const ofTheConnection = new Set(['date', 'connection', 'keep-alive']);

export async function rawRequest(app: TestApp, path: string, init: RequestInit = {}): Promise<RawReply> {
  const sent = new Headers(init.headers);
  if (!sent.has('X-Request-Id')) sent.set('X-Request-Id', fixedRequestId);
  const response = await fetch(app.url + path, { ...init, headers: sent });
  const headers = Object.fromEntries([...response.headers].filter(([name]) => !ofTheConnection.has(name)));
  return { status: response.status, headers, body: await response.text() };
}

/** One GraphQL request by POST. */
export function rawGraphql(
  app: TestApp,
  authorization: string | undefined,
  request: { query: string; variables?: unknown; operationName?: string },
  headers: Record<string, string> = {},
): Promise<RawReply> {
  return rawRequest(app, '/graphql', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      ...(authorization !== undefined && { Authorization: authorization }),
      ...headers,
    },
    body: JSON.stringify(request),
  });
}
