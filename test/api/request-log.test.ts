// The log has one line for each request: who sent it, what it performs, and why it was refused. Nothing of it opens anything.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { CredentialDocument, RevokeCredentialDocument } from '../operations/documents.ts';
import {
  anybody,
  type Caller,
  createApiKey,
  createClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { basic, introspected } from '../support/token-endpoints.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

interface Line {
  msg: string;
  path: string;
  status: number;
  [field: string]: unknown;
}

/** The lines of the requests that are sent meanwhile, once they are written. */
async function linesOf(send: () => Promise<unknown>, count: number): Promise<Line[]> {
  const from = app.log.length;
  await send();
  const written = () =>
    app.log
      .slice(from)
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg }) => msg === 'request');
  await expect.poll(() => written().length).toBe(count);
  return written();
}

const graphql = (authorization: string, query: string) =>
  fetch(`${app.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: authorization },
    body: JSON.stringify({ query }),
  });

test('a key is named by its credential, with the operation, and after its revocation too', async () => {
  const { credential, apiKey } = await createApiKey(admin, ['CONVERSATIONS']);
  const ask = () => graphql(apiKey, 'query Whoever { viewer { organization { name } } }');
  const who = { organizationId: app.organization.id, credentialId: credential.id };
  const [good] = await linesOf(ask, 1);
  expect(good).toMatchObject({ ...who, path: '/graphql', status: 200, operation: 'query Whoever' });
  expect(good).not.toHaveProperty('code');
  await admin.run(RevokeCredentialDocument, { input: { id: credential.id } });
  const [refused] = await linesOf(ask, 1);
  expect(refused).toMatchObject({ ...who, status: 401, code: 'UNAUTHENTICATED', detail: 'API key: revoked' });
});

test('a client is named where it gets a token, asks about it, and presents it', async () => {
  const client = await createClient(admin, ['CONVERSATIONS']);
  const who = { organizationId: app.organization.id, credentialId: client.clientId };
  const lines = await linesOf(async () => {
    const { body } = await requestToken(app, client);
    await introspected(app, basic(client), String(body.access_token));
    await fetch(`${app.url}/rest/v1/auth/test`, {
      headers: { Authorization: `Bearer ${body.access_token}` },
    });
  }, 3);
  for (const line of lines) expect(line).toMatchObject({ ...who, status: 200 });
});

test('who proves to be somebody by an argument of a mutation is named too', async () => {
  const client = await createClient(admin, ['CONVERSATIONS']);
  const from = app.log.length;
  const [token, signedInto] = await linesOf(async () => {
    const { clientId, clientSecret } = client;
    const query =
      'mutation ($input: ClientCredentialsTokenInput!) { clientCredentialsToken(input: $input) { expiresIn } }';
    await anybody(app).send(query, { input: { clientId, clientSecret } });
    await signedIn(app);
  }, 2);
  const { id: organizationId } = app.organization;
  expect(token).toMatchObject({ organizationId, credentialId: client.clientId, status: 200 });
  expect(signedInto).toMatchObject({
    organizationId,
    accountId: expect.stringMatching(/^acc_/),
    status: 200,
  });
  expect(app.log.slice(from).join('')).not.toContain(client.clientSecret);
});

test('a person is named by the account, and who is refused before anything is known of it is nobody', async () => {
  const { credential } = await createApiKey(admin, ['CONVERSATIONS']);
  const [seen] = await linesOf(() => admin.send(CredentialDocument, { id: credential.id }), 1);
  expect(seen).toMatchObject({
    organizationId: app.organization.id,
    accountId: expect.stringMatching(/^acc_/),
  });
  const [forged] = await linesOf(
    () => graphql(`Bearer lk_key_${'a'.repeat(22)}_${'b'.repeat(43)}_${'c'.repeat(11)}`, '{ __typename }'),
    1,
  );
  expect(forged).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  for (const field of ['organizationId', 'credentialId', 'accountId'])
    expect(forged).not.toHaveProperty(field);
});

test('a document with many errors is one line', async () => {
  const aliases = Array.from({ length: 20 }, (_, i) => `a${i}: credential(id: "cred_x") { id }`).join(' ');
  const { apiKey } = await createApiKey(admin, ['CONVERSATIONS']);
  const from = app.log.length;
  const [line] = await linesOf(() => graphql(apiKey, `{ ${aliases} }`), 1);
  expect(line).toMatchObject({ code: 'FORBIDDEN' });
  expect(app.log.length - from).toBe(1);
});

test('an operation with a name of thousands of characters is cut', async () => {
  const { apiKey } = await createApiKey(admin, ['CONVERSATIONS']);
  const [line] = await linesOf(
    () => graphql(apiKey, `query ${'x'.repeat(5_000)} { viewer { __typename } }`),
    1,
  );
  expect(String(line?.operation)).toHaveLength(100);
});
