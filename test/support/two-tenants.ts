// Two organisations in one app, and the comparison that says whether one can tell the other's things from nothing.

import { sql } from 'kysely';
import { expect } from 'vitest';
import { CreateAccountDocument } from '../operations/documents.ts';
import {
  type ApiKey,
  type Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  signedIn,
} from './actors.ts';
import { addOrganization, startApp, type TestApp } from './app.ts';
import { type RawReply, rawGraphql } from './raw-reply.ts';
import { insertOneOfEach } from './tenant-records.ts';

/** What is theirs, and something of the same shape and length that is nobody's. */
export interface Pair {
  foreign: string;
  absent: string;
}

export interface TwoTenants {
  app: TestApp;
  /** Our Super Admin. */
  admin: Caller;
  /** What the other organisation has. */
  theirs: {
    organizationId: string;
    slug: string;
    email: string;
    admin: Caller;
    client: OAuthClient;
    key: ApiKey;
  };
  /** Their ids. */
  ids: Record<'client' | 'key' | 'person' | 'serviceAccount', Pair>;
}

export async function twoTenants(): Promise<TwoTenants> {
  const app = await startApp();
  const email = 'admin@globex.example';
  const { id: organizationId, slug } = await addOrganization(app, 'Globex', email);
  const them = await signedIn(app, email);
  const input = { kind: 'SERVICE_ACCOUNT', name: 'Robot' } as const;
  const { createAccount } = await them.run(CreateAccountDocument, { input });
  const accountId = createAccount.account?.id ?? '';
  const key = await createApiKey(them, ['CONVERSATIONS', 'USERS'], accountId);
  const client = await createClient(them, ['CONVERSATIONS', 'USERS']);
  const admin = await signedIn(app);
  await createClient(admin, ['CONVERSATIONS']);
  await insertOneOfEach(app.db, organizationId, 'theirs');
  await insertOneOfEach(app.db, app.organization.id, 'ours');
  const ids = {
    client: pairOf(client.clientId),
    key: pairOf(key.credential.id),
    person: pairOf(client.credential.owner.id),
    serviceAccount: pairOf(accountId),
  };
  return { app, admin, theirs: { organizationId, slug, email, admin: them, client, key }, ids };
}

const pairOf = (foreign: string): Pair => ({
  foreign,
  absent: `${foreign.slice(0, -1)}${foreign.endsWith('0') ? '1' : '0'}`,
});

export const ask = (
  { app, admin }: TwoTenants,
  query: string,
  variables: object,
  by = admin,
): Promise<RawReply> => rawGraphql(app, by.authorization, { query, variables });

/**
 * Asks for what is foreign and for what is absent, and expects replies that differ in what was asked for alone.
 * @returns the reply for what is foreign.
 */
export async function expectAlike(
  tenants: TwoTenants,
  query: string,
  variablesFor: (value: string) => object,
  { foreign, absent }: Pair,
): Promise<RawReply> {
  const reply = await ask(tenants, query, variablesFor(foreign));
  const ofNothing = await ask(tenants, query, variablesFor(absent));
  const without = (value: string, { body, ...rest }: RawReply) => ({
    ...rest,
    body: body.replaceAll(value, '(asked for)'),
  });
  expect(without(foreign, reply), query).toEqual(without(absent, ofNothing));
  return reply;
}

/** Every row of an organisation, in every table that has tenants. */
export async function everyRowOf({ db }: TestApp, organizationId: string): Promise<string[]> {
  const tables = await sql<{ name: string }>`select table_name as name from information_schema.columns
    where table_schema = 'public' and column_name = 'organization_id' order by 1`.execute(db);
  const rows = await Promise.all(
    tables.rows.map(({ name }) =>
      sql<{ text: string }>`select ${name} || row_to_json(t)::text as text from ${sql.table(name)} t
        where organization_id = ${organizationId} order by 1`.execute(db),
    ),
  );
  return rows.flatMap((found) => found.rows.map((row) => row.text));
}
