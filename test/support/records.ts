// Data API records for tests: small ones made by hand, and the product's own where its sample stands beside the project.

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DataRecord } from '../../src/db/data/records.ts';
import { insertOrganization, type Organization } from '../../src/db/organizations.ts';
import type { Database } from '../../src/db/tables.ts';

/** Real records of the product, in no clone of the project. */
export const productSample = fileURLToPath(
  new URL('../../../shared/data/moveworks-sample/', import.meta.url),
);
export const hasProductSample = existsSync(productSample);
if (!hasProductSample)
  console.warn(`The product's sample records are not at ${productSample}: their tests are skipped.`);

export function makeOrganization(db: Database): Promise<Organization> {
  const id = `org_${randomBytes(6).toString('hex')}`;
  const organization = { id, name: id, slug: id, created_at: new Date('2026-01-01T00:00:00.000Z') };
  return db.transaction().execute((tx) => insertOrganization(tx, organization));
}

export function conversation(change: Partial<DataRecord<'conversations'>> = {}): DataRecord<'conversations'> {
  return {
    id: 'conversation',
    user_id: '12625933170243222409',
    primary_domain: 'IT',
    route: 'DM',
    type: null,
    detail: null,
    created_time: '2026-01-31T09:30:00.000Z',
    last_updated_time: '2026-02-01T06:00:00.000Z',
    ...change,
  };
}

export function user(change: Partial<DataRecord<'users'>> = {}): DataRecord<'users'> {
  return {
    id: '12625933170243222409',
    email_addr: 'ada@example.com',
    first_name: 'Ada',
    last_name: 'Example',
    access_to_bot: true,
    user_preferred_language: 'EN_US',
    first_interaction_time: '2026-01-30T09:30:00.000Z',
    latest_interaction_time: null,
    external_ids: [{ connector_name: 'snow', external_id: 'x', source: 'SNOW' }],
    last_updated_time: '2026-02-01T06:00:00.000Z',
    ...change,
  };
}
