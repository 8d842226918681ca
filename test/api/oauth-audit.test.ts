// The token endpoint, point by point: what RFC 6749 (2.3, 3.2, 3.3, 4.4, 5.1, 5.2) and RFC 8707 ask of it, and what an
// attacker tries. Every reply is held to what is true of all of them.

import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RevokeCredentialDocument } from '../operations/documents.ts';
import { type Caller, createApiKey, createClient, type OAuthClient, signedIn } from '../support/actors.ts';
import { addOrganization, issuer, startApp, type TestApp } from '../support/app.ts';
import { type PlainReply, type PlainRequest, plainRequest } from '../support/plain-http.ts';

let app: TestApp;
let admin: Caller;
let client: OAuthClient;
let theirs: OAuthClient;
let apiKey: { id: string; key: string };
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  client = await createClient(admin, ['CONVERSATIONS', 'USERS']);
  await addOrganization(app, 'Globex', 'admin@globex.example');
  theirs = await createClient(await signedIn(app, 'admin@globex.example'));
  const made = await createApiKey(admin);
  apiKey = { id: made.credential.id, key: made.apiKey };
});
afterAll(() => app.close());

type Parameters = Record<string, string> | [string, string][];
const endpoint = '/oauth/v1/token';
const form = 'application/x-www-form-urlencoded';
const grant = { grant_type: 'client_credentials' };
const encoded = (parameters: Parameters) => new URLSearchParams(parameters).toString();
const inBody = ({ clientId, clientSecret } = client) => ({
  client_id: clientId,
  client_secret: clientSecret,
});
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const basicOf = ({ clientId, clientSecret } = client) => `Basic ${base64(`${clientId}:${clientSecret}`)}`;

const post = (body: string | Buffer, ...headers: [string, string][]): PlainRequest => ({
  path: endpoint,
  body,
  headers: [['Content-Type', form], ...headers],
});
const postForm = (parameters: Parameters, ...headers: [string, string][]) =>
  post(encoded(parameters), ...headers);
const byBody = (parameters: Record<string, string> = {}) =>
  postForm({ ...grant, ...inBody(), ...parameters });
const byBasic = (parameters: Record<string, string> = {}, header = basicOf()) =>
  postForm({ ...grant, ...parameters }, ['Authorization', header]);
const json = (body: string): PlainRequest => ({
  path: endpoint,
  body,
  headers: [['Content-Type', 'application/json']],
});

type Token = Record<string, unknown>;
type Expected = 'a token' | 'invalid_client' | [status: number, error: string];
type Row = [
  check: string,
  request: () => PlainRequest,
  expected: Expected,
  more?: (body: Token, reply: PlainReply) => void,
];

const bad: Expected = [400, 'invalid_request'];
const rows: Record<string, Row[]> = {
  '2.3 client authentication': [
    ['Basic', () => byBasic(), 'a token'],
    ['Basic, the scheme in any case', () => byBasic({}, basicOf().replace('Basic', 'bASIC')), 'a token'],
    [
      'Basic with id and secret form-encoded (2.3.1)',
      () => byBasic({}, `Basic ${base64(`${percent(client.clientId)}:${percent(client.clientSecret)}`)}`),
      'a token',
    ],
    ['id and secret in the body', () => byBody(), 'a token'],
    ['Basic with the same client_id in the body', () => byBasic({ client_id: client.clientId }), 'a token'],
    ['Basic with another client_id in the body', () => byBasic({ client_id: theirs.clientId }), bad],
    [
      'Basic and client_secret: one method a request',
      () => byBasic({ client_secret: client.clientSecret }),
      bad,
    ],
    [
      'Basic and an assertion: one method a request',
      () => byBasic({ client_assertion: 'a.b.c', client_assertion_type: 'x' }),
      bad,
    ],
    [
      'secret and assertion: one method a request',
      () => byBody({ client_assertion: 'a.b.c', client_assertion_type: 'x' }),
      bad,
    ],
    [
      'two Authorization headers',
      () => postForm(grant, ['Authorization', basicOf()], ['Authorization', basicOf()]),
      bad,
    ],
    ['no authentication', () => postForm(grant), 'invalid_client'],
    [
      'an id alone: clients here are confidential (4.4)',
      () => postForm({ ...grant, client_id: client.clientId }),
      'invalid_client',
    ],
    ['a secret alone', () => postForm({ ...grant, client_secret: client.clientSecret }), 'invalid_client'],
    [
      'the secret in the URL (2.3.1)',
      () => ({ ...postForm(grant), path: `${endpoint}?${encoded(inBody())}` }),
      bad,
    ],
    [
      'everything in the URL',
      () => ({ ...post(''), path: `${endpoint}?${encoded({ ...grant, ...inBody() })}` }),
      bad,
    ],
    [
      'the secret in the URL beside Basic',
      () => ({ ...byBasic(), path: `${endpoint}?client_secret=x` }),
      bad,
    ],
    ['Bearer', () => byBasic({}, `Bearer ${client.clientSecret}`), 'invalid_client'],
    ['Basic without credentials', () => byBasic({}, 'Basic'), 'invalid_client'],
    ['Basic that is not base64', () => byBasic({}, 'Basic !!!'), 'invalid_client'],
    ['Basic without a colon', () => byBasic({}, `Basic ${base64(client.clientId)}`), 'invalid_client'],
    [
      'Basic with a bad percent escape',
      () => byBasic({}, `Basic ${base64(`${client.clientId}:%zz`)}`),
      'invalid_client',
    ],
    [
      'Basic with bytes that are not UTF-8',
      () => byBasic({}, `Basic ${base64(Buffer.from([0x61, 0x3a, 0xff]))}`),
      'invalid_client',
    ],
  ],
  '3.2 the request': [
    ['a parameter without a value counts as left out', () => byBody({ scope: '', resource: '' }), 'a token'],
    [
      'unknown parameters are ignored',
      () => byBody({ audience: 'x', nonce: 'y', constructor: 'z' }),
      'a token',
    ],
    [
      'unknown parameters in the URL are ignored',
      () => ({ ...byBody(), path: `${endpoint}?tenant=a` }),
      'a token',
    ],
    ...['grant_type', 'client_id', 'client_secret', 'scope'].map(
      (name): Row => [
        `${name} twice`,
        () => postForm([...Object.entries({ ...grant, ...inBody(), scope: 'users:read' }), [name, 'x']]),
        bad,
      ],
    ),
    ['no grant_type', () => postForm(inBody()), bad],
    ['an empty grant_type', () => byBody({ grant_type: '' }), bad],
    ['grant_type[]', () => postForm({ 'grant_type[]': 'client_credentials', ...inBody() }), bad],
    ['an empty body', () => post(''), bad],
    [
      'a body that is not UTF-8',
      () => post(Buffer.concat([Buffer.from(encoded(inBody())), Buffer.from([0xff])])),
      bad,
    ],
    ['a bad escape in the body', () => post(`${encoded({ ...grant, ...inBody() })}&scope=%zz`), bad],
    [
      'a form that names its charset',
      () => ({ ...byBody(), headers: [['Content-Type', `${form}; charset=UTF-8`]] }),
      'a token',
    ],
    [
      'a form that says ISO-8859-1, as older clients do',
      () => ({ ...byBody(), headers: [['Content-Type', `${form}; charset=ISO-8859-1`]] }),
      'a token',
    ],
    [
      'another charset',
      () => ({ ...byBody(), headers: [['Content-Type', `${form}; charset=utf-16`]] }),
      [415, 'invalid_request'],
    ],
    ['no media type', () => ({ ...byBody(), headers: [] }), [415, 'invalid_request']],
    [
      'multipart',
      () => ({ ...byBody(), headers: [['Content-Type', 'multipart/form-data; boundary=x']] }),
      [415, 'invalid_request'],
    ],
    [
      'a compressed body',
      () => ({
        ...byBody(),
        headers: [
          ['Content-Type', form],
          ['Content-Encoding', 'gzip'],
        ],
      }),
      [415, 'invalid_request'],
    ],
    ...['GET', 'PUT', 'PATCH', 'DELETE'].map(
      (method): Row => [
        `${method}: POST alone`,
        () => ({ ...byBody(), method }),
        [405, 'invalid_request'],
        (_body, { headers }) => expect(headers.allow).toBe('POST, OPTIONS'),
      ],
    ),
    ['JSON, as the product documents it', () => json(JSON.stringify({ ...grant, ...inBody() })), 'a token'],
    [
      'JSON with null for what is left out, and unknown members',
      () => json(JSON.stringify({ ...grant, ...inBody(), scope: null, extra: { client_id: ['x'] }, n: 1 })),
      'a token',
    ],
    [
      'JSON with a member twice',
      () =>
        json(
          `{"grant_type":"client_credentials",${JSON.stringify({ ...inBody(), client_id: theirs.clientId }).slice(1, -1)},"client_id":"${client.clientId}"}`,
        ),
      bad,
    ],
    ['JSON with a list', () => json(JSON.stringify({ ...grant, ...inBody(), scope: ['users:read'] })), bad],
    ['JSON that is a list', () => json('[]'), bad],
    ['JSON that is cut off', () => json('{"client_secret":"x'), bad],
  ],
  '3.3 scope': [
    [
      'none: all that the client has, and told',
      () => byBody(),
      'a token',
      ({ scope }) => expect(scope).toBe('conversations:read users:read'),
    ],
    [
      'one',
      () => byBody({ scope: 'users:read' }),
      'a token',
      ({ scope, access_token }) =>
        expect([scope, decodeJwt(String(access_token)).scope]).toEqual(['users:read', 'users:read']),
    ],
    [
      'several, in any order',
      () => byBody({ scope: 'users:read conversations:read' }),
      'a token',
      ({ scope }) => expect(scope).toBe('conversations:read users:read'),
    ],
    [
      'one that the client does not have',
      () => byBody({ scope: 'interactions:read' }),
      [400, 'invalid_scope'],
    ],
    [
      'one that it has and one that it does not',
      () => byBody({ scope: 'users:read interactions:read' }),
      [400, 'invalid_scope'],
    ],
    ['in another case', () => byBody({ scope: 'Users:read' }), [400, 'invalid_scope']],
    ['an unknown one', () => byBody({ scope: 'everything' }), [400, 'invalid_scope']],
    ['a wildcard', () => byBody({ scope: '*' }), [400, 'invalid_scope']],
    ['with a quote', () => byBody({ scope: 'users:read"' }), [400, 'invalid_scope']],
    ['with a backslash', () => byBody({ scope: 'users:read\\' }), [400, 'invalid_scope']],
    ['with two spaces', () => byBody({ scope: 'users:read  conversations:read' }), [400, 'invalid_scope']],
    ['with a tab', () => byBody({ scope: 'users:read\tconversations:read' }), [400, 'invalid_scope']],
    ['with a NUL', () => byBody({ scope: 'users:read\0' }), [400, 'invalid_scope']],
    [
      'of a thousand tokens',
      () => byBody({ scope: Array.from({ length: 1000 }, (_, i) => `s${i}`).join(' ') }),
      [400, 'invalid_scope'],
    ],
    ['of ten thousand tokens', () => byBody({ scope: 'a '.repeat(10_000) }), [413, 'invalid_request']],
  ],
  '4.4 the grant': [
    ...[
      'authorization_code',
      'password',
      'refresh_token',
      'CLIENT_CREDENTIALS',
      'client_credentials ',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ].map(
      (grantType): Row => [
        `grant type ${JSON.stringify(grantType)}`,
        () => byBody({ grant_type: grantType }),
        [400, 'unsupported_grant_type'],
      ],
    ),
    [
      'no refresh token (4.4.3)',
      () => byBody(),
      'a token',
      (body) => expect(body).not.toHaveProperty('refresh_token'),
    ],
    [
      'the members of the reply, and no other (5.1)',
      () => byBody(),
      'a token',
      (body) => expect(Object.keys(body)).toEqual(['access_token', 'token_type', 'expires_in', 'scope']),
    ],
    [
      'expires_in is a number, and what the token says',
      () => byBody(),
      'a token',
      ({ expires_in, access_token }) => {
        const { iat = 0, exp = 0 } = decodeJwt(String(access_token));
        expect([expires_in, exp - iat]).toEqual([3600, 3600]);
      },
    ],
    [
      'resource of ours (RFC 8707)',
      () => byBody({ resource: `${issuer}/graphql` }),
      'a token',
      ({ access_token }) => expect(decodeJwt(String(access_token)).aud).toBe(`${issuer}/graphql`),
    ],
    [
      'resource of another server',
      () => byBody({ resource: 'https://elsewhere.example/' }),
      [400, 'invalid_target'],
    ],
    [
      'resource that the client has no scope of',
      () => byBody({ resource: `${issuer}/events` }),
      [400, 'invalid_target'],
    ],
    ['resource that is no absolute URI', () => byBody({ resource: 'graphql' }), [400, 'invalid_target']],
    ['resource with a fragment', () => byBody({ resource: `${issuer}/graphql#` }), [400, 'invalid_target']],
  ],
  'A: what attackers try': [
    [
      'A1 an unknown client',
      () => postForm({ ...grant, ...inBody(), client_id: 'cred_0000000000000000000000' }),
      'invalid_client',
    ],
    ['A1 a revoked client', () => postForm({ ...grant, ...inBody(revoked) }), 'invalid_client'],
    ...(
      [
        ['one more character', (secret) => `${secret}0`],
        ['one less', (secret) => secret.slice(0, -1)],
        ['a newline behind it', (secret) => `${secret}\n`],
        ['a NUL behind it', (secret) => `${secret}\0`],
        ['a space before it', (secret) => ` ${secret}`],
        ['another case', (secret) => secret.toUpperCase()],
        ['full-width letters', (secret) => secret.replace('lk', 'ｌｋ')],
      ] satisfies [string, (secret: string) => string][]
    ).map(
      ([what, change]): Row => [
        `A2 the secret with ${what}`,
        () => byBody({ client_secret: change(client.clientSecret) }),
        'invalid_client',
      ],
    ),
    ["A3 another tenant's secret", () => byBody({ client_secret: theirs.clientSecret }), 'invalid_client'],
    ["A3 another tenant's id", () => byBody({ client_id: theirs.clientId }), 'invalid_client'],
    [
      'A8 a secret of a megabyte',
      () => byBody({ client_secret: 'a'.repeat(1_000_000) }),
      [413, 'invalid_request'],
    ],
    ['A8 a secret of ten kilobytes', () => byBody({ client_secret: 'a'.repeat(10_000) }), 'invalid_client'],
    ['A8 an id of ten kilobytes', () => byBody({ client_id: 'a'.repeat(10_000) }), 'invalid_client'],
    ['A8 an id of SQL', () => byBody({ client_id: "' or 1=1 --" }), 'invalid_client'],
    [
      'A8 half a surrogate pair',
      () => json(`{"grant_type":"client_credentials","client_id":"\\ud800","client_secret":"x"}`),
      'invalid_client',
    ],
    ['A14 an API key as the secret', () => byBody({ client_secret: apiKey.key }), 'invalid_client'],
    [
      'A14 an API key with its own id',
      () => byBody({ client_id: apiKey.id, client_secret: apiKey.key }),
      'invalid_client',
    ],
    [
      'A18 an address that the request claims is not believed',
      () => ({
        ...byBody(),
        headers: [
          ['Content-Type', form],
          ['X-Forwarded-For', '203.0.113.9'],
        ],
      }),
      'a token',
      () => expect(app.log.join('\n')).not.toContain('203.0.113.9'),
    ],
  ],
};

const percent = (text: string) =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

let revoked: OAuthClient;
beforeAll(async () => {
  revoked = await createClient(admin);
  await admin.run(RevokeCredentialDocument, { input: { id: revoked.clientId } });
});

const checks = Object.entries(rows).flatMap(([chapter, ofChapter]) =>
  ofChapter.map(([check, ...rest]): [string, ...typeof rest] => [`${chapter}: ${check}`, ...rest]),
);

test.each(checks)('%s', async (_check, request, expected, more) => {
  const sent = request();
  const reply = await plainRequest(app.url, sent);
  const body = JSON.parse(reply.body) as Token;
  expectTrueOfAll(reply, sent);
  if (expected === 'a token') {
    expect([reply.status, body.error]).toEqual([200, undefined]);
    expect([body.token_type, typeof body.access_token]).toEqual(['Bearer', 'string']);
  } else {
    const [status, error] = expected === 'invalid_client' ? [401, 'invalid_client'] : expected;
    expect([reply.status, body.error]).toEqual([status, error]);
    expect(Object.keys(body)).toEqual(['error', 'error_description']);
    expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
  more?.(body, reply);
});

/** Sections 5.1 and 5.2, and that nothing which was sent comes back or is kept. */
function expectTrueOfAll({ status, headers, body }: PlainReply, sent: PlainRequest): void {
  expect(headers['content-type']).toBe('application/json;charset=UTF-8');
  expect([headers['cache-control'], headers.pragma]).toEqual(['no-store', 'no-cache']);
  expect(headers['www-authenticate']).toBe(
    status === 401 ? 'Basic realm="latchkey", charset="UTF-8"' : undefined,
  );
  expect(headers).not.toHaveProperty('x-powered-by');
  expect(headers).not.toHaveProperty('set-cookie');
  for (const secret of [client.clientSecret, theirs.clientSecret, apiKey.key]) {
    expect(body).not.toContain(secret);
    expect(app.log.join('\n')).not.toContain(secret);
  }
  expect(String(sent.body).length > 20 && body.includes(String(sent.body))).toBe(false);
}

test('there are at least 33 checks, and each has a name of its own', () => {
  const names = checks.map(([check]) => check);
  expect(names.length).toBeGreaterThanOrEqual(33);
  expect(new Set(names).size).toBe(names.length);
});

// A thousand requests take a busy machine longer than other tests may.
const patienceMs = 300_000;

// golang.org/x/oauth2 does not know which way a server takes: it tries Basic first, and then the body.
test('clients that try another way after a refusal are not punished, however often they do', async () => {
  const wrong = { ...client, clientSecret: `${client.clientSecret}x` };
  for (let i = 0; i < 20; i++) {
    expect((await plainRequest(app.url, byBasic({}, basicOf(wrong)))).status).toBe(401);
    expect((await plainRequest(app.url, byBody())).status).toBe(200);
  }
});

test(
  'A7 a thousand guesses at a client do not lock it out, and it gets tokens meanwhile',
  async () => {
    const guesses = Array.from({ length: 1000 }, (_, i) =>
      plainRequest(
        app.url,
        byBody({ client_secret: `${client.clientSecret.slice(0, -4)}${String(i).padStart(4, '0')}` }),
      ),
    );
    const meanwhile = await Promise.all(Array.from({ length: 20 }, () => plainRequest(app.url, byBasic())));
    expect(new Set(meanwhile.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set((await Promise.all(guesses)).map(({ status }) => status))).toEqual(new Set([401]));
    expect((await plainRequest(app.url, byBody())).status).toBe(200);
  },
  patienceMs,
);

test(
  'A17 a thousand requests of one client at once all get tokens of their own',
  async () => {
    const replies = await Promise.all(Array.from({ length: 1000 }, () => plainRequest(app.url, byBasic())));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(({ body }) => JSON.parse(body).access_token)).size).toBe(1000);
  },
  patienceMs,
);
