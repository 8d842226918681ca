// Statistics over GraphQL: the numbers are those that one counts by hand, each under its own scope, each tenant by itself.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DataRecord } from '../../src/db/data/records.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { schema } from '../../src/schema/index.ts';
import type { ScopeName } from '../../src/scopes.ts';
import { anybody, Caller, createApiKey, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { conversation } from '../support/records.ts';

let app: TestApp;
let admin: Caller;

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  await store(app.organization.id);
});
afterAll(() => app.close());

// In Berlin clocks go forward on 2026-03-29 at 01:00 UTC: the day lasts from 23:00 UTC to 22:00 UTC.
const conversations: [createdTime: string, domain: string | null, route: string][] = [
  ['2026-03-28T22:59:59.999Z', 'IT', 'DM'],
  ['2026-03-28T23:00:00.000Z', 'HR', 'Notification'],
  ['2026-03-29T00:00:00.000Z', null, 'DM'],
  ['2026-03-29T21:59:59.999Z', 'IT', 'DM'],
  ['2026-03-29T22:00:00.000Z', null, 'Ticket'],
  ['2026-03-31T12:00:00.000Z', 'FACILITY', 'Channel'],
];

const interactions: [createdTime: string, userId: string, actor: 'user' | 'bot'][] = [
  ['2026-03-29T08:00:00.000Z', 'ada', 'user'],
  ['2026-03-29T08:00:01.000Z', 'ada', 'bot'],
  ['2026-03-29T09:00:00.000Z', 'ada', 'user'],
  ['2026-03-29T10:00:00.000Z', 'bob', 'user'],
  ['2026-03-29T22:30:00.000Z', 'ada', 'user'],
  ['2026-03-31T08:00:00.000Z', 'cleo', 'bot'],
];

const pluginCalls: [name: string, served: boolean, used: boolean][] = [
  ['search', true, true],
  ['search', true, false],
  ['search', false, false],
  ['file_ticket', true, true],
  ['Approvals', false, false],
];

async function store(organizationId: string): Promise<void> {
  const now = app.clock.now();
  await upsertRecords(app.db, organizationId, 'conversations', conversations.map(conversationOf), now);
  await upsertRecords(app.db, organizationId, 'interactions', interactions.map(interactionOf), now);
  await upsertRecords(app.db, organizationId, 'plugin_calls', pluginCalls.map(pluginCallOf), now);
}

const conversationOf = ([created_time, primary_domain, route]: (typeof conversations)[number], at: number) =>
  conversation({ id: `conversation-${at}`, created_time, primary_domain, route });

const stamp = { last_updated_time: '2026-04-01T06:00:00.000Z' };

const interactionOf = (
  [created_time, user_id, actor]: (typeof interactions)[number],
  at: number,
): DataRecord<'interactions'> => ({
  ...stamp,
  id: `interaction-${at}`,
  conversation_id: 'conversation-0',
  user_id,
  actor,
  platform: 'slack',
  type: actor === 'bot' ? 'INTERACTION_TYPE_BOT_MESSAGE' : 'INTERACTION_TYPE_FREE_TEXT',
  label: null,
  parent_interaction_id: null,
  detail: null,
  created_time,
});

const pluginCallOf = (
  [plugin_name, served, used]: (typeof pluginCalls)[number],
  at: number,
): DataRecord<'plugin_calls'> => ({
  ...stamp,
  id: `call-${at}`,
  interaction_id: 'interaction-0',
  conversation_id: 'conversation-0',
  user_id: 'ada',
  plugin_name,
  served,
  used,
  plugin_update_time: null,
  created_time: '2026-03-29T08:00:00.000Z',
});

const selections = {
  conversationsPerDay: 'day count',
  interactionsPerDay: 'day count',
  activeUsersPerDay: 'day count',
  conversationsByDomain: 'domain count',
  conversationsByRoute: 'route count',
  pluginCallsByPlugin: 'pluginName calls served used',
};
type Statistic = keyof typeof selections;
const statistics = Object.keys(selections) as Statistic[];
const perDay = ['conversationsPerDay', 'interactionsPerDay', 'activeUsersPerDay'] as const;

interface Range {
  from: string;
  until: string;
}
const everything: Range = { from: '2026-03-01T00:00:00Z', until: '2026-05-01T00:00:00Z' };

const queryOf = (statistic: Statistic, more = '') =>
  `query ($range: TimeRange!) { ${statistic}(range: $range${more}) { ${selections[statistic]} } }`;

async function ask(statistic: Statistic, range: Range, more = '', by = admin): Promise<unknown[]> {
  const data = await by.run<Record<string, Record<string, unknown>[]>, object>(queryOf(statistic, more), {
    range,
  });
  return (data[statistic] ?? []).map((row) => Object.values(row));
}

const inBerlin = ', timeZone: "Europe/Berlin"';

describe('by day', () => {
  it('conversations are counted on the days of UTC when no time zone is given', async () => {
    const range = { from: '2026-03-28T00:00:00Z', until: '2026-04-01T00:00:00Z' };
    const expected = [
      ['2026-03-28', 2],
      ['2026-03-29', 3],
      ['2026-03-30', 0],
      ['2026-03-31', 1],
    ];
    expect(await ask('conversationsPerDay', range)).toEqual(expected);
    expect(await ask('conversationsPerDay', range, ', timeZone: null')).toEqual(expected);
  });

  it('a day on which the clocks go forward has its 23 hours', async () => {
    const range = { from: '2026-03-27T23:00:00Z', until: '2026-03-31T22:00:00Z' };
    expect(await ask('conversationsPerDay', range, inBerlin)).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 3],
      ['2026-03-30', 1],
      ['2026-03-31', 1],
    ]);
  });

  it('interactions are counted whoever acted, active users once a day and never for the bot', async () => {
    const range = { from: '2026-03-29T00:00:00+02:00', until: '2026-04-01T00:00:00+02:00' };
    expect(await ask('interactionsPerDay', range, inBerlin)).toEqual([
      ['2026-03-28', 0],
      ['2026-03-29', 4],
      ['2026-03-30', 1],
      ['2026-03-31', 1],
    ]);
    expect(await ask('activeUsersPerDay', range, inBerlin)).toEqual([
      ['2026-03-28', 0],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
      ['2026-03-31', 0],
    ]);
  });

  it('a range begins with its from and ends before its until, in the middle of a day too', async () => {
    const range = { from: '2026-03-28T23:00:00Z', until: '2026-03-29T22:00:00Z' };
    expect(await ask('conversationsPerDay', range)).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
    ]);
    expect(await ask('conversationsPerDay', range, inBerlin)).toEqual([['2026-03-29', 3]]);
  });

  it.each(perDay)('%s has a range without records day by day with 0', async (statistic) => {
    const range = { from: '2024-02-28T00:00:00Z', until: '2024-03-02T00:00:00Z' };
    expect(await ask(statistic, range)).toEqual([
      ['2024-02-28', 0],
      ['2024-02-29', 0],
      ['2024-03-01', 0],
    ]);
  });

  it.each(perDay)('%s is given for 400 days and on every day that they touch', async (statistic) => {
    const range = { from: '2025-03-01T12:00:00Z', until: '2026-04-05T12:00:00Z' };
    const days = await ask(statistic, range, inBerlin);
    expect(days).toHaveLength(401);
    expect([days[0], days.at(-1)]).toEqual([
      ['2025-03-01', 0],
      ['2026-04-05', 0],
    ]);
  });

  it('an hour that comes twice at midnight belongs to one day both times', async () => {
    const repeated = ['2026-11-01T04:30:00.000Z', '2026-11-01T05:30:00.000Z'];
    const records = repeated.map((created_time) =>
      conversation({ id: `havana-${created_time}`, created_time }),
    );
    await upsertRecords(app.db, app.organization.id, 'conversations', records, app.clock.now());
    const range = { from: '2026-11-01T04:00:00Z', until: '2026-11-02T05:00:00Z' };
    const days = await ask('conversationsPerDay', range, ', timeZone: "America/Havana"');
    expect(days).toEqual([['2026-11-01', 2]]);
  });

  it('zones are known by any of their spellings', async () => {
    for (const zone of ['utc', 'europe/berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'Etc/GMT+5', 'US/Eastern']) {
      const days = await ask('conversationsPerDay', everything, `, timeZone: "${zone}"`);
      expect(days.length, zone).toBeGreaterThanOrEqual(61);
    }
  });
});

describe('by group', () => {
  it('conversations by domain have those without one as null, the most first, then by name', async () => {
    expect(await ask('conversationsByDomain', everything)).toEqual([
      ['IT', 2],
      [null, 2],
      ['FACILITY', 1],
      ['HR', 1],
    ]);
    expect(await ask('conversationsByDomain', everything, ', first: 2')).toEqual([
      ['IT', 2],
      [null, 2],
    ]);
  });

  it('conversations by route, the most first, then by name', async () => {
    expect(await ask('conversationsByRoute', everything)).toEqual([
      ['DM', 3],
      ['Channel', 1],
      ['Notification', 1],
      ['Ticket', 1],
    ]);
  });

  it('plugin calls with how many were served and used', async () => {
    expect(await ask('pluginCallsByPlugin', everything)).toEqual([
      ['search', 3, 2, 1],
      ['Approvals', 1, 0, 0],
      ['file_ticket', 1, 1, 1],
    ]);
  });

  it('a group without records in the range is not there', async () => {
    const range = { from: '2026-03-28T23:00:00Z', until: '2026-03-29T00:00:00Z' };
    expect(await ask('conversationsByDomain', range)).toEqual([['HR', 1]]);
    expect(await ask('conversationsByRoute', range)).toEqual([['Notification', 1]]);
    expect(await ask('pluginCallsByPlugin', range)).toEqual([]);
  });

  it.each([0, -1, 1001])('%i groups are refused', async (first) => {
    for (const statistic of [
      'conversationsByDomain',
      'conversationsByRoute',
      'pluginCallsByPlugin',
    ] as const) {
      await expectRefused(statistic, everything, `, first: ${first}`, '1 to 1000');
    }
  });
});

async function expectRefused(statistic: Statistic, range: Range, more: string, word: string): Promise<void> {
  const reply = await admin.send(queryOf(statistic, more), { range });
  expect(reply).toMatchObject({ status: 400, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  expect(reply.errors[0]?.message).toContain(word);
}

describe.each(statistics)('%s', (statistic) => {
  it('refuses a range that is empty, backward, longer than 400 days, or of times that are none', async () => {
    const from = '2025-03-01T00:00:00Z';
    await expectRefused(statistic, { from, until: from }, '', 'from is before');
    await expectRefused(statistic, { from, until: '2025-02-28T23:59:59.999Z' }, '', 'from is before');
    await expectRefused(statistic, { from, until: '2026-04-05T00:00:00.001Z' }, '', '400 days');
    await expectRefused(statistic, { from, until: '9999-12-31T00:00:00Z' }, '', '400 days');
    await expectRefused(statistic, { from, until: '2025-02-30T00:00:00Z' }, '', '$range.until');
  });

  it('is read with its scope, and refused without it, the scope named', async () => {
    const wanted: [name: ScopeName, value: string] = statistic.startsWith('conversations')
      ? ['CONVERSATIONS', 'conversations:read']
      : statistic.startsWith('plugin')
        ? ['PLUGIN_CALLS', 'plugin_calls:read']
        : ['INTERACTIONS', 'interactions:read'];
    expect(await ask(statistic, everything, '', await keyFor(wanted[0]))).not.toEqual([]);
    const all: ScopeName[] = ['CONVERSATIONS', 'INTERACTIONS', 'PLUGIN_CALLS', 'PLUGIN_RESOURCES', 'USERS'];
    const key = await keyFor(...all.filter((name) => name !== wanted[0]));
    const reply = await key.send(queryOf(statistic), { range: everything });
    expect(reply).toMatchObject({ status: 403, data: undefined });
    expect(reply.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', missingScopes: [wanted[1]] });
    expect((await anybody(app).send(queryOf(statistic), { range: everything })).status).toBe(401);
  });
});

const keyFor = async (...scopes: ScopeName[]) => {
  const { apiKey } = await createApiKey(admin, scopes);
  return new Caller(app, `Bearer ${apiKey}`);
};

// CET and +01:00 mean something else to Postgres than to the world; US/Pacific-New is gone from its list.
const badZones = [
  'Europe/Nowhere',
  'CET',
  'PST8PDT',
  '+01:00',
  'Foo/Bar+5',
  '',
  '/',
  "x/'",
  'US/Pacific-New',
];

it.each(badZones)('the time zone "%s" is refused', async (zone) => {
  for (const statistic of perDay) {
    await expectRefused(statistic, everything, `, timeZone: ${JSON.stringify(zone)}`, 'timeZone');
  }
});

it("another tenant's records are not counted", async () => {
  const before = await Promise.all(statistics.map((statistic) => ask(statistic, everything)));
  const other = await addOrganization(app, 'Other', 'admin@other.example');
  const them = await signedIn(app, 'admin@other.example');
  for (const statistic of statistics) {
    const counts = (await ask(statistic, everything, '', them)) as unknown[][];
    expect(
      counts.filter(([, count]) => count !== 0),
      statistic,
    ).toEqual([]);
  }
  await store(other.id);
  expect(await ask('conversationsByRoute', everything, '', them)).toHaveLength(4);
  expect(await Promise.all(statistics.map((statistic) => ask(statistic, everything)))).toEqual(before);
});

it('all statistics are had in one request, its range written once', async () => {
  const fields = statistics.map((statistic) => `${statistic}(range: $range) { ${selections[statistic]} }`);
  const data = await admin.run<object, object>(`query ($range: TimeRange!) { ${fields.join(' ')} }`, {
    range: everything,
  });
  expect(Object.keys(data)).toEqual(statistics);
});

it('a Date is a day of the calendar and nothing else', () => {
  const date = schema.getType('Date') as unknown as { parseValue(value: unknown): unknown };
  expect(date.parseValue('2024-02-29')).toBe('2024-02-29');
  for (const value of ['2026-02-29', '2026-2-1', '2026-02-01T00:00:00Z', '', 20260201, null]) {
    expect(() => date.parseValue(value), String(value)).toThrow('YYYY-MM-DD');
  }
});
