// The one way to the server: a typed document and its variables, with the session cookie that scripts cannot see.
// A request that finds the session ended waits until somebody has signed in again, and is then sent once more: it was
// refused before anything was done.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { GraphQLClient, type Variables } from 'graphql-request';
import { sessionAgain } from '../session/session-store.ts';
import { apiErrorOf } from './api-error.ts';

const client = new GraphQLClient(new URL('/graphql', window.location.href).href, {
  credentials: 'same-origin',
});

/** Sends an operation as things are. @throws ApiError */
export async function requestOnce<Data, Vars extends Variables>(
  document: TypedDocumentNode<Data, Vars>,
  variables: Vars,
  signal?: AbortSignal,
): Promise<Data> {
  try {
    // The client's own types ask for optional variables in another form; what is sent is the same.
    return await client.request<Data>({ document, variables, ...(signal && { signal }) });
  } catch (thrown) {
    signal?.throwIfAborted();
    throw apiErrorOf(thrown);
  }
}

/** Sends an operation, after signing in again if need be. @throws ApiError */
export async function request<Data, Vars extends Variables>(
  document: TypedDocumentNode<Data, Vars>,
  variables: Vars,
  signal?: AbortSignal,
): Promise<Data> {
  for (;;) {
    try {
      return await requestOnce(document, variables, signal);
    } catch (thrown) {
      const error = apiErrorOf(thrown);
      if (signal?.aborted || error.code !== 'UNAUTHENTICATED') throw error;
      await sessionAgain(signal);
    }
  }
}
