// Two instances behind a real PgBouncer in transaction mode, set up as docs/scaling.md says. Its connections are fewer than
// either instance opens, so that statements of both come to each of them in any order.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RevokeCredentialDocument } from '../operations/documents.ts';
import { Caller, createApiKey, createClient, requestToken, signedIn } from '../support/actors.ts';
import { runCommand } from '../support/commands.ts';
import { masterKey } from '../support/master-key.ts';
import { documentedBlocks, hasPgBouncer, type PgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { urlOfDatabase } from '../support/postgres-databases.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cleanUp, type ServerProcess, startServer } from '../support/server-process.ts';

const password = 'a password for the whole file';
const connections = 3;
const settings = {
  LATCHKEY_MASTER_KEY: masterKey,
  LATCHKEY_ADMIN_PASSWORD: password,
  LATCHKEY_PUBLIC_URL: 'https://keys.example.com',
};

describe.runIf(hasPgBouncer)('behind PgBouncer', () => {
  let postgres: PostgresServer;
  let pooler: PgBouncer;
  let servers: [ServerProcess, ServerProcess];
  let admin: Caller;

  beforeAll(async () => {
    postgres = await startPostgres();
    await onPostgres('create role latchkey login');
    await onPostgres(await documentedBlocks('sql'));
    await onPostgres('create database latchkey owner latchkey');
    pooler = await startPgBouncer(postgres.url, 'latchkey', connections);
    servers = [await start(), await start()];
    admin = await signedIn(servers[0].app, 'admin@example.com', password);
  });
  afterAll(async () => {
    await cleanUp();
    await pooler?.stop();
    await postgres?.stop();
  });

  async function start(): Promise<ServerProcess> {
    const server = await startServer({ ...settings, DATABASE_URL: pooler.urlOf('latchkey') });
    await server.untilListening();
    return server;
  }

  async function onPostgres<Row extends object>(statements: string, url = postgres.url): Promise<Row[]> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<Row>(statements)).rows;
    } finally {
      await client.end();
    }
  }

  const posted = (query: string) => ({ path: '/graphql', body: JSON.stringify({ query }) });
  const lists = [2, 3, 5, 7].flatMap((first) => [
    posted(`{ interactions(first: ${first}) { nodes { id type createdTime detail { content } } } }`),
    posted(`{ conversations(first: ${first}, filter: { route: { eq: "DM" } }) { totalCount nodes { id } } }`),
    posted(`{ users(first: ${first}) { nodes { id conversations(first: 2) { nodes { id type } } } } }`),
  ]);
  const questions: readonly { path: string; body?: string }[] = [
    ...lists,
    posted('{ viewer { credential { name } scopes { value } } }'),
    { path: '/export/v1/records/plugin-calls.ndjson' },
    { path: "/export/v1/records/interactions?$filter=type eq 'INTERACTION_TYPE_FREE_TEXT'&$top=20" },
  ];

  it('two instances answer everything at once as one answers one thing at a time', async () => {
    const { apiKey } = await createApiKey(admin, ['CONVERSATIONS', 'INTERACTIONS', 'PLUGIN_CALLS', 'USERS']);
    const client = await createClient(admin);
    const ask = async ({ url }: ServerProcess, { path, body }: (typeof questions)[number]) => {
      const reply = await fetch(url + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
        ...(body !== undefined && { body }),
      });
      return { status: reply.status, text: await reply.text() };
    };
    const answers: { status: number; text: string }[] = [];
    for (const question of questions) answers.push(await ask(servers[0], question));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.filter(({ text }) => text.includes('"errors"'))).toEqual([]);

    let most = 0;
    const rounds = Array.from({ length: 8 }, async (_, round) => {
      for (const [i, question] of questions.entries()) {
        const server = servers[(round + i) % 2] as ServerProcess;
        expect(await ask(server, question)).toEqual(answers[i]);
        expect((await requestToken(server.app, client)).status).toBe(200);
        const [found] = await onPostgres<{ count: number }>(
          "select count(*)::int from pg_stat_activity where datname = 'latchkey'",
        );
        most = Math.max(most, found?.count ?? 0);
      }
    });
    await Promise.all(rounds);
    expect(most).toBe(connections);
  });

  it('a revocation at one instance is the next answer of the other', async () => {
    for (let trial = 0; trial < 20; trial += 1) {
      const { credential, apiKey } = await createApiKey(admin);
      const callers = servers.map(({ app }) => new Caller(app, apiKey));
      const statuses = () =>
        Promise.all(
          callers.map(async (caller) => (await caller.send('{ viewer { scopes { value } } }')).status),
        );
      expect(await statuses()).toEqual([200, 200]);
      await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
      expect(await statuses()).toEqual([401, 401]);
    }
  });

  it('records are imported through it, and those that are there already stay as they are', async () => {
    const { apiKey } = await createApiKey(admin, ['INTERACTIONS']);
    const read = async () => {
      const reply = await fetch(`${servers[1].url}/export/v1/records/interactions.ndjson`, {
        headers: { Authorization: `Bearer ${apiKey}` },
      });
      return reply.text();
    };
    const before = await read();
    const env = { ...settings, DATABASE_URL: pooler.urlOf('latchkey') };
    const run = await runCommand(['import', '--resource', 'interactions', '-'], env, before);
    expect(run).toMatchObject({ status: 0 });
    expect(before.split('\n').length).toBeGreaterThan(1_000);
    expect(await read()).toBe(before);
  });

  it("what another client sets on a shared connection does not reach Latchkey's", async () => {
    const url = pooler.urlOf('latchkey');
    await Promise.all(
      Array.from({ length: 2 * connections }, () => onPostgres("set time zone 'Asia/Tokyo'", url)),
    );
    const { nodes } = (
      await new Caller(servers[0].app, (await createApiKey(admin)).apiKey).run<
        { conversations: { nodes: { createdTime: string }[] } },
        never
      >('{ conversations(first: 5) { nodes { createdTime } } }')
    ).conversations;
    const [{ latest } = { latest: '' }] = await onPostgres<{ latest: string }>(
      `select to_char(max(created_time) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as latest from conversations`,
      urlOfDatabase(postgres.url, 'latchkey'),
    );
    expect(nodes[0]?.createdTime).toBe(latest);
  });
});
