import http from 'node:http';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import type { HttpRequest, Routes } from '../../../src/http/exchange.ts';
import { jsonReply } from '../../../src/http/json.ts';
import { serve, speak, until } from './serve.ts';

const hello: Routes = { '/hello': { GET: () => jsonReply(200, { hello: 'world' }) } };

describe('routes', () => {
  test('a route answers at its exact path', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello?x=1`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ hello: 'world' });
  });

  test('a star in a route stands for one segment, and an exact route comes before it', async () => {
    const says = (what: string) => ({ GET: () => jsonReply(200, what) });
    const { url } = await serve({
      '/things/*': says('one'),
      '/things/*/edit': says('edit'),
      '/things/new': says('new'),
    });
    const answer = async (path: string) => {
      const reply = await fetch(url + path);
      return reply.ok ? await reply.json() : reply.status;
    };
    expect(await answer('/things/a')).toBe('one');
    expect(await answer('/things/new')).toBe('new');
    expect(await answer('/things/a/edit')).toBe('edit');
    for (const path of ['/things/', '/things', '/things/a/', '/things//edit', '/things/a/b', '/other/a']) {
      expect(await answer(path), path).toBe(404);
    }
  });

  test('an unknown path is 404 with the code and the request id', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello/`);
    expect(response.status).toBe(404);
    const { error } = await response.json();
    expect(error.code).toBe('NOT_FOUND');
    expect(error.message).toContain('the README lists all addresses');
    expect(error.requestId).toBe(response.headers.get('x-request-id'));
  });

  test('a method the route does not have is 405 and says which it has', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    const { error } = await response.json();
    expect(error.code).toBe('METHOD_NOT_ALLOWED');
    expect(error.message).toMatch(/ Use GET or HEAD\.$/);
  });

  test('HEAD is GET without the body', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('17');
    expect(await response.text()).toBe('');
  });

  test('OPTIONS says which methods there are', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello`, { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  test.each([
    '//',
    '//evil.example/hello',
    '/%ff',
    '/%',
    '/hello%00',
    '/../../etc/passwd',
    '/__proto__',
    '/constructor',
    `/${'a'.repeat(8_000)}`,
    'http://evil.example:99999/x',
    'http://',
    '/?%ff=%zz&&&==',
    '*',
  ])('the odd address %.40s is 404', async (target) => {
    const { port } = await serve(hello);
    const reply = await speak(port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('an address in absolute form reaches the route', async () => {
    const { port } = await serve(hello);
    const reply = await speak(port, 'GET http://x/hello?a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('errors', () => {
  test('an AppError is its status and its public sentence, and the detail stays in the log', async () => {
    const { url, lines } = await serve({
      '/': {
        GET: () => {
          throw new AppError('SERVICE_UNAVAILABLE', { detail: 'pool exhausted' });
        },
      },
    });
    const response = await fetch(url);
    const text = await response.text();
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(JSON.parse(text).error).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('Retry-After'),
    });
    expect(text).not.toContain('pool');
    expect(JSON.stringify(lines)).toContain('pool exhausted');
  });

  test('anything else that is thrown is 500 with nothing of the cause, and is logged with its cause', async () => {
    const { url, lines } = await serve({ '/': { GET: () => Promise.reject(new TypeError('secret plan')) } });
    const response = await fetch(url);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(JSON.parse(text).error.code).toBe('INTERNAL');
    expect(text).not.toMatch(/secret plan|TypeError|at /);
    expect(lines.find((line) => line.msg === 'request failed')).toMatchObject({
      err: { message: 'secret plan' },
      requestId: response.headers.get('x-request-id'),
    });
  });

  test('401 carries a bearer challenge, with an error code only when something was presented', async () => {
    const { url } = await serve({ '/': { GET: () => Promise.reject(new AppError('UNAUTHENTICATED')) } });
    const nothing = await fetch(url);
    expect(nothing.status).toBe(401);
    expect(nothing.headers.get('www-authenticate')).toBe('Bearer realm="latchkey"');
    const bad = await fetch(url, { headers: { Authorization: 'Bearer x' } });
    expect(bad.headers.get('www-authenticate')).toBe('Bearer realm="latchkey", error="invalid_token"');
  });

  test('missing scopes are named in the challenge', async () => {
    const refusal = new AppError('FORBIDDEN', { missingScopes: ['users:read', 'events:write'] });
    const { url } = await serve({ '/': { GET: () => Promise.reject(refusal) } });
    const response = await fetch(url);
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toBe(
      'Bearer realm="latchkey", error="insufficient_scope", scope="users:read events:write"',
    );
  });
});

test('a reply that cannot be written closes its connection, and the server goes on', async () => {
  const { url, lines } = await serve({
    ...hello,
    '/': { GET: () => ({ status: 200, headers: { X: 'a\nb' } }) },
  });
  await expect(fetch(url)).rejects.toThrow();
  expect((await fetch(`${url}/hello`)).status).toBe(200);
  expect(lines.some((line) => line.msg === 'reply failed')).toBe(true);
});

describe('every reply', () => {
  test('has security headers and names no software', async () => {
    const { url } = await serve(hello);
    const { headers } = await fetch(`${url}/hello`);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('server')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
  });

  test('has Strict-Transport-Security when the service is reached by https', async () => {
    const { url } = await serve(hello, { publicUrl: 'https://keys.example.com' });
    expect((await fetch(`${url}/hello`)).headers.get('strict-transport-security')).toContain('max-age=');
  });

  test('keeps the Cache-Control that a route sets', async () => {
    const { url } = await serve({
      '/': { GET: () => ({ status: 200, headers: { 'Cache-Control': 'max-age=60' } }) },
    });
    expect((await fetch(url)).headers.get('cache-control')).toBe('max-age=60');
  });

  test('carries the request id that the client sent, when it is short and plain', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello`, { headers: { 'X-Request-Id': 'trace-12345678' } });
    expect(response.headers.get('x-request-id')).toBe('trace-12345678');
  });

  test.each(['short', 'a'.repeat(65), 'with space in', '{"level":60}', 'trace-123;drop'])(
    'carries a request id of its own when the client sent %s',
    async (sent) => {
      const { url } = await serve(hello);
      const response = await fetch(`${url}/hello`, { headers: { 'X-Request-Id': sent } });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{24}$/);
    },
  );
});

describe('the log', () => {
  test('has one line for a request, without its query, headers, or body', async () => {
    const { url, lines } = await serve({
      '/hello': { POST: async (r) => jsonReply(200, (await r.readBody(99)).length) },
    });
    await fetch(`${url}/hello?password=canary1`, {
      method: 'POST',
      body: 'canary2',
      headers: { Authorization: 'Bearer canary3', Cookie: 'session=canary4' },
    });
    await until(() => lines.length > 0);
    expect(lines).toEqual([
      expect.objectContaining({
        msg: 'request',
        method: 'POST',
        path: '/hello',
        status: 200,
        address: '127.0.0.1',
      }),
    ]);
    expect(lines[0]?.ms).toBeTypeOf('number');
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test.each(['/oauth%3Fclient_secret=canary', '/oauth;client_secret=canary', '/oauth&client_secret=canary'])(
    'keeps parameters glued to the path out: %s',
    async (path) => {
      const { url, lines } = await serve(hello);
      await fetch(`${url}${path}`);
      await until(() => lines.length > 0);
      expect(lines[0]?.path).toBe('/oauth');
    },
  );
});

describe('CORS', () => {
  const options = { allowCors: ['https://console.example.com'] };

  test('is closed by default', async () => {
    const { url } = await serve(hello);
    const response = await fetch(`${url}/hello`, { headers: { Origin: 'https://evil.example' } });
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('opens for a configured origin, with credentials', async () => {
    const { url } = await serve(hello, options);
    const { headers } = await fetch(`${url}/hello`, { headers: { Origin: 'https://console.example.com' } });
    expect(headers.get('access-control-allow-origin')).toBe('https://console.example.com');
    expect(headers.get('access-control-allow-credentials')).toBe('true');
    expect(headers.get('vary')).toBe('Origin');
  });

  test.each([
    'https://evil.example',
    'https://console.example.com.evil.example',
    'http://console.example.com',
    'null',
  ])('does not reflect %s', async (origin) => {
    const { url } = await serve(hello, options);
    const { headers } = await fetch(`${url}/hello`, { headers: { Origin: origin } });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toBe('Origin');
  });

  test('answers a preflight', async () => {
    const { url } = await serve(hello, options);
    const { status, headers } = await fetch(`${url}/hello`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://console.example.com', 'Access-Control-Request-Method': 'GET' },
    });
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-methods')).toContain('GET');
    expect(headers.get('access-control-allow-headers')).toContain('Authorization');
  });

  test('keeps Origin in Vary beside what a route varies by', async () => {
    const { url } = await serve(
      { '/': { GET: () => ({ status: 200, headers: { Vary: 'Accept' } }) } },
      options,
    );
    expect((await fetch(url)).headers.get('vary')).toBe('Origin, Accept');
  });
});

describe('the address of a client', () => {
  const whoami: Routes = { '/': { GET: ({ address }: HttpRequest) => ({ status: 200, body: address }) } };
  const forwarded = (value: string) => ({ headers: { 'X-Forwarded-For': value } });
  const read = async (url: string, init: RequestInit) => (await fetch(url, init)).text();

  test('is the address of the socket, whatever X-Forwarded-For says', async () => {
    const { url } = await serve(whoami);
    expect(await read(url, forwarded('203.0.113.9'))).toBe('127.0.0.1');
  });

  test('is what a trusted proxy added, not what the client wrote before it', async () => {
    const { url } = await serve(whoami, { trustedProxies: ['127.0.0.0/8'] });
    expect(await read(url, forwarded('198.51.100.1, 203.0.113.9'))).toBe('203.0.113.9');
    expect(await read(url, forwarded('::ffff:203.0.113.9'))).toBe('203.0.113.9');
  });

  test('is the address of the socket when a trusted proxy sends no address', async () => {
    const { url } = await serve(whoami, { trustedProxies: ['loopback'] });
    expect(await read(url, forwarded('<script>'))).toBe('127.0.0.1');
  });
});

test('a reply is observed with the path of the route table, so that addresses made up by clients are one', async () => {
  const seen: { route: string; status: number }[] = [];
  const routes = { ...hello, '/things/*': { GET: () => jsonReply(200, {}) } };
  const { url } = await serve(routes, { onReply: ({ route, status }) => seen.push({ route, status }) });
  await fetch(`${url}/hello?1`);
  await fetch(`${url}/things/${Math.random()}`);
  await fetch(`${url}/made-up-${Math.random()}`);
  await until(() => seen.length === 3);
  expect(seen).toEqual([
    { route: '/hello', status: 200 },
    { route: '/things/*', status: 200 },
    { route: 'unmatched', status: 404 },
  ]);
});

test('a second Authorization header is refused before the route sees the request', async () => {
  const { url } = await serve({ '/': { GET: () => jsonReply(200, 'seen') } });
  const reply = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const headers = { Authorization: ['Bearer one', 'Bearer one'] };
    http.get(url, { headers }, (response) => resolve(response.resume())).once('error', reject);
  });
  expect([reply.statusCode, reply.headers['www-authenticate']]).toEqual([
    400,
    'Bearer realm="latchkey", error="invalid_request"',
  ]);
});
