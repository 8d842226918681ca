// Bulk export: every record of a resource as one line of JSON each, in the order of their ids, in constant memory. It
// ends when the client goes, and soon after the caller may no longer read.

import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { DataResource } from '../db/data/resources.ts';
import { type LinePage, listLines } from '../db/data/rows.ts';
import { asAppError } from '../db/unavailable.ts';
import { AppError } from '../errors.ts';
import { takesGzip } from './content-encoding.ts';
import type { Handler, HttpRequest } from './exchange.ts';
import { exportQuery } from './odata/options.ts';
import { logProblem } from './problem.ts';
import { type RecordsHouse, readableOrganization } from './records-access.ts';

const rowsAtFirst = 500;
/** Few, so that each is a statement that stays prepared. More rows make a statement no cheaper. */
const pageSizes = [1, 8, 64, 500, 2_000];
/** About as much text as a page should have: two of them are in memory, however long the records are. */
const pageLength = 512 * 1024;
/** Between two looks at whether the caller may still read; with the look itself it stays below a second. */
const recheckMs = 500;
/** JSON shrinks to a tenth at the first level; the next ones cost more than they save. */
const gzipLevel = 1;

/**
 * Streams the records after the id `after`, or all. A reply that ends as HTTP says it should, with its last chunk, is
 * whole. Whatever stops it earlier resets the connection; the client goes on from the last id that it received.
 */
export function exportRoute(house: RecordsHouse, resource: DataResource): Handler {
  return async (request) => {
    refuseOldHttp(request);
    const organizationId = await readableOrganization(house, request, resource);
    const { where, columns, after } = exportQuery(resource, request.query);
    const read = async (from: string | undefined, limit: number) => {
      const page = await listLines(house.db, organizationId, resource, {
        columns,
        where,
        after: from,
        limit,
      });
      house.onExported?.(resource, page.count);
      return page;
    };
    // Of texts, not of bytes: a copy of each in a buffer would wait for the garbage collector.
    const rows = Readable.from(linesFrom(await read(after, rowsAtFirst), read));
    rows.on('error', (error) => logEnd(request, error));
    endWhenRefused(rows, () => readableOrganization(house, request, resource));
    const headers = { 'Content-Type': 'application/x-ndjson; charset=utf-8', Vary: 'Accept-Encoding' };
    if (!takesGzip(request.headers['accept-encoding'])) return { status: 200, headers, body: rows };
    return { status: 200, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: gzipped(rows) };
  };
}

/** HTTP/1.0 ends a body by closing the connection, which a cut does as well. */
function refuseOldHttp(request: HttpRequest): void {
  if (request.httpVersion !== '1.0') return;
  const sentence =
    'An export needs HTTP/1.1, by which a client can tell its end from a cut connection. Ask with it; a proxy in between has to speak it too.';
  throw new AppError('BAD_USER_INPUT', { sentence });
}

/** The next lines are read while the last ones are sent. */
async function* linesFrom(
  first: LinePage,
  read: (after: string | undefined, limit: number) => Promise<LinePage>,
): AsyncGenerator<string> {
  let page: LinePage | undefined = first;
  while (page) {
    const next: Promise<LinePage> | undefined = page.mayHaveMore
      ? read(page.lastId, rowsAfter(page))
      : undefined;
    // Nobody waits for it any more when the client goes meanwhile.
    next?.catch(() => {});
    if (page.lines !== '') yield page.lines;
    page = await next;
  }
}

/** How many rows as long as those of this page make the next. */
const rowsAfter = ({ lines, count }: LinePage): number =>
  pageSizes.findLast((size) => size * lines.length <= pageLength * count) ?? 1;

/** Looks again and again whether the caller may read, however slowly the client does. */
function endWhenRefused(rows: Readable, check: () => Promise<unknown>): void {
  const again = () => setTimeout(() => check().then(onPermitted, (error) => rows.destroy(error)), recheckMs);
  const onPermitted = () => {
    if (!rows.closed) timer = again();
  };
  let timer = again();
  rows.once('close', () => clearTimeout(timer));
}

function gzipped(rows: Readable): Readable {
  const gzip = createGzip({ level: gzipLevel });
  pipeline(rows, gzip, () => {});
  return gzip;
}

function logEnd(request: HttpRequest, error: Error): void {
  const clientIsGone = 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
  if (!clientIsGone) logProblem(request, asAppError(error));
}
