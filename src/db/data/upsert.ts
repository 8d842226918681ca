// Writing records: many in one statement, idempotent by id. What is already there and equal is not written again, and
// what is written carries the version of its load, in which sync.ts finds what has changed.

import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../tables.ts';
import type { DataRecord } from './records.ts';
import { columnsOf, type DataResource, recordColumns } from './resources.ts';

export interface Upserted {
  inserted: number;
  updated: number;
  /** Equal to what is stored, or followed in the same batch by another record with its id. */
  unchanged: number;
}

/**
 * Inserts the records, and updates those that differ from what is stored under their id. Of several with one id the
 * last one wins. A record without last_updated_time is stamped with `now` when it is new or another field differs, and
 * keeps its old stamp otherwise; a record that brings one is stored with it.
 */
export async function upsertRecords<R extends DataResource>(
  db: Database,
  organizationId: string,
  resource: R,
  records: readonly DataRecord<R>[],
  now: Date,
): Promise<Upserted> {
  // Always in the order of ids, so that two loads at once wait for each other and never for themselves.
  const distinct = [...new Map(records.map((record) => [record.id, record])).values()].sort(byId);
  const result: Upserted = { inserted: 0, updated: 0, unchanged: 0 };
  for (const stamped of [true, false]) {
    const some = distinct.filter((record) => (record.last_updated_time !== null) === stamped);
    if (some.length === 0) continue;
    const compared = columnsOf(resource).filter((column) => stamped || column !== 'last_updated_time');
    const written = await statement(organizationId, resource, some, compared, now).execute(db);
    result.inserted += written.rows[0]?.inserted ?? 0;
    result.updated += written.rows[0]?.updated ?? 0;
  }
  result.unchanged = records.length - result.inserted - result.updated;
  return result;
}

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

/**
 * One statement whatever the number of records: its text depends only on the resource and on what is compared. Its
 * version is taken before its first record is written and kept locked until it commits, so that the loads of one
 * resource take turns. Being also the time in microseconds, a version never comes twice, not even after the database
 * has been set back to an older backup.
 */
function statement(
  organizationId: string,
  resource: DataResource,
  records: readonly DataRecord[],
  compared: readonly string[],
  now: Date,
): RawBuilder<{ inserted: number; updated: number }> {
  const columns = columnsOf(resource);
  const values = columns.filter((column) => column !== 'id' && column !== 'last_updated_time');
  const typed = Object.entries(recordColumns[resource]).map(
    ([name, type]) => sql`${sql.id(name)} ${sql.raw(type)}`,
  );
  return sql`
    with load as (
      insert into record_versions as latest (organization_id, resource, version)
      values (${organizationId}, ${resource}, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
      on conflict (organization_id, resource) do update
        set version = greatest(latest.version + 1, excluded.version)
      returning version
    ), written as (
      insert into ${sql.table(resource)} as stored
        (organization_id, version, id, last_updated_time, ${sql.join(values.map((name) => sql.id(name)))})
      select ${organizationId}::text, (select version from load), id,
        coalesce(last_updated_time, ${now.toISOString()}::timestamptz),
        ${sql.join(values.map((name) => sql.id(name)))}
      from jsonb_to_recordset(${JSON.stringify(records)}::jsonb) as given (${sql.join(typed)})
      on conflict (organization_id, id) do update
        set version = excluded.version, last_updated_time = excluded.last_updated_time,
          ${sql.join(values.map((name) => sql`${sql.id(name)} = ${sql.id('excluded', name)}`))}
        where (${sql.join(compared.map((name) => sql.id('stored', name)))})
          is distinct from (${sql.join(compared.map((name) => sql.id('excluded', name)))})
      returning (xmax = 0) as is_new
    )
    select count(*) filter (where is_new)::int as inserted, count(*) filter (where not is_new)::int as updated
    from written`;
}
