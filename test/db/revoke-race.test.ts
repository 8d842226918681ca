// Update, revoke, and token requests in any order over two instances on one database: once a revoke is answered, the
// credential and every token of it are refused on both, whichever instance answered and whenever a token was made.

import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import {
  CredentialDocument,
  RevokeCredentialDocument,
  UpdateCredentialDocument,
  ViewerDocument,
} from '../operations/documents.ts';
import {
  Caller,
  createApiKey,
  createClient,
  type OAuthClient,
  requestToken,
  signedIn,
} from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { anotherInstance } from '../support/every-answer.ts';

// On the embedded database everything stands in one queue, so there is less to find.
const trials = inject('engine') === 'postgres' ? 200 : 40;
const atOnce = 10;

let instances: TestApp[];
let admins: Caller[];
beforeAll(async () => {
  const first = await startApp();
  // A pool of its own where there can be one, as another machine would have.
  const second = first.database.url === undefined ? await startApp(first) : await anotherInstance(first, {});
  instances = [first, second];
  admins = await Promise.all(instances.map((app) => signedIn(app)));
});
afterAll(async () => {
  for (const app of [...instances].reverse()) await app.close();
});

const oneOf = <Item>(items: readonly Item[]): Item => items[Math.floor(Math.random() * items.length)] as Item;
/** Some at once, some a moment later. */
const soon = () => pause(Math.random() < 0.4 ? 0 : Math.random() * 12);

const isAccepted = async (app: TestApp, authorization: string) =>
  (await new Caller(app, authorization).send(ViewerDocument)).status === 200;

async function tokenOf(app: TestApp, client: OAuthClient): Promise<string[]> {
  const { body } = await requestToken(app, client);
  return typeof body.access_token === 'string' ? [`Bearer ${body.access_token}`] : [];
}

interface Seen {
  before: number;
  after: string[];
}

/** Everything at once; `authorizations` are what gets in before, `more` makes others while it still can. */
async function race(
  id: string,
  authorizations: string[],
  more: (app: TestApp) => Promise<string[]>,
): Promise<Seen> {
  // Known, they are served no later than who revokes them.
  for (const app of instances) await acceptedOf(app, authorizations);
  let before = 0;
  const use = async () => {
    await soon();
    if (await isAccepted(oneOf(instances), oneOf(authorizations))) before += 1;
  };
  const update = async () => {
    await soon();
    const scopes = oneOf([['USERS'], ['CONVERSATIONS', 'USERS']] as const);
    await oneOf(admins).run(UpdateCredentialDocument, {
      input: { id, name: 'Renamed', scopes: [...scopes] },
    });
  };
  const making = instances.map(async (app) => {
    await soon();
    return more(app);
  });
  const beside = [use(), use(), update()];
  await soon();
  await oneOf(admins).run(RevokeCredentialDocument, { input: { id } });
  // From here on nothing may get in, with anything, anywhere: what was made a moment ago included.
  const late = Promise.all(
    instances.map(async (app) => [...(await more(app)), ...(await acceptedOf(app, authorizations))]),
  );
  const made = (await Promise.all(making)).flat();
  const after = (await late).flat();
  for (const app of instances) after.push(...(await acceptedOf(app, made)));
  await Promise.all(beside);
  const { credential } = await oneOf(admins).run(CredentialDocument, { id });
  expect(credential?.status).toBe('REVOKED');
  return { before: before + made.length, after };
}

async function acceptedOf(app: TestApp, authorizations: readonly string[]): Promise<string[]> {
  const kept = await Promise.all(
    authorizations.map(async (one) => ((await isAccepted(app, one)) ? [one] : [])),
  );
  return kept.flat();
}

async function trial(number: number): Promise<Seen> {
  if (number % 4 === 0) {
    const { apiKey, credential } = await createApiKey(oneOf(admins));
    return race(credential.id, [apiKey], async () => []);
  }
  const client = await createClient(oneOf(admins), ['CONVERSATIONS', 'USERS']);
  const first = await tokenOf(oneOf(instances), client);
  return race(client.credential.id, first, (app) => tokenOf(app, client));
}

// Hundreds of races take a busy machine longer than other tests may.
const patienceMs = 300_000;

test(
  `in ${trials} races nothing is accepted after a revoke was answered, and revoked stays revoked`,
  async () => {
    const seen: Seen[] = [];
    for (let done = 0; done < trials; done += atOnce) {
      seen.push(...(await Promise.all(Array.from({ length: atOnce }, (_, place) => trial(done + place)))));
    }
    expect(seen).toHaveLength(trials);
    expect(seen.flatMap(({ after }) => after)).toEqual([]);
    expect(
      seen.filter(({ before }) => before > 0).length,
      'races that anything got in before',
    ).toBeGreaterThan(20);
  },
  patienceMs,
);
