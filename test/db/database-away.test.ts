// A PostgreSQL of its own that is killed, frozen, and started again under a server that is a process of its own: what is
// answered meanwhile, and that everything goes on by itself. PostgreSQL only: the embedded database is in the process.

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { goodForMs } from '../../src/http/health.ts';
import { CredentialsDocument, SignInDocument } from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  signedIn,
} from '../support/actors.ts';
import { runCommand } from '../support/commands.ts';
import { masterKey } from '../support/master-key.ts';
import { createDatabase, urlOfDatabase } from '../support/postgres-databases.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import {
  cleanUp,
  printedPassword,
  type ServerProcess,
  stackTrace,
  startServer,
} from '../support/server-process.ts';

// Servers start in their own time, and a frozen database is found out by limits of seconds.
vi.setConfig({ testTimeout: 300_000 });

const poolSize = 4;
let postgres: PostgresServer;
let settings: Record<string, string>;
let password: string;

const viewer = '{ viewer { scopes { value } } }';

describe.runIf(inject('engine') === 'postgres')('a database', () => {
  beforeAll(async () => {
    // With nothing turned off: what was committed has to be there after a crash.
    postgres = await startPostgres({ max_connections: '50', shared_buffers: '32MB' });
    settings = {
      DATABASE_URL: postgres.url.replace('postgres@', 'postgres:hunter2@'),
      LATCHKEY_MASTER_KEY: masterKey,
      LATCHKEY_DATABASE_POOL: String(poolSize),
      LATCHKEY_STATEMENT_TIMEOUT_MS: '500',
      LATCHKEY_SAMPLE_DATA: 'off',
    };
  });
  afterAll(async () => {
    await cleanUp();
    await postgres.stop();
  });

  describe('that is down at the start', () => {
    let server: ServerProcess;

    test('is waited for: alive, not ready, and 503 for everything else', async () => {
      await postgres.kill();
      server = await startServer(settings);
      await untilLogged(server, 'waiting for the database');
      expect(await answers(server, junk)).toEqual(unavailable);
    });

    test('is named in the log with what is wrong, and without the password', () => {
      const lines = logged(server, 'waiting for the database');
      expect(lines[0]).toMatchObject({
        level: 'warn',
        database: new URL(postgres.url).host + new URL(postgres.url).pathname,
        reason: 'ECONNREFUSED',
        retryInMs: expect.any(Number),
      });
      expect(server.stdout()).toBe('');
      expect(server.stderr()).not.toContain('hunter2');
    });

    test('gets its first start once it is there, and the password is printed once', async () => {
      await postgres.restart();
      await server.untilListening();
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      expect(server.stdout().match(/^ {2}password /gm)).toHaveLength(1);
      password = printedPassword(server.stdout()) ?? 'none was printed';
      await signedIn(server.app, 'admin@example.com', password);
      await end(server);
    });

    test('does not hold up a stop: SIGTERM while waiting ends with 0', async () => {
      await postgres.kill();
      const waiting = await startServer(settings);
      await untilLogged(waiting, 'waiting for the database');
      await end(waiting);
      expect(waiting.stderr()).not.toMatch(stackTrace);
      await postgres.restart();
    });

    test('or is frozen then: alive and not ready, and SIGTERM ends with 0', async () => {
      const thaw = await postgres.freeze();
      const waiting = await startServer(settings);
      await untilLogged(waiting, 'waiting for the database');
      expect(await answers(waiting, junk)).toEqual(unavailable);
      await end(waiting);
      thaw();
    });

    test('or is a standby then: not ready, told in the log, and refused to a command', async () => {
      await postgres.kill();
      await postgres.restart('standby');
      const waiting = await startServer(settings);
      await untilLogged(waiting, 'The database is a standby');
      expect(await answers(waiting, junk)).toEqual(unavailable);
      const { status, stderr } = await runCommand(['migrate'], settings);
      expect(stderr).toContain('let DATABASE_URL name the primary');
      expect(status).toBe(1);
      await run(postgres.url, 'select pg_promote()');
      await waiting.untilListening();
      await end(waiting);
    });

    test.each([
      ['a database that is not there', { DATABASE_URL: 'nowhere' }, 'Check DATABASE_URL'],
      ['another master key', { LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') }, 'master key'],
    ])('%s ends the start with a sentence instead', async (_name, wrong, sentence) => {
      const { DATABASE_URL: name, ...others } = wrong as Record<string, string>;
      const url = urlOfDatabase(postgres.url, name ?? 'postgres');
      const refused = await startServer({ ...settings, ...others, DATABASE_URL: url });
      expect(await refused.ended).toBe(1);
      expect(refused.stderr()).toContain(sentence);
      expect(refused.stderr()).not.toMatch(/waiting for|report it/);
    });

    test('a schema newer than the code ends the start as well', async () => {
      await createDatabase(postgres.url, 'newer', 'template0');
      const url = urlOfDatabase(postgres.url, 'newer');
      await run(
        url,
        "create table schema_migrations (name text, applied_at timestamptz); insert into schema_migrations values ('9999_future', now())",
      );
      const refused = await startServer({ ...settings, DATABASE_URL: url });
      expect(await refused.ended).toBe(1);
      expect(refused.stderr()).toContain('9999_future');
    });
  });

  describe('that goes away in the middle', () => {
    let server: ServerProcess;
    let presented: Presented;
    let key: Caller;
    beforeAll(async () => {
      server = await startServer(settings);
      await server.untilListening();
      const admin = await signedIn(server.app, 'admin@example.com', password);
      presented = { key: (await createApiKey(admin)).apiKey, client: await createClient(admin) };
      key = new Caller(server.app, presented.key);
    });

    /** Requests all the while, and what they were answered with. */
    async function meanwhile(work: () => Promise<void>): Promise<Set<number>> {
      const seen = new Set<number>();
      let over = false;
      const ask = async () => {
        while (!over) seen.add((await key.send(viewer)).status);
      };
      const asking = [ask(), ask(), ask()];
      try {
        await work();
      } finally {
        over = true;
        await Promise.all(asking);
      }
      return seen;
    }

    const untilWell = async () => {
      while ((await fetch(`${server.url}/readyz`)).status !== 200) await pause(50);
    };

    test('killed and started again is 503 meanwhile, never 401 or 500, and then well', async () => {
      const seen = await meanwhile(async () => {
        await postgres.kill();
        await pause(300);
        expect(await answers(server, presented)).toEqual(unavailable);
        await postgres.restart();
        await untilWell();
      });
      expect([...seen].sort()).toEqual([200, 503]);
      expect(await answers(server, presented)).toEqual(well);
    });

    test('frozen is 503 within the limits, and well once it goes on', async () => {
      const seen = await meanwhile(async () => {
        const thaw = await postgres.freeze();
        const asked = performance.now();
        try {
          expect(await answers(server, presented)).toEqual(unavailable);
          // To connect five seconds, and for an answer that never comes the statement's limit and five more.
          expect(performance.now() - asked).toBeLessThan(15_000);
          // Those that had a connection when it froze wait for longer than those that wanted one.
          await pause(1_000);
        } finally {
          thaw();
        }
        await untilWell();
      });
      expect([...seen].sort()).toEqual([200, 503]);
    });

    test('leaves no connection behind', async () => {
      const [backends] = await run(
        postgres.url,
        "select count(*)::int as n from pg_stat_activity where application_name = 'latchkey'",
      );
      expect(backends?.n).toBeLessThanOrEqual(poolSize);
    });

    test('comes back as a standby, which may not know what was revoked: 503 until it is promoted, and well at once', async () => {
      const seen = await meanwhile(async () => {
        await postgres.kill();
        await postgres.restart('standby');
        await pause(300);
        for (let round = 0; round < 3; round++) expect(await answers(server, presented)).toEqual(unavailable);
        await run(postgres.url, 'select pg_promote()');
        await untilWell();
      });
      expect([...seen].sort()).toEqual([200, 503]);
      expect(await answers(server, presented)).toEqual(well);
      expect(logged(server, 'The database is a standby')).not.toEqual([]);
    });

    test('takes no changes, as one whose disk is nearly full: it is read, and what would write is 503 and not half done', async () => {
      const setReadOnly = async (value: 'on' | 'off') => {
        await run(postgres.url, `alter system set default_transaction_read_only to ${value}`);
        await run(postgres.url, 'select pg_reload_conf()');
        await pause(300);
      };
      const admin = await signedIn(server.app, 'admin@example.com', password);
      const created = () =>
        admin.send(
          'mutation { createCredential(input: { name: "While read-only", scopes: [USERS] }) { credential { id } } }',
        );
      const signIn = () =>
        anybody(server.app).send(SignInDocument, { input: { email: 'admin@example.com', password } });
      await setReadOnly('on');
      expect(await answers(server, presented)).toEqual(well);
      expect([(await created()).status, (await signIn()).status]).toEqual([503, 503]);
      await setReadOnly('off');
      expect(await answers(server, presented)).toEqual(well);
      expect([(await created()).status, (await signIn()).status]).toEqual([200, 200]);
      const { credentials } = await admin.run(CredentialsDocument, { first: 100 });
      expect(credentials.nodes.filter(({ name }) => name === 'While read-only')).toHaveLength(1);
    });

    test('and is frozen while the server stops: it ends with 0 in bounded time', async () => {
      const thaw = await postgres.freeze();
      const asking = key.send(viewer);
      await pause(100);
      await end(server);
      expect((await asking).status).toBe(503);
      thaw();
    });
  });
});

const unavailable = { '/livez': 200, '/readyz': 503, '/graphql': 503, '/oauth/v1/token': 503 };
const well = { '/livez': 200, '/readyz': 200, '/graphql': 200, '/oauth/v1/token': 200 };

interface Presented {
  key: string;
  client: Pick<OAuthClient, 'clientId' | 'clientSecret'>;
}

const junk: Presented = { key: 'lk_key_x', client: { clientId: 'x', clientSecret: 'y' } };

/** The status of each, where all that are 503 say when to come back. */
async function answers({ url }: ServerProcess, { key, client }: Presented): Promise<Record<string, unknown>> {
  // What `/readyz` said a moment ago counts no more.
  await pause(goodForMs + 10);
  const requests: Record<string, RequestInit> = {
    '/livez': {},
    '/readyz': {},
    '/graphql': {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: key },
      body: JSON.stringify({ query: viewer }),
    },
    '/oauth/v1/token': {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: client.clientId,
        client_secret: client.clientSecret,
      }),
    },
  };
  const asked = Object.entries(requests).map(async ([path, init]) => {
    const { status, headers } = await fetch(url + path, init);
    const says = /^[1-9]\d*$/.test(headers.get('retry-after') ?? '');
    return [path, status === 503 && !says ? '503 without Retry-After' : status];
  });
  return Object.fromEntries(await Promise.all(asked));
}

const logged = (server: ServerProcess, text: string) =>
  server
    .stderr()
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => JSON.parse(line));

async function untilLogged(server: ServerProcess, text: string): Promise<void> {
  while (!server.stderr().includes(text)) await pause(20);
}

async function end(server: ServerProcess): Promise<void> {
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
}

async function run(url: string, statement: string): Promise<{ n: number }[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const result = await client.query(statement);
  await client.end();
  return result.rows ?? [];
}
