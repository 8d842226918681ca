// A heap of requests that nobody knows arrives at once, and behind it one of a caller that was good before.

import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { HttpRequest, Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { Precedence } from '../../../src/http/precedence.ts';
import { hearAtOnce, type Raw, sendAtOnce } from '../../support/at-once.ts';
import { serve } from './serve.ts';

/** Notes what a request presents as good, or not. */
const routesOf = (isGood: () => boolean): Routes => {
  const handle = (request: HttpRequest) => {
    request.noteCaller(isGood());
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
  const heapOfOne = Array.from({ length: junk }, (_, i) => asked(`2001:db8::${i.toString(16)}`));
  for (const other of ['192.0.2.1', '2001:db8:0:1::1']) {
    const order = await sendAtOnce(url, [...heapOfOne, asked(other)]);
    expect(order.indexOf(junk)).toBeLessThan(junk / 2);
  }
});

test('of one address so many may wait; more are told when to come again, and nobody else is', async () => {
  const { url } = await serve(
    routesOf(() => true),
    { trustedProxies: ['127.0.0.1'], waitingAtMost: 100 },
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

test('while connections come one after another, who waits begins after ten of them', async () => {
  const precedence = new Precedence();
  let turns = 0;
  let begunAfter: number | undefined;
  precedence.turn('192.0.2.1').then(() => {
    begunAfter = turns;
  });
  for (; begunAfter === undefined && turns < 100; turns += 1) {
    precedence.arrival();
    await nextTurn();
  }
  expect(begunAfter).toBe(10);
});
