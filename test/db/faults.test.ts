// The database goes away, falls silent, or has no room: bounded 503s that say nothing of the cause, never a 401 and
// never a 500, and everything recovers by itself. PostgreSQL only: the embedded database is in the process itself.

import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  CreateCredentialDocument,
  CredentialDocument,
  RevokeCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, createApiKey, requestToken, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { runCommand } from '../support/commands.ts';
import {
  anotherInstance,
  type Callers,
  callersOf,
  everyAnswer,
  expectAllWell,
  expectUnavailable,
} from '../support/every-answer.ts';
import { type FaultyNetwork, faultyNetwork } from '../support/faulty-network.ts';
import { masterKey } from '../support/master-key.ts';
import { urlOfDatabase } from '../support/postgres-databases.ts';
import { RestReader } from '../support/rest.ts';

describe.runIf(inject('engine') === 'postgres')('on PostgreSQL', () => {
  let app: TestApp;
  let callers: Callers;
  let superuser: pg.Client;
  let name: string;
  beforeAll(async () => {
    app = await startApp();
    callers = await callersOf(app);
    name = new URL(app.database.url ?? '').pathname.slice(1);
    superuser = new pg.Client({ connectionString: inject('postgresUrl') });
    await superuser.connect();
  });
  afterAll(async () => {
    await superuser.end();
    await app.close();
  });

  const throwOut = () =>
    superuser.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);

  describe('a server that breaks its connections', () => {
    test('costs a 503 at most, and all is well right after', async () => {
      for (let round = 0; round < 3; round++) {
        await throwOut();
        const statuses = Object.values(await everyAnswer(app, callers)).map((answer) => answer.status);
        expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
        expectAllWell(await everyAnswer(app, callers));
      }
    });

    test('and accepts no new ones is 503 for everyone, until it does again', async () => {
      await superuser.query(`alter database ${name} with allow_connections false`);
      await throwOut();
      const rounds = [await everyAnswer(app, callers), await everyAnswer(app, callers)];
      await superuser.query(`alter database ${name} with allow_connections true`);
      for (const answers of rounds) expectUnavailable(answers);
      expectAllWell(await everyAnswer(app, callers));
    });

    test('is named in the log, without a secret beside it', () => {
      expect(app.log.join('')).toMatch(/terminating connection|not currently accepting/);
      expect(app.log.join('')).not.toMatch(/lk_(?:key|sec|ses)_/);
    });
  });

  describe('a command on', () => {
    const run = (databaseUrl: string) =>
      runCommand(['migrate'], {
        DATABASE_URL: databaseUrl,
        LATCHKEY_MASTER_KEY: masterKey,
      });

    test.each([
      ['a database that does not exist', 'postgres', 'nowhere'],
      ['a user that does not exist', 'nobody_here', 'postgres'],
    ])('%s says to check DATABASE_URL', async (_name, user, database) => {
      const url = new URL(urlOfDatabase(inject('postgresUrl'), database));
      url.username = user;
      const { status, stderr } = await run(url.href);
      expect(stderr).toContain('Check DATABASE_URL');
      expect(stderr).not.toContain('report it');
      expect(status).toBe(1);
    });
  });

  describe('a network', () => {
    let network: FaultyNetwork;
    let remote: TestApp;
    beforeAll(async () => {
      network = await faultyNetwork(app.database.url ?? '');
      remote = await anotherInstance(app, { databaseUrl: network.url, statementTimeoutMs: 200 });
    });
    afterAll(async () => {
      await network.repair();
      await remote.close();
      await network.close();
    });

    test('that is cut is 503 for everyone, again and again, until it is repaired', async () => {
      expectAllWell(await everyAnswer(remote, callers));
      await network.cut();
      for (let round = 0; round < 3; round++) expectUnavailable(await everyAnswer(remote, callers));
      await network.repair();
      expectAllWell(await everyAnswer(remote, callers));
    });

    test('that falls silent is 503 for everyone after a bounded time, until it speaks again', async () => {
      expectAllWell(await everyAnswer(remote, callers));
      network.silence();
      expectUnavailable(await everyAnswer(remote, callers));
      await network.repair();
      expectAllWell(await everyAnswer(remote, callers));
    });

    test('that is slow costs time: every answer is a good one, and a revoked key is refused by the next request', async () => {
      const { credential, apiKey } = await createApiKey(callers.admin);
      expect((await new Caller(remote, apiKey).send(ViewerDocument)).status).toBe(200);
      network.delay(30);
      expectAllWell(await everyAnswer(remote, callers));
      const admin = new Caller(remote, callers.admin.authorization);
      await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
      expect((await new Caller(remote, apiKey).send(ViewerDocument)).status).toBe(401);
      await network.repair();
    });

    test('that is slower than a statement may take is 503 for everyone, until it is fast again', async () => {
      network.delay(5_000);
      expectUnavailable(await everyAnswer(remote, callers));
      await network.repair();
      expectAllWell(await everyAnswer(remote, callers));
    });

    test('does not keep the metrics, which tell of it, as long', async () => {
      network.silence();
      const answers = everyAnswer(remote, callers);
      const metrics = fetch(`${remote.url}/metrics`).then((reply) => reply.text());
      const first = await Promise.race([metrics, answers]);
      expect(first).toBe(await metrics);
      expect(first).toContain('latchkey_database_waiting');
      expect(first).not.toMatch(/^latchkey_(?:signing_key_age|clock_ahead_of_database)_seconds /m);
      await answers;
      await network.repair();
      expectAllWell(await everyAnswer(remote, callers));
    });
  });

  describe('a connection that is lost between COMMIT and its answer', () => {
    let network: FaultyNetwork;
    let remote: TestApp;
    let admin: Caller;
    beforeAll(async () => {
      network = await faultyNetwork(app.database.url ?? '');
      remote = await anotherInstance(app, { databaseUrl: network.url });
      admin = new Caller(remote, callers.admin.authorization);
    });
    afterAll(async () => {
      await remote.close();
      await network.close();
    });

    const statusOf = async (id: string) =>
      (await callers.admin.run(CredentialDocument, { id })).credential?.status;

    test('costs a create its answer: 503, no secret, and a credential that is whole and can be revoked', async () => {
      const name = 'Nobody was told';
      network.cutAfter('commit');
      const reply = await admin.send(CreateCredentialDocument, { input: { name, scopes: ['USERS'] } });
      expect(reply).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
      expect(reply.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(JSON.stringify(reply)).not.toContain('lk_');
      const direct = new pg.Client({ connectionString: app.database.url });
      await direct.connect();
      const { rows } = await direct.query(
        `select c.id, (select count(*)::int from credential_secrets s where s.credential_id = c.id) as secrets,
          (select count(*)::int from audit_events a where a.target_id = c.id) as events
          from credentials c where c.name = $1`,
        [name],
      );
      await direct.end();
      expect(rows).toEqual([{ id: expect.any(String), secrets: 1, events: 1 }]);
      await admin.run(RevokeCredentialDocument, { input: { id: rows[0].id } });
      expect(await statusOf(rows[0].id)).toBe('REVOKED');
    });

    test('costs a revoke its answer: 503, and asking again says what came of it', async () => {
      const { credential, apiKey } = await createApiKey(callers.admin);
      network.cutAfter('commit');
      const input = { id: credential.id };
      expect((await admin.send(RevokeCredentialDocument, { input })).status).toBe(503);
      expect(await statusOf(credential.id)).toBe('REVOKED');
      expect((await new Caller(app, apiKey).send(ViewerDocument)).status).toBe(401);
      const again = await admin.run(RevokeCredentialDocument, { input });
      expect(again.revokeCredential.userErrors).toEqual([]);
    });
  });

  describe('a change that loses its transaction to another', () => {
    let direct: pg.Client;
    beforeEach(async () => {
      direct = new pg.Client({ connectionString: app.database.url });
      await direct.connect();
    });
    afterEach(() => direct.end());

    /** Fails so many times, as the database would; what a sequence has counted is not taken back. */
    const losing = (code: string, times: number) =>
      direct.query(`create sequence lost; create function lose() returns trigger language plpgsql as $$ begin
        if nextval('lost') <= ${times} then raise exception 'lost to another' using errcode = '${code}'; end if;
        return new; end $$;
        create trigger lose before insert on audit_events for each row execute function lose()`);
    const atPeace = () => direct.query('drop function lose cascade; drop sequence lost');
    const events = async (target: string) =>
      (await direct.query('select action from audit_events where target_id = $1', [target])).rows;

    test.each(['40001', '40P01'])('is made in the end, and once (%s)', async (code) => {
      await losing(code, 3);
      const { credential } = await createApiKey(callers.admin);
      await atPeace();
      expect(await events(credential.id)).toEqual([{ action: 'CREDENTIAL_CREATED' }]);
    });

    test('every time is 503 and leaves nothing', async () => {
      const { credential } = await createApiKey(callers.admin);
      await losing('40P01', 1_000);
      const reply = await callers.admin.send(RevokeCredentialDocument, { input: { id: credential.id } });
      await atPeace();
      expect(reply).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
      const { credential: after } = await callers.admin.run(CredentialDocument, { id: credential.id });
      expect(after?.status).toBe('ACTIVE');
    });

    test('in a real deadlock is made after it', async () => {
      const { credential } = await createApiKey(callers.admin);
      await direct.query('begin; lock table audit_events in access exclusive mode');
      const revoking = callers.admin.send(RevokeCredentialDocument, { input: { id: credential.id } });
      const waiting = `select from pg_locks where relation = 'audit_events'::regclass and not granted`;
      while ((await direct.query(waiting)).rowCount === 0) await pause(5);
      // Whichever of the two finds the deadlock first is ended: as a rule the one that has waited longer.
      await direct.query('select from credentials where id = $1 for update', [credential.id]).catch(() => {});
      await direct.query('rollback');
      expect((await revoking).status).toBe(200);
      expect(await events(credential.id)).toHaveLength(2);
    });
  });

  describe('no room', () => {
    test.each(['credentials', 'credential_secrets', 'audit_events'])(
      'a disk that is full for %s is 503 for a create, which leaves nothing, and reads go on',
      async (table) => {
        const direct = new pg.Client({ connectionString: app.database.url });
        await direct.connect();
        // What PostgreSQL says when it cannot extend a file; the disk itself is not ours to fill.
        await direct.query(`create function disk_full() returns trigger language plpgsql as $$ begin
          raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
          create trigger disk_full before insert on ${table} for each row execute function disk_full()`);
        const count = async () =>
          (
            await direct.query(`select (select count(*) from credentials) as credentials,
              (select count(*) from credential_secrets) as secrets, (select count(*) from audit_events) as events`)
          ).rows;
        const before = await count();
        const reply = await callers.admin.send(CreateCredentialDocument, {
          input: { name: 'No room', scopes: ['USERS'] },
        });
        expect(reply).toMatchObject({
          status: 503,
          errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
        });
        expect(await count()).toEqual(before);
        expect((await callers.key.send(ViewerDocument)).status).toBe(200);
        expect((await requestToken(app, callers.client)).status).toBe(200);
        await direct.query('drop function disk_full cascade');
        await direct.end();
        expectAllWell(await everyAnswer(app, callers));
      },
    );

    test('a table that is locked for longer than a statement may run is 503', async () => {
      const impatient = await anotherInstance(app, { statementTimeoutMs: 300 });
      const key = new Caller(impatient, callers.key.authorization);
      const locker = new pg.Client({ connectionString: app.database.url });
      await locker.connect();
      await locker.query('begin; lock table credentials in access exclusive mode');
      const reply = await key.send(ViewerDocument);
      await locker.end();
      expect(reply).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
      expect((await key.send(ViewerDocument)).status).toBe(200);
      await impatient.close();
    });

    test('a list that takes longer than a statement may run is 503, and says to ask for less', async () => {
      const impatient = await anotherInstance(app, { statementTimeoutMs: 300 });
      const rest = new RestReader(impatient, callers.admin.authorization);
      const locker = new pg.Client({ connectionString: app.database.url });
      await locker.connect();
      await locker.query('begin; lock table interactions in access exclusive mode');
      const sorted = await rest.get('v1/records/interactions', { $orderby: 'label' });
      const filtered = await new Caller(impatient, callers.admin.authorization).send(
        '{ interactions(filter: { platform: { eq: "SLACK" } }) { nodes { id } } }',
      );
      await locker.end();
      const sentence = expect.stringMatching(
        /^This took longer than one request may\. Ask for less at a time/,
      );
      expect(sorted).toMatchObject({
        status: 503,
        error: { code: 'SERVICE_UNAVAILABLE', message: sentence },
      });
      expect(sorted.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(filtered).toMatchObject({
        status: 503,
        errors: [{ message: sentence, extensions: { code: 'SERVICE_UNAVAILABLE' } }],
      });
      expect((await rest.get('v1/records/interactions', { $orderby: 'label' })).status).toBe(200);
      await impatient.close();
    });

    test.each([
      ['conversations', 'key', '{ conversations(first: 1) { nodes { id } } }'],
      ['audit_events', 'admin', '{ auditEvents { totalCount } }'],
    ] as const)(
      'slow lists, however many, keep nobody from a token, a session, a change, or readiness: of %s',
      async (table, caller, list) => {
        const small = await anotherInstance(app, { databasePoolSize: 4 });
        const create = 'mutation { createCredential(input: { name: "x", scopes: [USERS] }) { __typename } }';
        const [reader, admin] = [callers[caller], callers.admin].map(
          ({ authorization }) => new Caller(small, authorization),
        ) as [Caller, Caller];
        const locker = new pg.Client({ connectionString: app.database.url });
        await locker.connect();
        await locker.query(`begin; lock table ${table} in access exclusive mode`);
        const lists = Array.from({ length: 40 }, () => reader.send(list));
        const stillThere = () => small.database.poolStatus().reads?.waiting;
        while (!stillThere()) await pause(5);
        const waiting = await (await fetch(`${small.url}/metrics`)).text();
        const answers = await Promise.all([
          requestToken(small, callers.client),
          admin.send(ViewerDocument),
          fetch(`${small.url}/readyz`),
          ...(table === 'conversations' ? [admin.send(create)] : []),
        ]);
        await locker.end();
        expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
        expect(waiting).toMatch(/^latchkey_database_waiting\{pool="reads"\} [1-9]/m);
        const statuses = (await Promise.all(lists)).map(({ status }) => status);
        expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
        expectAllWell(await everyAnswer(small, callers));
        await small.close();
      },
    );

    test('slow lists of one organisation keep no other waiting, and get what they asked for once they can', async () => {
      const small = await anotherInstance(app, { databasePoolSize: 8 });
      const key = new Caller(small, callers.key.authorization);
      await addOrganization(app, 'Globex', 'admin@globex.example');
      const other = await signedIn(app, 'admin@globex.example');
      const reader = new Caller(small, (await createApiKey(other, ['USERS'])).apiKey);
      const locker = new pg.Client({ connectionString: app.database.url });
      await locker.connect();
      await locker.query('begin; lock table conversations in access exclusive mode');
      const slow = Array.from({ length: 40 }, () => key.send('{ conversations(first: 1) { nodes { id } } }'));
      while (!small.database.poolStatus().reads?.waiting) await pause(5);
      const quick = [];
      for (let i = 0; i < 20; i += 1) quick.push(await reader.send('{ users(first: 1) { nodes { id } } }'));
      const stillWaiting = small.database.poolStatus().reads?.waiting;
      await locker.end();
      expect(stillWaiting).toBeGreaterThan(30);
      for (const replies of [quick, await Promise.all(slow)])
        expect(replies.filter(({ status }) => status !== 200)).toEqual([]);
      expect(small.database.poolStatus().reads?.waiting).toBe(0);
      await small.close();
    });

    test('with every connection taken, requests wait for a bounded time and are 503', async () => {
      const small = await anotherInstance(app, { databasePoolSize: 1 });
      let letGo = () => {};
      const taken = small.db.connection().execute(
        () =>
          new Promise<void>((resolve) => {
            letGo = resolve;
          }),
      );
      expectUnavailable(await everyAnswer(small, callers));
      letGo();
      await taken;
      expectAllWell(await everyAnswer(small, callers));
      await small.close();
    });
  });
});
