import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AuditEventsDocument,
  ChangeAccountRoleDocument,
  CreateAccountDocument,
  DeactivateAccountDocument,
  SignInDocument,
  SignOutDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import { anybody, type Caller, signedIn } from '../support/actors.ts';
import { addOrganization, adminPassword, issuer, startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const email = 'admin@acme.example';
const signIn = (input: { email: string; password: string; organization?: string }) =>
  anybody(app).send(SignInDocument, { input: { ...input, transport: 'BEARER' as const } });

/** A second person, so that the admin's own account stays as it is. */
async function addPerson(address: string, role: 'MEMBER' | 'SUPER_ADMIN' = 'SUPER_ADMIN') {
  const { createAccount } = await admin.run(CreateAccountDocument, {
    input: { kind: 'PERSON', name: 'Ada', email: address, password: adminPassword, role },
  });
  return createAccount.account?.id ?? '';
}

test('a person signs in with the e-mail in any case, and sees who she is', async () => {
  const reply = await signIn({ email: ' Admin@ACME.example ', password: adminPassword });
  expect(reply.data?.signIn.viewer?.account).toMatchObject({ email, role: 'SUPER_ADMIN', kind: 'PERSON' });
  expect(reply.data?.signIn.viewer?.organization.name).toBe('Acme');
});

describe('with COOKIE', () => {
  const input = { email, password: adminPassword };
  const send = (headers: Record<string, string>) => anybody(app).send(ViewerDocument, {}, headers);

  test('the token travels in an HttpOnly, SameSite=Strict cookie alone, and the cookie signs in', async () => {
    const reply = await anybody(app).send(SignInDocument, { input });
    const cookie = reply.headers.get('set-cookie') ?? '';
    expect(reply.data?.signIn.sessionToken).toBeNull();
    expect(cookie).toMatch(/^latchkey_session=lk_ses_\w+; Path=\/; HttpOnly; SameSite=Strict; Expires=/);
    const [pair = ''] = cookie.split(';');
    expect((await send({ Cookie: `theme=dark; ${pair}` })).data?.viewer.account?.email).toBe(email);
    expect((await send({ Cookie: pair, Origin: issuer })).status).toBe(200);
    expect((await send({ Cookie: pair, Origin: 'https://evil.example' })).status).toBe(401);
    expect((await send({ Cookie: pair, Origin: 'null' })).status).toBe(401);
  });

  test('a session that has ended leaves signing in open and nothing else', async () => {
    const first = await anybody(app).send(SignInDocument, { input });
    const [pair = ''] = (first.headers.get('set-cookie') ?? '').split(';');
    const out = await anybody(app).send(SignOutDocument, {}, { Cookie: pair });
    expect(out.headers.get('set-cookie')).toMatch(/^latchkey_session=; .*Max-Age=0/);
    expect((await send({ Cookie: pair })).errors[0]?.message).toBe('Your session has ended. Sign in again.');
    expect((await anybody(app).send('{ __typename }', {}, { Cookie: pair })).status).toBe(401);
    expect((await anybody(app).send(SignInDocument, { input }, { Cookie: pair })).status).toBe(200);
  });
});

test('wrong password, unknown e-mail, and a deactivated account get one answer', async () => {
  const gone = await addPerson('gone@acme.example', 'MEMBER');
  await admin.run(DeactivateAccountDocument, { input: { id: gone } });
  const attempts = [
    { email, password: 'not the right password' },
    { email: 'nobody@acme.example', password: adminPassword },
    { email: 'gone@acme.example', password: adminPassword },
    { email: 'no address', password: adminPassword },
    { email, password: '' },
    { email, password: 'x'.repeat(50_000) },
  ];
  for (const attempt of attempts) {
    const reply = await signIn(attempt);
    expect(reply.status).toBe(200);
    expect(reply.data?.signIn).toEqual({
      sessionToken: null,
      expiresAt: null,
      viewer: null,
      userErrors: [
        { code: 'INVALID', message: 'The e-mail address or the password is wrong.', field: ['input'] },
      ],
    });
  }
});

test('a guesser is slowed, and the owner signs in from elsewhere meanwhile', async () => {
  await addPerson('target@acme.example', 'MEMBER');
  const replies = await Promise.all(
    Array.from({ length: 8 }, () => signIn({ email: 'target@acme.example', password: 'guess guess guess' })),
  );
  const limited = replies.filter((reply) => reply.status === 429);
  expect(limited.length).toBe(3);
  expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(limited[0]?.errors[0]?.extensions.code).toBe('RATE_LIMITED');
  // Another address: the limiter counts by address, so the core is asked as if from there.
  const { signIn: core } = await import('../../src/auth/sessions.ts');
  const elsewhere = { address: '192.0.2.7', userAgent: undefined, requestId: undefined };
  const session = await core(app.auth, elsewhere, { email: 'target@acme.example', password: adminPassword });
  expect(session.person.role).toBe('MEMBER');
});

test('a guesser is slowed who has an account of the same e-mail in an organisation of their own', async () => {
  const { signIn: core } = await import('../../src/auth/sessions.ts');
  await addPerson('twice@acme.example', 'MEMBER');
  await addOrganization(app, 'Evil Corp', 'twice@acme.example');
  const from = { address: '192.0.2.9', userAgent: undefined, requestId: undefined };
  const attempt = (organization: string, password: string) =>
    core(app.auth, from, { email: 'twice@acme.example', password, organization }).then(
      () => 'SIGNED_IN',
      ({ code }) => code,
    );
  const answers: string[] = [];
  for (let round = 0; round < 3; round++) {
    for (let guess = 0; guess < 4; guess++) answers.push(await attempt('acme', 'guess guess guess'));
    answers.push(await attempt('evil-corp', adminPassword));
  }
  expect(answers.filter((answer) => answer === 'UNAUTHENTICATED')).toHaveLength(5);
  expect(answers.filter((answer) => answer === 'SIGNED_IN')).toHaveLength(1);
});

test('whoever mistypes four times and then signs in is not held up by having signed in', async () => {
  await addPerson('clumsy@acme.example', 'MEMBER');
  const attempt = async (password: string) =>
    (await signIn({ email: 'clumsy@acme.example', password })).data?.signIn.viewer != null;
  for (let i = 0; i < 4; i++) expect(await attempt('misspelt password')).toBe(false);
  for (let i = 0; i < 6; i++) expect(await attempt(adminPassword)).toBe(true);
});

test('attempts that were right give nobody more than five guesses', async () => {
  const limiter = app.auth.signInLimiter;
  const guess = () =>
    limiter.attempt('192.0.2.10', 'a@b.example').then(
      () => 'MAY',
      ({ code }) => code,
    );
  for (let i = 0; i < 3; i++) await limiter.succeeded('192.0.2.10', 'a@b.example');
  const answers: string[] = [];
  for (let i = 0; i < 6; i++) answers.push(await guess());
  expect(answers).toEqual([...Array(5).fill('MAY'), 'RATE_LIMITED']);
});

test("a guesser is slowed in all of a customer's IPv6 addresses", async () => {
  const { signIn: core } = await import('../../src/auth/sessions.ts');
  await addPerson('six@acme.example', 'MEMBER');
  const guess = (address: string) =>
    core(
      app.auth,
      { address, userAgent: undefined, requestId: undefined },
      { email: 'six@acme.example', password: 'wrong' },
    ).catch(({ code }) => code);
  const block = Array.from({ length: 7 }, (_, i) => `2001:db8:0:7::${i + 1}:${i}`);
  const codes = [];
  for (const address of block) codes.push(await guess(address));
  expect(codes).toEqual([...Array(5).fill('UNAUTHENTICATED'), 'RATE_LIMITED', 'RATE_LIMITED']);
  expect(await guess('2001:db8:0:8::1')).toBe('UNAUTHENTICATED');
});

test('a guesser is slowed who spreads attempts over the blocks of an IPv6 site', async () => {
  const attempt = (site: string, block: number) =>
    app.auth.signInLimiter.attempt(`${site}:${block.toString(16)}::1`, `${block}@acme.example`).then(
      () => 'MAY',
      ({ code }) => code,
    );
  const blocks = Array.from({ length: 200 }, (_, block) => block);
  const answers = await Promise.all(blocks.map((block) => attempt('2001:db8:5', block)));
  expect(answers.filter((answer) => answer === 'MAY')).toHaveLength(180);
  expect(await attempt('2001:db8:5', 1_000)).toBe('RATE_LIMITED');
  expect(await attempt('2001:db8:6', 1)).toBe('MAY');
});

test('one document holds one attempt, whatever the aliases and fragments', async () => {
  const attempt = `signIn(input: { email: "a@b.example", password: "x" }) { expiresAt }`;
  const documents = [
    `mutation { a: ${attempt} b: ${attempt} }`,
    `mutation { ...A ...B } fragment A on Mutation { a: ${attempt} } fragment B on Mutation { b: ${attempt} }`,
    `mutation { ${attempt} changePassword(input: { currentPassword: "x", newPassword: "y" }) { userErrors { code } } }`,
    `mutation { ${attempt} t: clientCredentialsToken(input: { clientId: "x", clientSecret: "y" }) { expiresIn } }`,
  ];
  for (const document of documents) {
    const reply = await anybody(app).send(document);
    expect([reply.status, reply.errors[0]?.extensions.code]).toEqual([400, 'QUERY_TOO_COMPLEX']);
  }
});

describe('a session ends at once', () => {
  test('when its person signs out', async () => {
    const person = await signedIn(app);
    await person.run(SignOutDocument);
    expect((await person.send(ViewerDocument)).status).toBe(401);
  });

  test('when the account is deactivated, and does not come back with it', async () => {
    const id = await addPerson('leaver@acme.example');
    const person = await signedIn(app, 'leaver@acme.example');
    await admin.run(DeactivateAccountDocument, { input: { id } });
    expect((await person.send(ViewerDocument)).status).toBe(401);
  });

  test('when the person is demoted', async () => {
    const id = await addPerson('demoted@acme.example');
    const person = await signedIn(app, 'demoted@acme.example');
    await admin.run(ChangeAccountRoleDocument, { input: { id, role: 'MEMBER' } });
    expect((await person.send(ViewerDocument)).status).toBe(401);
    const again = await signedIn(app, 'demoted@acme.example');
    expect((await again.run(ViewerDocument)).viewer.scopes).toEqual([]);
  });

  test('after twelve hours', async () => {
    const person = await signedIn(app);
    app.clock.advance(12 * 3600 - 60);
    expect((await person.send(ViewerDocument)).status).toBe(200);
    app.clock.advance(61);
    expect((await person.send(ViewerDocument)).status).toBe(401);
    admin = await signedIn(app);
  });
});

test('an e-mail that two organisations know signs in to each with its own password or slug', async () => {
  await addOrganization(app, 'Globex', email);
  const [own, named] = await Promise.all([
    signIn({ email, password: adminPassword }),
    signIn({ email, password: adminPassword, organization: 'globex' }),
  ]);
  expect(own.data?.signIn.viewer?.organization.slug).toBe('acme');
  expect(named.data?.signIn.viewer?.organization.slug).toBe('globex');
});

test('where several organisations could be meant, a refused sign-in tells none where it came from, or who else knows the e-mail', async () => {
  await addPerson('own@acme.example', 'MEMBER');
  await addPerson('shared@acme.example', 'MEMBER');
  await addOrganization(app, 'Initech', 'shared@acme.example');
  const refusalsOf = async (address: string) => {
    await signIn({ email: address, password: 'guessed in vain 12' });
    await signIn({ email: address, password: 'guessed in vain 12', organization: 'acme' });
    const { auditEvents } = await admin.run(AuditEventsDocument, { filter: { action: ['SIGN_IN_REFUSED'] } });
    return auditEvents.nodes
      .filter(({ facts }) => facts.some(({ to }) => to === address))
      .map((event) => ({ address: event.address, userAgent: event.userAgent }));
  };
  const known = await refusalsOf('own@acme.example');
  expect(known).toEqual([
    { address: '127.0.0.1', userAgent: expect.any(String) },
    { address: null, userAgent: null },
  ]);
  expect(await refusalsOf('shared@acme.example')).toEqual(known);
});

test('where there is one organisation, a refused sign-in tells it where it came from, without its slug', async () => {
  const alone = await startApp();
  await anybody(alone).send(SignInDocument, { input: { email, password: 'guessed in vain 12' } });
  await anybody(alone).send(SignInDocument, { input: { email: 'nobody@acme.example', password: 'x' } });
  const { auditEvents } = await (await signedIn(alone)).run(AuditEventsDocument, {
    filter: { action: ['SIGN_IN_REFUSED'] },
  });
  await alone.close();
  expect(auditEvents.nodes.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1']);
});

test('sign-ins and refused sign-ins are audited, without the password', async () => {
  await signIn({ email, password: 'guessed in vain 12', organization: 'acme' });
  const { auditEvents } = await admin.run(AuditEventsDocument, {
    filter: { action: ['SIGN_IN_REFUSED', 'SIGNED_IN'] },
  });
  const [refused] = auditEvents.nodes;
  expect(refused).toMatchObject({ action: 'SIGN_IN_REFUSED', actorKind: 'ANONYMOUS', address: '127.0.0.1' });
  expect(refused?.facts).toEqual([{ name: 'email', from: null, to: email }]);
  expect(auditEvents.nodes.some((event) => event.action === 'SIGNED_IN' && event.actor)).toBe(true);
  expect(JSON.stringify(auditEvents)).not.toContain('guessed in vain');
});
