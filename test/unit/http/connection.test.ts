import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { serve, speak, until } from './serve.ts';

const hello: Routes = { '/': { GET: () => jsonReply(200, 'hello') } };
const get = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A route that answers when told to. */
function slowRoute() {
  const releases: (() => void)[] = [];
  const routes: Routes = {
    '/': { GET: () => new Promise((resolve) => releases.push(() => resolve(jsonReply(200, 'done')))) },
  };
  return { routes, releases };
}

describe('what is not a request', () => {
  test.each([
    ['noise', '\x16\x03\x01\x00\xf8\r\n\r\n', 400],
    ['a method that does not exist', 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    [
      'both Content-Length and Transfer-Encoding',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'two different Content-Lengths',
      `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
      400,
    ],
    [
      'a header of 1 MB',
      `GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${'a'.repeat(1_000_000)}\r\n\r\n`,
      431,
    ],
    ['an address of 20 kB', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])('%s is answered with a status and a request id', async (_name, text, status) => {
    const { port, lines } = await serve(hello);
    const reply = await speak(port, text);
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(reply).toMatch(/\r\nX-Request-Id: [0-9a-f]{24}\r\n/);
    expect(JSON.parse(reply.slice(reply.indexOf('\r\n\r\n'))).error.message).toMatch(/\.$/);
    expect(lines).toEqual([expect.objectContaining({ msg: 'connection refused', status })]);
  });

  test('a request head that does not arrive is 408', async () => {
    const { port } = await serve(hello, { timeouts: { headersMs: 60, requestMs: 60 } });
    expect(await speak(port, 'GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('a connection that says nothing is ended', async () => {
    const { port } = await serve(hello, { timeouts: { headersMs: 60, requestMs: 60 } });
    expect(await speak(port, '')).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  });

  test('a client that is still talking reads its answer, and is cut off when it never stops', async () => {
    const { port } = await serve(hello);
    const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    client.on('error', () => {});
    const closed = new Promise((resolve) => client.once('close', resolve));
    const talk = (): void => void client.write('\x16', (failed) => failed || setTimeout(talk, 1));
    talk();
    const [answer] = await once(client, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\nConnection: close\r\n/);
    await pause(100);
    expect(client.closed).toBe(false);
    await closed;
  });

  test('junk behind a request in flight does not answer that request', async () => {
    const { routes, releases } = slowRoute();
    const { port } = await serve(routes);
    const client = net.connect({ port, host: '127.0.0.1' }).on('error', () => {});
    let heard = '';
    client.on('data', (bytes) => (heard += bytes));
    const closed = new Promise((resolve) => client.once('close', resolve));
    client.write(get);
    await until(() => releases.length === 1);
    client.write('\x00\x00\r\n\r\n');
    await closed;
    releases[0]?.();
    expect(heard).toBe('');
  });
});

test('more than a hundred headers are refused, whatever is beyond them', async () => {
  const { port } = await serve(hello);
  const withHeaders = (count: number) => {
    const headers = Array.from({ length: count }, (_, i) => `x${i}: 1\r\n`);
    return `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers.join('')}\r\n`;
  };
  expect(await speak(port, withHeaders(98))).toMatch(/^HTTP\/1\.1 200 /);
  // Node 20 hands on one more than are allowed; newer ones refuse what is beyond that by themselves.
  for (const count of [99, 1_000])
    expect(await speak(port, withHeaders(count))).toMatch(/^HTTP\/1\.1 4(?:00|31) [\s\S]*Send fewer/);
});

test('a connection with more than a hundred requests under way is closed, and takes nobody down', async () => {
  const { routes, releases } = slowRoute();
  const { port, url, lines } = await serve({ ...routes, ...{ '/other': hello['/'] ?? {} } });
  expect(await speak(port, get.repeat(101))).toBe('');
  expect(lines.filter(({ status }) => status === 499)).toHaveLength(101);
  expect((await fetch(`${url}/other`)).status).toBe(200);
  expect(releases.length).toBeLessThan(101);
});

describe('keeping connections', () => {
  test('a connection is used for many requests', async () => {
    const { port } = await serve(hello);
    const last = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const reply = await speak(port, get + get + last);
    expect(reply.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(3);
  });
});

test('a reader that stops in the middle of its reply is ended, and the reply is over', async () => {
  const long = jsonReply(200, 'x'.repeat(32 * 1024 * 1024));
  const {
    port,
    http: server,
    lines,
  } = await serve({ '/': { GET: () => long } }, { timeouts: { silenceMs: 60 } });
  const reader = net.connect(port, '127.0.0.1').on('error', () => {});
  reader.write(get);
  await once(reader, 'readable');
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      server.server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  while ((await connections()) > 0) await pause(10);
  await until(() => lines.some((line) => line.msg === 'request'));
  reader.destroy();
});

describe('a clean stop', () => {
  test('lets requests in flight finish, and closes their connections', async () => {
    const { routes, releases } = slowRoute();
    const { port, http: server } = await serve(routes);
    const reply = speak(port, get);
    await until(() => releases.length === 1);
    const stopped = server.stop(2_000);
    releases[0]?.();
    await stopped;
    expect(await reply).toMatch(/^HTTP\/1\.1 200 [\s\S]*Connection: close[\s\S]*"done"$/i);
  });

  test('takes no new connections', async () => {
    const { routes, releases } = slowRoute();
    const { port, url, http: server } = await serve(routes);
    const reply = speak(port, get);
    await until(() => releases.length === 1);
    const stopped = server.stop(2_000);
    await expect(fetch(url)).rejects.toThrow();
    releases[0]?.();
    await stopped;
    await reply;
  });

  test('answers a new request on an open connection with 503, Retry-After, and Connection: close', async () => {
    const { routes, releases } = slowRoute();
    const { port, http: server } = await serve(routes);
    const reply = speak(port, get);
    const other = net.connect(port, '127.0.0.1');
    other.write('GET /');
    await until(() => releases.length === 1);
    await pause(20);
    const stopped = server.stop(2_000);
    other.write(' HTTP/1.1\r\nHost: x\r\n\r\n');
    const [chunk] = await once(other, 'data');
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 503 /);
    expect(String(chunk)).toMatch(/\r\nRetry-After: \d+\r\n/i);
    expect(String(chunk)).toMatch(/\r\nConnection: close\r\n/i);
    releases[0]?.();
    await Promise.all([stopped, reply]);
  });

  test('closes idle connections at once', async () => {
    const { url, http: server } = await serve(hello);
    const agent = new http.Agent({ keepAlive: true });
    await new Promise((resolve) =>
      http.get(url, { agent }, (response) => response.resume().once('end', resolve)),
    );
    await pause(10);
    const startedAt = performance.now();
    await server.stop(5_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    agent.destroy();
  });

  test('does not wait for a connection that says nothing', async () => {
    const { port, http: server } = await serve(hello);
    const silent = net.connect(port, '127.0.0.1').on('error', () => {});
    await once(silent, 'connect');
    await pause(10);
    const startedAt = performance.now();
    await server.stop(5_000);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    silent.destroy();
  });

  test('destroys what is left when its time is over', async () => {
    const { routes, releases } = slowRoute();
    const { port, http: server } = await serve(routes);
    const reply = speak(port, get);
    await until(() => releases.length === 1);
    await server.stop(50);
    expect(await reply).toBe('');
    releases[0]?.();
  });

  test('asked for twice is one stop', async () => {
    const { http: server } = await serve(hello);
    await Promise.all([server.stop(100), server.stop(100)]);
    expect(server.server.listening).toBe(false);
  });
});

test('requests in line whose connection is closed are over: each has its line, and a stop waits for none', async () => {
  let answer: (() => void) | undefined;
  const told: number[] = [];
  const { http, port, lines } = await serve(
    { '/slow': { GET: () => new Promise((resolve) => (answer = () => resolve(jsonReply(200, 'late')))) } },
    { onReply: ({ status }) => told.push(status) },
  );
  const socket = net.connect(port, '127.0.0.1');
  socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3));
  await until(() => answer !== undefined);
  await pause(20);
  socket.destroy();
  const over = () => lines.filter((line) => line.msg === 'request');
  await until(() => over().length === 3);
  expect(over()).toEqual(Array(3).fill(expect.objectContaining({ status: 499, aborted: true })));
  expect(told).toEqual([499, 499, 499]);
  answer?.();
  // Longer than a test may take.
  await http.stop(600_000);
  expect(over()).toHaveLength(3);
});
