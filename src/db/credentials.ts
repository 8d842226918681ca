// Credentials and their secrets: every statement that reads or writes them. Plaintext secrets never come here.

import { type SqlBool, sql } from 'kysely';
import { accountsById } from './accounts.ts';
import { type ListOrder, type Page, type PageRequest, readPage } from './page.ts';
import type { Account, AuthenticationType, CredentialRow, Database, Transaction } from './tables.ts';

export interface Credential extends CredentialRow {
  hint: string;
  owner: Account;
  createdBy: Account;
}

/** What decides whether a credential may act, as it is at this moment. */
export interface CredentialState {
  organizationId: string;
  id: string;
  authenticationType: AuthenticationType;
  scopes: string[];
  /** Not revoked, and its owner and organisation active. */
  live: boolean;
  revoked: boolean;
  /** Stored hashes of its secrets. */
  hashes: string[];
  /** Ids of the signing keys whose tokens are accepted now, read in the same statement. */
  acceptedKids: string[];
}

/** The states of many credentials in one statement, in any order; ids that do not exist are left out. */
export async function findCredentialStates(
  db: Database,
  ids: readonly string[],
  now: Date,
): Promise<CredentialState[]> {
  const { rows } = await sql<CredentialState>`
    select c.organization_id as "organizationId", c.id, c.authentication_type as "authenticationType", c.scopes,
      c.revoked_at is null and a.status = 'ACTIVE' and o.status = 'ACTIVE' as live,
      c.revoked_at is not null as revoked,
      array(select s.hash from credential_secrets s
        where s.organization_id = c.organization_id and s.credential_id = c.id) as hashes,
      array(select k.kid from signing_keys k
        where k.accepted_until is null or k.accepted_until > ${now.toISOString()}::timestamptz) as "acceptedKids"
    from credentials c
    join accounts a on a.organization_id = c.organization_id and a.id = c.owner_account_id
    join organizations o on o.id = c.organization_id
    where c.id = any(${ids}::text[])`.execute(db);
  return rows;
}

export interface NewCredential {
  organizationId: string;
  id: string;
  name: string;
  nameKey: string;
  authenticationType: AuthenticationType;
  scopes: readonly string[];
  ownerAccountId: string;
  createdByAccountId: string;
  at: Date;
  secret: { id: string; hash: string; hint: string };
}

/** Writes a credential and its first secret. */
export async function insertCredential(tx: Transaction, credential: NewCredential): Promise<void> {
  const common = { organization_id: credential.organizationId, created_at: credential.at };
  await tx
    .insertInto('credentials')
    .values({
      ...common,
      id: credential.id,
      name: credential.name,
      name_key: credential.nameKey,
      authentication_type: credential.authenticationType,
      scopes: [...credential.scopes],
      owner_account_id: credential.ownerAccountId,
      created_by_account_id: credential.createdByAccountId,
      updated_at: credential.at,
    })
    .execute();
  const { id, hash, hint } = credential.secret;
  await tx
    .insertInto('credential_secrets')
    .values({ ...common, id, credential_id: credential.id, hash, hint })
    .execute();
}

const columns = [
  'credentials.organization_id',
  'credentials.id',
  'credentials.name',
  'credentials.name_key',
  'credentials.authentication_type',
  'credentials.scopes',
  'credentials.owner_account_id',
  'credentials.created_by_account_id',
  'credentials.created_at',
  'credentials.updated_at',
  'credentials.last_used_at',
  'credentials.revoked_at',
] as const;

const selectCredentials = (db: Database, organizationId: string) =>
  db
    .selectFrom('credentials')
    .where('credentials.organization_id', '=', organizationId)
    .select(columns)
    .select(
      sql<string>`(select s.hint from credential_secrets s where s.organization_id = credentials.organization_id
        and s.credential_id = credentials.id order by s.created_at desc limit 1)`.as('hint'),
    );

export async function findCredential(
  db: Database,
  organizationId: string,
  id: string,
): Promise<Credential | undefined> {
  const row = await selectCredentials(db, organizationId).where('credentials.id', '=', id).executeTakeFirst();
  return row && (await withAccounts(db, organizationId, [row]))[0];
}

/** Holds the row until the transaction ends, so that what is decided from it is still so when it is written. */
export async function lockCredential(
  tx: Transaction,
  organizationId: string,
  id: string,
): Promise<CredentialRow | undefined> {
  return tx
    .selectFrom('credentials')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
}

/** Changes the columns named in `change`, and no other, so that two edits of different columns both stay. */
export async function updateCredential(
  tx: Transaction,
  organizationId: string,
  id: string,
  change: { name?: string; name_key?: string; scopes?: string[]; updated_at: Date; revoked_at?: Date },
): Promise<void> {
  await tx
    .updateTable('credentials')
    .set(change)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .execute();
}

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

type BareCredential = Omit<Credential, 'owner' | 'createdBy'>;

async function withAccounts(
  db: Database,
  organizationId: string,
  rows: BareCredential[],
): Promise<Credential[]> {
  const accounts = await accountsById(
    db,
    organizationId,
    rows.flatMap((row) => [row.owner_account_id, row.created_by_account_id]),
  );
  const account = (accountId: string) => {
    const found = accounts.get(accountId);
    if (!found) throw new Error(`account ${accountId} is referred to and missing`);
    return found;
  };
  return rows.map((row) => ({
    ...row,
    owner: account(row.owner_account_id),
    createdBy: account(row.created_by_account_id),
  }));
}

export interface CredentialUse {
  organizationId: string;
  credentialId: string;
  at: Date;
}

/** Moves `last_used_at` of many credentials forward in one statement; rows are locked in one order everywhere. */
export async function touchCredentials(db: Database, uses: readonly CredentialUse[]): Promise<void> {
  await sql`
    with used as (
      select * from unnest(
        ${uses.map((use) => use.organizationId)}::text[],
        ${uses.map((use) => use.credentialId)}::text[],
        ${uses.map((use) => use.at.toISOString())}::timestamptz[]) as u (organization_id, credential_id, at)
    ), held as (
      select c.organization_id, c.id, u.at from credentials c
      join used u on u.organization_id = c.organization_id and u.credential_id = c.id
      where c.last_used_at is null or c.last_used_at < u.at
      order by c.organization_id, c.id for no key update of c
    )
    update credentials c set last_used_at = held.at from held
    where c.organization_id = held.organization_id and c.id = held.id`.execute(db);
}
