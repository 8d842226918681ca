// Lists of credentials: which, in what order, a page at a time.

import { type SqlBool, sql } from 'kysely';
import { type Credential, selectCredentials, withAccounts } from './credentials.ts';
import { type ListOrder, type Page, type PageRequest, readPage } from './page.ts';
import type { AuthenticationType, Database } from './tables.ts';

export type CredentialStatus = 'ACTIVE' | 'SUSPENDED' | 'REVOKED';
export type CredentialOrderField = 'CREATED_AT' | 'NAME' | 'LAST_USED_AT';

export interface CredentialFilter {
  /** Part of the name in any case, or a whole credential id, client id, or secret hint. */
  search?: string;
  /** Absent: those that are not revoked. */
  status?: readonly CredentialStatus[];
  authenticationType?: AuthenticationType;
  scope?: string;
  ownerAccountId?: string;
}

export interface CredentialList {
  filter: CredentialFilter;
  orderBy: { field: CredentialOrderField; direction: 'asc' | 'desc' };
}

/** One page of credentials, in one statement, with a second for their accounts. */
export async function listCredentials(
  db: Database,
  organizationId: string,
  list: CredentialList & { page: PageRequest },
): Promise<Page<Credential>> {
  const query = selectCredentials(db, organizationId).where(matching(list.filter));
  const page = await readPage(query, orderOf(list.orderBy), list.page);
  return { ...page, rows: await withAccounts(db, organizationId, page.rows) };
}

export async function countCredentials(
  db: Database,
  organizationId: string,
  filter: CredentialFilter,
): Promise<number> {
  const { count } = await db
    .selectFrom('credentials')
    .where('credentials.organization_id', '=', organizationId)
    .where(matching(filter))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** The place of a credential in a list, for a cursor. */
export function credentialPosition(credential: Credential, field: CredentialOrderField): string[] {
  if (field === 'NAME') return [credential.name_key, credential.id];
  if (field === 'LAST_USED_AT') return [credential.last_used_at ?? '-infinity', credential.id];
  return [credential.created_at, credential.id];
}

const id = sql.ref('credentials.id');
const orderColumns = {
  CREATED_AT: [{ expression: sql.ref('credentials.created_at'), type: 'timestamptz' }],
  NAME: [{ expression: sql.ref('credentials.name_key'), type: 'text' }],
  LAST_USED_AT: [
    { expression: sql`coalesce(credentials.last_used_at, '-infinity'::timestamptz)`, type: 'timestamptz' },
  ],
} as const;

function orderOf({ field, direction }: CredentialList['orderBy']): ListOrder {
  return { columns: [...orderColumns[field], { expression: id, type: 'text' }], direction };
}

function matching(filter: CredentialFilter) {
  const conditions = [statusCondition(filter.status ?? ['ACTIVE', 'SUSPENDED'])];
  if (filter.search !== undefined) conditions.push(searchCondition(filter.search));
  if (filter.authenticationType !== undefined) {
    conditions.push(sql`credentials.authentication_type = ${filter.authenticationType}`);
  }
  if (filter.scope !== undefined) conditions.push(sql`${filter.scope} = any(credentials.scopes)`);
  if (filter.ownerAccountId !== undefined)
    conditions.push(sql`credentials.owner_account_id = ${filter.ownerAccountId}`);
  return sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}

function searchCondition(search: string) {
  const pattern = `%${search.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return sql`(credentials.name_key like ${pattern} or credentials.id = ${search} or exists (
    select from credential_secrets s where s.organization_id = credentials.organization_id
      and s.credential_id = credentials.id and s.hint = ${search}))`;
}

function statusCondition(statuses: readonly CredentialStatus[]) {
  const ownerActive = sql`exists (select from accounts a where a.organization_id = credentials.organization_id
    and a.id = credentials.owner_account_id and a.status = 'ACTIVE')`;
  const conditions = {
    ACTIVE: sql`(credentials.revoked_at is null and ${ownerActive})`,
    SUSPENDED: sql`(credentials.revoked_at is null and not ${ownerActive})`,
    REVOKED: sql`credentials.revoked_at is not null`,
  };
  const wanted = new Set(statuses);
  if (wanted.size === 0) return sql`false`;
  if (wanted.size === 3) return sql`true`;
  if (wanted.size === 2 && !wanted.has('REVOKED')) return sql`credentials.revoked_at is null`;
  return sql`(${sql.join(
    [...wanted].map((status) => conditions[status]),
    sql` or `,
  )})`;
}
