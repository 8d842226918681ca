// The audit trail: written in the transaction of the change it tells of, read by page, never changed.

import { type Selectable, type SqlBool, sql } from 'kysely';
import { accountsById } from './accounts.ts';
import { type Page, type PageRequest, readPage } from './page.ts';
import type { Account, AuditEventsTable, Database, NewAuditEvent, Transaction } from './tables.ts';

export interface AuditEvent extends Selectable<AuditEventsTable> {
  /** The person who acted. */
  actor: Account | null;
}

export async function insertAuditEvent(tx: Transaction, event: NewAuditEvent): Promise<void> {
  await tx.insertInto('audit_events').values(event).execute();
}

/** One event in the trail of every organisation, under the same id. */
export async function insertAuditEventEverywhere(
  tx: Transaction,
  event: Omit<NewAuditEvent, 'organization_id'> & { created_at: Date | string },
): Promise<void> {
  const at = new Date(event.created_at).toISOString();
  await sql`
    insert into audit_events
      (organization_id, id, created_at, action, actor_kind, target_kind, target_id, detail)
    select o.id, ${event.id}, ${at}::timestamptz, ${event.action}, ${event.actor_kind}, ${event.target_kind},
      ${event.target_id}, ${event.detail}::jsonb
    from organizations o`.execute(tx);
}

export interface AuditEventFilter {
  action?: readonly string[];
  actorAccountId?: string;
  /** A credential's or an account's id. */
  targetId?: string;
  /** From this moment on. */
  from?: string;
  /** Until before this moment. */
  until?: string;
}

/** One page of audit events, newest first, in one statement, with a second for the people. */
export async function listAuditEvents(
  db: Database,
  organizationId: string,
  filter: AuditEventFilter,
  page: PageRequest,
): Promise<Page<AuditEvent>> {
  const query = db
    .selectFrom('audit_events')
    .select([
      'organization_id',
      'id',
      'created_at',
      'action',
      'actor_kind',
      'actor_account_id',
      'target_kind',
      'target_id',
      'address',
      'user_agent',
      'request_id',
      'detail',
    ])
    .where(matching(organizationId, filter));
  const order = [
    { expression: sql.ref('created_at'), type: 'timestamptz' },
    { expression: sql.ref('id'), type: 'text' },
  ] as const;
  const { rows, hasMore } = await readPage(query, { columns: order, direction: 'desc' }, page);
  const actors = await accountsById(
    db,
    organizationId,
    rows.flatMap((row) => row.actor_account_id ?? []),
  );
  return {
    hasMore,
    rows: rows.map((row) => ({ ...row, actor: actors.get(row.actor_account_id ?? '') ?? null })),
  };
}

export async function countAuditEvents(
  db: Database,
  organizationId: string,
  filter: AuditEventFilter,
): Promise<number> {
  const { count } = await db
    .selectFrom('audit_events')
    .where(matching(organizationId, filter))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

function matching(organizationId: string, filter: AuditEventFilter) {
  const conditions = [sql`organization_id = ${organizationId}`];
  if (filter.action !== undefined) conditions.push(sql`action = any(${[...filter.action]}::text[])`);
  if (filter.actorAccountId !== undefined) conditions.push(sql`actor_account_id = ${filter.actorAccountId}`);
  if (filter.targetId !== undefined) conditions.push(sql`target_id = ${filter.targetId}`);
  if (filter.from !== undefined) conditions.push(sql`created_at >= ${filter.from}::timestamptz`);
  if (filter.until !== undefined) conditions.push(sql`created_at < ${filter.until}::timestamptz`);
  return sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}
