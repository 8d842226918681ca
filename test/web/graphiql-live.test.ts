// GraphiQL of the real server in a real browser that reaches loopback and nothing else: the examples are valid, and
// signing in with the first one signs in the ones after it.

import { parse, validate } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { exampleTabs } from '../../src/http/graphiql-examples.ts';
import { schema } from '../../src/schema/index.ts';
import { adminPassword, startApp, type TestApp } from '../support/app.ts';
import { launchBrowser } from '../support/browser.ts';

describe('the examples', () => {
  const named = exampleTabs.map(
    (tab) => [/\b(?:mutation|query) (\w+)/.exec(tab.query)?.[1] ?? '', tab] as const,
  );

  test.each(named)('%s is valid for the schema that is served', (_name, { query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
  });

  test.each(named)('%s gives a value to every variable it declares, and no other', (_name, tab) => {
    const [operation] = parse(tab.query).definitions;
    const declared =
      operation && 'variableDefinitions' in operation ? (operation.variableDefinitions ?? []) : [];
    const required = declared.filter((one) => one.type.kind === 'NonNullType');
    const given = Object.keys(JSON.parse(tab.variables ?? '{}'));
    expect(given).toEqual(expect.arrayContaining(required.map((one) => one.variable.name.value)));
    expect(declared.map((one) => one.variable.name.value)).toEqual(expect.arrayContaining(given));
  });
});

describe('in a browser', () => {
  let app: TestApp;
  let browser: Browser;
  let close: () => Promise<void>;
  const refused: string[] = [];
  beforeAll(async () => {
    app = await startApp();
    ({ browser, close } = await launchBrowser('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'));
  });
  afterAll(async () => {
    await close?.();
    await app?.close();
  });

  async function open(): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext()).newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('requestfailed', (request) => refused.push(request.url()));
    await page.goto(`${app.url}/graphql`);
    await page.waitForSelector('.graphiql-query-editor .view-line');
    return { page, complaints };
  }

  const switchTo = (page: Page, tab: string) => page.click(`button[title="${tab}"]`);
  /** GraphiQL takes a moment to learn which operation a tab holds; asked to run it before, it says that it cannot. */
  const runFor = (page: Page, text: string) =>
    vi.waitFor(async () => {
      await page.click('.graphiql-execute-button');
      await page.waitForSelector(`.result-window >> text=${text}`, { timeout: 3_000 });
    }, 30_000);

  /** Replaces what the editor of the variables holds. */
  async function fillVariables(page: Page, variables: object): Promise<void> {
    const editor = page.locator('.graphiql-editor-tool .monaco-editor').first();
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.press('Delete');
    await page.keyboard.insertText(JSON.stringify(variables));
  }

  test('whoever signs in with the first example is signed in for the next ones', async () => {
    const { page, complaints } = await open();
    await fillVariables(page, { email: 'admin@acme.example', password: adminPassword });
    await runFor(page, 'SUPER_ADMIN');
    await switchTo(page, 'Viewer');
    await page.waitForSelector('.graphiql-query-editor >> text=tokenExpiresAt');
    await runFor(page, 'conversations:read');
    await switchTo(page, 'CreateCredential');
    await page.waitForSelector('.graphiql-query-editor >> text=createCredential');
    await runFor(page, 'lk_sec_');
    expect(await page.evaluate('document.cookie'), 'scripts see no session').toBe('');
    expect(complaints).toEqual([]);
    expect(refused, 'it asks nobody but this server').toEqual([]);
    await page.context().close();
  });

  test('its documentation shows the schema that the server has', async () => {
    const { page, complaints } = await open();
    await page.click('button[aria-label="Show Documentation Explorer"]');
    await page.waitForSelector('.graphiql-doc-explorer >> text=Mutation');
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
