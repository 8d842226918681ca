// How PostgreSQL runs what a list asks of it, on tables with enough in them that it could do otherwise: every page of
// every order, and of the filters that pipelines use, is a stretch of an index that begins at its place.

import { CompiledQuery, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { CopyTarget } from '../../src/db/copy-out.ts';
import { type DataResource, dataResources } from '../../src/db/data/resources.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import { Caller, signedIn } from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { fillTables } from '../support/full-tables.ts';
import { conversation } from '../support/records.ts';
import { RestReader } from '../support/rest.ts';
import { readingRecords, watched } from '../support/statements.ts';

const lists = {
  users: { name: 'users', field: 'emailAddr' },
  conversations: { name: 'conversations', field: 'route' },
  interactions: { name: 'interactions', field: 'platform' },
  plugin_calls: { name: 'pluginCalls', field: 'pluginName' },
  plugin_resources: { name: 'pluginResources', field: 'type' },
} as const;
const columnOf = { CREATED_TIME: 'created_time', LAST_UPDATED_TIME: 'last_updated_time', ID: 'id' } as const;
type Field = keyof typeof columnOf;
const fieldsOf = (resource: DataResource) =>
  (Object.keys(columnOf) as Field[]).filter((field) => resource !== 'users' || field !== 'CREATED_TIME');
const directions = ['ASC', 'DESC'] as const;

let app: TestApp;
let twin: Awaited<ReturnType<typeof watched>>;
let admin: Caller;
let rest: RestReader;

interface PlanNode {
  'Parent Relationship'?: string;
  'Node Type': string;
  'Relation Name'?: string;
  'Index Cond'?: string;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
/** Without what is looked up for each row that was found. */
const findingNodesOf = (node: PlanNode): PlanNode[] => [
  node,
  ...(node.Plans ?? []).filter((plan) => plan['Parent Relationship'] !== 'SubPlan').flatMap(findingNodesOf),
];

const planOf = async (statement: CompiledQuery) => nodesOf(await planTreeOf(statement));

async function planTreeOf({ sql: text, parameters }: CompiledQuery): Promise<PlanNode> {
  // What is copied is the plan of the query inside, which the target, the last parameter, is no part of.
  const query = text.replace(/^copy \((.*)\) to \$\d+ \(.*\)$/s, '$1');
  const values = parameters.filter((parameter) => !(parameter instanceof CopyTarget));
  const explain = CompiledQuery.raw(`explain (format json) ${query}`, values);
  const { rows } = await app.db.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain);
  return (rows[0] as (typeof rows)[0])['QUERY PLAN'][0].Plan;
}

/** The plans of the statements that read records while this is done. */
async function plansOf(work: () => Promise<unknown>): Promise<PlanNode[][]> {
  twin.statements.length = 0;
  await work();
  return Promise.all(readingRecords(twin.statements).map(planOf));
}

/** That records are found by an index, with these conditions on it, and come in their order from it. */
function expectIndexRange(
  plan: readonly PlanNode[],
  resource: DataResource | 'credentials',
  ...conditions: string[]
): void {
  const scans = plan.filter((node) => node['Relation Name'] === resource);
  expect(scans.length, JSON.stringify(plan)).toBeGreaterThan(0);
  for (const scan of scans) expect(['Index Scan', 'Index Only Scan']).toContain(scan['Node Type']);
  expect(plan.map((node) => node['Node Type']).filter((type) => type.includes('Sort'))).toEqual([]);
  const found = scans.map((scan) => scan['Index Cond']).join(' and ');
  for (const condition of ['organization_id =', ...conditions]) expect(found).toContain(condition);
}

/** Credentials by the thousand, each with a secret and a key. Half of them have been used, and every third is revoked. */
async function fillCredentials({ db, organization }: TestApp, count: number): Promise<void> {
  const id = sql`'cred_many' || lpad(i::text, 5, '0')`;
  const at = sql`'2026-01-01'::timestamptz + i * interval '40 seconds'`;
  const series = sql`generate_series(0, ${count - 1}::int) as i`;
  await sql`insert into credentials (organization_id, id, name, name_key, authentication_type, scopes, owner_account_id,
      created_by_account_id, created_at, updated_at, last_used_at, revoked_at)
    select a.organization_id, ${id}, 'Many ' || i, 'many ' || i, 'API_KEY', '{users:read}', a.id, a.id, ${at}, ${at},
      case when i % 2 = 0 then ${at} end, case when i % 3 = 0 then ${at} end
    from accounts a, ${series} where a.organization_id = ${organization.id}`.execute(db);
  await sql`insert into credential_secrets (organization_id, id, credential_id, hash, hint, created_at)
    select organization_id, 'sec_' || id, id, 'none', 'lk_k…0000', created_at from credentials
    where id like 'cred_many%'`.execute(db);
  await sql`insert into credential_keys (organization_id, credential_id, kid, algorithm, thumbprint, public_jwk,
      created_by_account_id, created_at)
    select organization_id, id, 'kid', 'ES256', 'none', '{}', created_by_account_id, created_at from credentials
    where id like 'cred_many%'`.execute(db);
}

const page = (resource: DataResource, args: string) => {
  const { name, field } = lists[resource];
  return `{ page: ${name}(${args}) { nodes { id ${field} } pageInfo { endCursor hasNextPage } } }`;
};

interface Read {
  page: { nodes: { id: string }[]; pageInfo: { endCursor: string } };
}

describe.runIf(inject('engine') === 'postgres')('on full tables', () => {
  beforeAll(async () => {
    app = await startApp();
    const other = await addOrganization(app, 'Globex', 'admin@globex.example');
    for (const { id } of [app.organization, other]) await fillTables(app.db, id, 12_000);
    await fillCredentials(app, 12_000);
    await sql`vacuum analyze`.execute(app.db);
    twin = await watched(app);
    const { authorization } = await signedIn(app);
    admin = new Caller(twin, authorization);
    rest = new RestReader(twin, authorization);
  });
  afterAll(async () => {
    await twin.close();
    await app.close();
  });

  /** The cursor of a record in the middle of every order. */
  async function middleOf(resource: DataResource, orderBy: string): Promise<string> {
    const query = page(resource, `filter: { id: { in: ["r06000"] } }, ${orderBy}`);
    return (await admin.run<Read, never>(query)).page.pageInfo.endCursor;
  }

  const orders = dataResources.flatMap((resource) =>
    fieldsOf(resource).flatMap((field) =>
      directions.map((direction) => [resource, field, direction] as const),
    ),
  );

  it.each(orders)(
    'a page of %s by %s %s is a stretch of an index, wherever it begins',
    async (resource, field, direction) => {
      const orderBy = `orderBy: { field: ${field}, direction: ${direction} }`;
      const column = columnOf[field];
      const cursor = await middleOf(resource, orderBy);
      for (const [size, place, ahead] of [
        ['first', 'after', true],
        ['last', 'before', false],
      ] as const) {
        const [begin, ...noMore] = await plansOf(() => admin.run(page(resource, `${size}: 100, ${orderBy}`)));
        expectIndexRange(begin ?? [], resource);
        const deep = page(resource, `${size}: 100, ${place}: "${cursor}", ${orderBy}`);
        const [middle, ...norThen] = await plansOf(() => admin.run(deep));
        const operator = ahead === (direction === 'ASC') ? '>' : '<';
        const left = field === 'ID' ? 'id' : `ROW(${column}, id)`;
        expectIndexRange(middle ?? [], resource, `${left} ${operator} `);
        expect([noMore, norThen]).toEqual([[], []]);
      }
    },
  );

  it.each(
    (['CREATED_AT', 'NAME', 'LAST_USED_AT'] as const).flatMap((field) =>
      directions.map((direction) => [field, direction] as const),
    ),
  )(
    'a page of many credentials is a stretch of an index, wherever it begins: by %s %s',
    async (field, direction) => {
      const listed = (args: string) =>
        `{ credentials(${args}, orderBy: { field: ${field}, direction: ${direction} }) {
          nodes { id name secretHint } pageInfo { endCursor } } }`;
      const readsCredentials = (statement: CompiledQuery) => / from "credentials"/.test(statement.sql);
      const planned = async (query: string) => {
        twin.statements.length = 0;
        const data = await admin.run<{ credentials: Read['page'] }, never>(query);
        expect(data.credentials.nodes).toHaveLength(100);
        const [statement, ...noMore] = twin.statements.filter(readsCredentials);
        expect(noMore).toEqual([]);
        return { plan: await planTreeOf(statement as CompiledQuery), data };
      };
      const [size, place] = ['first: 100', (cursor: string) => `first: 100, after: "${cursor}"`] as const;
      let { plan, data } = await planned(listed(size));
      for (let pages = 0; pages < 3; pages++) {
        expectIndexRange(findingNodesOf(plan), 'credentials');
        ({ plan, data } = await planned(listed(place(data.credentials.pageInfo.endCursor))));
      }
      expectIndexRange(findingNodesOf(plan), 'credentials', direction === 'ASC' ? ') > ' : ') < ');
      // What hangs on each row is found by an index as well.
      expect(
        nodesOf(plan).filter(
          (node) => node['Node Type'] === 'Seq Scan' && node['Relation Name'] !== 'accounts',
        ),
      ).toEqual([]);
    },
  );

  it('so is each half of a page of a sync after a load: the late ones and the further ones', async () => {
    const orderBy = 'orderBy: { field: LAST_UPDATED_TIME, direction: ASC }';
    const cursor = await middleOf('conversations', orderBy);
    const late = conversation({ id: 'late', last_updated_time: '2020-01-01T00:00:00.000Z' });
    await upsertRecords(app.db, app.organization.id, 'conversations', [late], app.clock.now());
    let ids: string[] = [];
    const plans = await plansOf(async () => {
      const query = page('conversations', `first: 100, after: "${cursor}", ${orderBy}`);
      ids = (await admin.run<Read, never>(query)).page.nodes.map(({ id }) => id);
    });
    expect(ids).toHaveLength(100);
    expect(ids[0]).toBe('late');
    for (const plan of plans) expectIndexRange(plan, 'conversations', 'ROW(last_updated_time, id) > ');
    expectIndexRange(plans.at(-1) ?? [], 'conversations', 'ROW(version, last_updated_time, id) > ');
  });

  const range = '{ gte: "2026-01-03T00:00:00Z", lt: "2026-01-04T00:00:00Z" }';
  const times = dataResources.flatMap((resource) =>
    fieldsOf(resource)
      .filter((field) => field !== 'ID')
      .flatMap((field) => directions.map((direction) => [resource, field, direction] as const)),
  );

  it.each(times)(
    'a time range of %s by %s %s is a stretch of an index',
    async (resource, field, direction) => {
      const filter = field === 'CREATED_TIME' ? 'createdTime' : 'lastUpdatedTime';
      const args = `first: 100, filter: { ${filter}: ${range} }, orderBy: { field: ${field}, direction: ${direction} }`;
      const [plan] = await plansOf(() => admin.run(page(resource, args)));
      expectIndexRange(plan ?? [], resource, `${columnOf[field]} >= `, `${columnOf[field]} < `);
    },
  );

  it.each([
    ['conversations', 'userId', 'user_id', 'u7'],
    ['interactions', 'userId', 'user_id', 'u7'],
    ['interactions', 'conversationId', 'conversation_id', 'c7'],
    ['interactions', 'parentInteractionId', 'parent_interaction_id', 'r00007'],
    ['plugin_calls', 'userId', 'user_id', 'u7'],
    ['plugin_calls', 'conversationId', 'conversation_id', 'c7'],
    ['plugin_calls', 'interactionId', 'interaction_id', 'r00007'],
    ['plugin_resources', 'userId', 'user_id', 'u7'],
    ['plugin_resources', 'conversationId', 'conversation_id', 'c7'],
    ['plugin_resources', 'interactionId', 'interaction_id', 'r00007'],
    ['plugin_resources', 'pluginCallId', 'plugin_call_id', 'r00007'],
    ['plugin_resources', 'resourceId', 'resource_id', 'a7'],
  ] as const)('the %s of one %s are a stretch of an index', async (resource, field, column, value) => {
    for (const direction of directions) {
      const orderBy = `orderBy: { field: CREATED_TIME, direction: ${direction} }`;
      const args = `first: 100, filter: { ${field}: { eq: "${value}" } }, ${orderBy}`;
      const [plan] = await plansOf(() => admin.run(page(resource, args)));
      expectIndexRange(plan ?? [], resource, `${column} = `);
    }
  });

  it.each([
    ['users', 'conversations', 'conversations', 'user_id'],
    ['conversations', 'interactions', 'interactions', 'conversation_id'],
    ['interactions', 'pluginCalls', 'plugin_calls', 'interaction_id'],
    ['pluginCalls', 'pluginResources', 'plugin_resources', 'plugin_call_id'],
  ] as const)(
    'of each of many %s, the %s are a stretch of an index',
    async (parents, children, resource, column) => {
      for (const direction of directions) {
        const orderBy = `orderBy: { field: CREATED_TIME, direction: ${direction} }`;
        const query = `{ ${parents}(first: 50) { nodes { ${children}(first: 5, ${orderBy}) { nodes { id } } } } }`;
        const [, plan] = await plansOf(() => admin.run(query));
        expectIndexRange(plan ?? [], resource, `${column} = `);
      }
    },
  );

  it.each(dataResources)(
    'over REST a page of %s is a stretch of an index, and so is an export',
    async (resource) => {
      const path = resource.replace('_', '-');
      for (const field of fieldsOf(resource)) {
        for (const direction of directions) {
          const options = { $orderby: `${columnOf[field]} ${direction.toLowerCase()}` };
          const first = await rest.get(`v1/records/${path}`, options);
          const [plan] = await plansOf(() => rest.get(first.page['@odata.nextLink'] ?? ''));
          const place = field === 'ID' ? 'id' : `ROW(${columnOf[field]}, id)`;
          expectIndexRange(plan ?? [], resource, `${place} ${direction === 'ASC' ? '>' : '<'} `);
        }
      }
      const [plan] = await plansOf(() => rest.get(`v1/records/${path}.ndjson`, { after: 'r06000' }));
      expectIndexRange(plan ?? [], resource, 'id > ');
    },
  );
});
