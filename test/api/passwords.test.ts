import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resetPassword } from '../../src/auth/password-changes.ts';
import { signIn } from '../../src/auth/sessions.ts';
import { usualSignInHoldMs } from '../../src/auth/uniform-refusal.ts';
import {
  AuditEventsDocument,
  ChangePasswordDocument,
  CreateAccountDocument,
  DeactivateAccountDocument,
  SignInDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { anybody, type Caller, signedIn } from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp(undefined, { signInHoldMs: usualSignInHoldMs });
  admin = await signedIn(app);
});
afterAll(() => app.close());

const next = 'a password that nobody knows';

/** A member who is signed in. */
async function person(name: string) {
  const email = `${name}@acme.example`;
  const input = { kind: 'PERSON', name, email, password: adminPassword } as const;
  const { createAccount } = await admin.run(CreateAccountDocument, { input });
  return { id: createAccount.account?.id ?? '', email, caller: await signedIn(app, email) };
}

const change = async (caller: Caller, currentPassword = adminPassword, newPassword = next) =>
  (await caller.run(ChangePasswordDocument, { input: { currentPassword, newPassword } })).changePassword;
const statusOf = async (caller: Caller) => (await caller.send(ViewerDocument)).status;
const canSignIn = async (email: string, password: string) => {
  const { signIn } = await anybody(app).run(SignInDocument, { input: { email, password } });
  return signIn.viewer !== null;
};
const wrongPassword = {
  userErrors: [
    {
      code: 'INVALID',
      message: 'This is not your current password. Type it again.',
      field: ['input', 'currentPassword'],
    },
  ],
};
const reset = (email: string, password: string) =>
  resetPassword(
    app.auth,
    { organizationId: app.organization.id, actor: { kind: 'COMMAND_LINE' } },
    email,
    password,
    async () => {},
  );

describe('changePassword', () => {
  test('gives a person a new password in place of the old one', async () => {
    const { email, caller } = await person('ada');
    expect(await change(caller)).toEqual({ userErrors: [] });
    expect(await canSignIn(email, next)).toBe(true);
    expect(await canSignIn(email, adminPassword)).toBe(false);
  });

  test("ends the person's other sessions, and neither this one nor those of others", async () => {
    const { email, caller } = await person('bea');
    const elsewhere = [await signedIn(app, email), await signedIn(app, email)];
    await change(caller);
    expect(await Promise.all([...elsewhere, caller, admin].map(statusOf))).toEqual([401, 401, 200, 200]);
  });

  test('with a wrong password changes nothing, and says which field is wrong', async () => {
    const { email, caller } = await person('cay');
    const elsewhere = await signedIn(app, email);
    app.log.length = 0;
    expect(await change(caller, 'not my password at all')).toEqual(wrongPassword);
    expect(app.log.filter((line) => line.includes('change of password refused'))).toHaveLength(1);
    expect(await statusOf(elsewhere)).toBe(200);
    expect(await canSignIn(email, adminPassword)).toBe(true);
  });

  test('counts wrong passwords as attempts to sign in, so that a stolen session cannot guess', async () => {
    const { email, caller } = await person('dee');
    for (let i = 0; i < 5; i++) expect(await change(caller, `guess number ${i}`)).toEqual(wrongPassword);
    const input = { currentPassword: adminPassword, newPassword: next };
    const refused = await caller.send(ChangePasswordDocument, { input });
    expect([refused.status, refused.errors[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const signIn = await anybody(app).send(SignInDocument, { input: { email, password: adminPassword } });
    expect(signIn.status).toBe(429);
    expect(await statusOf(caller)).toBe(200);
  });

  test('asks of the new password what creating an account does, and counts nothing before it is met', async () => {
    const { caller } = await person('eve');
    const problems: [string, string][] = [
      ['short', 'INVALID'],
      ['x'.repeat(257), 'TOO_LONG'],
    ];
    for (const [newPassword, code] of [...problems, ...problems, ...problems]) {
      const { userErrors } = await change(caller, adminPassword, newPassword);
      expect(userErrors).toEqual([{ code, message: expect.any(String), field: ['input', 'newPassword'] }]);
    }
    expect(await change(caller)).toEqual({ userErrors: [] });
  });

  test('of two that come at once with the same password, changes it once', async () => {
    const { email, caller } = await person('fay');
    const thief = await signedIn(app, email);
    // The one that comes too late may find its session ended.
    const ended = () => wrongPassword;
    const [own, other] = await Promise.all([
      change(caller, adminPassword, next).catch(ended),
      change(thief, adminPassword, `${next} either`).catch(ended),
    ]);
    const changed = [own, other].filter(({ userErrors }) => userErrors.length === 0);
    expect(changed).toHaveLength(1);
    expect(await canSignIn(email, next)).toBe(changed[0] === own);
    expect(await statusOf(caller)).toBe(changed[0] === own ? 200 : 401);
    expect(await statusOf(thief)).toBe(changed[0] === own ? 401 : 200);
  });

  test('is audited, without either password', async () => {
    const { id, caller } = await person('gil');
    await change(caller);
    const filter = { action: ['PASSWORD_CHANGED' as const], targetId: id };
    const { auditEvents } = await admin.run(AuditEventsDocument, { filter });
    expect(auditEvents.nodes).toEqual([
      expect.objectContaining({ actorKind: 'PERSON', actor: { id }, address: '127.0.0.1', targetId: id }),
    ]);
    expect(auditEvents.nodes[0]?.facts).toEqual([{ name: 'name', from: null, to: 'gil' }]);
  });
});

test('a change by somebody who does not know the present password is in the trail', async () => {
  const { id, caller } = await person('gus');
  expect(await change(caller, 'not the present one')).toEqual(wrongPassword);
  const filter = { action: ['PASSWORD_CHANGE_REFUSED' as const], targetId: id };
  const { auditEvents } = await admin.run(AuditEventsDocument, { filter });
  expect(auditEvents.nodes).toEqual([
    expect.objectContaining({ actorKind: 'PERSON', actor: { id }, address: '127.0.0.1', facts: [] }),
  ]);
});

describe('a password that is reset at the command line', () => {
  test('ends every session of the account, and is audited', async () => {
    const { id, email, caller } = await person('hal');
    expect((await reset(' HAL@acme.example', next)).userErrors).toBeUndefined();
    expect(await statusOf(caller)).toBe(401);
    expect(await canSignIn(email, next)).toBe(true);
    const filter = { action: ['PASSWORD_CHANGED' as const], targetId: id };
    const { auditEvents } = await admin.run(AuditEventsDocument, { filter });
    expect(auditEvents.nodes).toEqual([
      expect.objectContaining({ actorKind: 'COMMAND_LINE', actor: null, address: null }),
    ]);
  });

  test('does not bring a deactivated account back', async () => {
    const { id, email } = await person('ida');
    await admin.run(DeactivateAccountDocument, { input: { id } });
    expect((await reset(email, next)).value?.status).toBe('DEACTIVATED');
    expect(await canSignIn(email, next)).toBe(false);
  });

  test('leaves no session to a sign-in by the old one that was under way', async () => {
    const { id, email } = await person('jan');
    const from = { address: '192.0.2.1', userAgent: undefined, requestId: undefined };
    await Promise.allSettled([
      signIn(app.auth, from, { email, password: adminPassword }),
      reset(email, next),
    ]);
    const sessions = await app.db.selectFrom('sessions').select('id').where('account_id', '=', id).execute();
    expect(sessions).toEqual([]);
  });
});
