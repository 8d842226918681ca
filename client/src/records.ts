// Lists of the five resources, page by page, and the sync that keeps a copy of one up to date.

import { type Resources, resourceTypes } from './data-api.js';

export type ResourceName = keyof Resources;
export type RecordOf<R extends ResourceName> = Resources[R]['record'];
export type FieldOf<R extends ResourceName> = keyof RecordOf<R> & string;

export interface ReadOptions<R extends ResourceName, F extends FieldOf<R>> {
  filter?: Resources[R]['filter'] | undefined;
  /** Fields of the record's own; all of them when absent. */
  select?: readonly F[] | undefined;
  /** Records of a page: 1,000 at most. */
  pageSize?: number | undefined;
  /** The cursor of a page; what comes begins behind it. */
  after?: string | null | undefined;
  signal?: AbortSignal | undefined;
}

export interface ListOptions<R extends ResourceName, F extends FieldOf<R>> extends ReadOptions<R, F> {
  /** The newest first when absent; of users, the last updated. */
  orderBy?: Resources[R]['orderBy'] | undefined;
}

export interface Page<Record> {
  records: Record[];
  /** The place behind the last record; null when the list has none. */
  cursor: string | null;
  hasNextPage: boolean;
}

export interface SyncBatch<Record> {
  /** New, changed, or late ones. Write them by `id`: one that changes meanwhile comes again. */
  records: Record[];
  /** The watermark: store it once the records are written, and give it as `after` the next time. */
  cursor: string;
}

/** Sends a query and returns its data. */
export type Query = (
  text: string,
  variables: object,
  options: { signal?: AbortSignal | undefined },
) => Promise<unknown>;

export async function* readPages<R extends ResourceName, F extends FieldOf<R>>(
  query: Query,
  resource: R,
  options: ListOptions<R, F>,
): AsyncGenerator<Page<Pick<RecordOf<R>, F>>, void, undefined> {
  const { filter, orderBy, pageSize = 100, signal } = options;
  const text = listQuery(resource, options.select);
  let after = options.after ?? null;
  for (let hasNextPage = true; hasNextPage; ) {
    const variables = { first: pageSize, after, filter, orderBy };
    const { page } = (await query(text, variables, { signal })) as Reply<Pick<RecordOf<R>, F>>;
    ({ hasNextPage, endCursor: after } = page.pageInfo);
    yield { records: page.nodes, cursor: after, hasNextPage };
  }
}

interface Reply<Record> {
  page: { nodes: Record[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
}

/**
 * Everything that is new, changed, or late since the watermark `after`, until there is nothing more. A resource without
 * any record has no watermark, and yields nothing.
 */
export async function* readSync<R extends ResourceName, F extends FieldOf<R>>(
  query: Query,
  resource: R,
  options: ReadOptions<R, F>,
): AsyncGenerator<SyncBatch<Pick<RecordOf<R>, F>>, void, undefined> {
  const orderBy = { field: 'LAST_UPDATED_TIME', direction: 'ASC' } as const;
  const pages = readPages(query, resource, { pageSize: 1000, ...options, orderBy });
  for await (const { records, cursor } of pages) if (cursor !== null) yield { records, cursor };
}

function listQuery(resource: ResourceName, select: readonly string[] | undefined): string {
  if (!Object.hasOwn(resourceTypes, resource)) throw new TypeError('There is no resource of this name.');
  const { filter, orderBy, fields } = resourceTypes[resource];
  const selection = selectionOf(fields, select).join(' ');
  return `query ($first: Int, $after: String, $filter: ${filter}, $orderBy: ${orderBy}) {
  page: ${resource}(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { ${selection} }
    pageInfo { hasNextPage endCursor }
  }
}`;
}

function selectionOf(
  fields: Record<string, string>,
  select: readonly string[] = Object.keys(fields),
): string[] {
  if (select.length === 0) throw new TypeError('Select one field at least.');
  return select.map((field) => {
    if (Object.hasOwn(fields, field)) return fields[field] as string;
    throw new TypeError(
      'A selected field is none of the record. Fields of other records need a query of their own.',
    );
  });
}
