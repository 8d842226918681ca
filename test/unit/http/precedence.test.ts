// A heap of requests that nobody knows arrives at once, and behind it one of a caller that was good before.

import { expect, test } from 'vitest';
import type { HttpRequest, Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { type Raw, sendAtOnce } from '../../support/at-once.ts';
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
