// Accounts: people and service accounts of an organisation.

import { type SqlBool, sql } from 'kysely';
import { type Page, type PageRequest, readPage } from './page.ts';
import type {
  Account,
  AccountKind,
  AccountRole,
  AccountStatus,
  Database,
  NewAccount,
  Transaction,
} from './tables.ts';

const columns = [
  'accounts.organization_id',
  'accounts.id',
  'accounts.kind',
  'accounts.role',
  'accounts.status',
  'accounts.name',
  'accounts.email',
  'accounts.email_key',
  'accounts.password_hash',
  'accounts.created_at',
  'accounts.updated_at',
] as const;

export async function insertAccount(tx: Transaction, account: NewAccount): Promise<Account> {
  return tx.insertInto('accounts').values(account).returning(columns).executeTakeFirstOrThrow();
}

export async function findAccount(
  db: Database,
  organizationId: string,
  id: string,
): Promise<Account | undefined> {
  return (await accountsById(db, organizationId, [id])).get(id);
}

export async function accountsById(
  db: Database,
  organizationId: string,
  ids: readonly string[],
): Promise<Map<string, Account>> {
  const distinct = [...new Set(ids)];
  if (distinct.length === 0) return new Map();
  const rows = await db
    .selectFrom('accounts')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where(sql<SqlBool>`id = any(${distinct}::text[])`)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Whether the account is active and has this password still; if so, no other transaction changes that before this one has
 * ended.
 */
export async function keepsPassword(
  tx: Transaction,
  { organization_id, id, password_hash }: Account,
): Promise<boolean> {
  const found = await tx
    .selectFrom('accounts')
    .select('id')
    .where('organization_id', '=', organization_id)
    .where('id', '=', id)
    .where('status', '=', 'ACTIVE')
    .where('password_hash', '=', password_hash)
    .forShare()
    .executeTakeFirst();
  return found !== undefined;
}

/** The account of the organisation that has this e-mail and is not deleted. */
export async function findAccountByEmail(
  db: Database,
  organizationId: string,
  emailKey: string,
): Promise<Account | undefined> {
  return db
    .selectFrom('accounts')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('email_key', '=', emailKey)
    .where('status', '<>', 'DELETED')
    .executeTakeFirst();
}

/**
 * People with this e-mail who are not deleted, oldest first: one in most houses, one per organisation at most. Eight at
 * most, as each costs a check of the password: whoever comes after them has to name the organisation.
 */
export async function findPeopleByEmail(
  db: Database,
  emailKey: string,
  organizationSlug: string | undefined,
): Promise<Account[]> {
  return db
    .selectFrom('accounts')
    .innerJoin('organizations as o', 'o.id', 'accounts.organization_id')
    .select(columns)
    .where('accounts.email_key', '=', emailKey)
    .where('accounts.status', '<>', 'DELETED')
    .where('o.status', '=', 'ACTIVE')
    .$if(organizationSlug !== undefined, (query) => query.where('o.slug', '=', organizationSlug ?? ''))
    .orderBy('accounts.created_at')
    .orderBy('accounts.id')
    .limit(8)
    .execute();
}

export async function updateAccount(
  tx: Transaction,
  organizationId: string,
  id: string,
  change: { status?: AccountStatus; role?: AccountRole; password_hash?: string | null; updated_at: Date },
): Promise<Account> {
  return tx
    .updateTable('accounts')
    .set(change)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow();
}

/** How many active Super Admins there are besides this account. Call with the organisation locked. */
export async function countOtherSuperAdmins(
  tx: Transaction,
  organizationId: string,
  id: string,
): Promise<number> {
  const { count } = await tx
    .selectFrom('accounts')
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'SUPER_ADMIN')
    .where('status', '=', 'ACTIVE')
    .where('id', '<>', id)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

export interface AccountFilter {
  /** Part of the name or e-mail, in any case. */
  search?: string;
  kind?: AccountKind;
  role?: AccountRole;
  /** Absent: those that are not deleted. */
  status?: readonly AccountStatus[];
}

/** One page of accounts, oldest first. */
export async function listAccounts(
  db: Database,
  organizationId: string,
  filter: AccountFilter,
  page: PageRequest,
): Promise<Page<Account>> {
  const query = filtered(db, organizationId, filter).select(columns);
  const order = [
    { expression: sql.ref('accounts.created_at'), type: 'timestamptz' },
    { expression: sql.ref('accounts.id'), type: 'text' },
  ] as const;
  return readPage(query, { columns: order, direction: 'asc' }, page);
}

export async function countAccounts(
  db: Database,
  organizationId: string,
  filter: AccountFilter,
): Promise<number> {
  const { count } = await filtered(db, organizationId, filter)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

function filtered(db: Database, organizationId: string, filter: AccountFilter) {
  const pattern = `%${(filter.search ?? '').toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  return db
    .selectFrom('accounts')
    .where('organization_id', '=', organizationId)
    .where(sql<SqlBool>`status = any(${[...(filter.status ?? ['ACTIVE', 'DEACTIVATED'])]}::text[])`)
    .$if(filter.kind !== undefined, (query) => query.where('kind', '=', filter.kind ?? 'PERSON'))
    .$if(filter.role !== undefined, (query) => query.where('role', '=', filter.role ?? 'MEMBER'))
    .$if(filter.search !== undefined, (query) =>
      query.where(sql<SqlBool>`(lower(name) like ${pattern} or email_key like ${pattern})`),
    );
}
