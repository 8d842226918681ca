// POST /credentials/v1/revoke-leaked: whoever holds a live API key or client secret ends it; everything else changes
// nothing and is answered alike.

import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/auth/random.ts';
import { leakPattern, makeSecret } from '../../src/auth/secret.ts';
import {
  AuditEventsDocument,
  CreateAccountDocument,
  CredentialDocument,
  DeactivateAccountDocument,
  ReactivateAccountDocument,
  RevokeCredentialDocument,
} from '../operations/documents.ts';
import {
  type Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { addOrganization, startApp, type TestApp } from '../support/app.ts';
import { everyColumn, leaksIn } from '../support/leak-search.ts';
import { type RawReply, rawRequest } from '../support/raw-reply.ts';
import { watched } from '../support/statements.ts';
import { reportLeaked, testAuth } from '../support/token-endpoints.ts';

let app: TestApp;
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
});
afterAll(() => app.close());

const answer = { message: 'What was live among the reported secrets is revoked.' };

/** Through an instance of its own, whose limiter knows of no report yet. */
async function report(body: unknown): Promise<RawReply> {
  const instance = await startApp(app);
  const reply = await reportLeaked(instance, body);
  await instance.close();
  return reply;
}
async function expectTaken(body: unknown): Promise<void> {
  const reply = await report(body);
  expect([reply.status, JSON.parse(reply.body)]).toEqual([202, answer]);
}
const works = async (apiKey: string) => (await testAuth(app, apiKey)).status === 200;
const getsTokens = async (client: OAuthClient) => (await requestToken(app, client)).status === 200;
const events = async (targetId?: string) => {
  const filter = { action: ['CREDENTIAL_REVOKED_AS_LEAKED' as const], ...(targetId && { targetId }) };
  return (await admin.run(AuditEventsDocument, { filter })).auditEvents.nodes;
};
const statusOf = async (id: string) => (await admin.run(CredentialDocument, { id })).credential?.status;
const swapped = (text: string, at: number) =>
  text.slice(0, at) + (text[at] === 'x' ? 'y' : 'x') + text.slice(at + 1);

describe('a leaked secret', () => {
  test('that is an API key is revoked by whoever holds it, with an audit event of its own', async () => {
    const { apiKey, credential } = await createApiKey(admin);
    expect(await works(apiKey)).toBe(true);
    await expectTaken({ secret: apiKey });
    expect(await works(apiKey)).toBe(false);
    expect(await statusOf(credential.id)).toBe('REVOKED');
    expect(await events(credential.id)).toMatchObject([
      {
        action: 'CREDENTIAL_REVOKED_AS_LEAKED',
        actorKind: 'ANONYMOUS',
        actor: null,
        targetKind: 'CREDENTIAL',
        address: '127.0.0.1',
        facts: [{ name: 'name', to: 'Dashboard' }],
      },
    ]);
  });

  test('that is a client secret ends its client and every token of it', async () => {
    const client = await createClient(admin);
    const token = String((await requestToken(app, client)).body.access_token);
    expect(await works(`Bearer ${token}`)).toBe(true);
    await expectTaken({ secret: client.clientSecret });
    expect(await works(`Bearer ${token}`)).toBe(false);
    expect(await getsTokens(client)).toBe(false);
  });

  test('may come with the line end that it was copied with', async () => {
    const { apiKey } = await createApiKey(admin);
    await expectTaken({ secrets: [` ${apiKey}\r\n`] });
    expect(await works(apiKey)).toBe(false);
  });

  test('may come with nineteen others, of any organisation, good and bad', async () => {
    const { id } = await addOrganization(app, 'Globex', 'admin@globex.example');
    const them = await signedIn(app, 'admin@globex.example');
    const [mine, theirs] = [await createApiKey(admin), await createApiKey(them)];
    const [client, spared] = [await createClient(them), await createApiKey(admin)];
    const junk = Array.from({ length: 16 }, (_, place) => swapped(spared.apiKey, 7 + place * 4));
    await expectTaken({
      secrets: [junk[0], mine.apiKey, theirs.apiKey, client.clientSecret, ...junk.slice(1), mine.apiKey],
    });
    expect(await Promise.all([works(mine.apiKey), works(theirs.apiKey), getsTokens(client)])).toEqual([
      false,
      false,
      false,
    ]);
    expect(await works(spared.apiKey)).toBe(true);
    expect(await events(mine.credential.id)).toHaveLength(1);
    const ofThem = (await them.run(AuditEventsDocument, { filter: { targetId: client.clientId } }))
      .auditEvents;
    expect(ofThem.nodes.map((event) => event.action)).toContain('CREDENTIAL_REVOKED_AS_LEAKED');
    expect(await events(client.clientId)).toEqual([]);
    expect(id).not.toBe(app.organization.id);
  });

  test('is revoked also while its owner is deactivated, so that it does not come back with him', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: 'Robot' },
    });
    const id = createAccount.account?.id ?? '';
    const { apiKey } = await createApiKey(admin, ['USERS'], id);
    await admin.run(DeactivateAccountDocument, { input: { id } });
    await expectTaken({ secret: apiKey });
    await admin.run(ReactivateAccountDocument, { input: { id } });
    expect(await works(apiKey)).toBe(false);
  });

  test('reported by many at once is revoked once', async () => {
    const { apiKey, credential } = await createApiKey(admin);
    const other = await startApp(app);
    const instances = [app, other, app, other, app, other];
    const replies = await Promise.all(instances.map((one) => reportLeaked(one, { secret: apiKey })));
    await other.close();
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    expect(await events(credential.id)).toHaveLength(1);
    expect(await works(apiKey)).toBe(false);
  });

  test('is not revoked when the audit event cannot be written, and the reporter may come back', async () => {
    const { apiKey } = await createApiKey(admin);
    await sql`alter table audit_events rename to audit_events_elsewhere`.execute(app.db);
    const reply = await report({ secret: apiKey });
    await sql`alter table audit_events_elsewhere rename to audit_events`.execute(app.db);
    expect(reply.status).toBe(500);
    expect(await works(apiKey)).toBe(true);
    await expectTaken({ secret: apiKey });
    expect(await works(apiKey)).toBe(false);
  });

  test('is in no log line and no column afterwards', async () => {
    const { apiKey } = await createApiKey(admin);
    const { clientSecret } = await createClient(admin);
    const instance = await startApp(app);
    const reply = await reportLeaked(instance, { secrets: [apiKey, clientSecret, swapped(apiKey, 60)] });
    await reportLeaked(instance, [{ token: apiKey }]);
    await instance.close();
    const texts = { ...(await everyColumn(app.db)), log: instance.log.join('\n'), reply: reply.body };
    expect(instance.log.length).toBeGreaterThan(1);
    expect(leaksIn({ apiKey, clientSecret }, texts)).toEqual([]);
  });
});

describe('what nobody holds', () => {
  test('is answered like what was live, and changes nothing: the id alone revokes nothing', async () => {
    const [key, client] = [await createApiKey(admin), await createClient(admin)];
    const token = String((await requestToken(app, client)).body.access_token);
    const revoked = await createApiKey(admin);
    await admin.run(RevokeCredentialDocument, { input: { id: revoked.credential.id } });
    const cases = {
      'the right id with another tag': swapped(key.apiKey, key.apiKey.length - 1),
      'the right id with another random part': swapped(key.apiKey, 40),
      'the right id under another prefix': key.apiKey.replace('lk_key_', 'lk_sec_'),
      'a secret with a good tag that was never issued': makeSecret(app.keys, 'key', key.credential.id)
        .plaintext,
      'the same for a client': makeSecret(app.keys, 'sec', client.clientId).plaintext,
      'a good tag over an id of nothing': makeSecret(app.keys, 'key', newId('cred')).plaintext,
      'a client secret made for an API key': makeSecret(app.keys, 'sec', key.credential.id).plaintext,
      'the id': key.credential.id,
      'the hint': key.credential.secretHint,
      'what was revoked before': revoked.apiKey,
      'an access token': token,
      'a session': admin.authorization?.slice(7) ?? '',
      nothing: '',
      'one with more behind it': `${key.apiKey}0`,
    };
    await app.auth.credentialUse.flush();
    const before = await everyColumn(app.db);
    const replies = [];
    for (const secret of Object.values(cases)) replies.push(await report({ secret }));
    for (const reply of replies) expect(reply).toEqual(replies[0]);
    expect([replies[0]?.status, JSON.parse(replies[0]?.body ?? '')]).toEqual([202, answer]);
    expect(await everyColumn(app.db)).toEqual(before);
    expect(await works(key.apiKey)).toBe(true);
    expect(await works(`Bearer ${token}`)).toBe(true);
    expect((await report({ secret: key.apiKey })).body).toBe(replies[0]?.body);
  });

  test('costs no statement when its tag is not ours', async () => {
    const { apiKey } = await createApiKey(admin);
    const twin = await watched(app);
    await reportLeaked(twin, { secrets: [swapped(apiKey, 30), 'x', 'lk_sec_', 'x'.repeat(9_000)] });
    expect(twin.statements).toEqual([]);
    await reportLeaked(twin, { secret: apiKey });
    expect(twin.statements.length).toBeGreaterThan(0);
    await twin.close();
  });

  test('takes as long as what is revoked', async () => {
    const instance = await startApp(app);
    const times: Record<string, number[]> = { live: [], forged: [], junk: [], unknown: [] };
    for (let round = 0; round < 7; round++) {
      const { apiKey } = await createApiKey(admin);
      const given = {
        live: apiKey,
        forged: swapped(apiKey, 50),
        junk: 'x',
        unknown: makeSecret(app.keys, 'key', newId('cred')).plaintext,
      };
      for (const [name, secret] of Object.entries(given)) {
        const startedAt = performance.now();
        await reportLeaked(instance, { secret });
        times[name]?.push(performance.now() - startedAt);
      }
    }
    await instance.close();
    const medians = Object.values(times).map((all) => all.sort((a, b) => a - b)[3] ?? 0);
    expect(Math.min(...medians), medians.join(' ')).toBeGreaterThanOrEqual(299);
    expect(Math.max(...medians) - Math.min(...medians), medians.join(' ')).toBeLessThan(90);
  });
});

describe('a report', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['text', 'lk_key_'],
    ['a list', ['x']],
    ['an empty object', {}],
    ['a secret that is no text', { secret: 1 }],
    ['secrets that are no list', { secrets: 'x' }],
    ['an empty list', { secrets: [] }],
    ['a list with something else', { secrets: ['x', { secret: 'x' }] }],
    ['twenty-one secrets', { secrets: Array.from({ length: 21 }, () => 'x') }],
    ['both', { secret: 'x', secrets: ['x'] }],
  ])('of %s is refused, and says what to send', async (_what, body) => {
    const reply = await report(body);
    expect(reply.status).toBe(400);
    expect(JSON.parse(reply.body).error.code).toBe('BAD_USER_INPUT');
  });

  test('by form, by GET, in the URL, or of a megabyte is refused', async () => {
    const { apiKey } = await createApiKey(admin);
    const path = '/credentials/v1/revoke-leaked';
    const form = await rawRequest(app, path, {
      method: 'POST',
      body: new URLSearchParams({ secret: apiKey }),
    });
    expect(form.status).toBe(415);
    const get = await rawRequest(app, `${path}?secret=${apiKey}`);
    expect([get.status, get.headers.allow]).toEqual([405, 'POST, OPTIONS']);
    expect((await reportLeaked(app, { secret: 'x'.repeat(1_000_000) })).status).toBe(413);
    expect(await works(apiKey)).toBe(true);
  });

  test('beyond 120 secrets a minute from one address is refused for a while, and others go on', async () => {
    const instance = await startApp(app);
    const { apiKey } = await createApiKey(admin);
    const twenty = { secrets: Array.from({ length: 20 }, (_, place) => swapped(apiKey, 8 + place)) };
    const replies = await Promise.all(Array.from({ length: 9 }, () => reportLeaked(instance, twenty)));
    expect(replies.map((reply) => reply.status).sort()).toEqual([
      ...Array.from({ length: 6 }, () => 202),
      ...Array.from({ length: 3 }, () => 429),
    ]);
    const refused = await reportLeaked(instance, { secret: apiKey });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(await works(apiKey)).toBe(true);
    expect(await fromElsewhere(instance, { secret: apiKey })).toBe(202);
    expect(await works(apiKey)).toBe(false);
    await instance.close();
  });
});

/** A report from another address of this machine. @returns the status. */
function fromElsewhere(instance: TestApp, body: unknown): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      localAddress: '127.0.0.2',
      headers: { 'Content-Type': 'application/json' },
    };
    httpRequest(`${instance.url}/credentials/v1/revoke-leaked`, options, (reply) => {
      reply.resume().once('end', () => resolve(reply.statusCode));
    })
      .once('error', reject)
      .end(JSON.stringify(body));
  });
}

describe('the published regular expression', () => {
  const published = async () => {
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    return new RegExp(/^lk_\(\?:.*$/m.exec(readme)?.[0] ?? 'missing', 'g');
  };
  const made = (kind: 'key' | 'sec') => makeSecret(app.keys, kind, newId('cred')).plaintext;

  test('is the one of the README, and finds thousands of issued secrets in all kinds of text, whole', async () => {
    const pattern = await published();
    expect(pattern.source).toBe(leakPattern.source);
    const { apiKey } = await createApiKey(admin);
    const { clientSecret } = await createClient(admin);
    const secrets = [apiKey, clientSecret];
    for (let count = 0; count < 3_000; count++) secrets.push(made(count % 2 ? 'key' : 'sec'));
    const around = [
      (s: string) => s,
      (s: string) => `export LATCHKEY_API_KEY=${s}\n`,
      (s: string) => `{"Authorization":"Bearer ${s}"}`,
      (s: string) => `<key>${s}</key>`,
      (s: string) => `https://x.example/?k=${s}&y=1`,
      (s: string) => `'${s}',`,
      (s: string) => `id_${s}_x`,
    ];
    const text = secrets.map((secret, place) => around[place % around.length]?.(secret)).join('\n');
    expect(text.match(pattern)).toEqual(secrets);
  });

  test('leaves alone what only looks like one', async () => {
    const pattern = await published();
    const key = made('key');
    const [, , id = '', random = '', tag = ''] = key.split('_');
    const lookalikes = [
      makeSecret(app.keys, 'ses', newId('ses')).plaintext,
      `lk_key_${id}_${random}_${tag.slice(1)}`,
      `lk_key_${id}_${random.slice(1)}_${tag}`,
      `lk_key_${id.slice(1)}_${random}_${tag}`,
      `lk_key_${id}x_${random}_${tag}`,
      `lk_key_${id}_${random}x_${tag}`,
      `lk_key_${id}-${random}-${tag}`,
      `LK_KEY_${id}_${random}_${tag}`,
      `lk_pub_${id}_${random}_${tag}`,
      `sk_live_${random}`,
      `ghp_${random.slice(0, 36)}`,
      `mwt_${'a1'.repeat(30)}`,
      newId('cred'),
      'lk_key_…',
      `lk_key_${'é'.repeat(22)}_${random}_${tag}`,
      'a'.repeat(100_000),
      `lk_key_${'_'.repeat(100_000)}`,
    ];
    for (const text of lookalikes) expect(text.match(pattern), text.slice(0, 80)).toBeNull();
  });
});
