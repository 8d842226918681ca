// What Super Admins do in the console, by mouse and by keys alone, on the real server in a real browser.

import { readFile } from 'node:fs/promises';
import { exportJWK } from 'jose';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSample } from '../../src/db/data/sample.ts';
import { CreateAccountDocument, DeactivateAccountDocument } from '../operations/documents.ts';
import { type Caller, createApiKey, createClient, requestToken, signedIn } from '../support/actors.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';
import { assertionOf, createKeyClient, type KeyClient, newKeyPair } from '../support/assertions.ts';
import { consoleBrowser, isFocused, keyboard, mouse, signInByForm } from '../support/console.ts';
import { basic, revocation } from '../support/token-endpoints.ts';

const { visit, tabBeside } = consoleBrowser();
let app: TestApp;
// One for all: an address may not sign in as often as these tests would.
let admin: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  await loadSample(app.db, app.organization.id, { now: app.clock.now() });
});
afterAll(() => app?.close());

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { name, level: 1 });

/** The token endpoint's reply to a client that signs with its key. */
const tokenFor = async (client: KeyClient) =>
  fetch(`${app.url}/oauth/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertionOf(app, client),
    }),
  });

/** In the dialog that is open. */
async function changePassword(page: Page, current: string, next: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Change password' });
  await dialog.getByLabel('Current password', { exact: true }).fill(current);
  await dialog.getByLabel('New password', { exact: true }).fill(next);
  await dialog.getByRole('button', { name: 'Change password' }).click();
}

describe('signing in', () => {
  test('a wrong password is told in words, and the right one leads to what was asked for', async () => {
    const page = await visit({ url: app.url, email: null, path: '/audit?action=SIGNED_IN' });
    await signInByForm(page, 'admin@acme.example', 'not the password');
    await page.getByRole('alert').getByText('The e-mail address or the password is wrong.').waitFor();
    expect(await page.getByLabel('E-mail address', { exact: true }).inputValue()).toBe('admin@acme.example');
    await signInByForm(page, 'admin@acme.example', adminPassword);
    await heading(page, 'Audit').waitFor();
    expect(page.url()).toBe(`${app.url}/audit?action=SIGNED_IN`);
    expect(await page.evaluate('document.cookie'), 'scripts see no session').toBe('');
  });

  test('whoever guesses too often is told how long to wait', async () => {
    const page = await visit({ url: app.url, email: null });
    const alert = page.getByRole('alert');
    for (let guesses = 0; guesses < 6; guesses += 1) {
      const answered = page.waitForResponse(/graphql/);
      await signInByForm(page, 'guesser@acme.example', `guess ${guesses}`);
      await answered;
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
    }
    await alert.getByText(/^Too many attempts\. Try again in \d+ seconds\.$/).waitFor();
  });

  test('members are told why there is nothing for them, and may sign out', async () => {
    await admin.run(CreateAccountDocument, {
      input: { kind: 'PERSON', name: 'Mo Member', email: 'mo@acme.example', password: adminPassword },
    });
    const page = await visit({ url: app.url, email: 'mo@acme.example' });
    await heading(page, 'Only Super Admins see credentials').waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(/Mo Member.*mo@acme\.example/s);
    await button(page, 'Sign out').click();
    await heading(page, 'Sign in to Latchkey').waitFor();
  });

  test('members change their password, and are told that it is done', async () => {
    const [email, next] = ['pat@acme.example', 'a long password of theirs'];
    await admin.run(CreateAccountDocument, {
      input: { kind: 'PERSON', name: 'Pat', email, password: adminPassword },
    });
    const page = await visit({ url: app.url, email });
    await button(page, 'Change password').click();
    await changePassword(page, adminPassword, next);
    await page.getByRole('status').getByText('Your password is changed.').waitFor();
    await signedIn(app, email, next);
  });

  test('signing out ends the session here and covers the other tabs', async () => {
    const page = await visit({ url: app.url });
    const other = await tabBeside(page, '/accounts');
    await heading(other, 'Accounts').waitFor();
    await button(page, /^Super Admin/).click();
    await button(page, 'Sign out').click();
    await heading(page, 'Sign in to Latchkey').waitFor();
    await other.getByRole('dialog', { name: 'Your session has ended' }).waitFor();
  });
});

describe.each([
  ['by mouse', mouse],
  ['by keys alone', keyboard],
])('%s', (_way, hands) => {
  test('an OAuth client is created, its secret shown once, and found in the list', async () => {
    const page = await visit({ url: app.url });
    await hands.press(page.getByRole('link', { name: 'New credential' }));
    await heading(page, 'New credential').waitFor();
    const submit = button(page, 'Create credential');
    expect(await submit.isDisabled(), 'nothing is given yet').toBe(true);
    expect(await page.getByRole('radio', { name: 'OAuth 2.0' }).isChecked()).toBe(true);
    const name = `Export ${_way}`;
    await hands.write(page.getByLabel('Name', { exact: true }), name);
    await hands.press(page.getByRole('checkbox', { name: 'Conversations' }));
    await hands.press(page.getByRole('checkbox', { name: 'Users' }));
    await page.getByText('Data APIs (2/5 selected)').waitFor();
    const all = page.getByRole('checkbox', { name: 'All Data APIs' });
    expect(await all.evaluate((box) => (box as unknown as { indeterminate: boolean }).indeterminate)).toBe(
      true,
    );
    await hands.press(submit);

    const dialog = page.getByRole('dialog', { name: 'Client ID and Client Secret generated' });
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    expect(await dialog.isVisible(), 'neither Escape nor a click outside closes it').toBe(true);
    expect(await button(page, 'Done').isDisabled()).toBe(true);
    const secret = await dialog.getByText(/^lk_sec_/).innerText();
    await hands.press(dialog.getByRole('button', { name: 'Copy Client Secret' }));
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await hands.press(button(page, 'Done'));
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(secret);

    await heading(page, name).waitFor();
    await hands.press(page.getByRole('link', { name: 'Credentials', exact: true }).first());
    const row = page.getByRole('row', { name: new RegExp(name) });
    expect(await row.innerText()).toMatch(/OAuth 2\.0.*Conversations.*Users.*Super Admin.*Never.*Active/s);
  });

  test('an API key is made for a service account that is created in place', async () => {
    const page = await visit({ url: app.url, path: '/credentials/new' });
    await hands.write(page.getByLabel('Name', { exact: true }), 'Dashboard key');
    if (hands === mouse) await page.getByRole('radio', { name: 'API Key' }).click();
    else {
      await hands.press(page.getByRole('radio', { name: 'OAuth 2.0' }));
      await page.keyboard.press('ArrowDown');
    }
    await hands.press(page.getByRole('checkbox', { name: 'All Data APIs' }));
    await page.getByText('Data APIs (5/5 selected)').waitFor();
    await page.getByText('If Super Admin is deactivated one day').waitFor();
    await hands.press(button(page, 'Create a service account'));
    const making = page.getByRole('dialog', { name: 'New service account' });
    await hands.write(making.getByLabel('Name', { exact: true }), `Dashboards ${_way}`);
    await hands.press(making.getByRole('button', { name: 'Create service account' }));
    await making.waitFor({ state: 'detached' });
    expect(await page.getByLabel('Owner', { exact: true }).inputValue()).toBe(`Dashboards ${_way}`);
    await hands.press(button(page, 'Create credential'));
    const dialog = page.getByRole('dialog', { name: 'API Key generated' });
    await hands.press(dialog.getByRole('button', { name: 'Copy as curl' }));
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/Bearer lk_key_/);
    await hands.press(dialog.getByRole('checkbox', { name: 'I have stored it' }));
    await hands.press(button(page, 'Done'));
    await heading(page, 'Dashboard key').waitFor();
    expect(await page.getByRole('main').innerText()).toMatch(/Owner\s+Dashboards by/);
  });

  test('a credential is renamed and narrowed, and what that takes away is said first', async () => {
    const { credential } = await createClient(admin, ['CONVERSATIONS', 'USERS']);
    const page = await visit({ url: app.url, path: `/credentials/${credential.id}` });
    await hands.press(page.getByRole('link', { name: 'Edit' }));
    await heading(page, 'Edit Nightly export').waitFor();
    await page.getByText('It cannot be changed').waitFor();
    expect(await button(page, 'Save changes').isDisabled(), 'nothing is changed yet').toBe(true);
    await hands.write(page.getByLabel('Name', { exact: true }), 'Narrow export');
    await hands.press(page.getByRole('checkbox', { name: 'Users' }));
    await page.getByText('Requests using Users will be refused at once.').waitFor();
    await hands.press(button(page, 'Save and take a scope away'));
    await heading(page, 'Narrow export').waitFor();
    await page.getByText('Credential changed').waitFor();
    expect(await page.locator('.scope-facts').innerText()).toMatch(/^Conversations.*(?<!users:read.*)$/s);
  });

  test('a public key is added, gets tokens, and is removed', async () => {
    const client = { ...(await createClient(admin)), key: await newKeyPair() };
    const privateJwk = JSON.stringify(await exportJWK(client.key.privateKey));
    const page = await visit({ url: app.url, path: `/credentials/${client.clientId}` });
    const sent: string[] = [];
    page.on('request', (request) => sent.push(request.postData() ?? ''));
    await hands.press(button(page, 'Add a public key'));
    const adding = page.getByRole('dialog', { name: 'Add a public key' });
    const field = adding.getByLabel('JSON Web Key');
    await hands.write(field, privateJwk);
    await adding.getByText('paste its public half instead').waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    const add = adding.getByRole('button', { name: 'Add key' });
    expect(await add.isDisabled()).toBe(true);
    await hands.write(field, JSON.stringify({ ...client.key.jwk, kid: 'export-2026' }));
    await hands.press(add);
    const keys = page.getByRole('list', { name: 'Public keys' });
    await keys.getByText('export-2026').waitFor();
    expect(await keys.innerText()).toMatch(/ES256 · added .* by Super Admin/);
    expect(sent.join()).toContain('AddCredentialKey');
    expect(sent.join(), 'the private half').not.toContain(JSON.parse(privateJwk).d);

    const token = (await (await tokenFor(client)).json()) as { access_token: string };
    await hands.press(button(page, 'Remove export-2026'));
    const removing = page.getByRole('dialog', { name: 'Remove export-2026?' });
    await removing.getByText('tokens that it got already go on until they run out').waitFor();
    await hands.press(removing.getByRole('button', { name: 'Remove key' }));
    await keys.waitFor({ state: 'detached' });
    await expect.poll(() => isFocused(heading(page, 'Nightly export'))).toBe(true);
    expect((await tokenFor(client)).status, 'what it signs now').toBe(401);
    const reply = await fetch(`${app.url}/graphql?query={viewer{credential{id}}}`, {
      headers: { Authorization: `Bearer ${token.access_token}` },
    });
    expect(reply.status, 'the token that it got').toBe(200);
  });

  test('a credential in use is deleted only by its name', async () => {
    const { credential, apiKey } = await createApiKey(admin);
    await fetch(`${app.url}/graphql?query={viewer{credential{id}}}`, {
      headers: { Authorization: `Bearer ${apiKey}` },
    });
    await app.auth.credentialUse.flush();
    const page = await visit({ url: app.url, path: `/credentials?search=${credential.id}` });
    await hands.press(button(page, 'Delete Dashboard'));
    const dialog = page.getByRole('dialog', { name: 'Delete Dashboard?' });
    await dialog.getByText('It is in use').waitFor();
    const confirm = dialog.getByRole('button', { name: 'Delete for good' });
    await hands.write(dialog.getByLabel('Type Dashboard to delete it', { exact: true }), 'Dash');
    expect(await confirm.isDisabled()).toBe(true);
    await hands.write(dialog.getByLabel('Type Dashboard to delete it', { exact: true }), 'Dashboard');
    await hands.press(confirm);
    await page.getByText('No credential matches').waitFor();
    await expect.poll(() => isFocused(heading(page, 'Credentials'))).toBe(true);
    const refused = await fetch(`${app.url}/graphql?query={viewer{credential{id}}}`, {
      headers: { Authorization: `Bearer ${apiKey}` },
    });
    expect(refused.status).toBe(401);
  });

  test('an account is deactivated and comes back, with the credentials that hang on it counted', async () => {
    const { createAccount } = await admin.run(CreateAccountDocument, {
      input: { kind: 'SERVICE_ACCOUNT', name: `Sync ${_way}` },
    });
    const owner = createAccount.account?.id ?? '';
    await createClient(admin, ['USERS'], owner);
    await createApiKey(admin, ['USERS'], owner);
    const page = await visit({ url: app.url, path: '/accounts' });
    const change = async (what: RegExp) => {
      await hands.press(button(page, `Change Sync ${_way}`));
      const item = page.getByRole('menuitem', { name: what });
      await item.waitFor();
      if (hands === mouse) await item.click();
      else {
        for (let presses = 0; !(await isFocused(item)) && presses < 10; presses += 1)
          await page.keyboard.press('ArrowDown');
        await page.keyboard.press('Enter');
      }
    };
    await change(/Deactivate/);
    const stop = page.getByRole('dialog', { name: `Deactivate Sync ${_way}?` });
    await stop.getByText('2 credentials stop at once').waitFor();
    expect(await stop.innerText()).toMatch(/Nightly export|Dashboard/);
    await hands.press(stop.getByRole('button', { name: 'Deactivate', exact: true }));
    const row = page.getByRole('row', { name: new RegExp(`Sync ${_way}`) });
    await row.getByText('Deactivated').waitFor();
    await change(/Reactivate/);
    await page.getByText('2 credentials work again at once').waitFor();
    await hands.press(page.getByRole('dialog').getByRole('button', { name: 'Reactivate', exact: true }));
    await row.getByText('Active', { exact: true }).waitFor();
    await change(/Delete/);
    const last = page.getByRole('dialog', { name: `Delete Sync ${_way}?` });
    await hands.write(last.getByLabel(`Type Sync ${_way} to delete it`, { exact: true }), `Sync ${_way}`);
    await hands.press(last.getByRole('button', { name: /^Delete/ }));
    await row.waitFor({ state: 'detached' });
    await expect.poll(() => isFocused(heading(page, 'Accounts'))).toBe(true);
  });

  test('a password is changed, told what is wrong at the field, and other sessions end', async () => {
    const [email, next] = [`${_way.replaceAll(' ', '-')}@acme.example`, 'a long password of theirs'];
    await admin.run(CreateAccountDocument, {
      input: { kind: 'PERSON', name: 'Robin', email, password: adminPassword, role: 'SUPER_ADMIN' },
    });
    const elsewhere = await signedIn(app, email);
    const page = await visit({ url: app.url, email });
    await hands.press(button(page, /^Robin/));
    await hands.press(button(page, 'Change password'));
    const dialog = page.getByRole('dialog', { name: 'Change password' });
    const send = dialog.getByRole('button', { name: 'Change password' });
    const [current, wanted] = [dialog.getByLabel('Current password'), dialog.getByLabel('New password')];
    await hands.write(current, 'not the password');
    await hands.write(wanted, 'short');
    await hands.press(send);
    await dialog.getByText('Choose a password of at least 12 characters.').waitFor();
    await expect.poll(() => isFocused(wanted)).toBe(true);
    await hands.write(wanted, next);
    await hands.press(send);
    await dialog.getByText('This is not your current password. Type it again.').waitFor();
    await expect.poll(() => isFocused(current)).toBe(true);
    await hands.write(current, adminPassword);
    await hands.press(send);
    await page.getByRole('status').getByText('Your password is changed.').waitFor();
    expect((await elsewhere.send('{ viewer { organization { id } } }')).status).toBe(401);
    await signedIn(app, email, next);
    await page.reload();
    await heading(page, 'Credentials').waitFor();
  });

  test('the audit trail is narrowed to an action, and the address keeps it', async () => {
    await createClient(admin);
    const page = await visit({ url: app.url, path: '/audit' });
    await page.getByText('Signed in').nth(1).waitFor();
    await hands.choose(page.getByLabel('Action', { exact: true }), 'Credential created');
    await expect.poll(() => page.url()).toContain('action=CREDENTIAL_CREATED');
    await page.getByRole('listitem').first().getByText('Credential created').waitFor();
    await page.reload();
    await page.getByRole('listitem').first().getByText('Credential created').waitFor();
    expect(await page.getByRole('main').getByRole('listitem').getByText('Signed in').count()).toBe(0);
  });

  test('somebody signs in, finds a credential by search, filter, and order, and signs out', async () => {
    await createApiKey(admin, ['PLUGIN_CALLS']);
    const page = await visit({ url: app.url, email: null });
    await hands.write(page.getByLabel('E-mail address', { exact: true }), 'admin@acme.example');
    await hands.write(page.getByLabel('Password'), adminPassword);
    await hands.press(button(page, 'Sign in'));
    await heading(page, 'Credentials').waitFor();
    await hands.write(page.getByRole('searchbox'), 'dashBOARD');
    await expect.poll(() => page.url()).toContain('search=dashBOARD');
    await hands.choose(page.getByLabel('Type', { exact: true }), 'API Key');
    await hands.choose(page.getByLabel('Scope', { exact: true }), 'Plugin calls');
    await hands.press(button(page, 'Last used'));
    await expect
      .poll(() => new URL(page.url()).search)
      .toBe('?search=dashBOARD&type=API_KEY&scope=PLUGIN_CALLS&sort=LAST_USED_AT');
    await hands.press(page.getByRole('link', { name: 'Dashboard', exact: true }).first());
    await heading(page, 'Dashboard').waitFor();
    await hands.press(button(page, /^Super Admin/));
    await hands.press(button(page, 'Sign out'));
    await heading(page, 'Sign in to Latchkey').waitFor();
  });

  test('a person is created, told what is wrong at the field, and signs in', async () => {
    const page = await visit({ url: app.url, path: '/accounts' });
    await hands.press(button(page, 'New person'));
    const dialog = page.getByRole('dialog', { name: 'New person' });
    const email = `grace.${hands === mouse ? 'm' : 'k'}@acme.example`;
    await hands.write(dialog.getByLabel('Name', { exact: true }), `Grace ${_way}`);
    await hands.write(dialog.getByLabel('E-mail address'), 'ADMIN@acme.example');
    await hands.write(dialog.getByLabel('Password'), 'a long password of hers');
    await hands.press(dialog.getByRole('button', { name: 'Create person' }));
    await dialog.getByText('An account of this organisation has this e-mail address already.').waitFor();
    await hands.write(dialog.getByLabel('E-mail address'), email);
    await hands.press(dialog.getByRole('checkbox', { name: 'Super Admin' }));
    await hands.press(dialog.getByRole('button', { name: 'Create person' }));
    await page.getByRole('row', { name: new RegExp(`Grace ${_way}.*Super Admin`) }).waitFor();
    const hers = await visit({ url: app.url, email, password: 'a long password of hers' });
    await heading(hers, 'Credentials').waitFor();
  });

  test('what a scope opens is looked at, in charts and as numbers', async () => {
    const page = await visit({ url: app.url });
    await hands.press(page.getByRole('link', { name: 'Data explorer' }));
    await page.getByRole('img', { name: /^Interactions per day\. Most on/ }).waitFor();
    await hands.press(page.getByRole('link', { name: 'Conversations' }));
    await hands.choose(page.getByLabel('Last'), '90 days');
    await expect.poll(() => page.url()).toBe(`${app.url}/explorer/conversations?days=90`);
    await hands.press(page.locator('summary', { hasText: 'As a table' }));
    const perDay = page.getByRole('table', { name: 'Conversations per day' });
    await expect.poll(() => perDay.getByRole('row').count()).toBeGreaterThan(90);
  });
});

test('what the server says of a public key is told at the field', async () => {
  const client = await createKeyClient(admin);
  const page = await visit({ url: app.url, path: `/credentials/${client.clientId}` });
  await button(page, 'Add a public key').click();
  const field = page.getByLabel('JSON Web Key');
  await field.fill(JSON.stringify(client.key.jwk));
  await button(page, 'Add key').click();
  await page.getByText('The credential has this key, or one with its kid.').waitFor();
  expect(await field.getAttribute('aria-invalid')).toBe('true');
  await expect.poll(() => isFocused(field)).toBe(true);
  expect(await field.inputValue()).toBe(JSON.stringify(client.key.jwk));
});

test('an API key has no public keys', async () => {
  const { credential } = await createApiKey(admin);
  const page = await visit({ url: app.url, path: `/credentials/${credential.id}` });
  await page.getByRole('heading', { name: 'How it authenticates' }).waitFor();
  expect(await page.getByRole('heading', { name: 'Public keys' }).count()).toBe(0);
});

test('a name that is left empty is told so, and moves nothing away under a press', async () => {
  const page = await visit({ url: app.url, path: '/credentials/new' });
  const name = page.getByLabel('Name', { exact: true });
  await name.focus();
  const card = await page.locator('.card', { hasText: 'API Key' }).boundingBox();
  await page.mouse.move((card?.x ?? 0) + 9, (card?.y ?? 0) + 9);
  await page.mouse.down();
  expect(await isFocused(name)).toBe(false);
  await page.mouse.up();
  expect(await page.getByRole('radio', { name: 'API Key' }).isChecked()).toBe(true);
  await page.getByText('Give a name.').waitFor();
  await name.fill('Given');
  await page.getByText('Give a name.').waitFor({ state: 'detached' });
  await name.fill('');
  await name.press('Tab');
  await page.getByText('Give a name.').waitFor();
});

test('a credential without an owner is told so at the field, and is not sent', async () => {
  const page = await visit({ url: app.url, path: '/credentials/new' });
  await page.getByLabel('Name', { exact: true }).fill('Nobody’s');
  await page.getByRole('checkbox', { name: 'Users' }).check();
  const owner = page.getByLabel('Owner', { exact: true });
  await owner.fill('');
  await page.getByText('Choose an owner.').waitFor();
  expect(await owner.getAttribute('aria-invalid')).toBe('true');
  expect(await button(page, 'Create credential').isDisabled()).toBe(true);
  await owner.fill('super');
  await page.getByRole('option', { name: 'Super Admin' }).click();
  expect(await button(page, 'Create credential').isDisabled()).toBe(false);
});

test('a secret is taken as .env lines, by copying or as a file', async () => {
  const page = await visit({ url: app.url, path: '/credentials/new' });
  await page.getByLabel('Name', { exact: true }).fill('Ünïque export / nightly');
  await page.getByRole('checkbox', { name: 'Users' }).check();
  await button(page, 'Create credential').click();
  const secret = await page
    .getByText(/^lk_sec_/)
    .first()
    .innerText();
  const clientId = await page
    .getByText(/^cred_/)
    .first()
    .innerText();
  const lines = [
    `LATCHKEY_URL=${app.url}`,
    `LATCHKEY_CLIENT_ID=${clientId}`,
    `LATCHKEY_CLIENT_SECRET=${secret}`,
    '',
  ];
  const downloading = page.waitForEvent('download');
  await button(page, 'Download .env file').click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('unique-export-nightly.env');
  expect(await readFile(await download.path(), 'utf8')).toBe(lines.join('\n'));
  await button(page, 'Copy as .env lines').click();
  await page.getByText('Copied: as .env lines').waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(lines.join('\n'));
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('the trail of one credential is found from its page, and narrowed to days', async () => {
  const { credential } = await createClient(admin);
  const page = await visit({ url: app.url, path: `/credentials/${credential.id}` });
  await page.getByRole('link', { name: 'All of it' }).click();
  await heading(page, 'Audit').waitFor();
  await expect.poll(() => page.getByRole('combobox', { name: 'About' }).inputValue()).toBe('Nightly export');
  await page.getByText('1 event', { exact: true }).waitFor();
  const event = page.getByRole('main').getByRole('listitem');
  const exact = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium' });
  expect(await event.innerText()).toContain(exact.format(new Date(credential.createdAt)));
  await event.getByText('127.0.0.1').click();
  await event.getByText(/^Request [0-9a-f-]{36}$/).waitFor();
  await page.getByLabel('To', { exact: true }).fill('2020-01-01');
  await page.getByText('Nothing happened').waitFor();
  await button(page, 'Clear filters').click();
  await page.getByText(/^\d+ events$|^\d+ of \d+ events$/).waitFor();
});

test('the trail names a client as the one who revoked its own token', async () => {
  const client = await createClient(admin);
  const { body } = await requestToken(app, client);
  expect((await revocation(app, basic(client), String(body.access_token))).status).toBe(200);
  const page = await visit({ url: app.url, path: `/audit?target=${client.clientId}` });
  const event = page.getByRole('listitem').filter({ hasText: 'Access token revoked' });
  await event.getByText('by the credential itself').waitFor();
});

test('the trail of one account is found from any of its events, and by its name', async () => {
  const { createAccount } = await admin.run(CreateAccountDocument, {
    input: { kind: 'SERVICE_ACCOUNT', name: 'Payroll sync' },
  });
  await admin.run(DeactivateAccountDocument, { input: { id: createAccount.account?.id ?? '' } });
  const page = await visit({ url: app.url, path: '/audit' });
  const about = page.getByRole('combobox', { name: 'About' });
  await page.getByRole('link', { name: 'Payroll sync' }).first().click();
  await page.getByText('2 events', { exact: true }).waitFor();
  expect(await about.inputValue()).toBe('Payroll sync');
  await button(page, 'Any credential or account').click();
  await about.fill('payROLL');
  await page.getByRole('option', { name: 'Payroll sync' }).click();
  await page.getByText('2 events', { exact: true }).waitFor();
  expect(page.url()).toContain(`target=${createAccount.account?.id}`);
});

test('the data explorer shows the records that a scope opens, and counts them', async () => {
  const page = await visit({ url: app.url, path: '/explorer' });
  await page.getByRole('img', { name: /^Interactions per day\. Most on/ }).waitFor();
  await page.getByRole('link', { name: 'Users' }).click();
  const users = page.getByRole('table', { name: 'Users' });
  await users.waitFor();
  expect(await users.getByRole('row').count()).toBe(11);
  expect(await users.innerText()).toMatch(/\S+@\S+/);
  await page.getByRole('link', { name: 'Conversations' }).click();
  await page.getByLabel('Last').selectOption({ label: '90 days' });
  await expect.poll(() => page.url()).toBe(`${app.url}/explorer/conversations?days=90`);
  await page.getByText('As a table').click();
  const perDay = page.getByRole('table', { name: 'Conversations per day' });
  await expect.poll(() => perDay.getByRole('row').count()).toBeGreaterThan(90);
  const counts = await perDay.getByRole('cell').allInnerTexts();
  const total = counts.reduce((sum, count) => sum + Number(count), 0);
  expect(total).toBeGreaterThan(100);
  await page.getByText(`${total.toLocaleString('en-US')} records in all`).waitFor();
});

describe('the list of credentials', () => {
  test('search, filters, and order are in the address and go back with the browser', async () => {
    await createApiKey(admin, ['PLUGIN_CALLS']);
    const page = await visit({ url: app.url });
    await page.getByLabel('Type', { exact: true }).selectOption({ label: 'API Key' });
    await page.getByLabel('Scope', { exact: true }).selectOption({ label: 'Plugin calls' });
    await page.getByRole('button', { name: 'Name' }).click();
    await page
      .getByRole('columnheader', { name: 'Name' })
      .and(page.locator('[aria-sort=ascending]'))
      .waitFor();
    await page.getByRole('searchbox').fill('dashBOARD');
    await expect.poll(() => page.url()).toContain('search=dashBOARD');
    expect(page.url()).toBe(
      `${app.url}/credentials?search=dashBOARD&type=API_KEY&scope=PLUGIN_CALLS&sort=NAME&direction=ASC`,
    );
    await page.reload();
    expect(await page.getByRole('searchbox').inputValue()).toBe('dashBOARD');
    await page
      .getByRole('row', { name: /Dashboard/ })
      .first()
      .waitFor();
    await page.goBack();
    await expect.poll(() => page.getByLabel('Scope', { exact: true }).inputValue()).toBe('PLUGIN_CALLS');
    await page.goBack();
    await expect.poll(() => page.getByLabel('Scope', { exact: true }).inputValue()).toBe('');
  });

  test('from one of its credentials the way up leads back to what was found', async () => {
    const page = await visit({ url: app.url });
    await page.getByRole('searchbox').fill('dashBOARD');
    await expect.poll(() => page.url()).toContain('search=dashBOARD');
    const found = page.url();
    await page
      .getByRole('row', { name: /Dashboard/ })
      .first()
      .getByRole('link')
      .first()
      .click();
    await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link').click();
    await expect.poll(() => page.url()).toBe(found);
    expect(await page.getByRole('searchbox').inputValue()).toBe('dashBOARD');
  });

  test('cards are sorted as the table is', async () => {
    const page = await visit({ url: app.url, width: 400 });
    await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click();
    await expect.poll(() => page.url()).toContain('sort=NAME&direction=ASC');
  });

  test('an address that makes no sense is told so, and leads back to the beginning', async () => {
    const page = await visit({ url: app.url, path: '/credentials?after=made-up&type=NONSENSE&sort=%00' });
    await page.getByRole('alert').waitFor();
    await button(page, 'Begin anew').click();
    await page.getByRole('row').nth(1).waitFor();
    expect(page.url()).toBe(`${app.url}/credentials`);
  });

  test('what is refused is told at the field, and nothing that was typed is lost', async () => {
    const page = await visit({ url: app.url, path: '/credentials/new' });
    await page.getByLabel('Name', { exact: true }).fill('Paypаl export');
    await page.getByRole('checkbox', { name: 'Users' }).check();
    await button(page, 'Create credential').click();
    const name = page.getByLabel('Name', { exact: true });
    await page.getByText('Write each word of the name in one alphabet').waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await expect.poll(() => isFocused(name)).toBe(true);
    expect(await name.inputValue()).toBe('Paypаl export');
    expect(await page.getByRole('checkbox', { name: 'Users' }).isChecked()).toBe(true);
  });

  test('a single key leads to the form, and rests where something is typed', async () => {
    const page = await visit({ url: app.url });
    await heading(page, 'Credentials').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('n1');
    expect(await page.getByRole('searchbox').inputValue()).toBe('n1');
    expect(new URL(page.url()).pathname).toBe('/credentials');
    await heading(page, 'Credentials').focus();
    await page.keyboard.press('n');
    await heading(page, 'New credential').waitFor();
    await page.getByRole('checkbox', { name: 'Users' }).press('2');
    await page.getByLabel('Name', { exact: true }).fill('Still there');
    expect(new URL(page.url()).pathname).toBe('/credentials/new');
  });

  test('an organisation without credentials is told what one is', async () => {
    const fresh = await startApp();
    const page = await visit({ url: fresh.url });
    await page.getByText('No credentials yet').waitFor();
    await page.getByText('A credential lets a system of yours').waitFor();
    await page.getByRole('link', { name: 'Create the first credential' }).click();
    await heading(page, 'New credential').waitFor();
    await fresh.close();
  });
});
