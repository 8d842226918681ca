import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AccountsDocument,
  AuditEventsDocument,
  ChangeAccountRoleDocument,
  CreateAccountDocument,
  type CreateAccountInput,
  CredentialDocument,
  CredentialsDocument,
  DeactivateAccountDocument,
  DeleteAccountDocument,
  ReactivateAccountDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { Caller, createApiKey, createClient, pipeline, requestToken, signedIn } from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const create = async (input: CreateAccountInput) =>
  (await admin.run(CreateAccountDocument, { input })).createAccount;
const serviceAccount = async () =>
  (await create({ kind: 'SERVICE_ACCOUNT', name: 'loader' })).account?.id ?? '';
const person = (email: string, role: 'MEMBER' | 'SUPER_ADMIN' = 'MEMBER') =>
  create({ kind: 'PERSON', name: 'Ada', email, password: adminPassword, role });

describe('createAccount', () => {
  test('makes people who sign in, and service accounts that do not', async () => {
    const { account } = await person('ada@acme.example');
    expect(account).toMatchObject({
      kind: 'PERSON',
      role: 'MEMBER',
      status: 'ACTIVE',
      email: 'ada@acme.example',
    });
    const member = await signedIn(app, 'ada@acme.example');
    expect((await member.run(ViewerDocument)).viewer.account?.id).toBe(account?.id);
    expect((await member.send(AccountsDocument)).status).toBe(403);
    const service = await create({ kind: 'SERVICE_ACCOUNT', name: 'loader' });
    expect(service.account).toMatchObject({ kind: 'SERVICE_ACCOUNT', email: null });
  });

  test.each<[string, CreateAccountInput, string, string]>([
    ['no e-mail', { kind: 'PERSON', name: 'A', password: adminPassword }, 'REQUIRED', 'email'],
    ['no password', { kind: 'PERSON', name: 'A', email: 'a@b.example' }, 'REQUIRED', 'password'],
    [
      'a short password',
      { kind: 'PERSON', name: 'A', email: 'a@b.example', password: 'short' },
      'INVALID',
      'password',
    ],
    [
      'a malformed e-mail',
      { kind: 'PERSON', name: 'A', email: 'a b', password: adminPassword },
      'INVALID',
      'email',
    ],
    [
      'an e-mail in use',
      { kind: 'PERSON', name: 'A', email: 'ADMIN@acme.example', password: adminPassword },
      'TAKEN',
      'email',
    ],
    ['a blank name', { kind: 'SERVICE_ACCOUNT', name: ' ' }, 'REQUIRED', 'name'],
    [
      'a service account with a password',
      { kind: 'SERVICE_ACCOUNT', name: 'A', password: adminPassword },
      'NOT_PERMITTED',
      'password',
    ],
    [
      'a service account as Super Admin',
      { kind: 'SERVICE_ACCOUNT', name: 'A', role: 'SUPER_ADMIN' },
      'NOT_PERMITTED',
      'role',
    ],
  ])('refuses %s', async (_what, input, code, field) => {
    expect(await create(input)).toMatchObject({
      account: null,
      userErrors: [{ code, field: ['input', field] }],
    });
  });

  test('of two with one e-mail at once, one is made', async () => {
    const made = await Promise.all([person('twin@acme.example'), person('Twin@acme.example')]);
    expect(made.flatMap(({ userErrors }) => userErrors.map((problem) => problem.code))).toEqual(['TAKEN']);
  });
});

describe('the state of the owner', () => {
  test('stops keys, secrets, and tokens at once, and reactivation brings them back', async () => {
    const owner = await serviceAccount();
    const client = await createClient(admin, ['USERS'], owner);
    const key = new Caller(app, (await createApiKey(admin, ['USERS'], owner)).apiKey);
    const token = await pipeline(app, client);
    const works = async () => [
      (await key.send(ViewerDocument)).status,
      (await token.send(ViewerDocument)).status,
      (await requestToken(app, client)).status,
    ];
    expect(await works()).toEqual([200, 200, 200]);
    await admin.run(DeactivateAccountDocument, { input: { id: owner } });
    expect(await works()).toEqual([401, 401, 401]);
    const { credential } = await admin.run(CredentialDocument, { id: client.credential.id });
    expect(credential?.status).toBe('SUSPENDED');
    await admin.run(ReactivateAccountDocument, { input: { id: owner } });
    expect(await works()).toEqual([200, 200, 200]);
  });

  test('deleted is final, for the account and for what hangs on it', async () => {
    const owner = await serviceAccount();
    const client = await createClient(admin, ['USERS'], owner);
    const input = { id: owner };
    const first = await admin.run(DeleteAccountDocument, { input });
    expect(first.deleteAccount.account?.status).toBe('DELETED');
    expect(await admin.run(DeleteAccountDocument, { input })).toEqual(first);
    const { reactivateAccount } = await admin.run(ReactivateAccountDocument, { input });
    expect(reactivateAccount).toMatchObject({ account: null, userErrors: [{ code: 'NOT_PERMITTED' }] });
    expect((await requestToken(app, client)).status).toBe(401);
  });

  test('a password is as long as its characters, whatever they take: what is accepted signs in', async () => {
    const password = '\u{1f511}'.repeat(256);
    await create({ kind: 'PERSON', name: 'Ada', email: 'keys@acme.example', password, role: 'MEMBER' });
    expect((await signedIn(app, 'keys@acme.example', password)).authorization).toMatch(/^Bearer /);
    await expect(signedIn(app, 'keys@acme.example', `${password}x`)).rejects.toThrow('INVALID');
  });

  test("a deleted person's e-mail may be used again, without her password", async () => {
    const { account } = await person('again@acme.example');
    await admin.run(DeleteAccountDocument, { input: { id: account?.id ?? '' } });
    const { account: next } = await create({
      kind: 'PERSON',
      name: 'Bea',
      email: 'again@acme.example',
      password: 'another good password',
    });
    expect(next?.id).not.toBe(account?.id);
    await expect(signedIn(app, 'again@acme.example', adminPassword)).rejects.toThrow('cannot sign in');
  });
});

describe('the last active Super Admin', () => {
  const lastOne = async () => (await admin.run(ViewerDocument)).viewer.account?.id ?? '';

  test('cannot be deactivated, demoted, or deleted', async () => {
    const id = await lastOne();
    const outcomes = [
      (await admin.run(DeactivateAccountDocument, { input: { id } })).deactivateAccount,
      (await admin.run(DeleteAccountDocument, { input: { id } })).deleteAccount,
      (await admin.run(ChangeAccountRoleDocument, { input: { id, role: 'MEMBER' } })).changeAccountRole,
    ];
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ account: null, userErrors: [{ code: 'NOT_PERMITTED' }] });
    }
    expect((await admin.send(ViewerDocument)).status).toBe(200);
  });

  test('is left when two deactivate each other at once', async () => {
    for (let round = 0; round < 5; round++) {
      const email = `second${round}@acme.example`;
      const { account } = await person(email, 'SUPER_ADMIN');
      const other = await signedIn(app, email);
      const mine = await lastOne();
      await Promise.all([
        admin.send(DeactivateAccountDocument, { input: { id: account?.id ?? '' } }),
        other.send(DeactivateAccountDocument, { input: { id: mine } }),
      ]);
      const active = await app.db
        .selectFrom('accounts')
        .select('id')
        .where('role', '=', 'SUPER_ADMIN')
        .where('status', '=', 'ACTIVE')
        .execute();
      expect(active).toHaveLength(1);
      if (active[0]?.id !== mine) {
        await other.run(ReactivateAccountDocument, { input: { id: mine } });
        admin = await signedIn(app);
        await admin.run(DeactivateAccountDocument, { input: { id: account?.id ?? '' } });
      }
    }
  });
});

test('accounts lists, searches, and pages, deleted ones only when asked for', async () => {
  const all = (await admin.run(AccountsDocument, { first: 200 })).accounts;
  expect(all.totalCount).toBe(all.nodes.length);
  expect(all.nodes.every((account) => account.status !== 'DELETED')).toBe(true);
  const page = (await admin.run(AccountsDocument, { first: 1 })).accounts;
  const next = (await admin.run(AccountsDocument, { first: 1, after: page.pageInfo.endCursor ?? null }))
    .accounts;
  expect(next.nodes[0]?.id).toBe(all.nodes[1]?.id);
  const found = await admin.run(AccountsDocument, { filter: { search: 'ADMIN@acme' } });
  expect(found.accounts.nodes.map((account) => account.email)).toEqual(['admin@acme.example']);
  const deleted = await admin.run(AccountsDocument, { filter: { status: ['DELETED'] } });
  expect(deleted.accounts.nodes.length).toBeGreaterThan(0);
  const kinds = await admin.run(AccountsDocument, { filter: { kind: 'SERVICE_ACCOUNT' } });
  expect(new Set(kinds.accounts.nodes.map((account) => account.kind))).toEqual(new Set(['SERVICE_ACCOUNT']));
});

test('a filter that names nothing finds nothing, and never everything', async () => {
  const none = await admin.run(AccountsDocument, { filter: { status: [] } });
  expect(none.accounts.nodes).toEqual([]);
  const credentials = await admin.run(CredentialsDocument, { filter: { ownerAccountId: '' } });
  expect(credentials.credentials.nodes).toEqual([]);
  for (const filter of [{ actorAccountId: '' }, { targetId: '' }, { action: [] }]) {
    expect((await admin.run(AuditEventsDocument, { filter })).auditEvents.nodes).toEqual([]);
  }
});

describe('accounts and audit events', () => {
  type Turn = { first?: number; after?: string | null; last?: number; before?: string | null };
  const lists = {
    accounts: async (turn: Turn) => (await admin.run(AccountsDocument, turn)).accounts,
    'audit events': async (turn: Turn) => (await admin.run(AuditEventsDocument, turn)).auditEvents,
  };
  const idsOf = ({ nodes }: { nodes: readonly { id: string }[] }) => nodes.map(({ id }) => id);

  test.each(Object.entries(lists))('%s are paged through forward and back', async (_name, list) => {
    for (let made = 0; made < 5; made += 1) await serviceAccount();
    const whole = idsOf(await list({ first: 200 }));
    const forward: string[] = [];
    for (
      let page = await list({ first: 2 });
      ;
      page = await list({ first: 2, after: page.pageInfo.endCursor })
    ) {
      forward.push(...idsOf(page));
      if (!page.pageInfo.hasNextPage) break;
    }
    const back: string[] = [];
    for (
      let page = await list({ last: 2 });
      ;
      page = await list({ last: 2, before: page.pageInfo.startCursor })
    ) {
      back.unshift(...idsOf(page));
      if (!page.pageInfo.hasPreviousPage) break;
    }
    expect(whole.length).toBeGreaterThan(4);
    expect(forward).toEqual(whole);
    expect(back).toEqual(whole);
    await expect(list({ first: 1, last: 1 })).rejects.toThrow('BAD_USER_INPUT');
  });
});
