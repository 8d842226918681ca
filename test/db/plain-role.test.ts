// A role that may only connect, as PostgreSQL 15 and later make it: it may create nothing in schema public.

import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { freePort, stackTrace } from '../support/server-process.ts';

describe.runIf(inject('engine') === 'postgres')('a role without rights on schema public', () => {
  const role = `plain_${randomBytes(6).toString('hex')}`;
  let database: TestDatabase;
  let env: Record<string, string>;
  beforeAll(async () => {
    database = await emptyDatabase();
    await sql.raw(`create role ${role} login`).execute(database.db);
    const url = new URL(database.url ?? '');
    url.username = role;
    env = { DATABASE_URL: url.href, LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
  });
  afterAll(async () => {
    await sql.raw(`drop owned by ${role}`).execute(database.db);
    await sql.raw(`drop role ${role}`).execute(database.db);
    await database.drop();
  });

  test.each(['migrate', 'serve'])(
    'ends latchkey %s with a sentence that says what it needs',
    async (command) => {
      const { status, stdout, stderr } = await runCommand([command], {
        ...env,
        PORT: String(await freePort()),
      });
      expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
      expect(stderr).toMatch(
        /^The database does not allow this \(permission denied for schema public\)\. The role .* CREATE on schema public/m,
      );
      expect(stderr).not.toContain('report it');
      expect(stderr).not.toMatch(stackTrace);
    },
  );

  test('may set up everything once it has CREATE there', async () => {
    await sql.raw(`grant create on schema public to ${role}`).execute(database.db);
    expect(await runCommand(['migrate'], env)).toMatchObject({ status: 0, stderr: '' });
  });
});
