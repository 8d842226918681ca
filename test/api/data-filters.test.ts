// Filters of the five lists: whatever can be asked for is compared with the stored records, filtered here by hand.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { columnsOf, type DataResource, dataResources, recordColumns } from '../../src/db/data/resources.ts';
import { loadSample, sampleRecords } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { type Caller, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { camelCase, recordNames } from '../support/record-names.ts';
import { conversation } from '../support/records.ts';

type Stored = Record<string, unknown> & { id: string };

let app: TestApp;
let admin: Caller;
const stored = new Map<DataResource, Stored[]>();
const recordsOf = (resource: DataResource) => stored.get(resource) ?? [];

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const size = { seed: 11, conversations: 50, days: 10, until: new Date('2026-06-01T00:00:00.000Z') };
  for (const { resource, record } of sampleRecords(size)) {
    stored.set(resource, [...recordsOf(resource), record as unknown as Stored]);
  }
  await loadSample(app.db, app.organization.id, { ...size, now: app.clock.now() });
});
afterAll(() => app.close());

interface Found {
  totalCount: number;
  nodes: { id: string }[];
}

/** The ids of the records that a filter leaves, sorted; the count is checked on the way. */
async function idsWith(resource: DataResource, filter: object | null, by = admin): Promise<string[]> {
  const { many, type } = recordNames[resource];
  const query = `query ($filter: ${type}Filter) { found: ${many}(first: 1000, filter: $filter) { totalCount nodes { id } } }`;
  const { found } = await by.run<{ found: Found }, object>(query, { filter });
  expect(found.nodes).toHaveLength(found.totalCount);
  return found.nodes.map(({ id }) => id).sort();
}

const idsWhere = (resource: DataResource, meets: (record: Stored) => boolean): string[] =>
  recordsOf(resource)
    .filter(meets)
    .map(({ id }) => id)
    .sort();

/** A value in the middle of those that the records have in a column. */
function valueIn(resource: DataResource, column: string): string {
  const values = recordsOf(resource).flatMap((record) => record[column] ?? []);
  return values.map(String).sort()[Math.floor(values.length / 2)] ?? 'nothing';
}

const columnsWith = (resource: DataResource, types: readonly string[]): string[] =>
  columnsOf(resource).filter((column) =>
    types.includes((recordColumns[resource] as Record<string, string>)[column] ?? ''),
  );

/** As the API spells a value: the actor is an enum. */
const spelled = (column: string, value: string) => (column === 'actor' ? value.toUpperCase() : value);

describe.each(dataResources)('%s', (resource) => {
  it.each(columnsWith(resource, ['text']))(
    'can be asked for by %s: equal, one of several',
    async (column) => {
      const field = camelCase(column);
      const value = valueIn(resource, column);
      const other = valueIn(resource, 'id');
      expect(await idsWith(resource, { [field]: { eq: spelled(column, value) } })).toEqual(
        idsWhere(resource, (record) => record[column] === value),
      );
      const several = column === 'actor' ? ['USER', 'BOT'] : [value, other, 'nothing', value];
      expect(await idsWith(resource, { [field]: { in: several } })).toEqual(
        idsWhere(resource, (record) => several.includes(spelled(column, String(record[column])))).slice(
          0,
          1000,
        ),
      );
      expect(await idsWith(resource, { [field]: { in: [] } })).toEqual([]);
      if (column === 'actor') return;
      expect(await idsWith(resource, { [field]: { eq: `${value} ` } })).toEqual([]);
    },
  );

  it.each(columnsWith(resource, ['timestamptz']))(
    'can be asked for by %s: before and after',
    async (column) => {
      const field = camelCase(column);
      const value = valueIn(resource, column);
      const has = (record: Stored) => record[column] !== null;
      const at = (record: Stored) => String(record[column]);
      const cases = {
        gt: (record: Stored) => has(record) && at(record) > value,
        gte: (record: Stored) => has(record) && at(record) >= value,
        lt: (record: Stored) => has(record) && at(record) < value,
        lte: (record: Stored) => has(record) && at(record) <= value,
      };
      for (const [operator, meets] of Object.entries(cases)) {
        expect(await idsWith(resource, { [field]: { [operator]: value } }), operator).toEqual(
          idsWhere(resource, meets),
        );
      }
      const day = { gte: `${value.slice(0, 10)}T02:00:00+02:00`, lt: `${value.slice(0, 10)}T23:59:59.999Z` };
      expect(await idsWith(resource, { [field]: day })).toEqual(
        idsWhere(resource, (record) => has(record) && at(record).startsWith(value.slice(0, 10))),
      );
    },
  );

  it('can be asked for by each of their booleans', async () => {
    for (const column of columnsWith(resource, ['boolean'])) {
      for (const value of [true, false]) {
        expect(await idsWith(resource, { [camelCase(column)]: value }), column).toEqual(
          idsWhere(resource, (record) => record[column] === value),
        );
      }
    }
  });

  it('can be asked for by whether they have a value', async () => {
    for (const column of columnsWith(resource, ['text', 'timestamptz'])) {
      if (column === 'actor') continue;
      const field = camelCase(column);
      const without = idsWhere(resource, (record) => record[column] === null);
      expect(await idsWith(resource, { [field]: { isNull: true } }), column).toEqual(without);
      const count = recordsOf(resource).length - without.length;
      const found = await idsWith(resource, { [field]: { isNull: false } });
      expect(found, column).toHaveLength(count);
    }
  });

  it('are all there with an empty filter, with null, and with conditions that are null', async () => {
    const all = await idsWith(resource, null);
    expect(all).toHaveLength(recordsOf(resource).length);
    for (const filter of [{}, { id: null }, { id: {} }, { id: { eq: null, in: null, isNull: null } }]) {
      expect(await idsWith(resource, filter)).toEqual(all);
    }
  });

  it('page through what a filter leaves, forward and backward, none twice, none missed', async () => {
    const value = valueIn(resource, 'last_updated_time');
    const expected = idsWhere(resource, (record) => String(record.last_updated_time) >= value);
    const filter = `filter: { lastUpdatedTime: { gte: "${value}" } }`;
    const list = recordNames[resource].many;
    for (const [size, place, edge, more] of [
      ['first', 'after', 'endCursor', 'hasNextPage'],
      ['last', 'before', 'startCursor', 'hasPreviousPage'],
    ] as const) {
      const met: string[] = [];
      for (let at = '', goesOn = true; goesOn; ) {
        const query = `{ list: ${list}(${size}: 90, ${filter}${at}) { nodes { id } pageInfo { ${edge} ${more} } } }`;
        const page = await admin.run<Record<'list', WalkedPage>, never>(query);
        met.push(...page.list.nodes.map(({ id }) => id));
        goesOn = page.list.pageInfo[more] === true;
        at = `, ${place}: "${page.list.pageInfo[edge]}"`;
      }
      expect(met.toSorted()).toEqual(expected);
    }
  });
});

interface WalkedPage {
  nodes: { id: string }[];
  pageInfo: { endCursor?: string; startCursor?: string; hasNextPage?: boolean; hasPreviousPage?: boolean };
}

it('must meet all that is asked for', async () => {
  const one = recordsOf('interactions').find((record) => record.actor === 'bot');
  const [userId, createdTime] = [one?.user_id, String(one?.created_time)];
  const filter = {
    userId: { eq: userId },
    actor: { eq: 'BOT' },
    createdTime: { lte: createdTime },
    type: { in: ['INTERACTION_TYPE_BOT_MESSAGE'], isNull: false },
  };
  const expected = idsWhere(
    'interactions',
    (record) =>
      record.user_id === userId &&
      record.actor === 'bot' &&
      String(record.created_time) <= createdTime &&
      record.type === 'INTERACTION_TYPE_BOT_MESSAGE',
  );
  expect(await idsWith('interactions', filter)).toEqual(expected);
  expect(expected).not.toEqual([]);
  const nobody = { userId: { eq: userId, in: ['somebody else'] } };
  expect(await idsWith('interactions', nobody)).toEqual([]);
});

it('take text as text: quotes, wildcards, and other alphabets', async () => {
  const odd = ["it's", '%', 'a_b', '"; drop table conversations; --', 'Ünïcødé 🗝', ''];
  const records = odd.map((primary_domain, i) => conversation({ id: `odd ${i}`, primary_domain }));
  const { id } = await addOrganization(app, 'Odd', 'admin@odd.example');
  await upsertRecords(app.db, id, 'conversations', records, app.clock.now());
  const theirs = await signedIn(app, 'admin@odd.example');
  for (const [i, text] of odd.entries()) {
    expect(await idsWith('conversations', { primaryDomain: { eq: text } }, theirs)).toEqual([`odd ${i}`]);
    expect(await idsWith('conversations', { primaryDomain: { in: [text] } }, theirs)).toEqual([`odd ${i}`]);
  }
  expect(await idsWith('conversations', { id: { eq: 'odd 0' } })).toEqual([]);
});

const refused = async (filter: string, variables?: object) => {
  const reply = await admin.send(
    `query ${variables ? '($values: [ID!])' : ''} { conversations(filter: ${filter}) { nodes { id } } }`,
    variables,
  );
  expect(reply).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  return reply.errors[0]?.message;
};

it('take a thousand values at once and no more', async () => {
  const values = Array.from({ length: 1001 }, (_, i) => `none ${i}`);
  expect(await idsWith('conversations', { id: { in: values.slice(1) } })).toEqual([]);
  const message = await refused('{ id: { in: $values } }', { values });
  expect(message).toBe('filter.id.in has more than 1,000 values. Ask for them in several requests.');
});

it('refuse what is no value of the field, or no field', async () => {
  await refused('{ createdTime: { gt: "yesterday" } }');
  await refused('{ createdTime: { gt: "2026-02-30T00:00:00Z" } }');
  await refused('{ createdTime: { eq: "2026-02-28T00:00:00Z" } }');
  await refused('{ route: { eq: true } }');
  await refused('{ route: "DM" }');
  await refused('{ id: { in: [null] } }');
  await refused('{ organizationId: { eq: "x" } }');
  await refused('{ detail: { content: "x" } }');
});

it('leave a cursor its meaning: with another filter, the list goes on from the same place', async () => {
  const inOrder = recordsOf('conversations').toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const order = 'orderBy: { field: ID, direction: ASC }';
  const { page } = await admin.run<{ page: WalkedPage }, never>(
    `{ page: conversations(first: 5, ${order}) { nodes { id } pageInfo { endCursor } } }`,
  );
  const rest = await admin.run<{ page: WalkedPage }, never>(
    `{ page: conversations(first: 1000, ${order}, filter: { route: { eq: "DM" } }, after: "${page.pageInfo.endCursor}") { nodes { id } } }`,
  );
  const expected = inOrder.slice(5).filter((record) => record.route === 'DM');
  expect(rest.page.nodes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
});
