// Bulk export: every record of a resource as one line of JSON each, in the order of their ids, in constant memory. It
// ends when the client goes, and soon after the caller may no longer read.

import { setTimeout } from 'node:timers/promises';
import { type LinePage, LineWriter } from '../db/data/line-writer.ts';
import type { DataResource } from '../db/data/resources.ts';
import { listLines } from '../db/data/rows.ts';
import { asAppError } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import { takesGzip } from './content-encoding.ts';
import type { Handler, HttpRequest } from './exchange.ts';
import { exportQuery } from './odata/options.ts';
import { sendGzipped, sendPieces } from './piecemeal.ts';
import { type RecordsHouse, readableOrganization } from './records-access.ts';

const rowsAtFirst = 100;
const rowsAtMost = 10_000;
/** About as many bytes as a page should have; two of them are in memory. The writer sees to it that none is far longer. */
const pageLength = 1024 * 1024;
/** And how long reading it should take: where few records are what is asked for, Postgres passes over many. */
const pageMs = 500;
/** Between two looks at whether the caller may still read; with the look itself it stays below a second. */
const recheckMs = 500;

/**
 * Streams the records after the id `after`, or all. A reply that ends as HTTP says it should, with its last chunk, is
 * whole. Whatever stops it earlier resets the connection; the client goes on from the last id that it received.
 */
export function exportRoute(house: RecordsHouse, resource: DataResource): Handler {
  return async (request) => {
    refuseOldHttp(request);
    const check = () => readableOrganization(house, request, resource);
    const organizationId = await check();
    const { where, columns, after } = exportQuery(resource, request.query);
    let [writer, other] = [new LineWriter(resource, columns), new LineWriter(resource, columns)];
    const read: ReadPage = async (from, limit) => {
      // Into the memory of the page before the last one, which has been sent.
      [writer, other] = [other, writer];
      const startedAt = performance.now();
      const list = { where, after: from, limit };
      const page = await listLines(house.readsOf(organizationId), organizationId, resource, list, writer);
      house.onExported?.(resource, page.count);
      return { ...page, ms: performance.now() - startedAt };
    };
    const pages = pagesFrom(await read(after, rowsAtFirst), read);
    const gzip = takesGzip(request.headers['accept-encoding']);
    const headers = { 'Content-Type': 'application/x-ndjson; charset=utf-8', Vary: 'Accept-Encoding' };
    return {
      status: 200,
      headers: gzip ? { ...headers, 'Content-Encoding': 'gzip' } : headers,
      body: async (to) => {
        const sent = gzip ? sendGzipped(pages, to) : sendPieces(pages, to);
        await whilePermitted(check, sent).catch((error) => {
          if (!to.destroyed) request.noteProblem(asAppError(error));
          throw error;
        });
      },
    };
  };
}

/** HTTP/1.0 ends a body by closing the connection, which a cut does as well. */
function refuseOldHttp(request: HttpRequest): void {
  if (request.httpVersion !== '1.0') return;
  const sentence =
    'An export needs HTTP/1.1, by which a client can tell its end from a cut connection. Ask with it; a proxy in between has to speak it too.';
  throw new AppError('BAD_USER_INPUT', { sentence });
}

type TimedPage = LinePage & { readonly ms: number };
type ReadPage = (after: string | undefined, limit: number) => Promise<TimedPage>;

/** The next page is read while the last one is sent. */
async function* pagesFrom(first: TimedPage, read: ReadPage): AsyncGenerator<Buffer> {
  let page: TimedPage | undefined = first;
  while (page) {
    const next: Promise<TimedPage> | undefined =
      page.lastId === undefined ? undefined : read(page.lastId, rowsAfter(page));
    // Nobody waits for it any more when the client goes meanwhile.
    next?.catch(() => {});
    yield page.lines;
    page = await next;
  }
}

/** How many records the next page may have to be as long as one should, and to take no longer, going by this one. */
function rowsAfter({ count, lines, ms }: TimedPage): number {
  const share = Math.min(pageLength / lines.length, pageMs / ms);
  return Math.min(Math.max(Math.floor(share * count), 1), rowsAtMost);
}

/** Looks again and again whether the caller may read, however slowly the client does. */
async function whilePermitted(check: () => Promise<unknown>, sent: Promise<void>): Promise<void> {
  const ended = new AbortController();
  const look = async (): Promise<never> => {
    for (;;) {
      await setTimeout(recheckMs, undefined, { signal: ended.signal });
      await check();
    }
  };
  await Promise.race([sent, look()]).finally(() => ended.abort());
}
