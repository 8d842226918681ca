// Two servers behind a load balancer that repeats nothing are replaced one after the other under load: no request fails.
// PostgreSQL only: the embedded database is for one process.

import { afterAll, expect, inject, test, vi } from 'vitest';
import { Caller, createApiKey, createClient, requestToken, signedIn } from '../support/actors.ts';
import type { TestApp } from '../support/app.ts';
import { masterKey } from '../support/master-key.ts';
import { createDatabase, dropDatabase, urlOfDatabase } from '../support/postgres-databases.ts';
import { startBalancer } from '../support/ready-balancer.ts';
import { cleanUp, freePort, type ServerProcess, startServer } from '../support/server-process.ts';

const databaseName = 'rolling_restart';
const password = 'a password for the whole file';
vi.setConfig({ testTimeout: 300_000 });

afterAll(async () => {
  await cleanUp();
  if (inject('engine') === 'postgres') await dropDatabase(inject('postgresUrl'), databaseName);
});

async function start(port: number): Promise<ServerProcess> {
  const server = await startServer({
    PORT: String(port),
    DATABASE_URL: urlOfDatabase(inject('postgresUrl'), databaseName),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_SAMPLE_DATA: 'off',
    LATCHKEY_DATABASE_POOL: '4',
    // Many times what the balancer takes to look again.
    LATCHKEY_DRAIN_MS: '1500',
    LATCHKEY_PUBLIC_URL: 'https://keys.example.com',
  });
  await server.untilListening();
  return server;
}

test.runIf(inject('engine') === 'postgres')(
  'a rolling restart of two instances under load fails no request',
  async () => {
    await createDatabase(inject('postgresUrl'), databaseName, 'latchkey_template');
    const ports = [await freePort(), await freePort()];
    const servers = [];
    for (const port of ports) servers.push(await start(port));
    const balancer = await startBalancer(servers.map(({ url }) => url));
    await balancer.untilReady(2);
    const app = { url: balancer.url } as TestApp;
    const admin = await signedIn(app, 'admin@example.com', password);
    const key = new Caller(app, (await createApiKey(admin)).apiKey);
    const client = await createClient(admin);

    let over = false;
    const statuses: Record<number, number> = {};
    const workers = [
      () => key.send('{ viewer { scopes { value } } }'),
      () => requestToken(app, client),
      () => admin.send('mutation { createCredential(input: { name: "x", scopes: [USERS] }) { __typename } }'),
    ].map(async (send) => {
      while (!over) {
        const { status } = await send();
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    });
    for (const [place, port] of ports.entries()) {
      servers[place]?.send('SIGTERM');
      await balancer.untilReady(1);
      expect(await servers[place]?.ended).toBe(0);
      await start(port);
      await balancer.untilReady(2);
    }
    over = true;
    await Promise.all(workers);
    await balancer.close();
    expect(statuses).toEqual({ 200: expect.any(Number) });
  },
);
