// @latchkey/client in a real browser, from its files as they are published: it needs nothing that only Node has.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSample } from '../../src/db/data/sample.ts';
import { createClient, requestToken, signedIn } from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { launchBrowser, type TestBrowser } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { RestReader } from '../support/rest.ts';
import { root } from '../support/server-process.ts';

const imports = {
  '@latchkey/client': '/client/dist/index.js',
  jose: '/node_modules/jose/dist/webapi/index.js',
};
const page = `<!doctype html>
<script type="importmap">${JSON.stringify({ imports })}</script>
<script type="module">import * as latchkey from '@latchkey/client'; globalThis.latchkey = latchkey;</script>`;

let app: TestApp;
let gateway: Gateway;
let chromium: TestBrowser;

beforeAll(async () => {
  app = await startApp();
  const until = new Date('2026-06-01T00:00:00.000Z');
  const size = { seed: 7, conversations: 50, days: 6, until, now: app.clock.now() };
  await loadSample(app.db, app.organization.id, size);
  let exports = 0;
  // The page and its modules stand before the server, in one origin with it.
  gateway = await startGateway(app.url, (path) => {
    if (path === '/page') return { status: 200, headers: { 'Content-Type': 'text/html' }, body: page };
    if (path.startsWith('/export') && exports++ === 0) return { cutAfterBytes: 9_000 };
    if (!/^\/(?:client|node_modules)\/[\w./-]+\.js$/.test(path)) return undefined;
    const body = readFileSync(join(root, path), 'utf8');
    return { status: 200, headers: { 'Content-Type': 'text/javascript' }, body };
  });
  chromium = await launchBrowser('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1');
});
afterAll(async () => {
  await chromium?.close();
  await gateway?.close();
  await app?.close();
});

test('in a browser it gets tokens, reads, syncs, exports through a cut, and verifies', async () => {
  const made = await createClient(await signedIn(app), ['USERS', 'INTERACTIONS']);
  const tab = await chromium.browser.newPage();
  await tab.goto(`${gateway.url}/page`);
  await tab.waitForFunction('globalThis.latchkey');
  const facts = { clientId: made.clientId, clientSecret: made.clientSecret, issuer };
  const seen = await tab.evaluate(async (given) => {
    const library = (globalThis as unknown as { latchkey: typeof import('@latchkey/client') }).latchkey;
    const tokenEndpoint = `${location.origin}/oauth/v1/token`;
    const auth = library.clientCredentials({ ...given, tokenEndpoint });
    const client = library.createClient({ url: location.origin, auth });
    const found = { users: [] as string[], synced: 0, exported: [] as string[] };
    const orderBy = { field: 'ID', direction: 'ASC' } as const;
    for await (const { id } of client.users({ orderBy })) found.users.push(id);
    for await (const { records } of client.sync('interactions')) found.synced += records.length;
    for await (const { id } of client.exportRecords('interactions')) found.exported.push(id);
    const jwksUri = `${location.origin}/.well-known/jwks.json`;
    const audience = `${given.issuer}/graphql`;
    const { value } = await auth.token();
    const { scopes } = await library.verifyAccessToken(value, { issuer: given.issuer, audience, jwksUri });
    const error = await client
      .conversations()
      .next()
      .catch((thrown) => thrown);
    return { ...found, scopes, missing: error.missingScopes };
  }, facts);
  const { body } = await requestToken(app, made);
  const reader = new RestReader(app, `Bearer ${body.access_token}`);
  const ids = async (path: string) => (await reader.all(path)).map(({ id }) => id);
  const interactions = await ids('v1/records/interactions');
  expect(seen).toEqual({
    users: await ids('v1/records/users'),
    synced: interactions.length,
    exported: interactions,
    scopes: ['interactions:read', 'users:read'],
    missing: ['conversations:read'],
  });
  expect(gateway.asked.filter((path) => path.startsWith('/export'))).toHaveLength(2);
});
