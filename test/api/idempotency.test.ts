// A creation that is sent again with its idempotency key makes no second credential, whatever became of the first reply.

import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  AuditEventsDocument,
  CreateAccountDocument,
  CreateCredentialDocument,
  type CreateCredentialInput,
  CredentialsDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, signedIn } from '../support/actors.ts';
import { addOrganization, adminPassword, startApp, type TestApp } from '../support/app.ts';
import { anotherInstance } from '../support/every-answer.ts';
import { faultyNetwork } from '../support/faulty-network.ts';
import { startGateway } from '../support/gateway.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

let made = 0;
/** An input with a key that nobody has used. */
const newInput = (): CreateCredentialInput & { idempotencyKey: string } => {
  made += 1;
  return { name: `Export ${made}`, scopes: ['USERS'], idempotencyKey: `key-${made}` };
};
const create = async (input: CreateCredentialInput, by = admin) =>
  (await by.run(CreateCredentialDocument, { input })).createCredential;
const named = async (search: string, by = admin) =>
  (await by.run(CredentialsDocument, { filter: { search } })).credentials.nodes;

/** A creation of which the reply never arrived. */
async function loseReply(input: CreateCredentialInput): Promise<void> {
  const gateway = await startGateway(app.url, () => ({ cutAfterBytes: 0 }));
  const behind = new Caller({ ...app, url: gateway.url }, admin.authorization);
  await expect(behind.send(CreateCredentialDocument, { input })).rejects.toThrow();
  await gateway.close();
}

describe('a creation that is sent again with its key', () => {
  test('gives the credential that is there, without its secret, and writes nothing', async () => {
    const input = newInput();
    const first = await create(input);
    expect(first).toMatchObject({ alreadyCreated: false, secret: { __typename: 'OAuthClientSecret' } });
    const again = await create(input);
    expect(again).toEqual({
      credential: first.credential,
      secret: null,
      alreadyCreated: true,
      userErrors: [],
    });
    expect(await named(input.name)).toEqual([first.credential]);
    const { auditEvents } = await admin.run(AuditEventsDocument, {
      filter: { targetId: first.credential?.id },
    });
    expect(auditEvents.nodes.map((event) => event.action)).toEqual(['CREDENTIAL_CREATED']);
  });

  test('is the same however its input is spelt', async () => {
    const { viewer } = await admin.run(ViewerDocument);
    const input = { ...newInput(), scopes: ['USERS', 'CONVERSATIONS'] } satisfies CreateCredentialInput;
    const { credential } = await create(input);
    const again = await create({
      ...input,
      name: `  ${input.name} `,
      scopes: ['CONVERSATIONS', 'USERS'],
      authenticationType: 'OAUTH2_CLIENT_CREDENTIALS',
      ownerAccountId: viewer.account?.id ?? null,
    });
    expect(again).toMatchObject({ credential: { id: credential?.id }, alreadyCreated: true });
  });

  test('is good after the reply was lost: the credential is revoked, and a new key makes another', async () => {
    const input = newInput();
    await loseReply(input);
    const { credential, secret, alreadyCreated } = await create(input);
    expect([secret, alreadyCreated]).toEqual([null, true]);
    await admin.run(RevokeCredentialDocument, { input: { id: credential?.id ?? '' } });
    const other = await create({ ...input, idempotencyKey: newInput().idempotencyKey });
    expect(other).toMatchObject({ alreadyCreated: false, secret: { __typename: 'OAuthClientSecret' } });
    expect((await named(input.name)).map(({ id }) => id)).toEqual([other.credential?.id]);
  });

  test('shows the credential as it is now: renamed, suspended, revoked', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'loader' },
    });
    const ownerAccountId = createAccount.account?.id ?? '';
    const input = { ...newInput(), ownerAccountId };
    const id = (await create(input)).credential?.id ?? '';
    await admin.run(UpdateCredentialDocument, { input: { id, name: 'Renamed' } });
    expect(await create(input)).toMatchObject({ credential: { id, name: 'Renamed' }, alreadyCreated: true });
    await admin.run(DeactivateAccountDocument, { input: { id: ownerAccountId } });
    expect((await create(input)).credential).toMatchObject({ id, status: 'SUSPENDED' });
    await admin.run(RevokeCredentialDocument, { input: { id } });
    expect(await create(input)).toMatchObject({
      credential: { id, status: 'REVOKED' },
      secret: null,
      alreadyCreated: true,
      userErrors: [],
    });
  });

  test('is a repeat within one document too', async () => {
    const one = 'createCredential(input: $input) { credential { id } secret { __typename } alreadyCreated }';
    const data = await admin.run<Record<string, { credential: { id: string } }>, object>(
      `mutation ($input: CreateCredentialInput!) { first: ${one} second: ${one} }`,
      { input: newInput() },
    );
    const { credential } = data.first ?? {};
    expect(data.second).toEqual({ credential, secret: null, alreadyCreated: true });
  });

  test('is remembered for good', async () => {
    const later = await startApp();
    const input = newInput();
    const first = await create(input, await signedIn(later));
    later.clock.advance(400 * 86_400);
    const again = await create(input, await signedIn(later));
    expect(again).toMatchObject({ credential: { id: first.credential?.id }, alreadyCreated: true });
    await later.close();
  });
});

describe('the same key with other input', () => {
  const others: [what: string, change: Partial<CreateCredentialInput>][] = [
    ['name', { name: 'Other' }],
    ['name in other case', { name: 'EXPORT' }],
    ['set of scopes', { scopes: ['USERS', 'EVENTS'] }],
    ['authentication type', { authenticationType: 'API_KEY' }],
    ['owner', { ownerAccountId: 'acc_0000000000000000000000' }],
  ];
  test.each(others)('is refused: another %s', async (_what, change) => {
    const input = { ...newInput(), name: 'Export' };
    await create(input);
    const before = (await named('')).length;
    const refused = await create({ ...input, ...change });
    expect(refused).toMatchObject({
      credential: null,
      secret: null,
      alreadyCreated: false,
      userErrors: [{ code: 'CONFLICT', field: ['input', 'idempotencyKey'] }],
    });
    expect((await named('')).length).toBe(before);
  });

  test('creates nothing when the input itself has a problem, and leaves the key free', async () => {
    const input = newInput();
    const refused = await create({ ...input, name: '', ownerAccountId: 'acc_nobody' });
    expect(refused.userErrors.map(({ code }) => code)).toEqual(['REQUIRED', 'NOT_FOUND']);
    expect(await create(input)).toMatchObject({ alreadyCreated: false, userErrors: [] });
  });
});

describe('the same key', () => {
  test('is another key in the hands of another person, and in another organisation', async () => {
    await addOrganization(app, 'Globex', 'admin@globex.example');
    await admin.run(CreateAccountDocument, {
      input: {
        kind: 'PERSON',
        name: 'Ada',
        email: 'ada@acme.example',
        password: adminPassword,
        role: 'SUPER_ADMIN',
      },
    });
    const input = newInput();
    const { credential } = await create(input);
    for (const email of ['ada@acme.example', 'admin@globex.example']) {
      const other = await signedIn(app, email);
      const theirs = await create({ ...input, scopes: ['EVENTS'] }, other);
      expect(theirs).toMatchObject({ alreadyCreated: false, userErrors: [] });
      expect(theirs.credential?.id).not.toBe(credential?.id);
      expect((await create({ ...input, scopes: ['EVENTS'] }, other)).credential).toEqual(theirs.credential);
    }
    expect((await create(input)).credential).toEqual(credential);
  });

  test.each<[string, string, string]>([
    ['empty', '', 'INVALID'],
    ['with a space', 'a b', 'INVALID'],
    ['with a line end', 'key\n', 'INVALID'],
    ['with letters beyond ASCII', 'ключ', 'INVALID'],
    ['of 201 characters', 'x'.repeat(201), 'TOO_LONG'],
  ])('is refused %s', async (_what, idempotencyKey, code) => {
    const { userErrors, credential } = await create({ ...newInput(), idempotencyKey });
    expect(credential).toBeNull();
    expect(userErrors).toMatchObject([{ code, field: ['input', 'idempotencyKey'] }]);
  });

  test('may have 200 characters, and none at all means that each creation makes a credential', async () => {
    const long = { ...newInput(), idempotencyKey: '~'.repeat(200) };
    expect((await create(long)).credential).toEqual((await create(long)).credential);
    const without = { ...newInput(), idempotencyKey: null };
    const ids = [(await create(without)).credential?.id, (await create(without)).credential?.id];
    expect(new Set(ids).size).toBe(2);
  });
});

describe('creations with one key at the same moment', () => {
  let second: TestApp;
  let admins: Caller[];
  beforeAll(async () => {
    // A pool of its own where there can be one, as another machine would have.
    second = app.database.url === undefined ? await startApp(app) : await anotherInstance(app, {});
    admins = [admin, await signedIn(second)];
  });
  afterAll(() => second.close());

  const atOnce = <Item>(count: number, one: (place: number) => Promise<Item>) =>
    Promise.all(Array.from({ length: count }, (_, place) => one(place)));

  test('make one credential, twenty over two instances, and one reply shows the secret', async () => {
    for (let round = 0; round < 5; round++) {
      const input = newInput();
      const payloads = await atOnce(20, (place) => create(input, admins[place % 2]));
      expect(new Set(payloads.map(({ credential }) => credential?.id)).size).toBe(1);
      expect(payloads.filter(({ secret }) => secret !== null)).toHaveLength(1);
      expect(payloads.filter(({ alreadyCreated }) => alreadyCreated)).toHaveLength(19);
      expect(await named(input.name)).toHaveLength(1);
    }
  });

  test('and different input make one credential, and refuse all but the input that made it', async () => {
    const input = newInput();
    const payloads = await atOnce(20, (place) =>
      create({ ...input, scopes: place % 4 < 2 ? ['USERS'] : ['EVENTS'] }, admins[place % 2]),
    );
    expect(payloads.filter(({ secret }) => secret !== null)).toHaveLength(1);
    expect(payloads.filter(({ alreadyCreated }) => alreadyCreated)).toHaveLength(9);
    expect(payloads.filter(({ userErrors }) => userErrors[0]?.code === 'CONFLICT')).toHaveLength(10);
    expect(await named(input.name)).toHaveLength(1);
  });
});

test('a creation that did not happen leaves its key free', async () => {
  const input = newInput();
  await app.db.schema.alterTable('audit_events').renameTo('audit_events_away').execute();
  expect((await admin.send(CreateCredentialDocument, { input })).status).toBe(500);
  await app.db.schema.alterTable('audit_events_away').renameTo('audit_events').execute();
  expect(await create(input)).toMatchObject({ alreadyCreated: false, userErrors: [] });
});

test.runIf(inject('engine') === 'postgres')(
  'a creation of which not even the server learned that it was committed made one credential',
  async () => {
    const network = await faultyNetwork(app.database.url ?? '');
    const remote = await anotherInstance(app, { databaseUrl: network.url });
    const input = newInput();
    network.cutAfter('commit');
    const reply = await new Caller(remote, admin.authorization).send(CreateCredentialDocument, { input });
    expect(reply).toMatchObject({ status: 503, errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    expect(await named(input.name)).toHaveLength(1);
    expect(await create(input)).toMatchObject({ secret: null, alreadyCreated: true });
    await remote.close();
    await network.close();
  },
);
