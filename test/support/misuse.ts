// Every wrong place that a secret gets put into by mistake, over HTTP.

import type { TestApp } from './app.ts';
import { type RawReply, rawGraphql, rawRequest } from './raw-reply.ts';

const documents = (s: string): string[] => [
  `{ credential(id: "${s}`,
  `{ credential(id: "${s}") { nothing } }`,
  `{ credential(id: "${s}", nothing: "${s}") { id } }`,
  `{ credential(id: ["${s}"]) { id } }`,
  `{ credential(id: { id: "${s}" }) { id } }`,
  `{ credentials(first: "${s}") { totalCount } }`,
  `{ credentials(first: ["${s}"]) { totalCount } }`,
  `{ credentials(filter: { status: "${s}" }) { totalCount } }`,
  `{ credentials(filter: { status: ["${s}"] }) { totalCount } }`,
  `{ credentials(filter: ["${s}"]) { totalCount } }`,
  `query ($first: Int = "${s}") { credentials(first: $first) { totalCount } }`,
  `query ($first: Int = ["${s}"]) { credentials(first: $first) { totalCount } }`,
  `query ($first: Int = { first: "${s}" }) { credentials(first: $first) { totalCount } }`,
  `mutation { signIn(input: "${s}") { userErrors { code } } }`,
  `mutation { signIn(input: { email: "${s}", password: ["${s}"] }) { userErrors { code } } }`,
  `mutation { signIn(input: { email: { email: "${s}" }, password: """${s}""" }) { userErrors { code } } }`,
  `mutation { clientCredentialsToken(input: { clientId: "${s}", clientSecret: { is: "${s}" } }) { tokenType } }`,
  `mutation { createCredential(input: { name: "Key", scopes: [USERS], idempotencyKey: "${s}" }) { credential { id } } }`,
  `mutation { createCredential(input: { name: "Other", scopes: [USERS], idempotencyKey: "${s}" }) { userErrors { message } } }`,
  `# ${s}\n{ "${s}" }`,
  `"${s}"`,
  s,
];

const signIn = 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code message } } }';
const changePassword =
  'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code message } } }';
const token =
  'mutation ($input: ClientCredentialsTokenInput!) { clientCredentialsToken(input: $input) { tokenType } }';
const halfGiven = (s: string) =>
  `mutation ($email: String = "x") { signIn(input: { email: $email, password: "${s}" }) { userErrors { code } } }`;

const operations = (s: string): { query: string; variables?: unknown; operationName?: string }[] => [
  ...documents(s).map((query) => ({ query })),
  { query: halfGiven(s), variables: { email: null } },
  ...[
    s,
    [s],
    { email: s },
    { email: s, password: s },
    { email: [s], password: { s } },
    { email: 'x', password: [s] },
  ].map((input) => ({ query: signIn, variables: { input } })),
  ...[
    s,
    { currentPassword: s },
    { currentPassword: s, newPassword: [s] },
    { currentPassword: { s }, newPassword: s },
    { currentPassword: s, newPassword: 'short' },
    { currentPassword: 'x', newPassword: s.repeat(10) },
  ].map((input) => ({ query: changePassword, variables: { input } })),
  ...[
    s,
    { clientId: s, clientSecret: s },
    { clientId: 'x', clientSecret: [s] },
    { clientId: { s }, clientSecret: s },
  ].map((input) => ({ query: token, variables: { input } })),
  { query: token, variables: { input: { clientId: 'x', clientSecret: s, scopes: [s] } } },
  { query: token, variables: s },
  { query: token, variables: [s] },
  { query: '{ viewer { organization { id } } }', operationName: s },
  { query: 'query ($id: ID!) { credential(id: $id) { id } }', variables: { id: s } },
  { query: 'query ($id: ID!) { credential(id: $id) { id } }', variables: { id: [s] } },
  { query: 'query ($after: String) { credentials(after: $after) { totalCount } }', variables: { after: s } },
  { query: 'query ($s: String) { credentials(filter: { search: $s }) { totalCount } }', variables: { s } },
  { query: 'query ($s: ID) { auditEvents(filter: { targetId: $s }) { totalCount } }', variables: { s } },
  { query: 'query ($s: DateTime) { auditEvents(filter: { from: $s }) { totalCount } }', variables: { s } },
  {
    query: 'mutation ($s: ID!) { revokeCredential(input: { id: $s }) { userErrors { message } } }',
    variables: { s },
  },
  {
    query: 'mutation ($s: ID!) { deleteAccount(input: { id: $s }) { userErrors { message } } }',
    variables: { s },
  },
];

/** Tries every wrong place but the name of a thing and its own right place; `admin` is an Authorization header. */
export async function misuse(app: TestApp, admin: string, secret: string): Promise<RawReply[]> {
  const replies: RawReply[] = [];
  const keep = async (reply: Promise<RawReply>) => void replies.push(await reply);
  for (const operation of operations(secret)) await keep(rawGraphql(app, admin, operation));
  const encoded = encodeURIComponent(secret);
  const viewer = { query: '{ viewer { organization { id } } }' };
  for (const path of [
    `/graphql?query=${encoded}`,
    `/graphql?query=${encodeURIComponent(documents(secret)[3] ?? '')}`,
    `/graphql?query={viewer{organization{id}}}&access_token=${encoded}`,
    `/graphql?query={viewer{organization{id}}}&variables=${encoded}`,
    `/nothing?client_secret=${encoded}`,
    `/nothing;client_secret=${encoded}`,
  ]) {
    await keep(rawRequest(app, path));
  }
  for (const authorization of [
    `Basic ${secret}`,
    `Basic ${btoa(`x:${secret}`)}`,
    `Bearer ${secret} ${secret}`,
    `Token ${secret}`,
  ]) {
    await keep(rawGraphql(app, authorization, viewer));
  }
  for (const name of [
    'Accept',
    'Content-Type',
    'Cookie',
    'Origin',
    'Referer',
    'X-Forwarded-For',
    'Content-Language',
  ]) {
    await keep(
      rawGraphql(app, admin, viewer, { [name]: name === 'Cookie' ? `latchkey_session=x${secret}` : secret }),
    );
  }
  await keep(rawGraphql(app, undefined, viewer, { 'X-Request-Id': secret }));
  for (const reply of tokenRequests(app, secret)) await keep(reply);
  for (const reply of aboutTokens(app, secret)) await keep(reply);
  return replies;
}

function* tokenRequests(app: TestApp, secret: string): Generator<Promise<RawReply>> {
  const post = (body: string, headers: Record<string, string>) =>
    rawRequest(app, '/oauth/v1/token', { method: 'POST', headers, body });
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const json = { 'Content-Type': 'application/json' };
  for (const pair of [secret, `x:${secret}`, `${secret}:`, `${secret}:${secret}`]) {
    yield post('grant_type=client_credentials', { ...form, Authorization: `Basic ${btoa(pair)}` });
  }
  yield post('grant_type=client_credentials', { ...form, Authorization: `Basic ${secret}` });
  for (const name of ['client_id', 'client_secret', 'scope', 'resource', 'grant_type', secret]) {
    const parameters = {
      grant_type: 'client_credentials',
      client_id: 'x',
      client_secret: 'y',
      [name]: secret,
    };
    yield post(new URLSearchParams(parameters).toString(), form);
    yield post(JSON.stringify(parameters), json);
  }
  yield post(`{"client_secret":"${secret}"`, json);
  yield post(`{"client_secret":["${secret}"]}`, json);
  yield post(`client_secret=${secret}%zz`, form);
  yield rawRequest(app, `/oauth/v1/token?client_secret=${encodeURIComponent(secret)}`, { method: 'POST' });
}

/** At introspection, revocation, Test Auth, and reports of leaks: everywhere but in the one right place. */
function* aboutTokens(app: TestApp, secret: string): Generator<Promise<RawReply>> {
  const form = 'application/x-www-form-urlencoded';
  const json = 'application/json';
  const post = (path: string, type: string, body: string, authorization?: string) =>
    rawRequest(app, path, {
      method: 'POST',
      headers: { 'Content-Type': type, ...(authorization !== undefined && { Authorization: authorization }) },
      body,
    });
  for (const path of ['/oauth/v1/introspect', '/oauth/v1/revoke']) {
    yield rawRequest(app, `${path}?token=${encodeURIComponent(secret)}`, { method: 'POST' });
    yield rawRequest(app, `${path}?token=${encodeURIComponent(secret)}`);
    for (const authorization of [`Basic ${btoa(`x:${secret}`)}`, `Basic ${secret}`, `Token ${secret}`]) {
      yield post(path, form, new URLSearchParams({ token: secret }).toString(), authorization);
    }
    for (const name of ['token', 'token_type_hint', 'client_id', 'client_secret', secret]) {
      const parameters = { token: 'x', client_id: 'x', client_secret: 'y', [name]: secret };
      yield post(path, form, new URLSearchParams(parameters).toString());
      yield post(path, json, JSON.stringify(parameters));
    }
    yield post(path, json, `{"token":"${secret}"`);
    yield post(path, json, `{"token":["${secret}"]}`);
    yield post(path, form, `token=${secret}%zz`);
  }
  yield rawRequest(app, `/rest/v1/auth/test?key=${encodeURIComponent(secret)}`);
  yield rawRequest(app, '/rest/v1/auth/test', { headers: { Authorization: `Token ${secret}` } });
  const leaked = '/credentials/v1/revoke-leaked';
  yield rawRequest(app, `${leaked}?secret=${encodeURIComponent(secret)}`, { method: 'POST' });
  yield post(leaked, form, new URLSearchParams({ secret }).toString());
  for (const body of [secret, [secret], { token: secret }, { secret: [secret] }, { secrets: { secret } }])
    yield post(leaked, json, JSON.stringify(body));
  yield post(leaked, json, `{"secret":"${secret}"`);
}
