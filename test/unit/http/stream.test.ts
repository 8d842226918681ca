import http, { type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Routes } from '../../../src/http/exchange.ts';
import { sendGzipped, sendPieces } from '../../../src/http/piecemeal.ts';
import { serve, until } from './serve.ts';

/** Opens a reply without reading its body. */
const open = (url: string, method = 'GET') =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request(url, { agent: false, method });
    request.once('response', resolve).once('error', reject).end();
  });

describe.each([
  ['as they are', sendPieces, (body: Buffer) => body],
  ['compressed', sendGzipped, gunzipSync],
] as const)('pieces that are sent %s', (_how, send, plain) => {
  /** Serves as many pieces as asked for, each in the memory of the one before, and counts them. */
  function pieces(count: number, length: number, failing = false) {
    const seen = { made: 0, left: false };
    const memory = Buffer.alloc(length);
    async function* make() {
      try {
        for (; seen.made < count; seen.made += 1) yield memory.fill(65 + (seen.made % 26));
        if (failing) throw new Error('the database went away');
      } finally {
        seen.left = true;
      }
    }
    const routes: Routes = { '/': { GET: () => ({ status: 200, body: (to) => send(make(), to) }) } };
    return { routes, seen };
  }

  /** More than any client's buffers hold, compressed or not. */
  const [many, long] = [1_000_000, 256 * 1024];
  const stuck = async (seen: { made: number }) => {
    for (let before = -1; before < seen.made; ) {
      before = seen.made;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  test('arrive whole and in order, though the memory of each becomes that of the next', async () => {
    const { routes } = pieces(100, 50_000);
    const { url } = await serve(routes);
    const response = await fetch(url);
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    expect(response.headers.get('content-length')).toBeNull();
    const body = plain(Buffer.from(await response.arrayBuffer()));
    const expected = Array.from({ length: 100 }, (_, i) => Buffer.alloc(50_000, 65 + (i % 26)));
    expect(body.equals(Buffer.concat(expected))).toBe(true);
  });

  test('that fail reset the connection, so that they are not taken for whole', async () => {
    const { routes } = pieces(3, 1_000, true);
    const { url, lines } = await serve(routes);
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    await until(() => lines.some((line) => line.msg === 'request'));
    expect(lines.find((line) => line.msg === 'request')).toMatchObject({ status: 200, aborted: true });
  });

  test('are made no faster than the client reads, and no more when it goes', async () => {
    const { routes, seen } = pieces(many, long);
    const { url } = await serve(routes);
    const reply = await open(url);
    await stuck(seen);
    expect(seen.made).toBeLessThan(many / 2);
    reply.destroy();
    await until(() => seen.left);
  });

  test('are not made when the client went at once', async () => {
    const { routes, seen } = pieces(many, long);
    const { url } = await serve(routes);
    (await open(url)).destroy();
    await until(() => seen.left);
  });

  test('are not made for HEAD', async () => {
    const { routes, seen } = pieces(1, 10);
    const { url } = await serve(routes);
    const reply = await open(url, 'HEAD');
    expect(reply.statusCode).toBe(200);
    expect(seen.made).toBe(0);
  });

  test('are cut when a stop has waited long enough', async () => {
    const { routes, seen } = pieces(many, long);
    const { url, http: server } = await serve(routes);
    const reply = await open(url);
    reply.on('error', () => {});
    const closed = new Promise((resolve) => reply.once('close', resolve));
    await server.stop(100);
    await until(() => seen.left);
    reply.resume();
    await closed;
    expect(reply.complete).toBe(false);
  });
});
