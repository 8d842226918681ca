// Every page and dialog of the console under axe, wide in light and on a phone in dark; and under the strict policy,
// whose violations the browser reports.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSample } from '../../src/db/data/sample.ts';
import {
  CreateAccountDocument,
  DeactivateAccountDocument,
  RevokeCredentialDocument,
} from '../operations/documents.ts';
import { createApiKey, createClient, signedIn } from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';
import { addKey, newKeyPair } from '../support/assertions.ts';
import { consoleBrowser, loseReply, settled } from '../support/console.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { visit } = consoleBrowser();
let app: TestApp;
let credential: string;
let deleted: string;
beforeAll(async () => {
  app = await startApp();
  await loadSample(app.db, app.organization.id, { now: app.clock.now() });
  const admin = await signedIn(app);
  const { createAccount } = await admin.run(CreateAccountDocument, {
    input: { kind: 'SERVICE_ACCOUNT', name: 'Warehouse sync' },
  });
  const owner = createAccount.account?.id ?? '';
  credential = (await createClient(admin, ['INTERACTIONS', 'CONVERSATIONS', 'USERS'])).credential.id;
  for (const kid of [undefined, 'export-2026']) {
    const { jwk } = await newKeyPair();
    await addKey(admin, credential, { jwk: { ...jwk, ...(kid && { kid }) } });
  }
  await createApiKey(admin, ['PLUGIN_CALLS', 'PLUGIN_RESOURCES', 'EVENTS'], owner);
  await admin.run(DeactivateAccountDocument, { input: { id: owner } });
  deleted = (await createClient(admin)).credential.id;
  await admin.run(RevokeCredentialDocument, { input: { id: deleted } });
  await admin.run(CreateAccountDocument, {
    input: { kind: 'PERSON', name: 'Mo Member', email: 'mo@acme.example', password: adminPassword },
  });
});
afterAll(() => app?.close());

/** What axe finds wrong with the page as it stands, one line a finding. The page's policy does not bind the tester. */
async function findings(page: Page, within = 'document'): Promise<string[]> {
  await page.evaluate(axe);
  const run = `axe.run(${within}, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => id + ': ' + help + ': ' + target.join(' ') + ' ' + failureSummary)))`;
  return (await page.evaluate(run)) as string[];
}

const pages: [name: string, path: () => string, email?: string | null][] = [
  ['sign-in', () => '/credentials', null],
  ['the page for members', () => '/credentials', 'mo@acme.example'],
  ['the list of credentials', () => '/credentials'],
  ['a list that is empty', () => '/credentials?search=nothing+has+this+name'],
  ['the form for a new credential', () => '/credentials/new'],
  ['a credential', () => `/credentials/${credential}`],
  ['a credential that is not there', () => '/credentials/cred_0000000000000000000000'],
  ['the form for editing', () => `/credentials/${credential}/edit`],
  ['accounts', () => '/accounts'],
  ['audit', () => '/audit'],
  ['interactions in the explorer', () => '/explorer/interactions'],
  ['conversations in the explorer', () => '/explorer/conversations'],
  ['plugin calls in the explorer', () => '/explorer/plugin-calls'],
  ['plugin resources in the explorer', () => '/explorer/plugin-resources'],
  ['users in the explorer', () => '/explorer/users'],
  ['an address where nothing is', () => '/explorer/nothing'],
  ['a deleted credential', () => `/credentials/${deleted}`],
  ['the form for editing a deleted one', () => `/credentials/${deleted}/edit`],
];

const looks = [
  { colorScheme: 'light', width: 1280, height: 900 },
  { colorScheme: 'dark', width: 390, height: 900 },
] as const;

/** axe finds nothing, in light and wide, in dark and on a phone, and nothing is wider than the screen. */
async function isAccessible(page: Page): Promise<void> {
  for (const { colorScheme, ...size } of looks) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(size);
    await settled(page);
    expect(await findings(page), `in ${colorScheme}, ${size.width} wide`).toEqual([]);
    const over = await page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
    expect(over, `wider than ${size.width}`).toBeLessThanOrEqual(0);
  }
}

test.each(pages)('axe finds nothing on %s', async (_name, path, email) => {
  await isAccessible(await visit({ url: app.url, path: path(), ...(email !== undefined && { email }) }));
});

test.each([
  ['the console does not answer', 'query Viewer'],
  ['a page could not be read', 'query AccountList('],
])('axe finds nothing where %s', async (_name, operation) => {
  const page = await visit({ url: app.url });
  await page.route('**/graphql', (route) =>
    route.request().postData()?.includes(operation) ? route.abort() : route.fallback(),
  );
  await page.goto('/accounts');
  await page.getByText('The server cannot be reached.').waitFor();
  await isAccessible(page);
  await page.unroute('**/graphql');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('row').nth(1).waitFor();
});

type Opening = [name: string, path: () => string, open: (page: Page) => Promise<unknown>];
const dialogs: Opening[] = [
  [
    'the secret, once',
    () => '/credentials/new',
    async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('For axe');
      await page.getByRole('checkbox', { name: 'Users' }).check();
      await page.getByRole('button', { name: 'Create credential' }).click();
    },
  ],
  [
    'deleting a credential',
    () => `/credentials/${credential}`,
    (page) => page.getByRole('button', { name: 'Delete', exact: true }).click(),
  ],
  [
    'a credential that was created already',
    () => '/credentials/new',
    async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('Sent twice');
      await page.getByRole('checkbox', { name: 'Users' }).check();
      await loseReply(page, 'CreateCredential');
      await page.getByRole('button', { name: 'Create credential' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByRole('button', { name: 'Create credential' }).click();
    },
  ],
  [
    'a new public key, and what is wrong with it',
    () => `/credentials/${credential}`,
    async (page) => {
      await page.getByRole('button', { name: 'Add a public key' }).click();
      await page.getByLabel('JSON Web Key').fill('{"kty": "oct", "k": "c2VjcmV0"}');
      await page.getByText('It was not sent.').waitFor();
    },
  ],
  [
    'removing a public key',
    () => `/credentials/${credential}`,
    (page) => page.getByRole('button', { name: 'Remove export-2026' }).click(),
  ],
  [
    'a new service account',
    () => '/credentials/new',
    (page) => page.getByRole('button', { name: 'Create a service account' }).click(),
  ],
  ['a new person', () => '/accounts', (page) => page.getByRole('button', { name: 'New person' }).click()],
  [
    'deactivating an account',
    () => '/accounts',
    async (page) => {
      await page.getByRole('button', { name: 'Change Super Admin' }).click();
      await page.getByRole('menuitem', { name: 'Deactivate' }).click();
    },
  ],
  [
    'making somebody a Super Admin',
    () => '/accounts',
    async (page) => {
      await page.getByRole('button', { name: 'Change Mo Member' }).click();
      await page.getByRole('menuitem', { name: 'Make Super Admin' }).click();
    },
  ],
  [
    'deleting an account',
    () => '/accounts',
    async (page) => {
      await page.getByRole('button', { name: 'Change Super Admin' }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
    },
  ],
  [
    'a session that has ended',
    () => '/credentials',
    async (page) => {
      const tab = await page.context().newPage();
      await tab.goto('/credentials');
      await tab.getByRole('button', { name: /^Super Admin/ }).click();
      await tab.getByRole('button', { name: 'Sign out' }).click();
    },
  ],
  [
    'a new password, and what is wrong with it',
    () => '/credentials',
    async (page) => {
      await page.getByRole('button', { name: /^Super Admin/ }).click();
      await page.getByRole('button', { name: 'Change password' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Current password').fill('whatever it is');
      await dialog.getByLabel('New password').fill('short');
      await dialog.getByRole('button', { name: 'Change password' }).click();
      await dialog.getByText('at least 12 characters').waitFor();
    },
  ],
  [
    'the list of shortcuts',
    () => '/credentials',
    async (page) => {
      await page.locator('h1').focus();
      await page.keyboard.press('?');
    },
  ],
];

test.each(dialogs)('axe finds nothing in the dialog of %s', async (_name, path, open) => {
  const page = await visit({ url: app.url, path: path() });
  await settled(page);
  await open(page);
  await page.getByRole('dialog').waitFor();
  await isAccessible(page);
});

test('axe finds nothing while the owner is being chosen and while the account menu is open', async () => {
  const page = await visit({ url: app.url, path: '/credentials/new' });
  await settled(page);
  await page.getByRole('button', { name: 'Show accounts' }).click();
  await page.getByRole('option').first().waitFor();
  // While the list is open, the library hides the rest of the page from screen readers, so that they find the list.
  expect(await findings(page, "{ include: ['.combo', '.combo-popup'] }")).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Super Admin/ }).click();
  await page.getByRole('radio', { name: 'Dark' }).waitFor();
  expect(await findings(page)).toEqual([]);
});

test('what a search finds is read out, also when it is nothing', async () => {
  const page = await visit({ url: app.url });
  // The same element throughout: screen readers tell what changes in it, not that it comes.
  const status = await page
    .getByRole('status')
    .filter({ hasText: /^\d+ credentials$/ })
    .elementHandle();
  const search = page.getByRole('searchbox');
  for (const [text, found] of [
    ['dash', '1 credential'],
    ['nothing has this name', '0 credentials'],
    ['night', '1 credential'],
  ] as const) {
    await search.fill(text);
    await expect.poll(() => status?.innerText()).toBe(found);
  }
});

test('what a change of scopes takes away is read out', async () => {
  const page = await visit({ url: app.url, path: `/credentials/${credential}/edit` });
  const users = page.getByRole('checkbox', { name: 'Users' });
  await users.waitFor();
  const live = await page.locator('form > [aria-live=polite]').elementHandle();
  expect(await live?.textContent()).toBe('');
  await users.uncheck();
  await expect.poll(() => live?.textContent()).toContain('Requests using Users will be refused at once.');
});

test('what axe would find, it finds', async () => {
  const page = await visit({ url: app.url });
  await settled(page);
  await page.evaluate("document.querySelector('input[type=search]').removeAttribute('aria-label')");
  await page.evaluate("document.querySelector('input[type=search]').removeAttribute('placeholder')");
  expect((await findings(page)).join()).toContain('label');
});

test('nothing moves for those who asked their system for less motion', async () => {
  const page = await visit({ url: app.url });
  await page.getByRole('row').nth(1).waitFor();
  const seconds = () =>
    page.evaluate(`Math.max(...[...document.querySelectorAll('*')].flatMap((one) => {
      const { transitionDuration, animationDuration } = getComputedStyle(one);
      return (transitionDuration + ',' + animationDuration).split(',').map(parseFloat);
    }))`);
  expect(await seconds()).toBeGreaterThan(0.1);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  expect(await seconds()).toBeLessThan(0.001);
});

test('what is current and what is counted is seen in the colours of a system that forces its own', async () => {
  const page = await visit({ url: app.url, path: '/explorer/conversations' });
  await page.emulateMedia({ forcedColors: 'active' });
  const style = (selector: string, property: string) =>
    page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
  await page.locator('.group-bar').first().waitFor();
  const current = await style('.way[aria-current=page]', 'borderTopStyle');
  expect(current).not.toBe(await style('.way:not([aria-current])', 'borderTopStyle'));
  const bar = await style('.group-bar span', 'backgroundColor');
  expect(bar).not.toBe(await style('.group-bar', 'backgroundColor'));
});

test.each(['en-GB', 'de-DE', 'ja-JP'])('dates and counts are those of a browser in %s', async (locale) => {
  const page = await visit({ url: app.url, path: `/credentials/${credential}`, locale });
  const created = page.locator('.facts time').first();
  const at = new Date((await created.getAttribute('datetime')) ?? '');
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
  expect(await created.innerText()).toBe(exact.format(at));
  await page.goto('/explorer/interactions');
  const told = await page.getByText('records in all').innerText();
  const count = Number(told.replace(/\D/g, ''));
  expect(count).toBeGreaterThan(1000);
  expect(told).toBe(`${count.toLocaleString(locale)} records in all`);
});

test('the chosen appearance is kept, and wins over the system', async () => {
  const page = await visit({ url: app.url, theme: 'light' });
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const light = await ground();
  await page.getByRole('button', { name: /^Super Admin/ }).click();
  await page.getByRole('radio', { name: 'Dark' }).click();
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.locator('h1').waitFor();
  expect(await ground()).toBe(dark);
});
