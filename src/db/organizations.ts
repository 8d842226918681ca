// Organisations: the tenants.

import type { Selectable } from 'kysely';
import type { Database, OrganizationsTable, Transaction } from './tables.ts';

export type Organization = Selectable<OrganizationsTable>;
export type OrganizationStatus = Organization['status'];
const columns = ['id', 'name', 'slug', 'status', 'created_at'] as const;

export async function insertOrganization(
  tx: Transaction,
  organization: { id: string; name: string; slug: string; created_at: Date },
): Promise<Organization> {
  return tx
    .insertInto('organizations')
    .values({ ...organization, status: 'ACTIVE' })
    .returning(columns)
    .executeTakeFirstOrThrow();
}

export async function findOrganization(db: Database, id: string): Promise<Organization | undefined> {
  return db.selectFrom('organizations').select(columns).where('id', '=', id).executeTakeFirst();
}

export async function findOrganizationBySlug(db: Database, slug: string): Promise<Organization | undefined> {
  return db.selectFrom('organizations').select(columns).where('slug', '=', slug).executeTakeFirst();
}

/** Every one, by its slug. */
export async function listOrganizations(db: Database): Promise<Organization[]> {
  return db.selectFrom('organizations').select(columns).orderBy('slug').execute();
}

/** @returns whether it was another before. */
export async function changeOrganizationStatus(
  tx: Transaction,
  id: string,
  status: OrganizationStatus,
): Promise<boolean> {
  const changed = await tx
    .updateTable('organizations')
    .set({ status })
    .where('id', '=', id)
    .where('status', '<>', status)
    .returning('id')
    .executeTakeFirst();
  return changed !== undefined;
}

/** The only organisation there is; undefined when there is none, or more than one. */
export async function findSoleOrganization(db: Database): Promise<Organization | undefined> {
  const rows = await db.selectFrom('organizations').select(columns).orderBy('created_at').limit(2).execute();
  return rows.length === 1 ? rows[0] : undefined;
}

/** Makes changes of an organisation's accounts wait for each other until the transaction ends. */
export async function lockOrganization(tx: Transaction, id: string): Promise<void> {
  await tx.selectFrom('organizations').select('id').where('id', '=', id).forNoKeyUpdate().execute();
}
