// Credentials and their secrets, one at a time or by their ids: credential-list.ts has the lists. Plaintext secrets
// never come here.

import { CompiledQuery, sql } from 'kysely';
import { accountsById } from './accounts.ts';
import { type ShownKey, shownKeys } from './credential-keys.ts';
import type { Account, AuthenticationType, CredentialRow, Database, Transaction } from './tables.ts';

export interface Credential extends CredentialRow {
  hint: string;
  owner: Account;
  createdBy: Account;
  /** OAuth clients only; oldest first. */
  publicKeys: CredentialKey[];
}

export interface CredentialKey extends ShownKey {
  createdBy: Account;
}

/** What decides whether a credential may act, as it is at this moment. */
export interface CredentialState {
  organizationId: string;
  id: string;
  /** What a person reads; it decides nothing. */
  name: string;
  organizationName: string;
  organizationSlug: string;
  authenticationType: AuthenticationType;
  scopes: string[];
  /** Not revoked, and its owner and organisation active. */
  live: boolean;
  revoked: boolean;
  /** Stored hashes of its secrets. */
  hashes: string[];
  /** Its public keys; null when it has none. */
  keys: ClientKey[] | null;
  /** Ids of the signing keys whose tokens are accepted now, the one that signs first; read in the same statement. */
  acceptedKids: string[];
  /** Ids of revoked access tokens, among those that were asked about. */
  revokedTokens: string[];
}

/** A public key by which an OAuth client authenticates. */
export interface ClientKey {
  kid: string;
  algorithm: string;
  jwk: Record<string, unknown>;
}

// As text, since this runs before every request: a builder would put the same text together each time. Of the keys whose
// time to sign has come the latest signs; where none has, by a clock that is behind, the next.
const statesStatement = `
  select c.organization_id as "organizationId", c.id, c.name, c.authentication_type as "authenticationType", c.scopes,
    o.name as "organizationName", o.slug as "organizationSlug",
    c.revoked_at is null and a.status = 'ACTIVE' and o.status = 'ACTIVE' as live,
    c.revoked_at is not null as revoked,
    array(select s.hash from credential_secrets s
      where s.organization_id = c.organization_id and s.credential_id = c.id) as hashes,
    (select jsonb_agg(jsonb_build_object('kid', k.kid, 'algorithm', k.algorithm, 'jwk', k.public_jwk))
      from credential_keys k
      where k.organization_id = c.organization_id and k.credential_id = c.id) as keys,
    array(select k.kid from signing_keys k
      where k.compromised_at is null and (k.accepted_until is null or k.accepted_until > $3::timestamptz)
      order by k.signs_from > $3::timestamptz, abs(extract(epoch from k.signs_from - $3::timestamptz)), k.kid
    ) as "acceptedKids",
    array(select t.jti from revoked_tokens t where t.jti = any($2::text[])) as "revokedTokens"
  from credentials c
  join accounts a on a.organization_id = c.organization_id and a.id = c.owner_account_id
  join organizations o on o.id = c.organization_id
  where c.id = any($1::text[])`;

/**
 * The states of many credentials in one statement, in any order; ids that do not exist are left out.
 * @param tokens ids (`jti`) of the access tokens that are presented with them: none costs nothing
 */
export async function findCredentialStates(
  db: Database,
  ids: readonly string[],
  tokens: readonly string[],
  now: Date,
): Promise<CredentialState[]> {
  const statement = CompiledQuery.raw(statesStatement, [ids, tokens, now.toISOString()]);
  return (await db.executeQuery<CredentialState>(statement)).rows;
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

/** Every column of an organisation's credentials, the hint of the latest secret, and the public keys. */
export const selectCredentials = (db: Database, organizationId: string) =>
  db
    .selectFrom('credentials')
    .where('credentials.organization_id', '=', organizationId)
    .select(columns)
    .select(
      sql<string>`(select s.hint from credential_secrets s where s.organization_id = credentials.organization_id
        and s.credential_id = credentials.id order by s.created_at desc limit 1)`.as('hint'),
    )
    .select(shownKeys.as('publicKeys'));

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

export type BareCredential = CredentialRow & { hint: string; publicKeys: ShownKey[] };

/** The credentials with their people, in one statement more. */
export async function withAccounts(
  db: Database,
  organizationId: string,
  rows: BareCredential[],
): Promise<Credential[]> {
  const accounts = await accountsById(
    db,
    organizationId,
    rows.flatMap((row) => [
      row.owner_account_id,
      row.created_by_account_id,
      ...row.publicKeys.map((key) => key.createdById),
    ]),
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
    publicKeys: row.publicKeys.map((key) => ({ ...key, createdBy: account(key.createdById) })),
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
