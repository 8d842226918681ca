import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScopeName } from '../../src/scopes.ts';
import {
  AuditEventsDocument,
  CreateAccountDocument,
  CreateCredentialDocument,
  CredentialDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, createApiKey, createClient, pipeline, requestToken, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const create = (input: { name: string; scopes: ScopeName[]; ownerAccountId?: string }) =>
  admin.send(CreateCredentialDocument, { input });

describe('createCredential', () => {
  test('gives an OAuth client by default, with a secret that the list never shows again', async () => {
    const { credential, clientId, clientSecret } = await createClient(admin, ['USERS', 'CONVERSATIONS']);
    expect(clientId).toMatch(/^cred_[0-9A-Za-z]{22}$/);
    expect(clientSecret).toMatch(/^lk_sec_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}$/);
    expect(credential).toMatchObject({
      authenticationType: 'OAUTH2_CLIENT_CREDENTIALS',
      clientId,
      status: 'ACTIVE',
      lastUsedAt: null,
      revokedAt: null,
    });
    expect(credential.scopes.map((scope) => scope.name)).toEqual(['CONVERSATIONS', 'USERS']);
    expect(credential.owner).toEqual(credential.createdBy);
    const shown = await admin.run(CredentialDocument, { id: credential.id });
    expect(JSON.stringify(shown)).not.toContain(clientSecret.slice(20, 40));
    expect(clientSecret.startsWith(credential.secretHint.split('…')[0] ?? '-')).toBe(true);
    expect(clientSecret.endsWith(credential.secretHint.split('…')[1] ?? '-')).toBe(true);
  });

  test.each<[string, string, string]>([
    ['empty', '', 'REQUIRED'],
    ['blank', ' \t ', 'INVALID'],
    ['only spaces', '   ', 'REQUIRED'],
    ['of 10,000 characters', 'x'.repeat(10_000), 'TOO_LONG'],
    ['with a bidirectional override', 'abc\u202Edef', 'INVALID'],
    ['with a zero-width space', 'ab\u200Bc', 'INVALID'],
    ['with a Cyrillic letter in a Latin word', 'p\u0430yments', 'INVALID'],
    ['in full-width letters', '\uFF21dmin', 'INVALID'],
  ])('refuses a name %s and changes nothing', async (_what, name, code) => {
    const { data } = await create({ name, scopes: ['USERS'] });
    expect(data?.createCredential).toMatchObject({ credential: null, secret: null });
    expect(data?.createCredential.userErrors).toMatchObject([{ code, field: ['input', 'name'] }]);
  });

  test('refuses NUL and lone surrogates before anything runs, and says where', async () => {
    for (const name of ['a\0b', 'a\ud800b']) {
      const reply = await create({ name, scopes: ['USERS'] });
      expect([reply.status, reply.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
      expect(reply.errors[0]?.message).toMatch(/^variables\.input\.name has a NUL/);
    }
    const literal = 'mutation { revokeCredential(input: { id: "a\\u0000b" }) { userErrors { code } } }';
    expect((await admin.send(literal)).status).toBe(400);
  });

  test('takes names in any one script, normalised', async () => {
    for (const [given, kept] of [
      ['Cafe\u0301  export ', 'Café export'],
      ['Выгрузка', 'Выгрузка'],
      ['輸出 🚀', '輸出 🚀'],
    ]) {
      const { data } = await create({ name: given ?? '', scopes: ['USERS'] });
      expect(data?.createCredential.credential?.name).toBe(kept);
    }
  });

  test('refuses no scopes, repeated scopes, and unknown scopes', async () => {
    const none = await create({ name: 'x', scopes: [] });
    expect(none.data?.createCredential.userErrors).toMatchObject([{ code: 'AT_LEAST_ONE_SCOPE' }]);
    const twice = await create({ name: 'x', scopes: ['USERS', 'EVENTS', 'USERS'] });
    expect(twice.data?.createCredential.userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'scopes', '2'] },
    ]);
    const unknown = await create({ name: 'x', scopes: ['EVERYTHING' as ScopeName] });
    expect([unknown.status, unknown.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(unknown.errors[0]?.message).not.toContain('EVERYTHING');
  });

  test('tells every problem at once', async () => {
    const { data } = await create({ name: '', scopes: [], ownerAccountId: 'acc_nobody' });
    const codes = data?.createCredential.userErrors.map((problem) => problem.code);
    expect(codes).toEqual(['REQUIRED', 'AT_LEAST_ONE_SCOPE', 'NOT_FOUND']);
  });

  test('refuses an owner that is not active', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'loader' },
    });
    const id = createAccount.account?.id ?? '';
    const { credential } = await createClient(admin, ['USERS'], id);
    expect(credential.owner).toEqual({ id, name: 'loader' });
    await admin.run(DeactivateAccountDocument, { input: { id } });
    const { data } = await create({ name: 'x', scopes: ['USERS'], ownerAccountId: id });
    expect(data?.createCredential.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });

  test('has no input for the authentication type of an existing credential', async () => {
    const reply = await admin.send(
      'mutation { updateCredential(input: { id: "x", authenticationType: API_KEY }) { userErrors { code } } }',
    );
    expect([reply.status, reply.errors[0]?.extensions.code]).toEqual([400, 'BAD_USER_INPUT']);
  });
});

describe('updateCredential', () => {
  test('renames without touching scopes, and changes scopes without touching the name', async () => {
    const { credential } = await createClient(admin, ['USERS', 'CONVERSATIONS']);
    const { id } = credential;
    await Promise.all([
      admin.run(UpdateCredentialDocument, { input: { id, name: 'Renamed' } }),
      admin.run(UpdateCredentialDocument, { input: { id, scopes: ['USERS'] } }),
    ]);
    const after = await admin.run(CredentialDocument, { id });
    expect(after.credential?.name).toBe('Renamed');
    expect(after.credential?.scopes.map((scope) => scope.name)).toEqual(['USERS']);
  });

  test('widens the credential and not the tokens that are out', async () => {
    const client = await createClient(admin, ['USERS']);
    const reader = await pipeline(app, client);
    await admin.run(UpdateCredentialDocument, {
      input: { id: client.credential.id, scopes: ['USERS', 'INTERACTIONS'] },
    });
    expect((await reader.run(ViewerDocument)).viewer.scopes.map((scope) => scope.name)).toEqual(['USERS']);
    const fresh = await pipeline(app, client);
    expect((await fresh.run(ViewerDocument)).viewer.scopes).toHaveLength(2);
  });

  test('narrows an API key from the next request on', async () => {
    const { apiKey, credential } = await createApiKey(admin, ['USERS', 'INTERACTIONS']);
    const reader = new Caller(app, apiKey);
    expect((await reader.run(ViewerDocument)).viewer.scopes).toHaveLength(2);
    await admin.run(UpdateCredentialDocument, { input: { id: credential.id, scopes: ['USERS'] } });
    expect((await reader.run(ViewerDocument)).viewer.scopes.map((scope) => scope.name)).toEqual(['USERS']);
  });

  test('answers NOT_FOUND for an id of another kind or shape, and 400 for one that cannot be an id', async () => {
    for (const id of ['cred_0000000000000000000000', app.organization.id, '', "' or 1=1 --", '123']) {
      const { data } = await admin.send(UpdateCredentialDocument, { input: { id, name: 'x' } });
      expect(data?.updateCredential.userErrors).toMatchObject([
        { code: 'NOT_FOUND', field: ['input', 'id'] },
      ]);
    }
    for (const id of ['a\0b', '\ud800']) {
      const reply = await admin.send(UpdateCredentialDocument, { input: { id, name: 'x' } });
      expect(reply.status).toBe(400);
    }
  });

  test('writes no audit event when nothing changes', async () => {
    const { credential } = await createClient(admin, ['USERS']);
    await admin.run(UpdateCredentialDocument, {
      input: { id: credential.id, name: credential.name, scopes: ['USERS'] },
    });
    const { auditEvents } = await admin.run(AuditEventsDocument, { filter: { targetId: credential.id } });
    expect(auditEvents.nodes.map((event) => event.action)).toEqual(['CREDENTIAL_CREATED']);
  });
});

describe('revokeCredential', () => {
  test('is final, and answers the same the second time', async () => {
    const client = await createClient(admin);
    const input = { id: client.credential.id };
    const first = await admin.run(RevokeCredentialDocument, { input });
    app.clock.advance(1);
    expect(await admin.run(RevokeCredentialDocument, { input })).toEqual(first);
    expect(first.revokeCredential.credential?.status).toBe('REVOKED');
    const edit = await admin.run(UpdateCredentialDocument, { input: { ...input, name: 'Back again' } });
    expect(edit.updateCredential).toMatchObject({ credential: null, userErrors: [{ code: 'REVOKED' }] });
    const { auditEvents } = await admin.run(AuditEventsDocument, { filter: { targetId: input.id } });
    expect(auditEvents.nodes.map((event) => event.action)).toEqual([
      'CREDENTIAL_REVOKED',
      'CREDENTIAL_CREATED',
    ]);
  });

  test('stays final whatever races with it, and no token is accepted after', async () => {
    for (let round = 0; round < 10; round++) {
      const client = await createClient(admin, ['USERS', 'EVENTS']);
      const { id } = client.credential;
      const early = await pipeline(app, client, 'users:read');
      const [, , token] = await Promise.all([
        admin.send(UpdateCredentialDocument, { input: { id, scopes: ['USERS'] } }),
        admin.run(RevokeCredentialDocument, { input: { id } }),
        requestToken(app, client, { scope: 'users:read' }),
        admin.send(UpdateCredentialDocument, { input: { id, name: `Round ${round}` } }),
      ]);
      expect((await admin.run(CredentialDocument, { id })).credential?.status).toBe('REVOKED');
      expect((await early.send(ViewerDocument)).status).toBe(401);
      if (typeof token.body.access_token === 'string') {
        const late = new Caller(app, `Bearer ${token.body.access_token}`);
        expect((await late.send(ViewerDocument)).status).toBe(401);
      }
      expect((await requestToken(app, client)).status).toBe(401);
    }
  });
});

test('when the audit event cannot be written, the change does not happen', async () => {
  const { credential } = await createClient(admin, ['USERS']);
  await app.db.schema.alterTable('audit_events').renameTo('audit_events_away').execute();
  try {
    const created = await create({ name: 'Unaudited', scopes: ['USERS'] });
    expect([created.status, created.errors[0]?.extensions.code]).toEqual([500, 'INTERNAL']);
    const revoked = await admin.send(RevokeCredentialDocument, { input: { id: credential.id } });
    expect(revoked.status).toBe(500);
  } finally {
    await app.db.schema.alterTable('audit_events_away').renameTo('audit_events').execute();
  }
  const after = await admin.run(CredentialDocument, { id: credential.id });
  expect(after.credential?.status).toBe('ACTIVE');
  const rows = await app.db.selectFrom('credentials').select('id').where('name', '=', 'Unaudited').execute();
  expect(rows).toEqual([]);
});
