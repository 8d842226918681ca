import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, test } from 'vitest';
import type { PresentedSecret } from '../../../src/auth/client-authentication.ts';
import { AppError } from '../../../src/errors.ts';
import { type IssuedToken, oauthTokenRoute, type TokenRequest } from '../../../src/http/oauth-token.ts';
import { serve, until } from './serve.ts';

const form = 'application/x-www-form-urlencoded';
const good = 'grant_type=client_credentials&client_id=lk_cid_1&client_secret=lk_sec_1';
const grant = 'grant_type=client_credentials';
const basic = (text: string | Buffer) => `Basic ${Buffer.from(text).toString('base64')}`;

/** The token endpoint in front of an issuer that knows one client. */
async function tokenEndpoint(issue?: (request: TokenRequest) => Promise<IssuedToken>) {
  const asked: TokenRequest[] = [];
  const issueToken = async (request: TokenRequest): Promise<IssuedToken> => {
    asked.push(request);
    if (issue) return issue(request);
    const { clientId, clientSecret } = request.client as PresentedSecret;
    if (clientId !== 'lk_cid_1' || clientSecret !== 'lk_sec_1') throw new AppError('INVALID_CLIENT');
    return { accessToken: 'token', expiresInSeconds: 3600, scope: request.scope ?? 'users:read' };
  };
  const served = await serve(oauthTokenRoute({ issueToken }));
  const url = `${served.url}/oauth/v1/token`;
  const post = (body: BodyInit, headers: Record<string, string> = {}, query = '') =>
    fetch(url + query, { method: 'POST', body, headers: { 'Content-Type': form, ...headers } });
  return { ...served, url, asked, post };
}

/** What every refusal looks like (RFC 6749 section 5.2). */
async function expectRefusal(response: Response, status: number, error: string) {
  const body = await response.json();
  expect({ status: response.status, error: body.error }).toEqual({ status, error });
  expect(Object.keys(body)).toEqual(['error', 'error_description']);
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  expectHeaders(response);
  if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm="/);
}

function expectHeaders({ headers }: Response) {
  expect(headers.get('content-type')).toBe('application/json;charset=UTF-8');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
}

describe('a token is issued', () => {
  const token = { access_token: 'token', token_type: 'Bearer', expires_in: 3600, scope: 'users:read' };

  test.each<[string, string, Record<string, string>]>([
    ['for a form', good, {}],
    ['for a form with its charset', good, { 'Content-Type': `${form}; charset="UTF-8"` }],
    ['for Basic', grant, { Authorization: basic('lk_cid_1:lk_sec_1') }],
    [
      'for basic in lower case',
      grant,
      { Authorization: basic('lk_cid_1:lk_sec_1').replace('Basic', 'basic') },
    ],
    ['for Basic with form-urlencoded parts', grant, { Authorization: basic('lk%5Fcid%5F1:lk%5fsec_1') }],
    [
      'for Basic with the same client id in the body',
      `${grant}&client_id=lk_cid_1`,
      { Authorization: basic('lk_cid_1:lk_sec_1') },
    ],
    [
      'for Basic with empty parameters in the body',
      `${grant}&client_id=&client_secret=`,
      { Authorization: basic('lk_cid_1:lk_sec_1') },
    ],
    ['whatever unknown parameters say', `${good}&audience=x&audience=y&__proto__=z`, {}],
    [
      'for JSON',
      JSON.stringify(Object.fromEntries(new URLSearchParams(good))),
      { 'Content-Type': 'application/json; charset=utf-8' },
    ],
  ])('%s', async (_name, body, headers) => {
    const { post } = await tokenEndpoint();
    const response = await post(body, headers);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(token);
    expectHeaders(response);
  });

  test('with the scope and resources of the request', async () => {
    const { post, asked } = await tokenEndpoint();
    const response = await post(`${good}&scope=a:b+c:d&resource=https://x.example/a&resource=urn:b`);
    expect(response.status).toBe(200);
    expect(asked).toEqual([
      {
        client: { clientId: 'lk_cid_1', clientSecret: 'lk_sec_1' },
        scope: 'a:b c:d',
        resource: ['https://x.example/a', 'urn:b'],
      },
    ]);
  });

  test('with an empty scope counting as none', async () => {
    const { post, asked } = await tokenEndpoint();
    await post(`${good}&scope=`);
    expect(asked[0]?.scope).toBeUndefined();
  });
});

describe('a malformed request is refused before the client is looked at', () => {
  test.each<[string, BodyInit, Record<string, string>, number, string]>([
    ['no body', '', {}, 400, 'invalid_request'],
    ['no grant_type', 'client_id=a&client_secret=b', {}, 400, 'invalid_request'],
    ['an empty grant_type', 'grant_type=&client_id=a&client_secret=b', {}, 400, 'invalid_request'],
    [
      'grant_type[]=',
      'grant_type[]=client_credentials&client_id=a&client_secret=b',
      {},
      400,
      'invalid_request',
    ],
    [
      'another grant type',
      'grant_type=password&client_id=a&client_secret=b',
      {},
      400,
      'unsupported_grant_type',
    ],
    [
      'a grant type in capitals',
      'grant_type=CLIENT_CREDENTIALS&client_id=a&client_secret=b',
      {},
      400,
      'unsupported_grant_type',
    ],
    ['a parameter twice', `${good}&grant_type=client_credentials`, {}, 400, 'invalid_request'],
    ['a parameter twice, once empty', `${good}&scope=&scope=users:read`, {}, 400, 'invalid_request'],
    ['a secret twice', `${good}&client_secret=lk_sec_2`, {}, 400, 'invalid_request'],
    [
      'Basic and a secret in the body',
      good,
      { Authorization: basic('lk_cid_1:lk_sec_1') },
      400,
      'invalid_request',
    ],
    [
      'Basic and another id in the body',
      `${grant}&client_id=other`,
      { Authorization: basic('lk_cid_1:lk_sec_1') },
      400,
      'invalid_request',
    ],
    ['invalid UTF-8', Buffer.from([...Buffer.from(good), 0xff]), {}, 400, 'invalid_request'],
    ['invalid UTF-8 in an escape', `${good}&scope=%ff`, {}, 400, 'invalid_request'],
    ['a bad percent escape', `${good}&scope=%zz`, {}, 400, 'invalid_request'],
    [
      'JSON that is not JSON',
      '{"client_secret":"canary',
      { 'Content-Type': 'application/json' },
      400,
      'invalid_request',
    ],
    ['a JSON array', '[]', { 'Content-Type': 'application/json' }, 400, 'invalid_request'],
    [
      'a JSON number as a value',
      '{"grant_type":1}',
      { 'Content-Type': 'application/json' },
      400,
      'invalid_request',
    ],
    [
      'a JSON list as a scope',
      '{"scope":["a"]}',
      { 'Content-Type': 'application/json' },
      400,
      'invalid_request',
    ],
    [
      'a JSON key twice',
      '{"grant_type":"client_credentials","grant_type":"client_credentials"}',
      { 'Content-Type': 'application/json' },
      400,
      'invalid_request',
    ],
    [
      'a JSON key twice, once escaped',
      '{"scope":"a","sc\\u006fpe":"b:\\":,"}',
      { 'Content-Type': 'application/json' },
      400,
      'invalid_request',
    ],
    ['another media type', good, { 'Content-Type': 'text/plain' }, 415, 'invalid_request'],
    ['multipart', good, { 'Content-Type': 'multipart/form-data; boundary=x' }, 415, 'invalid_request'],
    ['another charset', good, { 'Content-Type': `${form}; charset=utf-16` }, 415, 'invalid_request'],
    ['a compressed body', good, { 'Content-Encoding': 'gzip' }, 415, 'invalid_request'],
    ['a secret of 1 MB', `${good}${'a'.repeat(1_000_000)}`, {}, 413, 'invalid_request'],
    ['10,000 scopes', `${good}&scope=${'a+'.repeat(10_000)}b`, {}, 413, 'invalid_request'],
    ['a quote in the scope', `${good}&scope=a%22b`, {}, 400, 'invalid_scope'],
    ['a double space in the scope', `${good}&scope=a++b`, {}, 400, 'invalid_scope'],
    ['a newline in the scope', `${good}&scope=a%0Ab`, {}, 400, 'invalid_scope'],
    ['a resource that is no URI', `${good}&resource=graphql`, {}, 400, 'invalid_target'],
    ['a resource with a fragment', `${good}&resource=https://x.example/%23a`, {}, 400, 'invalid_target'],
  ])('%s', async (_name, body, headers, status, error) => {
    const { post, asked } = await tokenEndpoint();
    await expectRefusal(await post(body, headers), status, error);
    expect(asked).toEqual([]);
  });

  test('two Authorization headers', async () => {
    const { url, asked } = await tokenEndpoint();
    const authorization = basic('lk_cid_1:lk_sec_1');
    const status = await new Promise((resolve, reject) => {
      const headers = { 'Content-Type': form, Authorization: [authorization, authorization] };
      const request = http.request(url, { method: 'POST', headers }, (response) =>
        resolve(response.statusCode),
      );
      request.once('error', reject).end(grant);
    });
    expect(status).toBe(400);
    expect(asked).toEqual([]);
  });

  test('credentials in the URL, which are not logged either', async () => {
    const { post, asked, lines } = await tokenEndpoint();
    for (const query of ['?client_secret=canary', '?client_id=canary', `?${good}`]) {
      await expectRefusal(await post(grant, {}, query), 400, 'invalid_request');
    }
    await until(() => lines.filter((line) => line.msg === 'request').length === 3);
    expect(asked).toEqual([]);
    expect(JSON.stringify(lines)).not.toMatch(/canary|lk_sec/);
  });

  test('any method but POST', async () => {
    const { url } = await tokenEndpoint();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const response = await fetch(`${url}?${good}`, { method });
      expect(response.headers.get('allow')).toBe('POST, OPTIONS');
      await expectRefusal(response, 405, 'invalid_request');
    }
  });
});

describe('a client that does not authenticate as it should', () => {
  const refused: [string, string, Record<string, string>][] = [
    ['no authentication', grant, {}],
    ['an id without a secret', `${grant}&client_id=lk_cid_1`, {}],
    ['a secret without an id', `${grant}&client_secret=lk_sec_1`, {}],
    ['an unknown id', good.replace('cid_1', 'cid_2'), {}],
    ['a wrong secret', good.replace('sec_1', 'sec_2'), {}],
    ['a secret with one more character', `${good}a`, {}],
    ['a secret with a newline behind it', `${good}%0A`, {}],
    ['a secret with a NUL behind it', `${good}%00`, {}],
    ['a secret that is not ASCII', `${good}%C3%A9`, {}],
    ['a secret of 10 kB', `${good}${'a'.repeat(10_000)}`, {}],
    ['an id of 10 kB', `${grant}&client_secret=lk_sec_1&client_id=${'a'.repeat(10_000)}`, {}],
    ['a client assertion', `${grant}&client_assertion=x&client_assertion_type=y`, {}],
    ['Bearer', grant, { Authorization: 'Bearer lk_sec_1' }],
    ['Basic alone', grant, { Authorization: 'Basic' }],
    ['Basic that is not base64', grant, { Authorization: 'Basic ???' }],
    ['Basic in base64url', grant, { Authorization: basic('lk_cid_1:lk_sec_1~~~~???').replace(/\//g, '_') }],
    ['Basic without a colon', grant, { Authorization: basic('lk_cid_1') }],
    ['Basic with an empty id', grant, { Authorization: basic(':lk_sec_1') }],
    ['Basic with an empty secret', grant, { Authorization: basic('lk_cid_1:') }],
    ['Basic with a bad percent escape', grant, { Authorization: basic('lk_cid_1:%zz') }],
    ['Basic with invalid UTF-8 in an escape', grant, { Authorization: basic('lk_cid_1:%ff') }],
    ['Basic with bytes that are not ASCII', grant, { Authorization: basic(Buffer.from([0x61, 0x3a, 0xff])) }],
    ['Basic with a NUL', grant, { Authorization: basic('lk_cid_1:lk_sec_1\0') }],
    ['Basic with something behind it', grant, { Authorization: `${basic('lk_cid_1:lk_sec_1')}, x=y` }],
  ];

  test.each(refused)('is refused with invalid_client and a challenge: %s', async (_name, body, headers) => {
    const { post } = await tokenEndpoint();
    await expectRefusal(await post(body, headers), 401, 'invalid_client');
  });

  test('gets the same bytes for every reason', async () => {
    const { post } = await tokenEndpoint();
    const answers = new Set<string>();
    for (const [, body, headers] of refused) {
      const response = await post(body, headers);
      const seen = [...response.headers].filter(([name]) => !['x-request-id', 'date'].includes(name));
      answers.add(JSON.stringify([response.status, seen, await response.text()]));
    }
    expect(answers.size).toBe(1);
  });

  test('never reaches the issuer with what cannot be an id or a secret', async () => {
    const { post, asked } = await tokenEndpoint();
    for (const [, body, headers] of refused) await post(body, headers);
    const plain = /^[\x20-\x7e]{1,256}$/;
    expect(asked.flatMap(({ client }) => Object.values(client)).every((text) => plain.test(text))).toBe(true);
    expect(asked).toHaveLength(3);
  });

  test('leaves nothing of its secret in the log, plain or in base64', async () => {
    const { post, lines } = await tokenEndpoint();
    for (const [, body, headers] of refused) await post(body, headers);
    await until(() => lines.filter((line) => line.msg === 'request').length === refused.length);
    expect(JSON.stringify(lines)).not.toMatch(/lk_sec|lk_cid|bGtf/);
  });
});

describe('what the issuer refuses', () => {
  test.each<[AppError, number, string, string | null]>([
    [new AppError('INVALID_CLIENT'), 401, 'invalid_client', null],
    [new AppError('INVALID_SCOPE', { sentence: 'No "such" scope: é\\' }), 400, 'invalid_scope', null],
    [new AppError('BAD_USER_INPUT'), 400, 'invalid_request', null],
    [new AppError('RATE_LIMITED', { retryAfterSeconds: 7 }), 429, 'temporarily_unavailable', '7'],
    [new AppError('SERVICE_UNAVAILABLE'), 503, 'temporarily_unavailable', '5'],
  ])('%s has its OAuth code and status', async (error, status, code, retryAfter) => {
    const { post } = await tokenEndpoint(() => Promise.reject(error));
    const response = await post(good);
    expect(response.headers.get('retry-after')).toBe(retryAfter);
    await expectRefusal(response, status, code);
  });

  test('a fault is server_error with nothing of the cause', async () => {
    const { post } = await tokenEndpoint(() => Promise.reject(new Error('password authentication failed')));
    const response = await post(good);
    expect(await response.clone().text()).not.toContain('password authentication');
    await expectRefusal(response, 500, 'server_error');
  });

  test('a server that is stopping says so in the same shape', async () => {
    const { http: server, port } = await tokenEndpoint();
    const socket = net.connect(port, '127.0.0.1');
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    socket.write(`POST /oauth/v1/token HTTP/1.1\r\nHost: x\r\nContent-Type: ${form}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = server.stop(2_000);
    socket.write(`Content-Length: ${good.length}\r\n\r\n${good}`);
    await once(socket, 'close');
    await stopped;
    const [head = '', body = ''] = Buffer.concat(heard).toString().split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 503 .*^Retry-After: 1\r$/ms);
    expect(JSON.parse(body).error).toBe('temporarily_unavailable');
  });
});
