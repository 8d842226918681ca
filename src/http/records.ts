// The records over REST, as existing OData pipelines ask for them: pages with absolute next links, and counts.

import { countRecords } from '../db/data/read.ts';
import { type DataResource, dataResources, resourceSlug } from '../db/data/resources.ts';
import { listRows, type RowPage } from '../db/data/rows.ts';
import { ResultTooLongError } from '../db/result-size.ts';
import { resourceScopes } from '../scopes.ts';
import type { Handler, HttpReply, HttpRequest, Routes } from './exchange.ts';
import { jsonReply } from './json.ts';
import { type Continuation, nextLink, openSkiptoken, skiptokenBinding } from './odata/next-link.ts';
import { type ListQuery, listQuery } from './odata/options.ts';
import { type RecordsHouse, readableOrganization } from './records-access.ts';
import { exportRoute } from './records-export.ts';
import { recordsDocument } from './records-openapi.ts';
import type { ProtectedResources } from './resource-metadata.ts';

/** The product's paths, the beta with the same behaviour. */
const recordsBases = ['/export/v1/records', '/export/v1beta2/records'] as const;

const pageSize = 500;

/** Where a resource is served. */
interface Place {
  base: string;
  path: string;
  resource: DataResource;
}

/** Paths are compared as they were sent, and some clients encode the dollar sign. */
const countPaths = (path: string) => [`${path}/$count`, `${path}/%24count`];

/** What opens each path of the records. */
export function protectedRecords(): ProtectedResources {
  const paths = recordsBases.flatMap((base) =>
    dataResources.flatMap((resource) => {
      const path = `${base}/${resourceSlug(resource)}`;
      return [path, ...countPaths(path), `${path}.ndjson`].map(
        (one) => [one, [resourceScopes[resource]]] as const,
      );
    }),
  );
  return Object.fromEntries(paths);
}

/** A list, a count, and an export of each resource under each base, and the document that describes them. */
export function recordsRoutes(house: RecordsHouse): Routes {
  const document = recordsDocument(house.publicUrl, recordsBases);
  const routes: Record<string, { GET: Handler }> = {
    '/export/v1/openapi.json': { GET: () => jsonReply(200, document) },
  };
  for (const base of recordsBases) {
    for (const resource of dataResources) {
      const path = `${base}/${resourceSlug(resource)}`;
      const place = { base, path, resource };
      routes[path] = { GET: (request) => list(house, place, request) };
      for (const name of countPaths(path))
        routes[name] = { GET: (request) => count(house, resource, request) };
      routes[`${path}.ndjson`] = { GET: exportRoute(house, resource) };
    }
  }
  return routes;
}

/** What `$filter` leaves, as a plain number; other options are checked and change nothing. */
async function count(house: RecordsHouse, resource: DataResource, request: HttpRequest): Promise<HttpReply> {
  const organizationId = await readableOrganization(house, request, resource);
  const { where } = listQuery(resource, request.query);
  const total = await countRecords(house.readsOf(organizationId), organizationId, resource, where);
  return { status: 200, headers: { 'Content-Type': 'text/plain; charset=utf-8' }, body: String(total) };
}

interface ListTask {
  house: RecordsHouse;
  organizationId: string;
  resource: DataResource;
  query: ListQuery<DataResource>;
  /** Where the page before ended; undefined for the first. */
  begun: Continuation | undefined;
  /** Rows of this page at most. */
  limit: number;
}

async function list(house: RecordsHouse, place: Place, request: HttpRequest): Promise<HttpReply> {
  const { resource } = place;
  const organizationId = await readableOrganization(house, request, resource);
  const query = listQuery(resource, request.query);
  const binding = skiptokenBinding(organizationId, resource, query.order);
  const begun =
    query.skiptoken === undefined ? undefined : openSkiptoken(house.keys, binding, query.skiptoken);
  const remaining = begun ? begun.remaining : query.top;
  const limit = Math.min(pageSize, remaining ?? pageSize);
  const task = { house, organizationId, resource, query, begun, limit };
  const [total, page] = await Promise.all([totalOf(task), pageOf(task)]);
  const left = remaining === undefined ? undefined : remaining - page.rows.length;
  const next = continuationOf(page, left, total);
  const link = { keys: house.keys, binding, address: house.publicUrl + place.path, query: request.query };
  return envelope(page.rows, {
    '@odata.context': `${house.publicUrl}${place.base}/$metadata#${resourceSlug(resource)}`,
    '@odata.nextLink': next && nextLink(link, next),
    '@odata.count': total,
  });
}

/** Counted for the first page alone: every further one repeats it. */
async function totalOf({
  house,
  organizationId,
  resource,
  query,
  begun,
}: ListTask): Promise<number | undefined> {
  if (!query.count) return undefined;
  return begun?.count ?? countRecords(house.readsOf(organizationId), organizationId, resource, query.where);
}

/** Shorter than the limit where that many records would be too long. */
async function pageOf(task: ListTask): Promise<RowPage> {
  const { house, organizationId, resource, query, begun, limit } = task;
  if (limit === 0) return { rows: [], end: undefined, hasMore: false };
  const { columns, order, where, skip } = query;
  const place = begun ? { from: begun.place } : { skip };
  const list = { columns, order, where, limit, ...place };
  return listRows(house.readsOf(organizationId), organizationId, resource, list).catch((error: unknown) => {
    if (!(error instanceof ResultTooLongError) || limit === 1) throw error;
    return pageOf({ ...task, limit: Math.ceil(limit / 4) });
  });
}

/**
 * Undefined when the list ends with this page, or `$top` does.
 * @param remaining what `$top` leaves for further pages; undefined when there is no `$top`
 */
function continuationOf(
  { end, hasMore }: RowPage,
  remaining: number | undefined,
  count: number | undefined,
): Continuation | undefined {
  return end && hasMore && remaining !== 0 ? { place: end, remaining, count } : undefined;
}

/** The rows are JSON already. */
function envelope(rows: readonly string[], annotations: Record<string, unknown>): HttpReply {
  const head = JSON.stringify(annotations).slice(0, -1);
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8' },
    body: `${head},"value":[${rows.join(',')}]}`,
  };
}
