// The client of one server: typed requests, the records of the Data API, and the exports.

import type { Auth } from './auth.js';
import { documentText, type TypedDocument } from './document.js';
import { LatchkeyError } from './error.js';
import { type Exchange, exchange, type Http, type HttpOptions, httpOf } from './exchange.js';
import { type ExportedRecord, type ExportOptions, exportPath, readExport } from './export.js';
import { below } from './metadata.js';
import {
  type FieldOf,
  type ListOptions,
  type Page,
  type Query,
  type ReadOptions,
  type RecordOf,
  type ResourceName,
  readPages,
  readSync,
  type SyncBatch,
} from './records.js';
import { parseObject, refusalOf } from './refusal.js';
import { Backoff, type Retry, retrying } from './retry.js';

export interface ClientOptions extends HttpOptions {
  /** Of the server, as in `http://localhost:4000`. */
  url: string | URL;
  /** `clientCredentials(…)` or `apiKey(…)`. */
  auth: Auth;
  retry?: Retry | undefined;
}

export interface RequestOptions {
  /** Which operation of the document is meant, where it has several. */
  operationName?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** No argument where every variable may be absent. */
type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];

/** Reads one list, record by record. */
export type List<R extends ResourceName> = <F extends FieldOf<R> = FieldOf<R>>(
  options?: ListOptions<R, F>,
) => AsyncGenerator<Pick<RecordOf<R>, F>, void, undefined>;

type Lists = { readonly [R in ResourceName]: List<R> };

/**
 * Whatever a request comes to rejects with LatchkeyError, or with the reason of the signal that was aborted. What cannot
 * be a request, such as a list that selects what its records do not have, rejects with TypeError before anything is sent.
 */
export interface Client extends Lists {
  /**
   * Sends one operation and returns its data. A query is tried again when the server is busy or the connection fails; a
   * mutation only when it was refused before it began.
   */
  request<Result, Variables>(
    document: TypedDocument<Result, Variables>,
    ...rest: Arguments<Variables>
  ): Promise<Result>;
  request<Result = unknown>(
    document: string,
    variables?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<Result>;

  /** Reads a list page by page, with the cursor behind each. */
  pages<R extends ResourceName, F extends FieldOf<R> = FieldOf<R>>(
    resource: R,
    options?: ListOptions<R, F>,
  ): AsyncGenerator<Page<Pick<RecordOf<R>, F>>, void, undefined>;

  /**
   * Reads what is new, changed, or late since the watermark `after`, or everything, and ends when it has caught up. A
   * watermark is good for the same filter only.
   */
  sync<R extends ResourceName, F extends FieldOf<R> = FieldOf<R>>(
    resource: R,
    options?: ReadOptions<R, F>,
  ): AsyncGenerator<SyncBatch<Pick<RecordOf<R>, F>>, void, undefined>;

  /** Reads every record in the order of their ids, in one stream that goes on by itself when it is cut. */
  exportRecords<R extends ResourceName, F extends FieldOf<R> = FieldOf<R>>(
    resource: R,
    options?: ExportOptions<R, F>,
  ): AsyncGenerator<ExportedRecord<R, F | ('id' & FieldOf<R>)>, void, undefined>;
}

/** A client of one server. It sends nothing, and asks for no token, before one of its methods is used. */
export function createClient(options: ClientOptions): Client {
  const { url, auth, retry } = options;
  const http = httpOf(options);
  const { clock } = http;
  const begin = (signal: AbortSignal | undefined) => new Backoff(retry, clock, signal);
  const sender = { http, auth };

  const request = async (
    document: string | TypedDocument<never, never>,
    variables?: object,
    { operationName, signal }: RequestOptions = {},
  ): Promise<unknown> => {
    const { text, isQuery } = documentText(document);
    const body = JSON.stringify({ query: text, variables, operationName });
    // Named, so that what is wrong with an operation has a status of its own.
    const accept = 'application/graphql-response+json, application/json';
    const headers = { 'Content-Type': 'application/json', Accept: accept };
    const sent = { url: below(url, 'graphql'), method: 'POST', headers, body, idempotent: isQuery };
    return send(sender, begin(signal), { ...sent, signal }, async (response) => {
      const reply = parseObject(await response.text());
      if (response.status === 200 && reply?.data && !reply.errors) return reply.data;
      throw refusalOf(response, reply, { idempotent: isQuery, now: clock.now() });
    });
  };

  const query: Query = (text, variables, { signal }) => request(text, variables, { signal });
  const pages = <R extends ResourceName, F extends FieldOf<R>>(resource: R, listed: ListOptions<R, F> = {}) =>
    readPages(query, resource, listed);
  async function* list<R extends ResourceName, F extends FieldOf<R>>(
    resource: R,
    listed?: ListOptions<R, F>,
  ): AsyncGenerator<Pick<RecordOf<R>, F>, void, undefined> {
    for await (const { records } of pages(resource, listed)) yield* records;
  }

  const exportRecords = <R extends ResourceName, F extends FieldOf<R>>(
    resource: R,
    exported: ExportOptions<R, F> = {},
  ) => {
    const { signal } = exported;
    const backoff = begin(signal);
    const open = (after: string | undefined) => {
      const address = below(url, exportPath(resource, { ...exported, after }));
      return send(sender, backoff, { url: address, idempotent: true, signal }, async (response) => {
        if (response.status === 200) return response;
        const reply = parseObject(await response.text());
        throw refusalOf(response, reply, { idempotent: true, now: clock.now() });
      });
    };
    return readExport<ExportedRecord<R, F | ('id' & FieldOf<R>)> & { id: string }>(open, backoff, exported);
  };

  const lists: Lists = {
    conversations: (listed) => list('conversations', listed),
    interactions: (listed) => list('interactions', listed),
    pluginCalls: (listed) => list('pluginCalls', listed),
    pluginResources: (listed) => list('pluginResources', listed),
    users: (listed) => list('users', listed),
  };
  return {
    ...lists,
    request: request as Client['request'],
    pages,
    sync: (resource, synced = {}) => readSync(query, resource, synced),
    exportRecords,
  };
}

/**
 * Sends with the credential's header, as often as the backoff allows. A 401 makes it ask for another token, once: the one
 * that it has may have been narrowed, revoked, or judged by another clock.
 */
async function send<Result>(
  { http, auth }: { http: Http; auth: Auth },
  backoff: Backoff,
  sent: Exchange,
  read: (response: Response) => Promise<Result>,
): Promise<Result> {
  const attempts = (authorization: string) =>
    retrying(backoff, () => {
      const headers = { ...(sent.headers as Record<string, string>), Authorization: authorization };
      return exchange(http, { ...sent, headers }, read);
    });
  const authorization = await auth.authorization(sent.signal);
  try {
    return await attempts(authorization);
  } catch (error) {
    const isRefused = error instanceof LatchkeyError && error.status === 401;
    if (!isRefused || !auth.refused(authorization)) throw error;
  }
  return attempts(await auth.authorization(sent.signal));
}
