// `latchkey organization suspend` beside two instances that serve: what was good a moment ago is good for nothing, and
// `resume` brings it back.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { Caller, createApiKey, createClient, requestToken, signedIn } from '../support/actors.ts';
import { runCommand } from '../support/commands.ts';
import { emptyDatabase, type TestDatabase } from '../support/database.ts';
import { cleanUp, type ServerProcess, startServer } from '../support/server-process.ts';

describe.runIf(inject('engine') === 'postgres')(
  'an organisation that is suspended at the command line',
  () => {
    const email = 'admin@acme.example';
    const password = 'correct horse battery staple';
    let database: TestDatabase;
    let env: Record<string, string>;
    let instances: ServerProcess[];
    beforeAll(async () => {
      database = await emptyDatabase();
      env = {
        DATABASE_URL: database.url ?? '',
        LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64'),
        LATCHKEY_PUBLIC_URL: 'http://localhost:4000',
        LATCHKEY_ORGANIZATION: 'Acme',
        LATCHKEY_ADMIN_EMAIL: email,
        LATCHKEY_ADMIN_PASSWORD: password,
      };
      instances = [await startServer(env), await startServer(env)];
      for (const instance of instances) await instance.untilListening();
    });
    afterAll(async () => {
      await cleanUp();
      await database.drop();
    });

    test('has no key, token, client, or session that works on any instance, until it is resumed', async () => {
      const [{ app }] = instances as [ServerProcess];
      const admin = await signedIn(app, email, password);
      const { apiKey } = await createApiKey(admin, ['USERS']);
      const client = await createClient(admin, ['USERS']);
      const token = String((await requestToken(app, client)).body.access_token);
      const authorizations = [`Bearer ${apiKey}`, `Bearer ${token}`, admin.authorization];
      const statuses = async () => {
        const replies = instances.flatMap((instance) => [
          ...authorizations.map((one) =>
            new Caller(instance.app, one).send('{ viewer { organization { slug } } }'),
          ),
          requestToken(instance.app, client),
        ]);
        return (await Promise.all(replies)).map(({ status }) => status);
      };
      const all = (status: number) => instances.flatMap(() => [status, status, status, status]);
      expect(await statuses()).toEqual(all(200));
      expect((await runCommand(['organization', 'suspend', 'acme'], env)).status).toBe(0);
      expect(await statuses()).toEqual(all(401));
      await expect(signedIn(app, email, password)).rejects.toThrow();
      expect((await runCommand(['organization', 'resume', 'acme'], env)).status).toBe(0);
      expect(await statuses()).toEqual(all(200));
    });
  },
);
