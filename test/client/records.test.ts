// The records by @latchkey/client: lists, syncs, and exports of the five resources, through faults as well.

import { apiKey, type Client, type Conversation, clientCredentials, createClient } from '@latchkey/client';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it, test } from 'vitest';
import { recordColumns } from '../../src/db/data/resources.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { ScopeName } from '../../src/scopes.ts';
import { RevokeCredentialDocument, UpdateCredentialDocument } from '../operations/documents.ts';
import * as actors from '../support/actors.ts';
import { addOrganization, adminPassword, startApp, type TestApp } from '../support/app.ts';
import { notedClock } from '../support/client-clock.ts';
import { type Gateway, type Mishap, startGateway } from '../support/gateway.ts';
import { camelCase, recordNames } from '../support/record-names.ts';
import { conversation } from '../support/records.ts';
import { RestReader } from '../support/rest.ts';

const everyScope = Object.values(recordNames).map(({ scope }) => scope) as ScopeName[];
const resources = Object.entries(recordNames).map(([table, { many }]) => ({
  many,
  table: table as keyof typeof recordNames,
  path: `v1/records/${table.replace('_', '-')}`,
}));

let app: TestApp;
let admin: actors.Caller;
let reader: RestReader;
let key: actors.ApiKey;
let client: Client;
const gateways: Gateway[] = [];

beforeAll(async () => {
  app = await startApp();
  admin = await actors.signedIn(app);
  const until = new Date('2026-06-01T00:00:00.000Z');
  const size = { seed: 7, conversations: 300, days: 6, until, now: app.clock.now() };
  await loadSample(app.db, app.organization.id, size);
  key = await actors.createApiKey(admin, everyScope);
  reader = new RestReader(app, key.apiKey);
  client = createClient({ url: app.url, auth: apiKey(key.apiKey) });
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.close();
  await app.close();
});

async function behind(mishap: (path: string, place: number) => Mishap | Promise<Mishap>, presented = key) {
  const gateway = await startGateway(app.url, mishap);
  gateways.push(gateway);
  const clock = notedClock(app);
  const auth = apiKey(presented.apiKey);
  return { gateway, clock, client: createClient({ url: gateway.url, auth, clock }) };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id);

describe.each(resources)('$many', ({ many, table, path }) => {
  it('are listed with all fields of their own', async () => {
    const list = client[many] as Client['users'];
    const listed = await all(list({ orderBy: { field: 'ID', direction: 'ASC' } }));
    expect(idsOf(listed)).toEqual((await reader.all(path)).map(({ id }) => id));
    expect(listed.length).toBeGreaterThan(10);
    expect(Object.keys(listed[0] ?? {}).sort()).toEqual(
      Object.keys(recordColumns[table]).map(camelCase).sort(),
    );
  });

  it('are synced and exported as whole as they are listed', async () => {
    const whole = await reader.all(path);
    const exported = await all(client.exportRecords(many));
    expect(exported).toEqual(whole);
    const synced = (await all(client.sync(many, { pageSize: 70 }))).flatMap(({ records }) => records);
    expect(idsOf(synced).sort()).toEqual(idsOf(exported).sort());
  });
});

describe('a list', () => {
  it('has the filter, the order, and the fields that were asked for, with their types', async () => {
    const select = ['id', 'primaryDomain'] as const;
    const filter = { primaryDomain: { in: ['IT', 'HR'] } };
    const orderBy = { field: 'CREATED_TIME', direction: 'ASC' } as const;
    const listed = await all(client.conversations({ filter, orderBy, select, pageSize: 7 }));
    expectTypeOf(listed).toEqualTypeOf<Pick<Conversation, 'id' | 'primaryDomain'>[]>();
    expect(listed.length).toBeGreaterThan(20);
    for (const record of listed) expect(Object.keys(record).sort()).toEqual([...select]);
    const times = new Map(
      (await all(client.conversations())).map(({ id, createdTime }) => [id, createdTime]),
    );
    const order = listed.map(({ id }) => times.get(id) ?? '');
    expect(order).toEqual(order.toSorted());
    expect(new Set(listed.map(({ primaryDomain }) => primaryDomain))).toEqual(new Set(['IT', 'HR']));
  });

  it('comes in pages, each with the cursor from which another reader goes on', async () => {
    const pages = client.pages('users', { pageSize: 20 });
    const { value: first } = await pages.next();
    expect(first?.records).toHaveLength(20);
    expect(first?.hasNextPage).toBe(true);
    const rest = await all(client.users({ after: first?.cursor ?? null }));
    const whole = await all(client.users());
    expect([...idsOf(first?.records ?? []), ...idsOf(rest)]).toEqual(idsOf(whole));
  });

  it('asks for no page that nobody reads', async () => {
    const { client, gateway } = await behind(() => undefined);
    for await (const _record of client.interactions({ pageSize: 5 })) break;
    expect(gateway.asked).toHaveLength(1);
  });

  it('goes on after each page that was refused or cut, with nothing lost or repeated', async () => {
    const mishaps: Mishap[] = [
      undefined,
      { busyForSeconds: 1 },
      { cutAfterBytes: 200 },
      undefined,
      { status: 502 },
    ];
    const { client: faulty } = await behind((_path, place) => mishaps[place]);
    expect(await all(faulty.users({ pageSize: 9 }))).toEqual(await all(client.users()));
  });

  test.each([{ select: [] }, { select: ['nonsense' as 'id'] }, { select: ['id } } # ' as 'id'] }])(
    'of %o is refused before it is sent',
    async (options) => {
      const { client, gateway } = await behind(() => undefined);
      await expect(client.users(options).next()).rejects.toThrow(TypeError);
      expect(gateway.asked).toEqual([]);
    },
  );

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const pages = client.pages('users', { pageSize: 5, signal: stop.signal });
    await pages.next();
    stop.abort(reason);
    await expect(pages.next()).rejects.toBe(reason);
  });
});

describe('a sync', () => {
  const day = (number: number) => `2026-03-0${number}T06:00:00.000Z`;
  let tenants = 0;

  /** An organisation of its own, with nothing loaded. */
  async function tenant() {
    tenants += 1;
    const email = `admin${tenants}@copy.example`;
    const { id } = await addOrganization(app, `Copy ${tenants}`, email);
    const person = await actors.signedIn(app, email, adminPassword);
    const { apiKey: own } = await actors.createApiKey(person, ['CONVERSATIONS']);
    const load = (stamp: string, ...ids: string[]) => {
      const records = ids.map((name) => conversation({ id: name, last_updated_time: stamp }));
      return upsertRecords(app.db, id, 'conversations', records, app.clock.now());
    };
    return { client: createClient({ url: app.url, auth: apiKey(own) }), load };
  }

  /** Reads to the end. Returns what came, and the last watermark. */
  async function catchUp(from: Client, after: string | null, pageSize: number) {
    let cursor = after;
    const came: string[] = [];
    for await (const batch of from.sync('conversations', { after, pageSize, select: ['id'] })) {
      came.push(...idsOf(batch.records));
      cursor = batch.cursor;
    }
    return { came, cursor };
  }

  it.each([1, 3, 1000])(
    'in pages of %i brings what changed since its watermark, late ones too',
    async (size) => {
      const { client, load } = await tenant();
      await load(day(2), 'b', 'c', 'd');
      const first = await catchUp(client, null, size);
      expect(first.came).toEqual(['b', 'c', 'd']);
      const nothing = await catchUp(client, first.cursor, size);
      expect(nothing.came).toEqual([]);
      await load(day(1), 'late');
      await load(day(5), 'c', 'new');
      for (const { cursor } of [first, nothing]) {
        expect((await catchUp(client, cursor, size)).came).toEqual(['late', 'c', 'new']);
      }
    },
  );

  it('may be stopped after any batch, and goes on from its watermark', async () => {
    const { client, load } = await tenant();
    await load(day(2), 'a', 'b', 'c', 'd', 'e');
    const { value: batch } = await client.sync('conversations', { pageSize: 2 }).next();
    expect(idsOf(batch?.records ?? [])).toEqual(['a', 'b']);
    expect((await catchUp(client, batch?.cursor ?? null, 2)).came).toEqual(['c', 'd', 'e']);
  });

  it('of a resource without any record yields nothing', async () => {
    const { client } = await tenant();
    expect(await catchUp(client, null, 5)).toEqual({ came: [], cursor: null });
  });
});

describe('an export', () => {
  it('has the names and types of the REST API', async () => {
    const [first] = await all(client.exportRecords('interactions', { filter: "actor eq 'user'" }));
    expectTypeOf(first?.created_time).toEqualTypeOf<string | undefined>();
    expectTypeOf(first?.actor).toEqualTypeOf<'bot' | 'user' | undefined>();
    expectTypeOf(first?.detail?.file_types).toEqualTypeOf<readonly string[] | null | undefined>();
    expect(first?.actor).toBe('user');
    const [user] = await all(client.exportRecords('users', { select: ['emailAddr'] }));
    expectTypeOf(user).toEqualTypeOf<{ id: string; email_addr: string | null } | undefined>();
    expect(Object.keys(user ?? {})).toEqual(['email_addr', 'id']);
  });

  it.each(['gzip', 'identity'])(
    'goes on by itself after each cut, with nothing lost, repeated, or half, in %s',
    async (encoding) => {
      const { gateway, clock } = await behind((_path, place) =>
        place < 12 ? { cutAfterBytes: place * 1_500 } : undefined,
      );
      const coded: typeof fetch = (url, init) => {
        const headers = new Headers(init?.headers);
        headers.set('Accept-Encoding', encoding);
        return fetch(url, { ...init, headers });
      };
      // How much fetch gives of what came before a cut is a matter of luck, with gzip above all: it may be nothing.
      const retry = { attempts: 13, totalMs: 600_000 };
      const cut = createClient({ url: gateway.url, auth: apiKey(key.apiKey), clock, retry, fetch: coded });
      expect(await all(cut.exportRecords('interactions'))).toEqual(
        await reader.all('v1/records/interactions'),
      );
      expect(gateway.asked).toHaveLength(13);
      expect(gateway.asked.at(-1)).toMatch(/\?after=./);
    },
  );

  it('begins after a record that is there already', async () => {
    const whole = await reader.all('v1/records/users');
    const after = String(whole[19]?.id);
    expect(await all(client.exportRecords('users', { after }))).toEqual(whole.slice(20));
  });

  it('ends with an error when it gets no further, after as many attempts as allowed', async () => {
    const { client, gateway } = await behind(() => ({ cutAfterBytes: 0 }));
    await expect(all(client.exportRecords('users'))).rejects.toMatchObject({
      code: 'NETWORK',
      retryable: true,
    });
    expect(gateway.asked).toHaveLength(8);
  });

  it('ends with UNAUTHENTICATED when its key is revoked in the middle', async () => {
    const own = await actors.createApiKey(admin, ['INTERACTIONS']);
    const { client } = await behind(async (_path, place) => {
      if (place === 1) await admin.run(RevokeCredentialDocument, { input: { id: own.credential.id } });
      return { cutAfterBytes: 20_000 };
    }, own);
    const came: string[] = [];
    const read = async () => {
      for await (const { id } of client.exportRecords('interactions')) came.push(id);
    };
    await expect(read()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
    const whole = await reader.all('v1/records/interactions');
    expect(came).toEqual(whole.slice(0, came.length).map(({ id }) => id));
  });

  it('is not permitted without the scope, which the error names', async () => {
    const own = await actors.createApiKey(admin, ['USERS', 'INTERACTIONS']);
    const { client } = await behind(() => undefined, own);
    const input = { id: own.credential.id, scopes: ['USERS' as const] };
    await admin.run(UpdateCredentialDocument, { input });
    await expect(all(client.exportRecords('interactions'))).rejects.toMatchObject({
      code: 'FORBIDDEN',
      status: 403,
      missingScopes: ['interactions:read'],
    });
  });

  it('gets a new token when the one that it began with has run out', async () => {
    const { clientId, clientSecret } = await actors.createClient(admin, ['INTERACTIONS']);
    const gateway = await startGateway(app.url, (_path, place) => {
      if (place === 1) return { cutAfterBytes: 20_000 };
      if (place === 2) app.clock.advance(3_601);
      return undefined;
    });
    gateways.push(gateway);
    // Its own clock stands still: it does not know that the token has run out.
    const now = app.clock.now().getTime();
    const clock = { ...notedClock(app), now: () => now };
    const tokenEndpoint = `${gateway.url}/oauth/v1/token`;
    const auth = clientCredentials({ tokenEndpoint, clientId, clientSecret, clock });
    const client = createClient({ url: gateway.url, auth, clock });
    expect(await all(client.exportRecords('interactions'))).toEqual(
      await reader.all('v1/records/interactions'),
    );
    const asked = gateway.asked.map((path) => path.split('?')[0]);
    const [token, records] = ['/oauth/v1/token', '/export/v1/records/interactions.ndjson'];
    expect(asked).toEqual([token, records, records, token, records]);
  });

  it('lets go of the connection when its reader stops', async () => {
    const { client, gateway } = await behind(() => undefined);
    for await (const _record of client.exportRecords('interactions')) break;
    expect(gateway.asked).toHaveLength(1);
    await gateway.close();
    gateways.splice(gateways.indexOf(gateway), 1);
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const records = client.exportRecords('interactions', { signal: stop.signal });
    await records.next();
    stop.abort(reason);
    await expect(all(records)).rejects.toBe(reason);
  });
});
