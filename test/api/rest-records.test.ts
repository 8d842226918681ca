// The records over REST: what a pipeline that was written for the product finds.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { checkRecord, type DataRecord } from '../../src/db/data/records.ts';
import { columnsOf, type DataResource, dataResources, resourceSlug } from '../../src/db/data/resources.ts';
import { loadSample, type SampleRecord, sampleRecords } from '../../src/db/data/sample.ts';
import { upsertRecords } from '../../src/db/data/upsert.ts';
import type { ScopeName } from '../../src/scopes.ts';
import { type Caller, createApiKey, createClient, pipeline, signedIn } from '../support/actors.ts';
import { addOrganization, issuer, startApp, type TestApp } from '../support/app.ts';
import { conversation, hasProductSample, productSample } from '../support/records.ts';
import { RestReader } from '../support/rest.ts';

const scopeNames: Record<DataResource, ScopeName> = {
  conversations: 'CONVERSATIONS',
  interactions: 'INTERACTIONS',
  plugin_calls: 'PLUGIN_CALLS',
  plugin_resources: 'PLUGIN_RESOURCES',
  users: 'USERS',
};
const everyScope = Object.values(scopeNames);

let app: TestApp;
let admin: Caller;
let stored: SampleRecord[];
let reader: RestReader;

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const size = { seed: 5, conversations: 450, days: 6, until: new Date('2026-06-01T00:00:00.000Z') };
  stored = [...sampleRecords(size)];
  await loadSample(app.db, app.organization.id, { ...size, now: app.clock.now() });
  reader = await readerWith(...everyScope);
});
afterAll(() => app.close());

async function readerWith(...scopes: ScopeName[]): Promise<RestReader> {
  return new RestReader(app, (await createApiKey(admin, scopes)).apiKey);
}

type Stored = Record<string, unknown> & { id: string };
const recordsOf = (resource: DataResource): Stored[] =>
  stored.flatMap((sample) => (sample.resource === resource ? [sample.record as Stored] : []));

const bytewise = (a: unknown, b: unknown) => Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
const byId = (a: { id?: unknown }, b: { id?: unknown }) => bytewise(a.id, b.id);
const idsOf = (records: readonly { id?: unknown }[]) => records.map(({ id }) => id);
const list = (resource: DataResource) => `v1/records/${resourceSlug(resource)}`;

describe.each(dataResources)('%s', (resource) => {
  it('are read whole by their next links, every field as it was stored, in the order of their ids', async () => {
    const pages = await reader.pages(list(resource));
    const expected = recordsOf(resource).toSorted(byId);
    expect(pages.flatMap(({ value }) => value)).toEqual(expected);
    expect(pages).toHaveLength(Math.max(1, Math.ceil(expected.length / 500)));
    for (const page of pages) {
      expect(Object.keys(page)[0]).toBe('@odata.context');
      expect(page['@odata.context']).toBe(`${issuer}/export/v1/records/$metadata#${resourceSlug(resource)}`);
    }
  });

  it('have every field of the resource in alphabetical order, nulls kept', async () => {
    const { page } = await reader.get(list(resource), { $top: '3' });
    for (const record of page.value) expect(Object.keys(record)).toEqual(columnsOf(resource).sort());
  });

  it('are the same under v1beta2, whose links stay there', async () => {
    const path = `v1beta2/records/${resourceSlug(resource)}`;
    const [page, ...rest] = await reader.pages(path);
    expect(page?.['@odata.context']).toBe(
      `${issuer}/export/v1beta2/records/$metadata#${resourceSlug(resource)}`,
    );
    expect([page, ...rest].flatMap((one) => one?.value)).toEqual(recordsOf(resource).toSorted(byId));
    for (const { '@odata.nextLink': next } of rest) if (next) expect(next).toContain('/export/v1beta2/');
    expect((await reader.get(`${path}/$count`)).text).toBe(String(recordsOf(resource).length));
  });

  it.each(['', ' desc'])('are read whole in the order of each field%s', async (direction) => {
    const wanted = idsOf(recordsOf(resource)).toSorted(bytewise);
    for (const column of columnsOf(resource) as string[]) {
      const reply = await reader.get(list(resource), { $orderby: column + direction, $select: 'id' });
      if (column === 'detail' || column === 'external_ids') expect(reply.status).toBe(400);
      else {
        const met = await reader.all(list(resource), {
          $orderby: column + direction,
          $select: `id,${column}`,
        });
        expect(idsOf(met).toSorted(bytewise), column).toEqual(wanted);
        expect(met, column).toEqual(inOrder(met, column, direction === ' desc'));
      }
    }
  });

  it('are counted, in the page and by themselves', async () => {
    const total = recordsOf(resource).length;
    const count = await reader.get(`${list(resource)}/$count`);
    expect(count.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(count.text).toBe(String(total));
    expect((await reader.get(`${list(resource)}/%24count`)).text).toBe(String(total));
    expect((await reader.get(list(resource), { $count: 'true', $top: '1', $skip: '2' })).page).toMatchObject({
      '@odata.count': total,
    });
    expect((await reader.get(list(resource), { $count: 'false' })).page).not.toHaveProperty('@odata.count');
  });

  it('are refused with 403 that names the scope without it, and with 401 without a credential', async () => {
    const others = await readerWith(...everyScope.filter((name) => name !== scopeNames[resource]));
    for (const path of [list(resource), `${list(resource)}/$count`, `${list(resource)}.ndjson`]) {
      const refused = await others.get(path, { $filter: 'not even a filter' });
      expect(refused.status).toBe(403);
      expect(refused.error).toMatchObject({ code: 'FORBIDDEN' });
      expect(refused.error?.message).toContain(`${resource}:read`);
      expect(refused.headers.get('www-authenticate')).toContain(
        `error="insufficient_scope", scope="${resource}:read"`,
      );
      const anonymous = await new RestReader(app).get(path);
      expect(anonymous).toMatchObject({ status: 401, error: { code: 'UNAUTHENTICATED' } });
      expect(anonymous.headers.get('www-authenticate')).toMatch(
        /^Bearer realm="latchkey", resource_metadata="/,
      );
      const wrong = await new RestReader(app, 'Bearer nonsense').get(path);
      expect(wrong.headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    const alone = await readerWith(scopeNames[resource]);
    expect((await alone.get(list(resource))).status).toBe(200);
  });
});

/** Null first, then bytewise; equal ones by id; all of it backward for desc. */
function inOrder(records: readonly Record<string, unknown>[], column: string, backward: boolean) {
  const rank = (value: unknown) => (value === null ? '0' : `1${value}`);
  const sorted = records.toSorted((a, b) => bytewise(rank(a[column]), rank(b[column])) || byId(a, b));
  return backward ? sorted.reverse() : sorted;
}

describe('the credential', () => {
  it('may be a bare API key, a bearer API key, an access token, or the session of a Super Admin', async () => {
    const { apiKey } = await createApiKey(admin, ['USERS']);
    const token = await pipeline(app, await createClient(admin, ['USERS']));
    for (const authorization of [apiKey, `Bearer ${apiKey}`, token.authorization, admin.authorization]) {
      expect((await new RestReader(app, authorization).get('v1/records/users')).status).toBe(200);
    }
    expect((await new RestReader(app, token.authorization).get('v1/records/conversations')).status).toBe(403);
  });

  it('reads the records of its own organisation only, with its own links only', async () => {
    const theirs = await addOrganization(app, 'Other', 'admin@other.example');
    const records = Array.from({ length: 501 }, (_, i) => conversation({ id: `theirs-${i}` }));
    await upsertRecords(app.db, theirs.id, 'conversations', records, app.clock.now());
    const other = new RestReader(app, (await signedIn(app, 'admin@other.example')).authorization);
    const { page } = await other.get('v1/records/conversations');
    expect(page.value.every(({ id }) => String(id).startsWith('theirs-'))).toBe(true);
    const mine = await reader.get('v1/records/conversations', { $filter: "id eq 'theirs-1'" });
    expect(mine.page.value).toEqual([]);
    expect(await reader.get(page['@odata.nextLink'] ?? '')).toMatchObject({
      status: 400,
      error: { code: 'BAD_USER_INPUT', message: expect.stringContaining('$skiptoken') },
    });
  });
});

describe('options', () => {
  const path = 'v1/records/interactions';
  const all = () => recordsOf('interactions').toSorted(byId);

  it('filter in every list and count alike', async () => {
    const from = all()[40]?.created_time as string;
    const $filter = `created_time ge '${from}' and actor eq 'user' and not (platform in ('slack') or label eq null)`;
    const expected = all().filter(
      (record) =>
        String(record.created_time) >= from &&
        record.actor === 'user' &&
        !(record.platform === 'slack' || record.label === null),
    );
    expect(await reader.all(path, { $filter })).toEqual(expected);
    expect((await reader.get(`${path}/$count`, { $filter, $orderby: 'id desc', $top: '1' })).text).toBe(
      String(expected.length),
    );
  });

  it('page a filtered list without repeating or missing one', async () => {
    const $filter = "actor eq 'bot'";
    const pages = await reader.pages(path, { $filter, $orderby: 'created_time desc', $select: 'id' });
    expect(pages.length).toBeGreaterThan(1);
    const met = pages.flatMap(({ value }) => idsOf(value));
    expect(new Set(met).size).toBe(met.length);
    expect(met.toSorted()).toEqual(idsOf(all().filter(({ actor }) => actor === 'bot')).toSorted());
  });

  it('understand the requests of the documentation', async () => {
    const userId = String(all()[0]?.user_id);
    const { page } = await reader.get(path, {
      $filter: `user_id eq '${userId}'`,
      $select: 'id,created_time',
      $orderby: 'user_id desc',
      $top: '10',
      $skip: '1',
      $count: 'true',
    });
    const own = all()
      .filter((record) => record.user_id === userId)
      .reverse();
    expect(page['@odata.count']).toBe(own.length);
    expect(page.value).toEqual(own.slice(1, 11).map(({ created_time, id }) => ({ created_time, id })));
  });

  it('order by several fields in their own directions', async () => {
    const met = await reader.all(path, { $orderby: 'user_id desc, created_time asc, label' });
    const expected = all().toSorted(
      (a, b) =>
        bytewise(b.user_id, a.user_id) ||
        bytewise(a.created_time, b.created_time) ||
        bytewise(a.label ?? '', b.label ?? '') ||
        byId(a, b),
    );
    expect(met).toEqual(expected);
  });

  it('$top caps the whole result and ends the links', async () => {
    const pages = await reader.pages(path, { $top: '1200', $count: 'true' });
    expect(pages.map(({ value }) => value.length)).toEqual([500, 500, 200]);
    expect(pages.map((page) => page['@odata.count'])).toEqual([all().length, all().length, all().length]);
    expect(pages.flatMap(({ value }) => value)).toEqual(all().slice(0, 1200));
    const one = await reader.pages(path, { $top: '500' });
    expect(one).toHaveLength(1);
    expect((await reader.get(path, { $top: '0', $count: 'true' })).page).toEqual({
      '@odata.context': expect.any(String),
      '@odata.count': all().length,
      value: [],
    });
  });

  it('$skip passes over once, and pages of it in parallel make the whole', async () => {
    expect(idsOf(await reader.all(path, { $skip: '7' }))).toEqual(idsOf(all().slice(7)));
    const starts = Array.from({ length: Math.ceil(all().length / 500) }, (_, i) => i * 500);
    const pages = await Promise.all(starts.map((skip) => reader.get(path, { $skip: String(skip) })));
    expect(pages.flatMap(({ page }) => idsOf(page.value))).toEqual(idsOf(all()));
    expect((await reader.get(path, { $skip: '1000000' })).page.value).toEqual([]);
  });

  it('are repeated by an absolute, percent-encoded next link', async () => {
    const $filter = "created_time gt '2020-01-01T00:00:00+00:00' and platform ne 'a&b #1'";
    const { page } = await reader.get(path, { $filter, $select: 'id', unknown: 'kept out', $count: 'true' });
    const link = page['@odata.nextLink'] ?? '';
    expect(link).toMatch(/^http:\/\/localhost:4000\/export\/v1\/records\/interactions\?[$\w.~*!()%=&-]+$/);
    expect(Object.fromEntries(new URL(link).searchParams)).toEqual({
      $filter,
      $select: 'id',
      $count: 'true',
      $skiptoken: expect.any(String),
    });
  });

  it('keep their place when records come and go between two pages', async () => {
    const { id: organizationId } = await addOrganization(app, 'Busy', 'admin@busy.example');
    const busy = new RestReader(app, (await signedIn(app, 'admin@busy.example')).authorization);
    const make = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) =>
        conversation({ id: `c${String(from + i).padStart(5, '0')}` }),
      );
    const put = (records: DataRecord<'conversations'>[]) =>
      upsertRecords(app.db, organizationId, 'conversations', records, app.clock.now());
    await put(make(100, 800));
    const first = await busy.get('v1/records/conversations');
    await put(make(0, 50));
    await app.db.deleteFrom('conversations').where('id', '=', 'c00599').execute();
    const second = await busy.get(first.page['@odata.nextLink'] ?? '');
    expect(idsOf(second.page.value)).toEqual(idsOf(make(600, 800)));
  });

  it('that are empty of records are an empty list', async () => {
    const { page } = await reader.get(path, { $filter: "id eq 'none'" });
    expect(page).toEqual({ '@odata.context': expect.any(String), value: [] });
  });

  it('without a $ mean nothing, and $select takes all with a star', async () => {
    const { status, page } = await reader.get(path, { $select: ' * ', $top: '1', top: '9', x: '' });
    expect(status).toBe(200);
    expect(page.value).toEqual(all().slice(0, 1));
  });
});

describe('refused with 400 and a sentence', () => {
  test.each<[Record<string, string>, string, number?]>([
    [{ $expand: 'users' }, '$expand is not supported here'],
    [{ $search: 'x' }, '$search is not supported here'],
    [{ '$<script>': 'x' }, 'An option that begins with $ is not supported here'],
    [{ $top: '-1' }, '$top should be a whole number'],
    [{ $top: '1.5' }, '$top should be a whole number'],
    [{ $top: '' }, '$top should be a whole number'],
    [{ $top: '99999999999' }, '$top should be a whole number'],
    [{ $skip: 'x' }, '$skip should be a whole number'],
    [{ $count: 'yes' }, '$count should be true or false'],
    [{ $orderby: 'nothing' }, '$orderby is wrong at character 1: there is no such field', 1],
    [{ $orderby: 'id, organization_id' }, '$orderby is wrong at character 5', 5],
    [{ $orderby: 'id sideways' }, '$orderby is wrong at character 1: expected a field', 1],
    [{ $orderby: '' }, '$orderby is wrong at character 1: expected a field', 1],
    [{ $orderby: 'created_time,created_time desc' }, 'is there twice', 14],
    [{ $orderby: 'detail' }, 'has no order', 1],
    [{ $select: 'id,secret' }, '$select is wrong at character 4: there is no such field', 4],
    [{ $select: '' }, '$select is wrong at character 1', 1],
    [{ $filter: "created_time gt 'x'" }, '$filter is wrong at character 17: created_time is a time', 17],
    [{ $filter: "id eq 'a\0'" }, '$filter is wrong at character 7', 7],
    [{ $skiptoken: 'x' }, '$skiptoken is not of this list'],
    [{ $skiptoken: '' }, '$skiptoken is not of this list'],
  ])('%j', async (options, message, position) => {
    const reply = await reader.get('v1/records/interactions', options);
    expect(reply.status).toBe(400);
    expect(reply.error).toMatchObject({ code: 'BAD_USER_INPUT', requestId: expect.any(String) });
    expect(reply.error?.message).toContain(message);
    expect(reply.error?.position).toBe(position);
  });

  it('an option that is there twice', async () => {
    const reply = await reader.get('v1/records/users?$top=1&$top=2');
    expect(reply).toMatchObject({ status: 400, error: { message: expect.stringContaining('twice') } });
  });

  it('users by created_time, which they do not have', async () => {
    for (const [option, value] of [
      ['$orderby', 'created_time'],
      ['$filter', "created_time gt '2026-01-01T00:00:00Z'"],
    ] as const) {
      expect((await reader.get('v1/records/users', { [option]: value })).error?.message).toContain(
        'last_updated_time',
      );
    }
  });

  it('a skiptoken that was edited, or is of another resource or order', async () => {
    const { page } = await reader.get('v1/records/interactions');
    const token = new URL(page['@odata.nextLink'] ?? '').searchParams.get('$skiptoken') ?? '';
    const edited = token.slice(0, 30) + (token[30] === 'A' ? 'B' : 'A') + token.slice(31);
    for (const [resource, options] of [
      ['interactions', { $skiptoken: edited }],
      ['interactions', { $skiptoken: `${token}A` }],
      ['interactions', { $skiptoken: token, $orderby: 'created_time' }],
      ['conversations', { $skiptoken: token }],
    ] as [string, Record<string, string>][]) {
      expect((await reader.get(`v1/records/${resource}`, options)).status).toBe(400);
    }
    expect((await reader.get('v1/records/interactions', { $skiptoken: token })).status).toBe(200);
  });

  it('an address that does not exist with 404, and another method with 405', async () => {
    for (const path of ['v1/records', 'v1/records/groups', 'v1/records/users/1', 'v1beta1/records/users'])
      expect((await reader.get(path)).error?.code).toBe('NOT_FOUND');
    expect((await reader.fetch('v1/records/users', { method: 'POST' })).status).toBe(405);
  });
});

describe.skipIf(!hasProductSample)("the product's own sample", () => {
  let own: RestReader;
  let organizationId: string;

  beforeAll(async () => {
    ({ id: organizationId } = await addOrganization(app, 'Sample', 'admin@sample.example'));
    own = new RestReader(app, (await signedIn(app, 'admin@sample.example')).authorization);
  });

  it.each(dataResources)('of %s is read back as its file has it', async (resource) => {
    const file = JSON.parse(readFileSync(join(productSample, `${resourceSlug(resource)}.json`), 'utf8'));
    await upsertRecords(app.db, organizationId, resource, file.value.map(checked(resource)), app.clock.now());
    const records: Stored[] = file.value.toSorted(byId);
    // The file is older than these two fields of conversations, which are null in such records.
    const added = resource === 'conversations' ? { type: null, detail: null } : {};
    expect(await own.all(list(resource))).toEqual(records.map((record) => ({ ...record, ...added })));
  });
});

const checked = (resource: DataResource) => (value: unknown) => {
  const result = checkRecord(resource, value);
  if ('problems' in result) throw new Error(result.problems.join());
  return result.record;
};
