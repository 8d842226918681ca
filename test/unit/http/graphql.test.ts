import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { type GraphqlOptions, graphqlRoutes } from '../../../src/http/graphql.ts';
import type { GraphqlParameters } from '../../../src/http/graphql-parameters.ts';
import { serve } from './serve.ts';

const resultType = 'application/graphql-response+json; charset=utf-8';
const legacyType = 'application/json; charset=utf-8';

/** `/graphql` in front of an executor that answers with `data` and keeps what it was asked. */
async function graphqlEndpoint(options: Partial<GraphqlOptions> = {}) {
  const asked: GraphqlParameters[] = [];
  const execute: GraphqlOptions['execute'] = async (parameters) => {
    asked.push(parameters);
    return { body: JSON.stringify({ data: { ok: true } }), status: 200 };
  };
  const served = await serve(graphqlRoutes({ execute, ...options }));
  const url = `${served.url}/graphql`;
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', ...headers },
    });
  return { ...served, url, asked, post };
}

async function expectRefusal(response: Response, status: number, code: string) {
  const body = await response.json();
  expect(response.status).toBe(status);
  expect(Object.keys(body)).toEqual(['errors']);
  expect(body.errors).toEqual([
    {
      message: expect.stringMatching(/\.$/),
      extensions: { code, requestId: response.headers.get('x-request-id') },
    },
  ]);
}

describe('a request by POST', () => {
  test('is executed with its query, variables, and operation name', async () => {
    const { post, asked } = await graphqlEndpoint();
    const response = await post({ query: '{a}', variables: { x: 1 }, operationName: 'A' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { ok: true } });
    expect(asked).toEqual([{ query: '{a}', variables: { x: 1 }, operationName: 'A', method: 'POST' }]);
  });

  test('may have null for what is optional, and properties that are unknown', async () => {
    const { post, asked } = await graphqlEndpoint();
    await post({ query: '{a}', variables: null, operationName: null, extensions: null, future: [1] });
    expect(asked).toEqual([{ query: '{a}', method: 'POST' }]);
  });

  test('with a member twice is read like by JSON.parse: the last one counts, and the first is nothing', async () => {
    const { post, asked } = await graphqlEndpoint();
    await post('{"query":"{a}","variables":{"x":1},"query":"{b}","variables":{"x":2}}');
    expect(asked).toEqual([{ query: '{b}', variables: { x: 2 }, method: 'POST' }]);
  });

  test('may have an empty operation name, which is none, as in a URL', async () => {
    const { url, post, asked } = await graphqlEndpoint();
    await post({ query: '{a}', operationName: '' });
    await (await fetch(`${url}?${new URLSearchParams({ query: '{a}', operationName: '' })}`)).text();
    expect(asked.map(({ operationName, method }) => [operationName, method])).toEqual([
      [undefined, 'POST'],
      [undefined, 'GET'],
    ]);
  });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['no JSON', '{"query":"canary'],
    ['a string', '"{a}"'],
    ['null', 'null'],
    ['no query', {}],
    ['a null query', { query: null }],
    ['a query of another type', { query: 1 }],
    ['variables that are a list', { query: '{a}', variables: [] }],
    ['variables that are a string', { query: '{a}', variables: '{}' }],
    ['an operation name of another type', { query: '{a}', operationName: 1 }],
    ['extensions of another type', { query: '{a}', extensions: 'x' }],
    ['a batch', [{ query: '{a}' }]],
    ['an empty batch', []],
  ])('with %s is 400', async (_name, body) => {
    const { post, asked, lines } = await graphqlEndpoint();
    const response = await post(body);
    await expectRefusal(response, 400, 'BAD_USER_INPUT');
    expect(asked).toEqual([]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  test('is told that batches are not supported', async () => {
    const { post } = await graphqlEndpoint();
    expect((await (await post([{ query: '{a}' }])).json()).errors[0].message).toContain(
      'Batches are not supported',
    );
  });

  test('in invalid UTF-8 is 400', async () => {
    const { url } = await graphqlEndpoint();
    const body = Buffer.from([...Buffer.from('{"query":"{a}'), 0xff, ...Buffer.from('"}')]);
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/json' },
    });
    await expectRefusal(response, 400, 'BAD_USER_INPUT');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
    'application/jsonp',
    'application/graphql',
    '',
  ])('of the type "%s" is 415', async (type) => {
    const { post } = await graphqlEndpoint();
    await expectRefusal(
      await post({ query: '{a}' }, { 'Content-Type': type }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    );
  });

  test.each(['application/json', 'Application/JSON;charset=UTF-8', 'application/json; charset="utf-8"; x=y'])(
    'of the type "%s" is executed',
    async (type) => {
      const { post } = await graphqlEndpoint();
      expect((await post({ query: '{a}' }, { 'Content-Type': type })).status).toBe(200);
    },
  );

  test('above 100 kB is 413', async () => {
    const { post } = await graphqlEndpoint();
    await expectRefusal(await post({ query: '#'.repeat(200_000) }), 413, 'PAYLOAD_TOO_LARGE');
  });

  test('with variables nested 40,000 deep does not break the parser', async () => {
    const { post } = await graphqlEndpoint();
    const deep = `{"query":"{a}","variables":{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}}`;
    expect((await post(deep)).status).toBe(200);
    await expectRefusal(await post(deep.slice(0, -50)), 400, 'BAD_USER_INPUT');
  });
});

describe('a request by GET', () => {
  test('is executed from its URL', async () => {
    const { url, asked } = await graphqlEndpoint();
    const query = new URLSearchParams({ query: '{a}', variables: '{"x":1}', operationName: 'A' });
    expect((await fetch(`${url}?${query}`)).status).toBe(200);
    expect(asked).toEqual([{ query: '{a}', variables: { x: 1 }, operationName: 'A', method: 'GET' }]);
  });

  test.each([
    '',
    '?query=',
    '?query={a}&query={b}',
    '?query={a}&variables={canary',
    '?query={a}&variables=[]',
    '?query={a}&variables=1',
  ])('with "%s" is 400', async (query) => {
    const { url, asked } = await graphqlEndpoint();
    await expectRefusal(await fetch(url + query), 400, 'BAD_USER_INPUT');
    expect(asked).toEqual([]);
  });
});

describe('the media type of a reply', () => {
  test.each([
    [undefined, legacyType],
    ['*/*', legacyType],
    ['application/*', legacyType],
    ['application/json, text/plain, */*', legacyType],
    ['application/graphql-response+json', resultType],
    ['application/json, application/graphql-response+json', resultType],
    ['application/graphql-response+json;q=0.5, application/json', legacyType],
    ['application/json', legacyType],
    ['application/graphql-response+json;q=0, */*', legacyType],
  ])('for Accept: %s is %s', async (accept, type) => {
    const { post } = await graphqlEndpoint();
    const response = await post({ query: '{a}' }, accept === undefined ? {} : { Accept: accept });
    expect(response.headers.get('content-type')).toBe(type);
  });

  test.each(['text/html', 'image/png', 'application/json;q=0', 'application/xml, text/*'])(
    'for Accept: %s is none: 406, before anything is executed',
    async (accept) => {
      const { post, asked } = await graphqlEndpoint();
      await expectRefusal(await post({ query: '{a}' }, { Accept: accept }), 406, 'NOT_ACCEPTABLE');
      expect(asked).toEqual([]);
    },
  );

  test.each([
    ['application/json', 200],
    ['application/json, text/plain, */*', 400],
    ['application/json, application/graphql-response+json;q=0.1', 400],
    [undefined, 400],
  ])('for Accept: %s lets an operation that is not valid be %s', async (accept, status) => {
    const body = JSON.stringify({ errors: [] });
    const { post } = await graphqlEndpoint({
      execute: async () => ({ body, status: 400, isInvalidOperation: true }),
    });
    const response = await post({ query: '{' }, accept === undefined ? {} : { Accept: accept });
    expect(response.status).toBe(status);
  });

  test('does not change the status of any other refusal', async () => {
    const { post } = await graphqlEndpoint({
      execute: () => Promise.reject(new AppError('QUERY_TOO_COMPLEX')),
    });
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      await expectRefusal(await post({ query: '{a}' }, { Accept: accept }), 400, 'QUERY_TOO_COMPLEX');
    }
  });
});

describe('what the executor throws', () => {
  test('missing scopes are named in the error and in the challenge', async () => {
    const refusal = new AppError('FORBIDDEN', { missingScopes: ['users:read'] });
    const { post } = await graphqlEndpoint({ execute: () => Promise.reject(refusal) });
    const response = await post({ query: '{a}' });
    expect(response.status).toBe(403);
    expect(response.headers.get('www-authenticate')).toContain(
      'error="insufficient_scope", scope="users:read"',
    );
    expect((await response.json()).errors[0].extensions).toMatchObject({
      code: 'FORBIDDEN',
      missingScopes: ['users:read'],
    });
  });

  test('a fault is INTERNAL with nothing of the cause', async () => {
    const { post } = await graphqlEndpoint({ execute: () => Promise.reject(new Error('canary')) });
    const response = await post({ query: '{a}' });
    expect(await response.clone().text()).not.toContain('canary');
    await expectRefusal(response, 500, 'INTERNAL');
  });

  test('the executor decides status and headers of its result', async () => {
    const execute = async () => ({
      body: JSON.stringify({ data: null }),
      status: 401,
      headers: { 'WWW-Authenticate': 'Bearer x' },
    });
    const { post } = await graphqlEndpoint({ execute });
    const response = await post({ query: '{a}' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer x');
  });
});

describe('a browser', () => {
  const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const graphiql = () => ({ status: 200, headers: { 'Content-Type': 'text/html' }, body: 'page' });

  test('that opens /graphql gets the page, also with a query in the address', async () => {
    const { url, asked } = await graphqlEndpoint({ graphiql });
    for (const query of ['', '?query={a}']) {
      const response = await fetch(url + query, { headers: { Accept: accept } });
      expect(await response.text()).toBe('page');
    }
    expect(asked).toEqual([]);
  });

  test('gets no page by POST, and none when there is none', async () => {
    const { url, post } = await graphqlEndpoint();
    expect((await post({ query: '{a}' }, { Accept: accept })).headers.get('content-type')).toBe(legacyType);
    await expectRefusal(await fetch(url, { headers: { Accept: accept } }), 400, 'BAD_USER_INPUT');
  });
});
