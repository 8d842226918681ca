// Counts of an organisation's records over a time range: by day of the calendar, and by what a record says. Each is one
// statement that reads the range from the index on (organization_id, created_time, id), unless nearly all is in it.

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { AppError } from '../../errors.ts';
import type { Database } from '../tables.ts';
import type { ConversationsTable } from './tables.ts';

/** Half-open; both are ISO 8601 text, as `parseInstant` gives it. The caller bounds how long it is. */
export interface TimeRange {
  from: string;
  until: string;
}

/** The days of a range, as a place on earth counts them. */
export interface Calendar extends TimeRange {
  /** A name of the IANA time zone database with its region, or UTC. Shorter names mean other things to Postgres. */
  timeZone: string;
}

export interface DayCount {
  /** YYYY-MM-DD. */
  day: string;
  count: number;
}

/** The groups of a range, the largest first and equal ones by name, at most `limit` of them. */
export interface Grouping extends TimeRange {
  limit: number;
}

/** Of a column whose value names the group. */
export interface GroupCount<Name> {
  name: Name;
  count: number;
}

export interface PluginCallCount {
  pluginName: string;
  calls: number;
  served: number;
  used: number;
}

/** How many records were created on each day that the range touches, in order, days without any included. */
export function countPerDay(
  db: Database,
  organizationId: string,
  resource: 'conversations' | 'interactions',
  calendar: Calendar,
): Promise<DayCount[]> {
  const counts = sql`
    select ${dayIn(calendar)} as day, count(*)::int as count
    from ${sql.table(resource)}
    where ${createdIn(organizationId, calendar)}
    group by 1`;
  return onEachDay(db, calendar, counts);
}

/** How many different users acted on each day that the range touches: what the bot did does not make a user active. */
export function countActiveUsersPerDay(
  db: Database,
  organizationId: string,
  calendar: Calendar,
): Promise<DayCount[]> {
  const counts = sql`
    select ${dayIn(calendar)} as day, count(distinct user_id)::int as count
    from interactions
    where ${createdIn(organizationId, calendar)} and actor = 'user'
    group by 1`;
  return onEachDay(db, calendar, counts);
}

/** How many conversations of the range have each value of a column; null is a value and comes last among equals. */
export async function countConversationsBy<Column extends 'primary_domain' | 'route'>(
  db: Database,
  organizationId: string,
  column: Column,
  grouping: Grouping,
): Promise<GroupCount<ConversationsTable[Column]>[]> {
  const statement = sql<GroupCount<ConversationsTable[Column]>>`
    select ${sql.ref(column)} as name, count(*)::int as count
    from conversations
    where ${createdIn(organizationId, grouping)}
    group by 1
    order by 2 desc, 1
    limit ${grouping.limit}`;
  return (await statement.execute(db)).rows;
}

/** How many plugin calls of the range each plugin had, and how many of those were served and used. */
export async function countPluginCallsByPlugin(
  db: Database,
  organizationId: string,
  grouping: Grouping,
): Promise<PluginCallCount[]> {
  const statement = sql<PluginCallCount>`
    select plugin_name as "pluginName", count(*)::int as calls,
      count(*) filter (where served)::int as served, count(*) filter (where used)::int as used
    from plugin_calls
    where ${createdIn(organizationId, grouping)}
    group by 1
    order by 2 desc, 1
    limit ${grouping.limit}`;
  return (await statement.execute(db)).rows;
}

const createdIn = (organizationId: string, { from, until }: TimeRange): RawBuilder<SqlBool> =>
  sql`organization_id = ${organizationId}
    and created_time >= ${from}::timestamptz and created_time < ${until}::timestamptz`;

// From the instant to the day, never from midnight to an instant: where clocks change at midnight there may be none, or
// two.
const dayIn = ({ timeZone }: Calendar): RawBuilder<Date> =>
  sql`(created_time at time zone ${timeZone})::date`;

/** Lays counts by day beside the days of the range. */
async function onEachDay(
  db: Database,
  { from, until, timeZone }: Calendar,
  counts: RawBuilder<unknown>,
): Promise<DayCount[]> {
  const statement = sql<DayCount>`
    with counted as (${counts})
    select to_char(calendar.day, 'YYYY-MM-DD') as day, coalesce(counted.count, 0) as count
    from generate_series(
      (${from}::timestamptz at time zone ${timeZone})::date::timestamp,
      ((${until}::timestamptz - interval '1 microsecond') at time zone ${timeZone})::date::timestamp,
      interval '1 day'
    ) as calendar (day)
    left join counted on counted.day = calendar.day::date
    order by calendar.day`;
  return (await statement.execute(db).catch(withUnknownZone)).rows;
}

/** A zone may be younger than the database's list of them. */
function withUnknownZone(error: unknown): never {
  if ((error as { code?: unknown }).code !== invalidParameterValue) throw error;
  throw new AppError('BAD_USER_INPUT', {
    sentence: 'The database does not know this timeZone. Give an older name of it, or UTC.',
    cause: error,
  });
}

/** SQLSTATE; of these statements only the time zone can be the cause. */
const invalidParameterValue = '22023';
