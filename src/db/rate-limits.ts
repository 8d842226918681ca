// Counts that all instances share. A window begins with the first count of a key and ends by the clock of the database,
// so that instances whose clocks differ agree.

import { sql } from 'kysely';
import type { Database } from './tables.ts';

export interface RequestLimits {
  /** 0: not counted. */
  readonly requestsPerCredential: number;
  readonly requestsPerOrganization: number;
  readonly windowSeconds: number;
}

export interface RequestCount {
  /** `credential …` or `organization …`, with its id. */
  key: string;
  /** Requests of this window before the ones that were counted now. */
  before: number;
  msBeforeNext: number;
}

const pointsOfWindow = sql`case when r.expires_at <= now() then 0 else r.points end + excluded.points`;
// In whole milliseconds, as it is stored, and what is left by the moment of asking, so that nobody is told to wait for
// longer than the window.
const inSeconds = (seconds: number) =>
  sql`date_trunc('milliseconds', now()) + ${seconds}::int * interval '1 second'`;
const msBeforeNext = (expiresAt: string) =>
  sql`greatest(0, ceil(extract(epoch from ${sql.ref(expiresAt)} - clock_timestamp()) * 1000))::int`;

/**
 * Counts requests of many callers in one statement: all against their credentials, and against their organisations those
 * that the credential's limit lets pass. Rows are locked in one order everywhere.
 */
export async function countRequests(
  db: Database,
  callers: readonly { credentialId: string; organizationId: string }[],
  { requestsPerCredential, requestsPerOrganization, windowSeconds }: RequestLimits,
): Promise<RequestCount[]> {
  const ofCredential = sql`${requestsPerCredential}::int`;
  const ofOrganization = sql`${requestsPerOrganization}::int`;
  const windowEnd = inSeconds(windowSeconds);
  const countAgain = sql`on conflict (key) do update set points = ${pointsOfWindow},
    expires_at = case when r.expires_at <= now() then excluded.expires_at else r.expires_at end
    returning r.key, r.points, r.expires_at`;
  const { rows } = await sql<RequestCount>`
    with asked as (
      select 'credential ' || a.credential as credential, 'organization ' || a.organization as organization,
        count(*)::int as requests
      from unnest(${callers.map((caller) => caller.credentialId)}::text[],
        ${callers.map((caller) => caller.organizationId)}::text[]) as a (credential, organization)
      group by 1, 2
    ), credentials as (
      insert into rate_limits as r (key, points, expires_at)
      select credential, requests, ${windowEnd} from asked where ${ofCredential} > 0 order by credential
      ${countAgain}
    ), passed as (
      select a.organization, sum(case when c.key is null then a.requests
        else greatest(0, least(a.requests, ${ofCredential} - (c.points - a.requests))) end)::int as requests
      from asked a left join credentials c on c.key = a.credential
      where ${ofOrganization} > 0 group by a.organization
    ), organizations as (
      insert into rate_limits as r (key, points, expires_at)
      select organization, requests, ${windowEnd} from passed where requests > 0 order by organization
      ${countAgain}
    )
    select c.key, c.points - a.requests as before, ${msBeforeNext('c.expires_at')} as "msBeforeNext"
    from credentials c join asked a on a.credential = c.key
    union all
    select o.key, o.points - p.requests, ${msBeforeNext('o.expires_at')}
    from organizations o join passed p on p.organization = o.key`.execute(db);
  return rows;
}

export interface AttemptPolicy {
  readonly attempts: number;
  readonly windowSeconds: number;
  /** How long to wait for whoever goes beyond the limit, from then on. */
  readonly blockSeconds: number;
}

export interface AttemptCount {
  key: string;
  /** Attempts of this window, with those that were counted now. */
  points: number;
  msBeforeNext: number;
}

/** Counts attempts against distinct keys in one statement, and starts the wait of those that go beyond the limit. */
export async function countAttempts(
  db: Database,
  counts: readonly { key: string; points: number }[],
  { attempts, windowSeconds, blockSeconds }: AttemptPolicy,
): Promise<AttemptCount[]> {
  const limit = sql`${attempts}::int`;
  const { rows } = await sql<AttemptCount>`
    insert into rate_limits as r (key, points, expires_at)
    select a.key, a.points, case when a.points > ${limit} then ${inSeconds(blockSeconds)} else ${inSeconds(windowSeconds)} end
    from unnest(${counts.map(({ key }) => key)}::text[], ${counts.map(({ points }) => points)}::int[]) as a (key, points)
    order by a.key
    on conflict (key) do update set points = ${pointsOfWindow},
      expires_at = case
        when r.expires_at <= now() then excluded.expires_at
        when r.points <= ${limit} and r.points + excluded.points > ${limit} then ${inSeconds(blockSeconds)}
        else r.expires_at end
    returning r.key, r.points, ${msBeforeNext('r.expires_at')} as "msBeforeNext"`.execute(db);
  return rows;
}

/** Takes one attempt off a count whose window has not ended. */
export async function giveBackAttempt(db: Database, key: string): Promise<void> {
  await sql`
    update rate_limits set points = points - 1
    where key = ${key} and points > 0 and expires_at > now()`.execute(db);
}

/** Forgets up to `limit` counts whose window has ended, and waits for nobody. @returns how many there were. */
export async function deleteExpiredCounts(db: Database, limit: number): Promise<number> {
  const { numAffectedRows } = await sql`
    delete from rate_limits where key in (
      select key from rate_limits where expires_at < now()
      order by expires_at limit ${limit} for update skip locked)`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
