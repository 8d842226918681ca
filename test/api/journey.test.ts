// The main job from end to end, over HTTP: sign in, create, token, read, narrow, revoke.

import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  RevokeCredentialDocument,
  UpdateCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import {
  anybody,
  Caller,
  createApiKey,
  createClient,
  pipeline,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

test('a credential is created, used, narrowed, and revoked, and the very next request is refused', async () => {
  const admin = await signedIn(app);
  const client = await createClient(admin, ['CONVERSATIONS', 'USERS']);
  const reader = await pipeline(app, client);

  const { viewer } = await reader.run(ViewerDocument);
  expect(viewer.organization.slug).toBe('acme');
  expect(viewer.credential).toMatchObject({ id: client.credential.id, clientId: client.clientId });
  expect(viewer.scopes.map((scope) => scope.value)).toEqual(['conversations:read', 'users:read']);

  await admin.run(UpdateCredentialDocument, { input: { id: client.credential.id, scopes: ['USERS'] } });
  const narrowed = await reader.run(ViewerDocument);
  expect(narrowed.viewer.scopes.map((scope) => scope.value)).toEqual(['users:read']);

  await admin.run(RevokeCredentialDocument, { input: { id: client.credential.id } });
  const refused = await reader.send(ViewerDocument);
  expect(refused.status).toBe(401);
  expect(refused.data).toBeUndefined();
  expect(refused.errors[0]?.extensions.code).toBe('UNAUTHENTICATED');
  expect((await requestToken(app, client)).body).toMatchObject({ error: 'invalid_client' });
});

test('an API key is accepted with Bearer and bare', async () => {
  const { apiKey, credential } = await createApiKey(await signedIn(app));
  for (const authorization of [`Bearer ${apiKey}`, apiKey, `bearer  ${apiKey}`]) {
    const { viewer } = await new Caller(app, authorization).run(ViewerDocument);
    expect(viewer.credential).toMatchObject({
      id: credential.id,
      clientId: null,
      authenticationType: 'API_KEY',
    });
  }
});

test('an anonymous caller is told to authenticate, without an error code in the challenge', async () => {
  const reply = await anybody(app).send(ViewerDocument);
  expect(reply.status).toBe(401);
  expect(reply.headers.get('www-authenticate')).toBe(
    `Bearer realm="latchkey", resource_metadata="${issuer}/.well-known/oauth-protected-resource/graphql"`,
  );
});
