import http, { type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import type { Routes } from '../../../src/http/exchange.ts';
import { serve, until } from './serve.ts';

const stream = (body: Readable): Routes => ({ '/': { GET: () => ({ status: 200, body }) } });

/** Opens a reply without reading its body. */
const open = (url: string, method = 'GET') =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const request = http.request(url, { agent: false, method });
    request.once('response', resolve).once('error', reject).end();
  });

async function* lines(count: number, line: string) {
  for (let i = 0; i < count; i++) yield line;
}

describe('a body that is a stream', () => {
  test('arrives whole and in order, with an end of its own', async () => {
    const { url } = await serve(stream(Readable.from(['one ', 'two ', 'three'])));
    const response = await fetch(url);
    expect(response.headers.get('transfer-encoding')).toBe('chunked');
    expect(response.headers.get('content-length')).toBeNull();
    expect(await response.text()).toBe('one two three');
  });

  test('that fails resets the connection, so that it is not taken for whole', async () => {
    async function* failing() {
      yield 'one';
      throw new Error('the database went away');
    }
    const { url, lines: log } = await serve(stream(Readable.from(failing())));
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    await until(() => log.some((line) => line.msg === 'request'));
    expect(log.find((line) => line.msg === 'request')).toMatchObject({ status: 200, aborted: true });
  });

  test('is read no faster than the client reads', async () => {
    let made = 0;
    async function* endless() {
      for (;;) {
        made++;
        yield 'x'.repeat(65_536);
      }
    }
    const body = Readable.from(endless(), { objectMode: false });
    const { url } = await serve(stream(body));
    const reply = await open(url);
    let before = -1;
    while (made > before) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(made).toBeLessThan(1_000);
    reply.destroy();
    await until(() => body.destroyed);
  });

  test('ends when the client goes', async () => {
    const body = Readable.from(lines(1_000_000, 'x'.repeat(10_000)), { objectMode: false });
    const { url } = await serve(stream(body));
    (await open(url)).destroy();
    await until(() => body.destroyed);
  });

  test('is not read for HEAD', async () => {
    const body = Readable.from(lines(1, 'never sent'));
    const { url } = await serve(stream(body));
    const reply = await open(url, 'HEAD');
    expect(reply.statusCode).toBe(200);
    await until(() => body.destroyed);
  });

  test('is cut when a stop has waited long enough', async () => {
    const body = Readable.from(lines(1_000_000, 'x'.repeat(10_000)), { objectMode: false });
    const { url, http: server } = await serve(stream(body));
    const reply = await open(url);
    reply.on('error', () => {});
    await server.stop(100);
    await until(() => body.destroyed);
    await new Promise((resolve) => reply.resume().once('close', resolve));
    expect(reply.complete).toBe(false);
  });
});
