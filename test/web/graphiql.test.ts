import { buildSchema, graphql } from 'graphql';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphiqlPage } from '../../src/http/graphiql.ts';
import { graphqlRoutes } from '../../src/http/graphql.ts';
import { launchBrowser } from '../support/browser.ts';
import { serve } from '../unit/http/serve.ts';

const schema = buildSchema('type Query { hello: String! }');

/** A server with the page in front of a schema of one field. */
function graphiqlServer() {
  const authorizations: (string | undefined)[] = [];
  const routes = graphqlRoutes({
    graphiql: graphiqlPage(),
    execute: async ({ query, variables, operationName }, request) => {
      authorizations.push(request.headers.authorization);
      const rootValue = { hello: 'greetings from the stub' };
      const result = await graphql({
        schema,
        source: query,
        rootValue,
        variableValues: variables,
        operationName,
      });
      return { status: 200, body: JSON.stringify(result) };
    },
  });
  return serve(routes).then((served) => ({ ...served, authorizations }));
}

describe('the page', () => {
  const html = { Accept: 'text/html' };

  test('is compressed when the browser takes gzip, and plain when it does not', async () => {
    const { url } = await graphiqlServer();
    const compressed = await fetch(`${url}/graphql`, { headers: { ...html, 'Accept-Encoding': 'br, gzip' } });
    const any = await fetch(`${url}/graphql`, { headers: { ...html, 'Accept-Encoding': '*' } });
    const plain = await fetch(`${url}/graphql`, { headers: { ...html, 'Accept-Encoding': 'gzip;q=0' } });
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(any.headers.get('content-encoding')).toBe('gzip');
    await any.arrayBuffer();
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(Number(compressed.headers.get('content-length'))).toBeLessThan(3_000_000);
    expect(await compressed.text()).toBe(await plain.text());
  });

  test('is sent once, and revalidated after', async () => {
    const { url } = await graphiqlServer();
    const first = await fetch(`${url}/graphql`, { headers: html });
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    const second = await fetch(`${url}/graphql`, { headers: { ...html, 'If-None-Match': etag } });
    expect(second.status).toBe(304);
    expect((await fetch(`${url}/graphql`, { headers: { ...html, 'If-None-Match': '"other"' } })).status).toBe(
      200,
    );
  });

  test('lets no script run but its own, and no one frame it', async () => {
    const { url } = await graphiqlServer();
    const response = await fetch(`${url}/graphql`, { headers: html, method: 'HEAD' });
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'sha256-[^']+' 'sha256-[^']+';/);
    expect(policy.split('; ').filter((part) => part.includes("'unsafe-"))).toEqual([
      "style-src 'unsafe-inline'",
    ]);
    expect(policy).toContain("frame-ancestors 'none'");
  });
});

describe('in a browser', () => {
  let browser: Browser;
  let close: () => Promise<void>;
  beforeAll(async () => {
    ({ browser, close } = await launchBrowser());
  });
  afterAll(() => close?.());

  /** Opens the page and keeps what it complains of and whom it asks. */
  async function open(url: string) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    const requested = new Set<string>();
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('request', (request) => requested.add(new URL(request.url()).origin));
    await page.goto(`${url}/graphql`);
    await page.waitForSelector('.graphiql-query-editor .view-line');
    return { context, page, complaints, requested };
  }

  const run = (page: Page) => page.click('.graphiql-execute-button');
  // Tabs slide into place for as long as the machine is slow; a click by the mouse would wait for them.
  const switchTo = (page: Page, tab: string) => page.dispatchEvent(`button[title="${tab}"]`, 'click');

  test('it opens with the examples, runs a query, and asks nobody but this server', async () => {
    const { url } = await graphiqlServer();
    const { context, page, complaints, requested } = await open(url);
    expect(await page.locator('.graphiql-tab').allInnerTexts()).toEqual([
      'SignIn',
      'CreateCredential',
      'GetToken',
      'ReadConversations',
      'Viewer',
    ]);
    await page.goto(`${url}/graphql?query={hello}`);
    await page.waitForSelector('.graphiql-query-editor .view-line');
    await run(page);
    await page.waitForSelector('.result-window >> text=greetings from the stub');
    expect(complaints).toEqual([]);
    expect([...requested].filter((origin) => origin !== 'null')).toEqual([url]);
    await context.close();
  }, 60_000);

  test('it shows the variables of an example and sends its headers', async () => {
    const { url, authorizations } = await graphiqlServer();
    const { context, page } = await open(url);
    await page.waitForSelector('.graphiql-editor-tool >> text=admin@example.com');
    await switchTo(page, 'ReadConversations');
    await page.waitForSelector('.graphiql-query-editor >> text=conversations(first: $first');
    // The editors change one after another, and what is run meanwhile may still be the last tab's.
    const nextRun = async () => {
      await run(page);
      return authorizations.at(-1);
    };
    await expect.poll(nextRun, { timeout: 30_000, interval: 500 }).toMatch(/^Bearer/);
    await context.close();
  }, 60_000);

  test('it leaves nothing of what was typed in the address or in lasting storage', async () => {
    const { url } = await graphiqlServer();
    const { context, page } = await open(url);
    await page.click('.graphiql-query-editor .view-line');
    await page.keyboard.type('# typed');
    await expect.poll(() => page.evaluate('JSON.stringify({ ...sessionStorage })')).toContain('# typed');
    expect(page.url()).toBe(`${url}/graphql`);
    const other = await context.newPage();
    await other.goto(`${url}/elsewhere`);
    expect(await other.evaluate('Object.keys(localStorage)')).toEqual([]);
    await context.close();
  }, 60_000);
});
