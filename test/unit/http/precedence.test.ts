// A heap of requests that nobody knows arrives at once, and behind it one of a caller that was good before.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../src/errors.ts';
import type { HttpRequest, Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { Precedence } from '../../../src/http/precedence.ts';
import { hearAtOnce, type Raw, sendAtOnce } from '../../support/at-once.ts';
import { serve } from './serve.ts';

/** Notes what a request presents as good, or not. */
const routesOf = (isGood: () => boolean): Routes => {
  const handle = (request: HttpRequest) => {
    if (isGood()) request.noteCaller({ organizationId: 'org', accountId: 'acc' });
    else request.noteProblem(new AppError('UNAUTHENTICATED'));
    return jsonReply(200, {});
  };
  return { '/': { GET: handle }, '/livez': { GET: () => jsonReply(200, {}) } };
};

const junk = 200;
const heap: Raw[] = Array.from({ length: junk }, () => ({ path: '/' }));
/** How many of the heap were answered before what comes behind it. */
const waited = async (url: string, last: Raw) => (await sendAtOnce(url, [...heap, last])).indexOf(junk);

test.each(['Authorization', 'Cookie'])(
  'who was good before goes ahead of the unknown: %s',
  async (header) => {
    const { url } = await serve(routesOf(() => true));
    const asked = { path: '/', headers: { [header]: 'good' } };
    expect(await waited(url, asked)).toBe(junk);
    expect(await waited(url, asked)).toBeLessThan(junk / 2);
    expect(await waited(url, { path: '/', headers: { [header]: 'other' } })).toBe(junk);
  },
);

test('a cookie beside a machine that proved itself in the body is not known', async () => {
  const { url } = await serve({
    '/': {
      GET: (request) => {
        request.noteProvenInBody({ organizationId: 'org', credentialId: 'cred' });
        return jsonReply(200, {});
      },
    },
  });
  const asked = { path: '/', headers: { Cookie: 'anything' } };
  await waited(url, asked);
  expect(await waited(url, asked)).toBe(junk);
});

test.each<[ErrorCode, string]>([
  ['SERVICE_UNAVAILABLE', 'the database is away'],
  ['INVALID_SCOPE', 'it asks for what it does not have'],
])('who was good stays known after %s: %s', async (code) => {
  let problem: AppError | undefined;
  const { url } = await serve({
    '/': {
      GET: (request) => {
        if (problem) throw problem;
        request.noteCaller({ organizationId: 'org', accountId: 'acc' });
        return jsonReply(200, {});
      },
    },
  });
  const asked = { path: '/', headers: { Authorization: 'good' } };
  await waited(url, asked);
  problem = new AppError(code);
  await waited(url, asked);
  expect(await waited(url, asked)).toBeLessThan(junk / 2);
});

test('who presents nothing is never known', async () => {
  const { url } = await serve(routesOf(() => true));
  for (let time = 0; time < 2; time += 1) expect(await waited(url, { path: '/' })).toBe(junk);
});

test('who is refused waits with the unknown again', async () => {
  let isGood = true;
  const { url } = await serve(routesOf(() => isGood));
  const asked = { path: '/', headers: { Authorization: 'revoked' } };
  await waited(url, asked);
  isGood = false;
  expect(await waited(url, asked)).toBeLessThan(junk / 2);
  expect(await waited(url, asked)).toBe(junk);
});

test('nobody waits at a path where nobody has to', async () => {
  const { url } = await serve(
    routesOf(() => false),
    { isAhead: (path) => path === '/livez' },
  );
  expect(await waited(url, { path: '/livez' })).toBeLessThan(junk / 2);
});

test('of each address one begins after the other, so that nobody new waits behind all of another', async () => {
  const { url } = await serve(
    routesOf(() => false),
    { trustedProxies: ['127.0.0.1'] },
  );
  const asked = (address: string): Raw => ({ path: '/', headers: { 'X-Forwarded-For': address } });
  // All of one site, which has the fourth part too.
  const heapOfOne = Array.from({ length: junk }, (_, i) => asked(`2001:db8:0:${i.toString(16)}::1`));
  for (const other of ['192.0.2.1', '2001:db8:1::1']) {
    const order = await sendAtOnce(url, [...heapOfOne, asked(other)]);
    expect(order.indexOf(junk)).toBeLessThan(junk / 2);
  }
});

test('of one address so many may wait; more are told when to come again, and nobody else is', async () => {
  const { url } = await serve(
    routesOf(() => true),
    { trustedProxies: ['127.0.0.1'], waitingAtMost: 500 },
  );
  const asked = (address: string): Raw => ({ path: '/', headers: { 'X-Forwarded-For': address } });
  const tooMany = Array.from({ length: 300 }, () => asked('192.0.2.1'));
  const others = Array.from({ length: 10 }, (_, i) => asked(`192.0.2.${i + 2}`));
  const heard = await hearAtOnce(url, [...tooMany, ...others]);
  const refused = heard.filter(({ text }) => text.startsWith('HTTP/1.1 429'));
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(200);
  expect(
    refused.every(({ place, text }) => place < tooMany.length && /^retry-after: 1\r$/im.test(text)),
  ).toBe(true);
  expect(heard.length - refused.length).toBe(
    heard.filter(({ text }) => text.startsWith('HTTP/1.1 200')).length,
  );
  expect((await fetch(url, { headers: { 'X-Forwarded-For': '192.0.2.1' } })).status).toBe(200);
});

test('however many addresses there are, so many wait in all, and another one still finds a place', async () => {
  const precedence = new Precedence(100);
  const wait = (address: string) => Promise.resolve(precedence.turn(address, () => false));
  const begun: Promise<void>[] = [];
  let refused = 0;
  for (let i = 0; i < 1_000; i += 1) {
    try {
      begun.push(wait(`192.0.2.${i % 20}`));
    } catch (error) {
      expect(error).toMatchObject({ code: 'RATE_LIMITED', reason: 'too_many_wait' });
      refused += 1;
    }
  }
  expect(begun.length + refused).toBe(1_000);
  expect(begun.length).toBeLessThan(100);
  begun.push(wait('198.51.100.1'));
  await Promise.all(begun);
});

test('nobody waits behind requests whose clients are gone', async () => {
  const precedence = new Precedence();
  let areGone = false;
  const gone = Array.from({ length: 500 }, () => precedence.turn('192.0.2.1', () => areGone));
  let begun = 0;
  for (const turn of gone) turn.then(() => (begun += 1));
  areGone = true;
  const there = precedence.turn('192.0.2.1', () => false);
  await nextTurn();
  await nextTurn();
  await there;
  expect(begun).toBe(0);
});

test('while connections come one after another, who waits begins after ten of them', async () => {
  const precedence = new Precedence();
  let turns = 0;
  let begunAfter: number | undefined;
  precedence
    .turn('192.0.2.1', () => false)
    .then(() => {
      begunAfter = turns;
    });
  for (; begunAfter === undefined && turns < 100; turns += 1) {
    precedence.arrival();
    await nextTurn();
  }
  expect(begunAfter).toBe(10);
});

/** Begins as many, and tells how many had begun as soon as the one in this place had. */
const begunWith = async (precedence: Precedence, count: number, place: number) => {
  let begun = 0;
  const turns = Array.from({ length: count }, () => precedence.turn('192.0.2.1', () => false));
  for (const turn of turns) turn.then(() => (begun += 1));
  await turns[place];
  const seen = begun;
  await Promise.all(turns);
  return seen;
};

test.each([
  ['nobody who presents something is refused: those who wait begin together', { Cookie: 'stale' }, true],
  ['nobody who presents nothing is not: they begin one after the other', {}, false],
])('%s', async (_, headers, together) => {
  const begun: number[] = [];
  let turn = 0;
  const count = () => {
    turn += 1;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  onTestFinished(() => clearImmediate(counting));
  const { url } = await serve({
    '/': {
      GET: (request) => {
        request.noteCaller(undefined);
        begun[turn] = (begun[turn] ?? 0) + 1;
        return jsonReply(200, {});
      },
    },
  });
  await sendAtOnce(url, [{ path: '/', headers }]);
  await sendAtOnce(url, heap);
  expect(Math.max(...Object.values(begun)) >= 16).toBe(together);
});

test('while requests are refused, those who wait begin together, 16 at a time; else one after the other', async () => {
  let now = 0;
  const precedence = new Precedence(1_000, () => now);
  expect(await begunWith(precedence, 40, 0)).toBe(1);
  precedence.note('good', true);
  expect(await begunWith(precedence, 40, 0)).toBe(1);
  precedence.note(undefined, false);
  expect(await begunWith(precedence, 40, 15)).toBe(16);
  now = 1_000;
  expect(await begunWith(precedence, 40, 0)).toBe(1);
});
