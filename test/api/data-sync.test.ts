// Incremental sync: with the end cursor of an ascending LAST_UPDATED_TIME list as its watermark, a pipeline's copy
// becomes what is stored, whatever was loaded when, and gets nothing twice while nothing changes.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { importFile } from '../../src/cli/import-file.ts';
import { findFiles } from '../../src/cli/import-files.ts';
import { listRecords } from '../../src/db/data/read.ts';
import type { DataRecord } from '../../src/db/data/records.ts';
import { dataResources } from '../../src/db/data/resources.ts';
import { Dice } from '../../src/db/data/sample/dice.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { Database } from '../../src/db/tables.ts';
import { type Caller, signedIn } from '../support/actors.ts';
import { addOrganization, adminPassword, startApp, type TestApp } from '../support/app.ts';
import { openTestPostgres } from '../support/database.ts';
import { conversation, hasProductSample, productSample } from '../support/records.ts';
import { Replica } from '../support/replica.ts';

const lists = {
  users: 'users',
  conversations: 'conversations',
  interactions: 'interactions',
  plugin_calls: 'pluginCalls',
  plugin_resources: 'pluginResources',
} as const;
const pageSizes = [1, 7, 1000];

let app: TestApp;
let organizationId: string;
let caller: Caller;
let tenants = 0;

beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

/** Every test has an organisation of its own, so that it starts with nothing loaded. */
beforeEach(async () => {
  tenants += 1;
  const email = `admin${tenants}@sync.example`;
  organizationId = (await addOrganization(app, `Sync ${tenants}`, email)).id;
  caller = await signedIn(app, email, adminPassword);
});

type Conversation = DataRecord<'conversations'>;
const load = (records: readonly Conversation[], db: Database = app.db) =>
  upsertRecords(db, organizationId, 'conversations', records, app.clock.now());
const day = (number: number) => `2026-03-${String(number).padStart(2, '0')}T06:00:00.000Z`;
const on = (stamp: string, ...ids: string[]) =>
  ids.map((id) => conversation({ id, last_updated_time: stamp }));

/** What is stored, as a copy should have it. */
async function stored() {
  const page = { limit: 100_000, towards: 'forward' } as const;
  const columns = ['id', 'last_updated_time', 'primary_domain'] as const;
  const list = { orderBy: 'ID', direction: 'asc', page, columns } as const;
  const { rows } = await listRecords(app.db, organizationId, 'conversations', list);
  return rows.map((row) => ({
    id: row.id,
    lastUpdatedTime: row.last_updated_time,
    primaryDomain: row.primary_domain,
  }));
}

const replicaOfConversations = () => new Replica('conversations', 'primaryDomain');
const copied = (replica: Replica) =>
  [...replica.records.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));

describe('a copy', () => {
  it.each(pageSizes)('in pages of %i gets exactly what changed, new, late, and re-stamped', async (size) => {
    await load([...on(day(2), 'b', 'c', 'd'), ...on(day(3), 'e', 'f', 'g')]);
    const replica = replicaOfConversations();
    expect(await replica.catchUp(caller, size)).toEqual(['b', 'c', 'd', 'e', 'f', 'g']);
    expect(await replica.catchUp(caller, size)).toEqual([]);

    await load([...on(day(1), 'late'), ...on(day(3), 'e', 'f', 'g'), ...on(day(5), 'c', 'new')]);
    expect(await replica.catchUp(caller, size)).toEqual(['late', 'c', 'new']);
    expect(await replica.catchUp(caller, size)).toEqual([]);
    expect(copied(replica)).toEqual(await stored());
  });

  it.each(pageSizes)('in pages of %i loses none of many that share one stamp', async (size) => {
    const ids = Array.from({ length: 20 }, (_, i) => `m${String(i).padStart(2, '0')}`);
    await load(on(day(2), ...ids));
    const replica = replicaOfConversations();
    await replica.readPage(caller, 10);
    await load(on(day(2), 'a', 'm03b', 'z'));
    const rest = await replica.catchUp(caller, size);
    expect(rest.toSorted()).toEqual(['a', 'm03b', ...ids.slice(10), 'z']);
    expect(await replica.catchUp(caller, size)).toEqual([]);
  });

  it('gets a changed record although its stamp stays, and one whose stamp goes back', async () => {
    await load([...on(day(2), 'a', 'b'), ...on(day(3), 'c')]);
    const replica = replicaOfConversations();
    await replica.catchUp(caller, 2);
    const [a] = on(day(2), 'a');
    await load([conversation({ ...a, primary_domain: 'HR' }), ...on(day(1), 'c')]);
    expect((await replica.catchUp(caller, 1)).toSorted()).toEqual(['a', 'c']);
    expect(copied(replica)).toEqual(await stored());
  });

  it('keeps its watermark on an empty page, also while only what it has already had is there', async () => {
    const replica = replicaOfConversations();
    await replica.catchUp(caller, 5);
    expect(replica.watermark).toBeNull();
    await load(on(day(2), 'a'));
    await replica.catchUp(caller, 5);
    for (let again = 0; again < 3; again += 1) {
      expect(await replica.readPage(caller, 5)).toEqual({ ids: [], more: false });
      expect(replica.watermark).not.toBeNull();
    }
    await load(on(day(1), 'late'));
    expect(await replica.catchUp(caller, 5)).toEqual(['late']);
  });

  it('goes on with its watermark after the server was started again, even from among late ones', async () => {
    await load(on(day(5), 'a', 'b', 'c'));
    const replica = replicaOfConversations();
    await replica.catchUp(caller, 2);
    await load([...on(day(1), 'l1', 'l2', 'l3'), ...on(day(6), 'n')]);
    await replica.readPage(caller, 2);
    const again = await startApp(app);
    const there = Object.assign(Object.create(caller), { app: again });
    await load(on(day(4), 'l4'));
    expect(await replica.catchUp(there, 2)).toEqual(['l3', 'l4', 'n']);
    expect(copied(replica)).toEqual(await stored());
    await again.close();
  });

  it('that starts at the last record hears of everything from then on, late ones included', async () => {
    await load(on(day(5), 'a', 'b', 'c'));
    const { conversations } = await caller.run<{ conversations: { pageInfo: { endCursor: string } } }, never>(
      '{ conversations(last: 1, orderBy: { field: LAST_UPDATED_TIME, direction: ASC }) { pageInfo { endCursor } } }',
    );
    const replica = replicaOfConversations();
    replica.watermark = conversations.pageInfo.endCursor;
    await load([...on(day(1), 'late'), ...on(day(6), 'new')]);
    expect(await replica.catchUp(caller, 1)).toEqual(['late', 'new']);
  });

  it('may be changed under its feet: what moves behind the cursor during a pass comes in the same pass', async () => {
    await load([...on(day(2), 'a', 'b'), ...on(day(4), 'y', 'z')]);
    const replica = replicaOfConversations();
    expect(await replica.readPage(caller, 2)).toEqual({ ids: ['a', 'b'], more: true });
    await load(on(day(1), 'a', 'z'));
    expect((await replica.catchUp(caller, 1)).toSorted()).toEqual(['a', 'y', 'z']);
    expect(copied(replica)).toEqual(await stored());
  });
});

it('reads back from among late ones to what stands before them in the list', async () => {
  await load(on(day(5), 'a', 'b', 'c'));
  const replica = replicaOfConversations();
  await replica.catchUp(caller, 9);
  await load([...on(day(1), 'l1'), ...on(day(2), 'l2')]);
  await replica.readPage(caller, 2);
  const order = 'orderBy: { field: LAST_UPDATED_TIME, direction: ASC }';
  const query = `{ conversations(last: 9, before: "${replica.watermark}", ${order}) { nodes { id } } }`;
  expect(await caller.run(query)).toEqual({ conversations: { nodes: [{ id: 'l1' }] } });
});

describe.each(Array.from({ length: 6 }, (_, i) => i + 1))('by chance, number %i', (seed) => {
  it('a copy is what is stored whenever it has read to the end, and quiet reading brings nothing twice', async () => {
    const dice = new Dice(seed, 'sync', 0);
    const replica = replicaOfConversations();
    const changed = new Set<string>();
    for (let step = 0; step < 40; step += 1) {
      for (const { id } of await loadByChance(dice)) changed.add(id);
      // Sometimes a few pages in the middle of it all, sometimes to the end without disturbance.
      if (dice.chance(0.5)) {
        const { ids } = await replica.readPage(caller, dice.between(1, 6));
        expect(new Set(ids).size).toBe(ids.length);
        expect([...changed]).toEqual(expect.arrayContaining(ids));
        continue;
      }
      const came = await replica.catchUp(caller, dice.between(1, 9));
      expect([...changed]).toEqual(expect.arrayContaining(came));
      expect(came.length).toBe(new Set(came).size);
      expect(copied(replica)).toEqual(await stored());
      expect(await replica.catchUp(caller, dice.between(1, 9))).toEqual([]);
      changed.clear();
    }
  });

  /** A few records of a small set: new, equal, changed, and moved either way in the list. Returns what changed. */
  async function loadByChance(dice: Dice): Promise<Conversation[]> {
    const before = new Map((await stored()).map((record) => [record.id, record]));
    const records = Array.from({ length: dice.between(0, 8) }, () =>
      conversation({
        id: `c${dice.between(1, 40)}`,
        primary_domain: dice.pick(['IT', 'HR']),
        last_updated_time: day(dice.between(1, 9)),
      }),
    );
    await load(records);
    const last = [...new Map(records.map((record) => [record.id, record])).values()];
    return last.filter(({ id, last_updated_time, primary_domain }) => {
      const old = before.get(id);
      return old?.lastUpdatedTime !== last_updated_time || old?.primaryDomain !== primary_domain;
    });
  }
});

describe('while loads are under way', () => {
  /** Many small transactions that take their time, from several connections where the engine has several. */
  async function loadAtOnce(loaders: number, rounds: number): Promise<void> {
    const other =
      app.database.url === undefined ? undefined : await openTestPostgres(app.database.url, 4 * loaders);
    const db = other?.db ?? app.db;
    const work = async (loader: number) => {
      const dice = new Dice(loader, 'loader', 0);
      for (let round = 0; round < rounds; round += 1) {
        const ids = Array.from({ length: dice.between(1, 5) }, () => `r${dice.between(1, 300)}`);
        const records = on(day(dice.between(1, 28)), ...ids).map((record) => ({
          ...record,
          primary_domain: `D${loader}.${round}`,
        }));
        const transaction = await db.startTransaction().execute();
        await load(records, transaction);
        await pause(dice.between(0, 4));
        // What a load wrote that fails was never there.
        await (dice.chance(0.1) ? transaction.rollback() : transaction.commit()).execute();
      }
    };
    await Promise.all(Array.from({ length: loaders }, (_, loader) => work(loader)));
    await other?.close();
  }

  it.each([3, 50])('a copy in pages of %i ends up as what is stored', async (size) => {
    const replica = replicaOfConversations();
    let loading = true;
    const loads = loadAtOnce(6, 40).finally(() => {
      loading = false;
    });
    while (loading) await replica.readPage(caller, size);
    await loads;
    await replica.catchUp(caller, size);
    expect(copied(replica)).toEqual(await stored());
    expect(await replica.catchUp(caller, size)).toEqual([]);
  });
});

describe.each(dataResources)('sample records: %s', (resource) => {
  it('are copied once each, in pages of 7 and of 1000', async () => {
    const until = new Date('2026-06-01T00:00:00.000Z');
    const size = { seed: 3, conversations: 12, days: 4, until, now: app.clock.now() };
    const counts = await loadSample(app.db, organizationId, size);
    for (const first of [7, 1000]) {
      const came = await new Replica(lists[resource]).catchUp(caller, first);
      expect(came.length).toBe(counts[resource]);
      expect(new Set(came).size).toBe(counts[resource]);
    }
  });
});

describe.skipIf(!hasProductSample)("the product's own records", () => {
  const silent = { bytesRead() {}, recordsRead() {}, rejected() {}, stop() {}, finish: async () => {} };
  const importSample = async (change: (record: DataRecord) => DataRecord[] = (record) => [record]) => {
    for (const file of await findFiles([productSample], process.stdin)) {
      const store = (resource: keyof typeof lists, records: readonly DataRecord[]) =>
        upsertRecords(app.db, organizationId, resource, records.flatMap(change) as never, app.clock.now());
      await importFile({ file, resource: undefined, store: store as never, report: silent });
    }
  };
  const isThird = ({ id }: { id: string }) => id.charCodeAt(id.length - 1) % 3 === 0;

  it.each(pageSizes)('in pages of %i: imported in two parts, re-stamped, and nothing lost', async (size) => {
    const resources = size === 1000 ? dataResources : (['users', 'conversations'] as const);
    const replicas = resources.map((resource) => ({ resource, replica: new Replica(lists[resource]) }));
    const catchUp = async () => {
      const came: string[][] = [];
      for (const { replica } of replicas) came.push(await replica.catchUp(caller, size));
      return came;
    };
    const totals = {
      users: 20,
      conversations: 143,
      interactions: 597,
      plugin_calls: 384,
      plugin_resources: 3064,
    };

    // The last third comes late: with stamps behind every watermark.
    await importSample((record) => (isThird(record) ? [] : [record]));
    const first = await catchUp();
    await importSample();
    const second = await catchUp();
    for (const [i, { resource, replica }] of replicas.entries()) {
      expect(second[i]?.every((id) => isThird({ id }))).toBe(true);
      expect(new Set([...(first[i] ?? []), ...(second[i] ?? [])]).size).toBe(totals[resource]);
      expect((first[i] ?? []).length + (second[i] ?? []).length).toBe(totals[resource]);
      expect(replica.records.size).toBe(totals[resource]);
    }

    const stamp = '2025-09-01T06:00:00.000Z';
    await importSample((record) => [isThird(record) ? { ...record, last_updated_time: stamp } : record]);
    const third = await catchUp();
    for (const [i, { replica }] of replicas.entries()) {
      expect(third[i]?.toSorted()).toEqual(second[i]?.toSorted());
      for (const id of third[i] ?? []) expect(replica.records.get(id)?.lastUpdatedTime).toBe(stamp);
    }
    expect((await catchUp()).flat()).toEqual([]);
  });
});
