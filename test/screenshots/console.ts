// Takes the pictures in docs/screenshots: an organisation with a few credentials, wide in light, on a phone in dark.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { loadSample } from '../../src/db/data/sample.ts';
import type { ScopeName } from '../../src/scopes.ts';
import {
  CreateAccountDocument,
  CreateCredentialDocument,
  DeactivateAccountDocument,
} from '../operations/documents.ts';
import { type Caller, signedIn } from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';
import { consoleBrowser, settled } from '../support/console.ts';
import { root } from '../support/server-process.ts';

const folder = join(root, 'docs/screenshots');
const { visit } = consoleBrowser();
let app: TestApp;
let shown: string;
beforeAll(async () => {
  app = await startApp();
  await loadSample(app.db, app.organization.id, { now: app.clock.now() });
  shown = await furnish(app, await signedIn(app));
  await mkdir(folder, { recursive: true });
});
afterAll(() => app?.close());

const all: ScopeName[] = ['INTERACTIONS', 'CONVERSATIONS', 'PLUGIN_CALLS', 'PLUGIN_RESOURCES', 'USERS'];
const day = 86_400_000;

/** @returns the id of the credential whose page is shown. */
async function furnish({ db, clock }: TestApp, admin: Caller): Promise<string> {
  const account = async (name: string, person = false) => {
    const input = person
      ? { kind: 'PERSON' as const, name, email: 'grace@acme.example', password: adminPassword }
      : { kind: 'SERVICE_ACCOUNT' as const, name };
    return (await admin.run(CreateAccountDocument, { input })).createAccount.account?.id ?? '';
  };
  const [warehouse, dashboards, people] = [
    await account('Warehouse sync'),
    await account('Dashboards'),
    await account('HR reporting'),
  ];
  const grace = await account('Grace Hopper', true);
  const made: string[] = [];
  const create = async (
    name: string,
    type: 'API_KEY' | 'OAUTH2_CLIENT_CREDENTIALS',
    scopes: ScopeName[],
    ownerAccountId: string,
    days: { old: number; used?: number },
  ) => {
    const input = { name, authenticationType: type, scopes, ownerAccountId };
    const { createCredential } = await admin.run(CreateCredentialDocument, { input });
    const id = createCredential.credential?.id ?? '';
    const ago = (count: number) => new Date(clock.now().getTime() - count * day);
    await db
      .updateTable('credentials')
      .set({
        created_at: ago(days.old),
        updated_at: ago(days.old),
        last_used_at: days.used === undefined ? null : ago(days.used),
      } as never)
      .where('id', '=', id)
      .execute();
    made.push(id);
  };
  const oauth = 'OAUTH2_CLIENT_CREDENTIALS';
  await create('Nightly export to Snowflake', oauth, all, warehouse, { old: 212, used: 0.3 });
  await create('Adoption dashboard', 'API_KEY', ['CONVERSATIONS', 'USERS'], dashboards, {
    old: 96,
    used: 0.002,
  });
  await create('Grace’s notebook', 'API_KEY', ['INTERACTIONS'], grace, { old: 61, used: 44 });
  await create('HR topics, weekly', oauth, ['INTERACTIONS', 'CONVERSATIONS'], people, { old: 40, used: 5 });
  await create('Plugin quality report', oauth, ['PLUGIN_CALLS', 'PLUGIN_RESOURCES'], dashboards, {
    old: 17,
    used: 1.1,
  });
  await create('Incident alerts', oauth, ['EVENTS'], warehouse, { old: 2 });
  await admin.run(DeactivateAccountDocument, { input: { id: grace } });
  return made[0] ?? '';
}

const scenes: [name: string, path: () => string, prepare?: (page: Page) => Promise<unknown>][] = [
  ['credentials', () => '/credentials'],
  [
    'new',
    () => '/credentials/new',
    async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Nightly export to the lake');
      await page.getByRole('checkbox', { name: 'Conversations' }).check();
      await page.getByRole('checkbox', { name: 'Interactions' }).check();
    },
  ],
  [
    'secret',
    () => '/credentials/new',
    async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Nightly export to the lake');
      await page.getByRole('checkbox', { name: 'All Data APIs' }).check();
      await page.getByRole('button', { name: 'Create credential' }).click();
      await page.getByRole('dialog').waitFor();
    },
  ],
  ['credential', () => `/credentials/${shown}`],
  [
    'edit',
    () => `/credentials/${shown}/edit`,
    (page) => page.getByRole('checkbox', { name: 'Users' }).uncheck(),
  ],
  ['accounts', () => '/accounts'],
  ['audit', () => '/audit?action=CREDENTIAL_CREATED'],
  ['explorer', () => '/explorer/conversations'],
];

const looks = [
  { suffix: 'desktop', theme: 'light', width: 1280 },
  { suffix: 'phone', theme: 'dark', width: 390 },
] as const;
const onPhones = ['credentials', 'new', 'secret', 'explorer'];

test.each(scenes)('%s', async (name, path, prepare) => {
  for (const { suffix, ...look } of looks.slice(0, onPhones.includes(name) ? 2 : 1)) {
    const page = await visit({ url: app.url, path: path(), ...look });
    await settled(page);
    await prepare?.(page);
    await settled(page);
    await page.screenshot({ path: join(folder, `${name}-${suffix}.png`), caret: 'hide' });
    await page.context().close();
  }
});

test('the list in dark', async () => {
  const page = await visit({ url: app.url, theme: 'dark' });
  await page.getByRole('row').nth(1).waitFor();
  await page.screenshot({ path: join(folder, 'credentials-desktop-dark.png'), caret: 'hide' });
});
