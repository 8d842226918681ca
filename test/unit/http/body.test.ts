import { once } from 'node:events';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import type { Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { serve, speak, until } from './serve.ts';

const count: Routes = {
  '/': { POST: async (request) => jsonReply(200, (await request.readBody(1_000)).length) },
};
const head = 'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n';

test('a body within the limit is read whole', async () => {
  const { url } = await serve(count);
  expect(await (await fetch(url, { method: 'POST', body: 'a'.repeat(1_000) })).json()).toBe(1_000);
});

test('a body in chunks is read whole', async () => {
  const { port } = await serve(count);
  const reply = await speak(
    port,
    `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`,
  );
  expect(reply).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n5$/);
});

test.each([1_001, 25_000_000])('a body of %i bytes is 413, and the client gets to read so', async (size) => {
  const { url } = await serve(count);
  const response = await fetch(url, { method: 'POST', body: Buffer.alloc(size, 'a') });
  expect(response.status).toBe(413);
  expect((await response.json()).error.code).toBe('PAYLOAD_TOO_LARGE');
});

test('a body without Content-Length is 413 as soon as it passes the limit, before it ends', async () => {
  const { port } = await serve(count);
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.write(`${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n${'a'.repeat(1_001)}\r\n`);
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('an oversized announcement is refused before the body is sent', async () => {
  const { port } = await serve(count);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${head}Content-Length: 99999999\r\n\r\n`);
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 413 /);
  socket.destroy();
});

test('Expect: 100-continue is answered 413 at once for a large body, and continued for a small one', async () => {
  const { port } = await serve(count);
  const refused = await speak(port, `${head}Expect: 100-continue\r\nContent-Length: 5000\r\n\r\n`);
  expect(refused).toMatch(/^HTTP\/1\.1 413 /);
  const accepted = await speak(port, `${head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\nab`);
  expect(accepted).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
});

test('a compressed body is 415', async () => {
  const { url } = await serve(count);
  const body = gzipSync('a'.repeat(10_000));
  const response = await fetch(url, { method: 'POST', body, headers: { 'Content-Encoding': 'gzip' } });
  expect(response.status).toBe(415);
});

test('a body that stops arriving is 408', async () => {
  const { port } = await serve(count, { timeouts: { bodyMs: 50 } });
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${head}Content-Length: 10\r\n\r\nabc`);
  const [chunk] = await once(socket, 'data');
  expect(String(chunk)).toMatch(/^HTTP\/1\.1 408 /);
  socket.destroy();
});

test('a body that is cut off disturbs nobody', async () => {
  const { port, url, lines } = await serve(count);
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${head}Content-Length: 10\r\n\r\nabc`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.resetAndDestroy();
  await until(() => lines.some((line) => line.msg === 'request'));
  expect(lines.find((line) => line.msg === 'request')).toMatchObject({ aborted: true });
  expect((await fetch(url, { method: 'POST', body: 'abc' })).status).toBe(200);
});

test('a route that does not read the body still answers, and closes the connection', async () => {
  const { port } = await serve({ '/': { POST: () => jsonReply(200, 'unread') } });
  const reply = await speak(
    port,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n${'a'.repeat(1_000_000)}`,
  );
  expect(reply).toMatch(/^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*"unread"$/i);
});

test('a refusal without a look at the body keeps the connection, when all of it came with the head', async () => {
  const { port } = await serve({ '/': { POST: () => ({ status: 401, body: 'refused' }) } });
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  for (let time = 0; time < 3; time += 1) {
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000\r\n\r\n${'x'.repeat(4000)}`);
    const [chunk] = await once(socket, 'data');
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 401 (?![\s\S]*connection: close)/i);
  }
});
