// A refused sign-in has one answer, in content and in time: nobody learns which e-mail addresses are known.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { usualSignInHoldMs } from '../../src/auth/uniform-refusal.ts';
import {
  AuditEventsDocument,
  CreateAccountDocument,
  DeactivateAccountDocument,
} from '../operations/documents.ts';
import { type Caller, signedIn } from '../support/actors.ts';
import { addOrganization, adminPassword, startApp, type TestApp } from '../support/app.ts';
import { type RawReply, rawGraphql } from '../support/raw-reply.ts';

let app: TestApp;
let admin: Caller;
const accountPassword = 'a password that is right';

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  await addOrganization(app, 'Globex', 'admin@globex.example');
  for (const name of ['known', 'deactivated', 'deleted']) {
    const input = { kind: 'PERSON', name, email: `${name}@acme.example`, password: accountPassword } as const;
    const { createAccount } = await admin.run(CreateAccountDocument, { input });
    const id = createAccount.account?.id ?? '';
    if (name === 'deactivated') await admin.run(DeactivateAccountDocument, { input: { id } });
    if (name === 'deleted')
      await admin.run(`mutation { deleteAccount(input: { id: "${id}" }) { userErrors { code } } }`);
  }
  await admin.run(CreateAccountDocument, { input: { kind: 'SERVICE_ACCOUNT', name: 'robot@acme.example' } });
});
afterAll(() => app.close());

interface SignIn {
  email: string;
  password: string;
  organization?: string;
}

const refused: Record<string, SignIn> = {
  'unknown e-mail': { email: 'nobody@acme.example', password: accountPassword },
  'wrong password': { email: 'known@acme.example', password: 'a password that is wrong' },
  'password of another person': { email: 'known@acme.example', password: adminPassword },
  deactivated: { email: 'deactivated@acme.example', password: accountPassword },
  deleted: { email: 'deleted@acme.example', password: accountPassword },
  'service account': { email: 'robot@acme.example', password: accountPassword },
  "another organisation's slug": {
    email: 'known@acme.example',
    password: accountPassword,
    organization: 'globex',
  },
  'unknown slug': { email: 'known@acme.example', password: accountPassword, organization: 'nowhere' },
  'not an e-mail': { email: 'known', password: accountPassword },
  'an endless password': { email: 'known@acme.example', password: 'a'.repeat(20_000) },
};

const query = `mutation ($input: SignInInput!) {
  signIn(input: $input) { sessionToken expiresAt viewer { organization { id } } userErrors { code message field } }
}`;

/** By an instance of its own each time, whose count of guesses starts anew. */
async function attempt(input: SignIn): Promise<RawReply & { ms: number; log: string[] }> {
  const instance = await startApp(app, { rateLimitStore: 'memory', signInHoldMs: usualSignInHoldMs });
  const startedAt = performance.now();
  const reply = await rawGraphql(instance, undefined, { query, variables: { input } });
  const ms = performance.now() - startedAt;
  await instance.close();
  return { ...reply, ms, log: instance.log };
}

test('a refused sign-in has one answer, whatever is wrong', async () => {
  const good = await attempt({ email: 'known@acme.example', password: accountPassword });
  expect(JSON.parse(good.body).data.signIn.userErrors).toEqual([]);
  const { ms: _, log: __, ...first } = await attempt(refused['unknown e-mail'] as SignIn);
  expect(JSON.parse(first.body).data.signIn.userErrors).toMatchObject([{ code: 'INVALID' }]);
  for (const [name, input] of Object.entries(refused)) {
    const { ms, log, ...reply } = await attempt(input);
    expect({ name, ...reply }).toEqual({ name, ...first });
    expect(ms, name).toBeGreaterThanOrEqual(299);
    expect(log.length, name).toBeGreaterThan(0);
  }
});

test('a good sign-in comes no sooner than a refused one, whether one organisation knows the e-mail or two', async () => {
  await addOrganization(app, 'Initech', 'both@acme.example');
  const input = {
    kind: 'PERSON',
    name: 'both',
    email: 'both@acme.example',
    password: accountPassword,
  } as const;
  await admin.run(CreateAccountDocument, { input });
  for (const email of ['known@acme.example', 'both@acme.example']) {
    const { ms, body } = await attempt({ email, password: accountPassword });
    expect(JSON.parse(body).data.signIn.userErrors).toEqual([]);
    expect(ms, email).toBeGreaterThanOrEqual(299);
  }
});

test('how long a refused sign-in takes tells nothing of why', async () => {
  const told = ['unknown e-mail', 'wrong password', 'deactivated'];
  const times = new Map(told.map((name) => [name, [] as number[]]));
  for (let round = 0; round < 8; round++) {
    for (const [name, samples] of times) samples.push((await attempt(refused[name] as SignIn)).ms);
  }
  const medians = [...times.values()].map((samples) => samples.sort((a, b) => a - b)[4] ?? 0);
  expect(Math.max(...medians) - Math.min(...medians), medians.join(' ')).toBeLessThan(
    Math.min(...medians) * 0.2,
  );
});

test('a refused sign-in of a known person is in the audit trail, without the password', async () => {
  await attempt(refused['wrong password'] as SignIn);
  const { auditEvents } = await admin.run(AuditEventsDocument, { filter: { action: ['SIGN_IN_REFUSED'] } });
  expect(auditEvents.nodes[0]).toMatchObject({ actorKind: 'ANONYMOUS', targetKind: 'ACCOUNT' });
  expect(JSON.stringify(auditEvents)).not.toContain('a password that is wrong');
});

test('a refused sign-in is in the log', async () => {
  const { log } = await attempt(refused['unknown e-mail'] as SignIn);
  const lines = log.map((line) => JSON.parse(line) as { msg: string; detail?: string });
  expect(lines.filter(({ msg, detail = msg }) => /sign-in refused/i.test(detail))).toHaveLength(1);
});
