// Records that are so long that a page of them is more than a process should hold: refused in words, passed on in smaller
// pages, or streamed; and the process goes on.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Caller, createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { fillTables } from '../support/full-tables.ts';
import { RestReader } from '../support/rest.ts';

const records = 600;
const contentLength = 100_000;
let app: TestApp;
let caller: Caller;
let reader: RestReader;

beforeAll(async () => {
  app = await startApp();
  await fillTables(app.db, app.organization.id, records);
  await sql`update conversations set user_id = 'r0000' || right(user_id, 1),
    detail = jsonb_build_object('content', repeat('x', ${contentLength}::int))`.execute(app.db);
  const { apiKey } = await createApiKey(await signedIn(app), ['CONVERSATIONS', 'USERS']);
  caller = new Caller(app, apiKey);
  reader = new RestReader(app, apiKey);
});
afterAll(() => app.close());

const isPostgres = inject('engine') === 'postgres';

describe('a reply beyond 32 MB', () => {
  const isRefused = async (fields: string) => {
    const { status, data, errors } = await caller.send(`{ ${fields} }`);
    expect([status, data ?? null, errors[0]?.extensions.code]).toEqual([400, null, 'QUERY_TOO_COMPLEX']);
    expect(errors[0]?.message).toBe(
      'What is asked for is longer than 32 MB. Ask for fewer records or fields at a time; an export gives any number.',
    );
  };

  it.each([
    ['of one page', 'conversations(first: 600) { nodes { id detail { content } } }'],
    ['of one page under many keys', `conversations(first: 60) { nodes { ${keys(10)} } }`],
    [
      'of the lists of many records',
      'users(first: 10, orderBy: { field: ID, direction: ASC }) { nodes { id conversations(first: 100) { nodes { detail { content } } } } }',
    ],
    [
      'of several lists',
      'a: conversations(first: 200) { nodes { detail { content } } } b: conversations(first: 200) { nodes { detail { content } } }',
    ],
  ])('%s is refused with what to do', (_name, fields) => isRefused(fields));

  it.skipIf(!isPostgres)('of one page with its cursors is refused where PostgreSQL sends it', () =>
    isRefused('conversations(first: 600) { edges { cursor node { detail { content } } } }'),
  );

  it('is no matter for the next one, which asks for less', async () => {
    const { conversations } = await caller.run<
      { conversations: { nodes: { detail: { content: string } }[] } },
      never
    >('{ conversations(first: 200) { nodes { detail { content } } } }');
    expect(conversations.nodes.map(({ detail }) => detail.content.length)).toEqual(
      Array(200).fill(contentLength),
    );
  });
});

it('by REST the pages are shorter, and together they are whole', async () => {
  const pages = await reader.pages('v1/records/conversations');
  const ids = pages.flatMap(({ value }) => value.map(({ id }) => id));
  expect(ids).toEqual(Array.from({ length: records }, (_, i) => `r${String(i).padStart(5, '0')}`));
  expect(pages.length).toBeGreaterThan(isPostgres ? 2 : 0);
  const top = await reader.pages('v1/records/conversations', { $top: '501' });
  expect(top.flatMap(({ value }) => value).length).toBe(501);
});

it('an export is whole', async () => {
  const lines = (await (await reader.fetch('v1/records/conversations.ndjson')).text()).trimEnd().split('\n');
  expect(new Set(lines.map((line) => JSON.parse(line).id)).size).toBe(records);
});

function keys(count: number): string {
  return Array.from({ length: count }, (_, i) => `k${i}: detail { content }`).join(' ');
}
