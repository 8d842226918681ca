// The console in a real browser that reaches loopback and nothing else. Every page is watched: what the browser
// complains of, a violated policy above all, fails the test that caused it, and a failed test leaves a picture.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { adminPassword } from './app.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { root } from './server-process.ts';

export interface Visit {
  /** Of the server. */
  url: string;
  path?: string;
  /** Who is signed in; null: nobody. */
  email?: string | null;
  password?: string;
  theme?: 'light' | 'dark';
  width?: number;
  locale?: string;
}

export interface ConsoleBrowser {
  /** A page of a browser context of its own, signed in before it opens. */
  visit(visit: Visit): Promise<Page>;
  /** Another tab beside one that is open. */
  tabBeside(page: Page, path: string): Promise<Page>;
}

const underWay = new WeakMap<Page, number>();

/** A browser for the tests of a file. */
export function consoleBrowser(): ConsoleBrowser {
  let held: TestBrowser | undefined;
  const pages: Page[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    held = await launchBrowser('--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1');
  });
  afterAll(() => held?.close());
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await picture(pages, task.name);
    for (const page of pages.splice(0)) await page.context().close();
    expect(complaints.splice(0), 'what the browser complained of').toEqual([]);
  });
  const watched = (page: Page): Page => {
    pages.push(page);
    const count = (change: number) => () => void underWay.set(page, (underWay.get(page) ?? 0) + change);
    page.on('request', count(1));
    page.on('requestfinished', count(-1));
    page.on('requestfailed', count(-1));
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      // A refused request is an answer that the console deals with; the browser reports each.
      const ofRequest = message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !ofRequest) complaints.push(message.text());
    });
    return page;
  };
  return {
    async visit({
      url,
      path = '/credentials',
      email = 'admin@acme.example',
      password,
      theme,
      width = 1280,
      locale = 'en-US',
    }) {
      if (!held) throw new Error('the browser is not started yet');
      const context = await held.browser.newContext({
        baseURL: url,
        viewport: { width, height: 900 },
        colorScheme: theme ?? 'light',
        locale,
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      const page = watched(await context.newPage());
      if (email !== null) await signInByCookie(page, url, email, password ?? adminPassword);
      await page.goto(path);
      return page;
    },
    async tabBeside(page, path) {
      const tab = watched(await page.context().newPage());
      await tab.goto(path);
      return tab;
    },
  };
}

async function signInByCookie(page: Page, url: string, email: string, password: string): Promise<void> {
  const query = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { message } } }';
  const reply = await page.request.post(`${url}/graphql`, {
    data: { query, variables: { input: { email, password } } },
  });
  expect(await reply.json()).toEqual({ data: { signIn: { userErrors: [] } } });
}

async function picture(pages: readonly Page[], name: string): Promise<void> {
  const folder = join(root, '.test-results');
  mkdirSync(folder, { recursive: true });
  for (const [place, page] of pages.entries()) {
    const file = `${name.replace(/[^0-9A-Za-z]+/g, '-').slice(0, 80)}-${place}.png`;
    await page.screenshot({ path: join(folder, file), fullPage: true }).catch(() => {});
  }
}

/** No request is under way, nothing waits for one, and nothing moves. */
export async function settled(page: Page): Promise<void> {
  const waiting = page.locator('.skeleton, [aria-busy=true]');
  for (let calm = 0; calm < 2; calm += 1) {
    await page.evaluate('new Promise((then) => requestAnimationFrame(() => setTimeout(then)))');
    const busy = underWay.get(page) || !(await page.locator('h1').count()) || (await waiting.count());
    if (busy) calm = -1;
  }
  await page.evaluate('Promise.allSettled(document.getAnimations().map((one) => one.finished))');
}

/** The next operation of this name is done, and its reply does not arrive. */
export async function loseReply(page: Page, operation: string): Promise<void> {
  let lost = false;
  await page.route('**/graphql', async (route) => {
    if (lost || !route.request().postData()?.includes(`mutation ${operation}(`)) return route.fallback();
    lost = true;
    await route.fetch();
    await route.abort();
  });
}

/** Fills in the form to sign in. */
export async function signInByForm(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

export const isFocused = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element === element.ownerDocument.activeElement);

/** How somebody works: by pointing, or by keys alone. */
export interface Hands {
  press(target: Locator): Promise<void>;
  write(target: Locator, text: string): Promise<void>;
  choose(target: Locator, option: string): Promise<void>;
}

export const mouse: Hands = {
  press: (target) => target.click(),
  async write(target, text) {
    await target.click();
    await target.fill(text);
  },
  async choose(target, option) {
    await target.selectOption({ label: option });
  },
};

/** Nothing but keys: Tab until there, then the key that the element goes by. */
export const keyboard: Hands = {
  async press(target) {
    await tabTo(target);
    const kind = await target.evaluate((element) => (element as unknown as { type?: string }).type ?? '');
    await target.page().keyboard.press(kind === 'checkbox' || kind === 'radio' ? 'Space' : 'Enter');
  },
  async write(target, text) {
    await tabTo(target);
    await target.page().keyboard.press('ControlOrMeta+a');
    await target.page().keyboard.insertText(text);
  },
  async choose(target, option) {
    await tabTo(target);
    await target.page().keyboard.type(option);
  },
};

async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  for (let presses = 0; !(await isFocused(target)); presses += 1) {
    expect(presses, `Tab leads to ${target}`).toBeLessThan(120);
    await target.page().keyboard.press('Tab');
  }
}
