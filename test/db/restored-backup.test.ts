// A backup that is older than a revocation is restored: with the statements of docs/runbook.md, read out of it, what was
// ended since stays ended. A restore puts the rows of all tables back as they were.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { endCompromisedKeys } from '../../src/auth/key-rotation.ts';
import { holdStartLock } from '../../src/db/server-state.ts';
import type { Database } from '../../src/db/tables.ts';
import {
  CreateAccountDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import {
  type ApiKey,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  pipeline,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { basic, reportLeaked, revocation } from '../support/token-endpoints.ts';

/** The SQL of the chapter, in the order of its steps. */
const [listing = '', ending = ''] = statementsOf('A backup is restored that is older than a revocation');

function statementsOf(chapter: string): string[] {
  const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');
  const text = runbook.slice(runbook.indexOf(`## ${chapter}\n`)).split('\n## ', 1)[0] ?? '';
  return [...text.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, statements = '']) => statements);
}

const quoted = (ids: readonly string[]) => ids.map((id) => `'${id}'`).join(', ') || "''";

async function tablesOf(db: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE'`.execute(db);
  return rows.map(({ name }) => name);
}

async function backUp(db: Database): Promise<void> {
  await sql`create schema backup`.execute(db);
  for (const table of await tablesOf(db))
    await sql`create table ${sql.table(`backup.${table}`)} as table ${sql.table(`public.${table}`)}`.execute(
      db,
    );
}

async function restore(db: Database): Promise<void> {
  const tables = await tablesOf(db);
  await db.transaction().execute(async (tx) => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`truncate ${sql.join(tables.map((table) => sql.table(`public.${table}`)))}`.execute(tx);
    for (const table of tables)
      await sql`insert into ${sql.table(`public.${table}`)} table ${sql.table(`backup.${table}`)}`.execute(
        tx,
      );
  });
}

/** Several statements, which go as one text. */
async function runSql(db: Database, text: string): Promise<void> {
  for (const statement of text.split(/;\s*$/m).filter((part) => part.trim() !== ''))
    await sql.raw(statement).execute(db);
}

describe.runIf(inject('engine') === 'postgres')('a restored backup', () => {
  let app: TestApp;
  let kept: ApiKey;
  let revoked: ApiKey;
  let suspended: ApiKey;
  let leaked: OAuthClient;
  let good: OAuthClient;
  let token: string;
  let session: string;

  beforeAll(async () => {
    app = await startApp();
    const admin = await signedIn(app);
    session = admin.authorization ?? '';
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'Robot' },
    });
    const robot = createAccount.account?.id ?? '';
    [kept, revoked] = [await createApiKey(admin), await createApiKey(admin)];
    suspended = await createApiKey(admin, ['CONVERSATIONS'], robot);
    [leaked, good] = [await createClient(admin), await createClient(admin)];
    token = (await pipeline(app, good)).authorization ?? '';
    await backUp(app.db);
    const at = app.clock.now().toISOString();
    app.clock.advance(60);
    await admin.run(RevokeCredentialDocument, { input: { id: revoked.credential.id } });
    await admin.run(DeactivateAccountDocument, { input: { id: robot } });
    expect((await reportLeaked(app, { secret: leaked.clientSecret })).status).toBe(202);
    expect((await revocation(app, basic(good), token.slice(7))).status).toBe(200);
    const { rows } = await sql
      .raw<{ target_id: string; action: string }>(listing.replace('$T', at))
      .execute(app.db);
    await restore(app.db);
    expect(await answers()).toEqual({
      kept: 200,
      revoked: 200,
      suspended: 200,
      token: 200,
      session: 200,
      leaked: 200,
    });

    const of = (prefix: string) =>
      rows.map(({ target_id }) => target_id).filter((id) => id.startsWith(prefix));
    expect(rows.map(({ action }) => action)).toContain('TOKEN_REVOKED');
    await runSql(
      app.db,
      ending
        .replace(
          "'cred_…', 'cred_…'",
          quoted(
            rows.flatMap(({ target_id, action }) =>
              action.startsWith('CREDENTIAL_REVOKED') ? [target_id] : [],
            ),
          ),
        )
        .replace("'acc_…'", quoted(of('acc_'))),
    );
    // What `latchkey keys rotate --compromised` does.
    await app.db.transaction().execute(async (tx) => {
      await holdStartLock(tx);
      await endCompromisedKeys(tx, app.keys, { algorithm: 'ES256', kid: undefined }, app.clock.now());
    });
  });
  afterAll(() => app.close());

  /** The status that each gets from an instance that starts on the database as it is. */
  async function answers(): Promise<Record<string, number>> {
    const instance = await startApp(app);
    const presented = {
      kept: kept.apiKey,
      revoked: revoked.apiKey,
      suspended: suspended.apiKey,
      token,
      session,
    };
    const statuses: Record<string, number> = {};
    for (const [name, authorization] of Object.entries(presented))
      statuses[name] = (await new Caller(instance, authorization).send(ViewerDocument)).status;
    statuses.leaked = (await requestToken(instance, leaked)).status;
    await instance.close();
    return statuses;
  }

  test('accepts nothing that was ended after it was made, once the steps of the runbook are done', async () => {
    expect(await answers()).toEqual({
      kept: 200,
      revoked: 401,
      suspended: 401,
      token: 401,
      session: 401,
      leaked: 401,
    });
  });

  test('goes on with what was good: clients get new tokens, and people sign in', async () => {
    const instance = await startApp(app);
    const { authorization } = await pipeline(instance, good);
    expect((await new Caller(instance, authorization).send(ViewerDocument)).status).toBe(200);
    await signedIn(instance);
    await instance.close();
  });
});
