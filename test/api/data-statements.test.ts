// What the Data API asks of the database: one statement for each level of a query, and no column that nobody asked for.

import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSample } from '../../src/db/data/sample.ts';
import { Caller, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { readingRecords, watched } from '../support/statements.ts';

let app: TestApp;
let twin: Awaited<ReturnType<typeof watched>>;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  const until = new Date('2026-06-01T00:00:00.000Z');
  const size = { seed: 7, conversations: 90, days: 8, until };
  await loadSample(app.db, app.organization.id, { ...size, now: app.clock.now() });
  twin = await watched(app);
  admin = new Caller(twin, (await signedIn(app)).authorization);
});
afterAll(async () => {
  await twin.close();
  await app.close();
});

/** The statements that read records for a query, and its data. */
async function statementsOf<Data>(query: string): Promise<{ statements: CompiledQuery[]; data: Data }> {
  twin.statements.length = 0;
  const data = await admin.run<Data, never>(query);
  return { statements: readingRecords(twin.statements), data };
}

/** The columns of which a statement returns something, in the order of their names. */
const columnsIn = (statement: string) => {
  const list = statement.slice(0, statement.search(/ from "\w+" as "record"/)).trim();
  const names = [...list.matchAll(/"record"\."(\w+)"/g)].map(([, name]) => name);
  return [...new Set(names)].filter((name) => name !== 'json').sort();
};

interface Whole {
  conversations: {
    nodes: {
      interactions: { nodes: { pluginCalls: { nodes: { pluginResources: { nodes: object[] } }[] } }[] };
    }[];
  };
}

const whole = (conversations: number) => `{
  conversations(first: ${conversations}) { totalCount nodes { id
    user { id firstName conversations(first: 2) { totalCount nodes { id } } }
    interactions(first: 6) { totalCount pageInfo { endCursor hasNextPage } nodes { id
      user { id firstName }
      parent { id }
      pluginCalls(first: 4) { nodes { id
        interaction { id }
        pluginResources(first: 3) { totalCount nodes { id pluginCall { id } user { id firstName } } } } } } } } } }`;

it('one statement for each level of a query, whatever the number of parents', async () => {
  const one = await statementsOf<Whole>(whole(1));
  const many = await statementsOf<Whole>(whole(50));
  const { nodes } = many.data.conversations;
  const interactions = nodes.flatMap((node) => node.interactions.nodes);
  const calls = interactions.flatMap((node) => node.pluginCalls.nodes);
  const resources = calls.flatMap((node) => node.pluginResources.nodes);
  expect(Math.min(nodes.length, interactions.length, calls.length, resources.length)).toBeGreaterThan(40);
  // Five lists, four counts, six neighbours; what a neighbour had before is not read again.
  expect(many.statements.length).toBeLessThanOrEqual(5 + 4 + 6);
  expect(one.statements.length).toBeLessThanOrEqual(many.statements.length);
});

it('what is the same is read once: aliases, fragments, and records met again', async () => {
  const { statements } = await statementsOf(`
    query { conversations(first: 50) { nodes { a: user { ...U } b: user { ...U } interactions(first: 2) { nodes { user { ...U } } } } edges { node { user { ...U } } } } }
    fragment U on User { id lastName }`);
  expect(statements).toHaveLength(3);
});

it('a page is one round trip, and a count is asked for only when it is wanted', async () => {
  expect(
    (await statementsOf('{ conversations { nodes { id } pageInfo { hasNextPage endCursor } } }')).statements,
  ).toHaveLength(1);
  const counted = await statementsOf('{ conversations { totalCount nodes { id } } }');
  expect(counted.statements).toHaveLength(2);
  const alone = await statementsOf('{ conversations { totalCount } users { __typename totalCount } }');
  expect(alone.statements).toHaveLength(2);
  for (const { sql: text } of alone.statements) expect(text).toContain('count(*)');
});

it('only the columns asked for are read, and those of the order', async () => {
  const cases: [string, string[][]][] = [
    ['{ conversation(id: "x") { route } }', [['id', 'route']]],
    ['{ users(first: 1) { nodes { emailAddr } } }', [['email_addr', 'id', 'last_updated_time']]],
    [
      '{ interactions(first: 1, orderBy: { field: ID, direction: ASC }) { edges { node { actor ...D } } } } fragment D on Interaction { said: detail { content } }',
      [['actor', 'detail', 'id']],
    ],
    ['{ conversations(first: 1) { pageInfo { endCursor } } }', [['created_time', 'id']]],
    [
      '{ conversations(first: 3) { nodes { user { firstName } } } }',
      [
        ['created_time', 'id', 'user_id'],
        ['first_name', 'id'],
      ],
    ],
    [
      '{ conversations(first: 9, orderBy: { field: ID, direction: ASC }) { nodes { interactions(first: 2) { nodes { platform parent { id } } } } } }',
      [['id'], ['created_time', 'id', 'parent_interaction_id', 'platform'], ['id']],
    ],
  ];
  for (const [query, columns] of cases) {
    const { statements } = await statementsOf(query);
    expect(statements.map(({ sql: text }) => columnsIn(text))).toEqual(columns);
    expect(statements.map(({ sql: text }) => text).join(), query).not.toMatch(/select \*|\.\*/);
  }
});

/** How the database would run a statement if it could not help itself by reading everything. */
async function planOf({ sql: text, parameters }: CompiledQuery): Promise<string> {
  return app.db.transaction().execute(async (tx) => {
    await sql`set local enable_seqscan = off`.execute(tx);
    await sql`set local enable_bitmapscan = off`.execute(tx);
    const plan = await tx.executeQuery<Record<string, string>>(
      CompiledQuery.raw(`explain ${text}`, [...parameters]),
    );
    return plan.rows.map((row) => Object.values(row)[0]).join('\n');
  });
}

const times = '{ gte: "2026-05-25T00:00:00Z", lt: "2026-05-26T00:00:00Z" }';

it.each([
  [`conversations(filter: { createdTime: ${times} })`, ['created_time >=', 'created_time <']],
  [
    `interactions(filter: { lastUpdatedTime: ${times} }, orderBy: { field: LAST_UPDATED_TIME, direction: DESC })`,
    ['last_updated_time >=', 'last_updated_time <'],
  ],
  ['conversations(filter: { userId: { eq: "x" } })', ['user_id =']],
  [
    `interactions(filter: { userId: { eq: "x" }, createdTime: ${times} })`,
    ['user_id =', 'created_time >=', 'created_time <'],
  ],
  ['interactions(filter: { conversationId: { eq: "x" } })', ['conversation_id =']],
  ['interactions(filter: { parentInteractionId: { eq: "x" } })', ['parent_interaction_id =']],
  ['pluginCalls(filter: { interactionId: { eq: "x" } })', ['interaction_id =']],
  ['pluginResources(filter: { pluginCallId: { eq: "x" } })', ['plugin_call_id =']],
  ['pluginResources(filter: { resourceId: { eq: "x" } })', ['resource_id =']],
] as const)('an index finds the page of %s, without a sort', async (list, conditions) => {
  await sql`analyze`.execute(app.db);
  const { statements } = await statementsOf(`{ ${list} { nodes { id userId } } }`);
  const plan = await planOf(statements[0] as CompiledQuery);
  const found = /Index Cond: .*/.exec(plan)?.[0] ?? plan;
  for (const condition of conditions) expect(found).toContain(condition);
  expect(plan).not.toContain('Sort');
});

it.each([
  ['users(filter: { emailAddr: { eq: "x" } })', 'email_addr ='],
  ['conversations(filter: { id: { in: ["x", "y"] } })', 'id = ANY'],
  ['conversations(filter: { userId: { in: ["x", "y"] } })', 'user_id = ANY'],
])('an index finds the records of %s', async (list, condition) => {
  await sql`analyze`.execute(app.db);
  const { statements } = await statementsOf(`{ ${list} { nodes { id } } }`);
  const plan = await planOf(statements[0] as CompiledQuery);
  expect(/Index Cond: .*/.exec(plan)?.[0] ?? plan).toContain(condition);
});
