// Bulk export: all records of a resource as lines of JSON, for as long as the caller may read them.

import { once } from 'node:events';
import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { dataResources, resourceSlug } from '../../src/db/data/resources.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import type { ScopeName } from '../../src/scopes.ts';
import {
  CreateAccountDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
} from '../operations/documents.ts';
import {
  type ApiKey,
  type Caller,
  createApiKey,
  createClient,
  pipeline,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { openExport, wholeLines } from '../support/export-reader.ts';
import { RestReader } from '../support/rest.ts';
import { watched } from '../support/statements.ts';
import { basic, revocation } from '../support/token-endpoints.ts';

const everyScope: ScopeName[] = [
  'CONVERSATIONS',
  'INTERACTIONS',
  'PLUGIN_CALLS',
  'PLUGIN_RESOURCES',
  'USERS',
];

let app: TestApp;
let admin: Caller;
let reader: RestReader;

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const until = new Date('2026-06-01T00:00:00.000Z');
  await loadSample(app.db, app.organization.id, {
    seed: 5,
    conversations: 450,
    days: 6,
    until,
    now: app.clock.now(),
  });
  reader = new RestReader(app, (await createApiKey(admin, everyScope)).apiKey);
});
afterAll(() => app.close());

const plain = { 'accept-encoding': 'identity' };

describe.each(dataResources)('%s', (resource) => {
  const slug = resourceSlug(resource);

  it('are exported as the lists have them, a line each, under both versions', async () => {
    const listed = await reader.all(`v1/records/${slug}`);
    for (const version of ['v1', 'v1beta2']) {
      const reply = await reader.get(`${version}/records/${slug}.ndjson`);
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('application/x-ndjson; charset=utf-8');
      expect(reply.text === '' || reply.text.endsWith('}\n')).toBe(true);
      expect(wholeLines(Buffer.from(reply.text))).toEqual(listed);
    }
  });

  it('are exported with the fields and by the filter asked for', async () => {
    const options = {
      $filter: "last_updated_time ge '2026-05-29T00:00:00Z'",
      $select: 'last_updated_time,id',
    };
    const listed = await reader.all(`v1/records/${slug}`, options);
    const { text } = await reader.get(`v1/records/${slug}.ndjson`, options);
    expect(text).toBe(listed.map((record) => `${JSON.stringify(record)}\n`).join(''));
  });
});

it('sends an empty export as no lines', async () => {
  const { status, text } = await reader.get('v1/records/users.ndjson', { $filter: "id eq 'none'" });
  expect({ status, text }).toEqual({ status: 200, text: '' });
});

test.each<[string, Record<string, string>, string]>([
  ['an order', { $orderby: 'id' }, '$orderby is not supported here. There are $filter, $select, after.'],
  ['$top', { $top: '5' }, '$top is not supported'],
  ['$skiptoken', { $skiptoken: 'x' }, '$skiptoken is not supported'],
  ['a filter that is wrong', { $filter: 'id eq' }, '$filter is wrong at character 6'],
  ['an empty id', { after: '' }, 'after should be the id'],
  ['an id that is none', { after: 'a\0' }, 'after should be the id'],
])('refuses %s before it begins', async (_what, options, message) => {
  const reply = await reader.get('v1/records/users.ndjson', options);
  expect(reply).toMatchObject({ status: 400, error: { code: 'BAD_USER_INPUT' } });
  expect(reply.error?.message).toContain(message);
});

describe('compression', () => {
  const exported = (encoding: string | undefined) =>
    openExport(app, 'v1/records/interactions.ndjson', {
      authorization: reader.authorization,
      'accept-encoding': encoding,
    });

  test.each(['gzip', 'br, gzip;q=0.5', '*', 'GZIP'])('is there for Accept-Encoding: %s', async (encoding) => {
    const { reply, rest } = await exported(encoding);
    expect(reply.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const { body, complete } = await rest();
    expect(complete).toBe(true);
    expect(wholeLines(gunzipSync(body))).toEqual(await reader.all('v1/records/interactions'));
  });

  test.each([undefined, 'identity', 'gzip;q=0', 'br', '*;q=0'])(
    'is not there for Accept-Encoding: %s',
    async (encoding) => {
      const { reply, rest } = await exported(encoding);
      expect(reply.headers['content-encoding']).toBeUndefined();
      expect(wholeLines((await rest()).body).length).toBeGreaterThan(500);
    },
  );
});

it('answers HEAD with the head alone', async () => {
  const { reply, rest } = await openExport(
    app,
    'v1/records/users.ndjson',
    { authorization: reader.authorization },
    'HEAD',
  );
  expect(reply.statusCode).toBe(200);
  expect((await rest()).body).toHaveLength(0);
});

it('refuses HTTP/1.0, whose clients cannot tell a whole export from a cut one', async () => {
  const socket = net.connect(Number(new URL(app.url).port), '127.0.0.1');
  const heard: Buffer[] = [];
  socket.on('data', (chunk) => heard.push(chunk));
  const head = `GET /export/v1/records/users.ndjson HTTP/1.0\r\nAuthorization: ${reader.authorization}\r\n\r\n`;
  socket.write(head);
  await once(socket, 'close');
  expect(Buffer.concat(heard).toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*needs HTTP\/1\.1/);
});

describe('an export that takes its time', () => {
  const path = 'v1/records/conversations.ndjson';
  const rows = 20_000;

  /** More than the buffers between two programs hold. */
  beforeAll(async () => {
    await sql`
      insert into conversations (organization_id, id, user_id, route, detail, created_time, last_updated_time)
      select ${app.organization.id}::text, 'many-' || lpad(i::text, 6, '0'), '1', 'DM',
        jsonb_build_object('content', (select string_agg(md5(i || '-' || n), '') from generate_series(1, 40) as n)),
        now(), now()
      from generate_series(1, ${rows}::int) as i`.execute(app.db);
  });

  const begun = async (
    authorization: string | undefined,
    headers = plain,
    from: Pick<TestApp, 'url'> = app,
  ) => {
    const open = await openExport(from, path, { authorization, ...headers });
    expect(open.reply.statusCode).toBe(200);
    return open;
  };

  /** Waits for what was not logged yet when `lines` were. */
  const logged = (lines: number, text: string) =>
    vi.waitFor(() => expect(app.log.slice(lines).join()).toContain(text), { timeout: 30_000, interval: 50 });

  it('goes on behind the last line received, none twice, none missed', async () => {
    const first = await begun(reader.authorization);
    const parts: Buffer[] = [];
    for await (const chunk of first.reply) {
      parts.push(chunk as Buffer);
      if (Buffer.concat(parts).length > 3_000_000) break;
    }
    expect(first.reply.complete).toBe(false);
    const received = wholeLines(Buffer.concat(parts));
    const after = received.at(-1)?.id ?? '';
    const { text } = await reader.get(path, { after });
    const ids = [...received, ...wholeLines(Buffer.from(text))].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(String(ids.length)).toBe((await reader.get('v1/records/conversations/$count')).text);
    expect(ids).toEqual(ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('stops when its client goes', async () => {
    const lines = app.log.length;
    const { reply } = await begun(reader.authorization);
    reply.on('error', () => {}).destroy();
    await logged(lines, '"aborted":true');
  });

  it('stops asking the database while its client does not read, and goes on when it does', async () => {
    const twin = await watched(app);
    const { rest } = await begun(reader.authorization, plain, twin);
    const pages = () => twin.statements.filter(({ sql: text }) => text.startsWith('copy ')).length;
    const looks = () => twin.statements.length - pages();
    const before = looks();
    await vi.waitFor(() => expect(looks()).toBeGreaterThan(before + 3), { timeout: 30_000, interval: 50 });
    const readSoFar = pages();
    const { complete } = await rest();
    expect(complete).toBe(true);
    expect(readSoFar).toBeLessThan(pages() / 2);
  });

  const revoke = ({ credential }: ApiKey) =>
    admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
  const narrow = ({ credential }: ApiKey) =>
    admin.run(UpdateCredentialDocument, { input: { id: credential.id, scopes: ['USERS'] } });
  const deactivateOwner = ({ credential }: ApiKey) =>
    admin.run(DeactivateAccountDocument, { input: { id: credential.owner.id } });

  describe.each([plain, { 'accept-encoding': 'gzip' }])('%j', (headers) => {
    test.each([
      ['revoking the credential', revoke, 'UNAUTHENTICATED'],
      ['taking away its scope', narrow, 'FORBIDDEN'],
      ['deactivating its owner', deactivateOwner, 'UNAUTHENTICATED'],
    ] as const)('is cut by %s, however slowly it is read', async (_what, change, code) => {
      const owner = await admin.run(CreateAccountDocument, {
        input: { kind: 'SERVICE_ACCOUNT', name: 'Exporter' },
      });
      const key = await createApiKey(admin, ['CONVERSATIONS', 'USERS'], owner.createAccount.account?.id);
      const { rest } = await begun(key.apiKey, headers);
      const lines = app.log.length;
      await change(key);
      await logged(lines, `"code":"${code}"`);
      const { complete } = await rest();
      expect(complete).toBe(false);
    });
  });

  it('is cut when the access token is revoked', async () => {
    const client = await createClient(admin, ['CONVERSATIONS']);
    const { authorization = '' } = await pipeline(app, client);
    const { rest } = await begun(authorization);
    const lines = app.log.length;
    await revocation(app, basic(client), authorization.slice(7));
    await logged(lines, 'access token: revoked');
    expect((await rest()).complete).toBe(false);
  });

  it('is cut when the access token runs out', async () => {
    const token = await pipeline(app, await createClient(admin, ['CONVERSATIONS']));
    const { rest } = await begun(token.authorization);
    const lines = app.log.length;
    app.clock.advance(3_601);
    await logged(lines, '"aborted":true');
    expect((await rest()).complete).toBe(false);
  });

  it('is cut by a stop of the server that has waited long enough, and whole if it ends before', async () => {
    const patient = await startApp(app);
    const whole = await begun(reader.authorization, plain, patient);
    const stopped = patient.stop(60_000);
    expect((await whole.rest()).complete).toBe(true);
    await stopped;
    const hasty = await startApp(app);
    const cut = await begun(reader.authorization, plain, hasty);
    await hasty.stop(100);
    expect((await cut.rest()).complete).toBe(false);
  });
});
