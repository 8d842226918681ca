// Rules that must never break are kept by the database itself, whatever the code above it does.

import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { CredentialsTable, NewAccount } from '../../src/db/tables.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
let database: TestDatabase;
let count = 0;
let acme: string;
let globex: string;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  acme = await organization();
  globex = await organization();
});

const fresh = (prefix: string) => `${prefix}_${++count}`;

async function organization(): Promise<string> {
  const id = fresh('org');
  const row = { id, name: 'Acme', slug: id, status: 'ACTIVE' as const, created_at: now };
  await database.db.insertInto('organizations').values(row).execute();
  return id;
}

async function account(organizationId: string, more: Partial<NewAccount> = {}): Promise<string> {
  const id = fresh('acc');
  const row: NewAccount = {
    organization_id: organizationId,
    id,
    kind: 'SERVICE_ACCOUNT',
    role: 'MEMBER',
    status: 'ACTIVE',
    name: 'Pipeline',
    email: null,
    email_key: null,
    password_hash: null,
    created_at: now,
    updated_at: now,
    ...more,
  };
  await database.db.insertInto('accounts').values(row).execute();
  return id;
}

async function credential(
  organizationId: string,
  owner: string,
  more: Partial<{ id: string; scopes: string[] }> = {},
) {
  const row = {
    organization_id: organizationId,
    id: fresh('crd'),
    name: 'Nightly export',
    name_key: 'nightly export',
    authentication_type: 'API_KEY' as CredentialsTable['authentication_type']['__insert__'],
    scopes: ['data.users.read'],
    owner_account_id: owner,
    created_by_account_id: owner,
    created_at: now,
    updated_at: now,
    ...more,
  };
  await database.db.insertInto('credentials').values(row).execute();
  return row.id;
}

const change = (id: string) => database.db.updateTable('credentials').where('id', '=', id);
const refused = { code: '23514' };

it('a credential without scopes cannot be made', async () => {
  const owner = await account(acme);
  await expect(credential(acme, owner, { scopes: [] })).rejects.toMatchObject({
    ...refused,
    constraint: 'at_least_one_scope',
  });
});

it('the last scope of a credential cannot be taken away', async () => {
  const id = await credential(acme, await account(acme));
  await expect(change(id).set({ scopes: [] }).execute()).rejects.toMatchObject(refused);
});

it('the authentication type of a credential cannot be changed', async () => {
  const id = await credential(acme, await account(acme));
  const attempt = change(id).set({ authentication_type: 'OAUTH2_CLIENT_CREDENTIALS' as never });
  await expect(attempt.execute()).rejects.toMatchObject(refused);
});

it('a revoked credential stays revoked, at the moment it was', async () => {
  const id = await credential(acme, await account(acme));
  await change(id).set({ revoked_at: now }).execute();
  await expect(change(id).set({ revoked_at: null }).execute()).rejects.toMatchObject(refused);
  await expect(change(id).set({ revoked_at: new Date() }).execute()).rejects.toMatchObject(refused);
  await change(id).set({ revoked_at: now, name: 'Still to be renamed' }).execute();
});

it('a client id is unique among all organisations', async () => {
  const id = await credential(acme, await account(acme));
  await expect(credential(globex, await account(globex), { id })).rejects.toMatchObject({ code: '23505' });
});

it('a credential cannot hang on an account of another organisation', async () => {
  await expect(credential(acme, await account(globex))).rejects.toMatchObject({ code: '23503' });
});

it('a secret cannot belong to a credential of another organisation', async () => {
  const id = await credential(acme, await account(acme));
  const secret = { id: fresh('sec'), credential_id: id, hash: 'h', hint: 'h', created_at: now };
  const insert = database.db.insertInto('credential_secrets').values({ organization_id: globex, ...secret });
  await expect(insert.execute()).rejects.toMatchObject({ code: '23503' });
});

it('a session cannot belong to an account of another organisation', async () => {
  const session = { id: fresh('ses'), token_hash: 'h', created_at: now, expires_at: now };
  const row = { organization_id: acme, account_id: await account(globex), ...session };
  await expect(database.db.insertInto('sessions').values(row).execute()).rejects.toMatchObject({
    code: '23503',
  });
});

it('an idempotency key names an account and a credential of its own organisation', async () => {
  const [ours, theirs] = [await account(acme), await account(globex)];
  const key = { organization_id: acme, key_hash: 'k', input_digest: 'd' };
  const insert = (account_id: string, credential_id: string) =>
    database.db
      .insertInto('idempotency_keys')
      .values({ ...key, account_id, credential_id })
      .execute();
  const [own, foreign] = [await credential(acme, ours), await credential(globex, theirs)];
  await expect(insert(theirs, own)).rejects.toMatchObject({ code: '23503' });
  await expect(insert(ours, foreign)).rejects.toMatchObject({ code: '23503' });
  await insert(ours, own);
  await expect(insert(ours, own)).rejects.toMatchObject({ code: '23505' });
});

it('an e-mail address is unique in an organisation until its account is deleted', async () => {
  const person = { kind: 'PERSON' as const, email: 'Ada@example.com', email_key: 'ada@example.com' };
  const id = await account(acme, person);
  await expect(account(acme, person)).rejects.toMatchObject({ code: '23505' });
  await account(globex, person);
  await database.db.updateTable('accounts').where('id', '=', id).set({ status: 'DELETED' }).execute();
  await account(acme, person);
});

it('a service account cannot sign in, nor be a Super Admin', async () => {
  await expect(account(acme, { password_hash: 'h' })).rejects.toMatchObject(refused);
  await expect(account(acme, { role: 'SUPER_ADMIN' })).rejects.toMatchObject(refused);
});

it('an audit event by a person names the person', async () => {
  const event = {
    organization_id: acme,
    id: fresh('evt'),
    created_at: now,
    action: 'CREDENTIAL_CREATED',
    actor_kind: 'PERSON' as const,
    actor_account_id: null,
    target_kind: 'CREDENTIAL' as const,
    target_id: null,
    address: null,
    user_agent: null,
    request_id: null,
    detail: '{}',
  };
  await expect(database.db.insertInto('audit_events').values(event).execute()).rejects.toMatchObject(refused);
});

it('of two edits at once that take one scope each, the credential keeps at least one', async () => {
  const id = await credential(acme, await account(acme), { scopes: ['a', 'b'] });
  const without = (scope: string) =>
    change(id).set(({ fn, val }) => ({ scopes: fn<string[]>('array_remove', ['scopes', val(scope)]) }));
  const edits = await Promise.allSettled([without('a').execute(), without('b').execute()]);
  expect(edits.map((edit) => edit.status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('ids compare bytewise, the same on every engine', async () => {
  for (const id of ['a_1', 'B_1', '_b', 'A_1', '1a']) {
    const row = {
      id: `${acme}${id}`,
      name: id,
      slug: `${acme}${id}`,
      status: 'ACTIVE' as const,
      created_at: now,
    };
    await database.db.insertInto('organizations').values(row).execute();
  }
  const rows = await database.db
    .selectFrom('organizations')
    .select('name')
    .where('id', '>', acme)
    .where('id', 'like', `${acme}%`)
    .orderBy('id')
    .execute();
  expect(rows.map((row) => row.name)).toEqual(['1a', 'A_1', 'B_1', '_b', 'a_1']);
});
