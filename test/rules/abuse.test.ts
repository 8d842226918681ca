// Cases of abuse by their numbers: D is authorisation through GraphQL, E secrets that leak, F exhaustion and parsing. A
// case stands here as requests with their answers, or names the test elsewhere that proves it.

import net from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Caller, createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { fillTables } from '../support/full-tables.ts';
import { measured, mostBlockedMs, mostMegabytes } from '../support/measured-requests.ts';
import { type PlainReply, type PlainRequest, plainRequest } from '../support/plain-http.ts';
import { testTitlesIn } from '../support/test-titles.ts';

const isEmbedded = inject('engine') === 'pglite';

let app: TestApp;
let admin: Caller;
let key: Caller;
beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  await fillTables(app.db, app.organization.id, isEmbedded ? 300 : 3_000);
  // Some of the records that are read first, and last, are long.
  const content = sql`jsonb_build_object('content', repeat('long ', 4000))`;
  await sql`update interactions set detail = ${content} where id like 'r%5'`.execute(app.db);
  const { apiKey } = await createApiKey(admin, ['USERS']);
  key = new (admin.constructor as typeof Caller)(app, apiKey);
});
afterAll(() => app.close());

/** Where the cases are proved that need no row of their own here: the file, and words of the test's name. */
const elsewhere: Record<string, [file: string, name: string][]> = {
  D1: [['rules/scope-matrix.test.ts', 'is refused or allowed to $name as the table says']],
  D2: [
    ['rules/scope-matrix.test.ts', 'reached any other way is the same to $name'],
    ['api/data-neighbour-scopes.test.ts', 'whichever way it is reached'],
  ],
  D3: [['api/data-neighbour-scopes.test.ts', 'is refused without the scope of its target']],
  D4: [
    ['rules/tenants.test.ts', 'are ids of nothing to %s'],
    ['rules/tenants-lists.test.ts', 'are forged cursors to %s'],
  ],
  D6: [
    ['rules/tenants-lists.test.ts', 'counts and lists hold what is ours alone'],
    ['rules/tenants-lists.test.ts', "another organisation's records in %s are not there"],
    ['rules/tenants.test.ts', 'are ids of nothing to %s'],
    ['rules/same-answer.test.ts', 'does not tell whether another organisation has it'],
  ],
  D7: [['rules/deny-by-default.test.ts', 'every field of every type says who may use it']],
  D10: [['api/sign-in.test.ts', 'when the person is demoted']],
  D11: [['db/core-rules.test.ts', 'cannot belong to a credential of another organisation']],
  D12: [['api/rest-records.test.ts', 'are the same under v1beta2']],
  E1: [
    ['rules/secrets-never-leak.test.ts', 'are in no log line and no column'],
    ['cli/secrets-on-disk.test.ts', 'no file of the data folder holds a secret'],
  ],
  E2: [['rules/secrets-never-leak.test.ts', 'and not in the log with the failure']],
  E3: [['rules/secrets-never-leak.test.ts', 'are in no parameter and no text of a statement']],
  E4: [['rules/secrets-never-leak.test.ts', 'no query returns a secret after the mutation']],
  E5: [['rules/secrets-never-leak.test.ts', 'no query returns a secret after the mutation']],
  E8: [
    ['cli/serve-stop.test.ts', 'SIGUSR1 does not open the inspector'],
    ['cli/usage.test.ts', 'SIGUSR1 does not open the inspector of a command either'],
  ],
  F8: [['unit/names.test.ts', 'is the same however its letters are composed']],
  F9: [
    ['unit/http/body.test.ts', 'a compressed body is 415'],
    ['unit/http/connection.test.ts', 'what is not a request %s is answered with a status'],
    ['unit/http/body.test.ts', 'a body without Content-Length is 413 as soon as it passes the limit'],
    ['unit/http/body.test.ts', 'a body that stops arriving is 408'],
    ['unit/http/graphql.test.ts', 'with a member twice is read like by JSON.parse'],
    ['unit/http/oauth-token.test.ts', 'a malformed request is refused before the client is looked at %s'],
  ],
  F12: [['db/faults.test.ts', 'slow lists, however many, keep nobody from a token, a session']],
  F14: [['api/list-plans.test.ts', 'a page of many credentials is a stretch of an index']],
  F16: [['unit/http/server.test.ts', 'is closed by default']],
};

const cases = [12, 9, 17].flatMap((count, i) =>
  Array.from({ length: count }, (_, n) => `${'DEF'[i]}${n + 1}`),
);

test('every case has a row here, or is proved elsewhere', () => {
  const here = new Set([...rows.map(([number]) => number), ...alone]);
  expect(cases.filter((number) => !here.has(number) && elsewhere[number] === undefined)).toEqual([]);
});

test.each(Object.entries(elsewhere))('%s is proved where it is said to be', (_number, places) => {
  for (const [file, name] of places)
    expect(
      testTitlesIn(file).some((title) => title.includes(name)),
      `${file} has a test called "${name}"`,
    ).toBe(true);
});

const repeat = (count: number, make: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => make(i)).join(' ');
const nest = (open: string, inner: string, close: string, levels: number) =>
  open.repeat(levels) + inner + close.repeat(levels);

type Request = () => PlainRequest;
const as = ({ authorization = '' }: Caller): [string, string] => ['Authorization', authorization];
const json: [string, string] = ['Content-Type', 'application/json'];

const posted = (body: string, ...headers: [string, string][]): PlainRequest => ({
  path: '/graphql',
  body,
  headers: [json, ...headers],
});
const operation =
  (query: string, variables?: object): Request =>
  () =>
    posted(JSON.stringify({ query, variables }), as(admin));
const records =
  (options: Record<string, string>, path = 'conversations'): Request =>
  () => ({
    method: 'GET',
    path: `/export/v1/records/${path}?${new URLSearchParams(options)}`,
    headers: [as(admin)],
  });
const conversations = (args: string) => `{ conversations(${args}) { nodes { id } } }`;
const byCursor = (after: string) =>
  operation('query ($after: String) { conversations(after: $after) { nodes { id } } }', { after });
const byId = (eq: unknown) =>
  operation('query ($eq: ID) { conversations(filter: { id: { eq: $eq } }) { nodes { id } } }', { eq });

const schemaManyTimes = `{ __schema { ${repeat(28, (i) => `a${i}: types { ...F }`)} } } fragment F on __Type { fields {
  args { type { name kind ofType { name kind ofType { name kind } } } }
  type { name ofType { name fields { name description type { name ofType { name } } args { name type { name } } } } } } }`;

const first1000 = 'interactions(first: 1000, orderBy: { field: ID, direction: ASC })';
const first330 = first1000.replace('1000', '330');
/** A third: a busy machine takes twice as long, and code that is new to V8 as well. The embedded database works on the same thread. */
const allowedLists: Record<string, string> = {
  lists: `{ ${first330} { nodes { ${repeat(3, (i) => `p${i}: replies(first: 1) { nodes { id } }`)} } } }`,
  cursors: `{ ${first330} { nodes { replies(first: 1) { edges { cursor node { id } } pageInfo { endCursor } } } } }`,
  'fields resolved one by one': `{ ${first330} { nodes { id ${repeat(20, (i) => `a${i}: type`)} } edges { node { id } } } }`,
};
const heavyLists: Record<string, string> = {
  '23,000 lists': `{ ${first1000} { nodes { ${repeat(23, (i) => `p${i}: replies(first: 1) { totalCount @include(if: true) }`)} } } }`,
  '12,000 errors': `{ ${first1000} { nodes { ${repeat(12, (i) => `p${i}: parent { replies(first: 1, after: "x") { totalCount } }`)} } } }`,
  '10,000 neighbours, resolved one by one': `{ ${first1000} { nodes { ${repeat(10, (i) => `p${i}: parent { id }`)} } edges { node { id } } } }`,
  '20,000 cursors': `{ ${first1000} { nodes { ${repeat(10, (i) => `p${i}: replies(first: 1) { pageInfo { startCursor endCursor } nodes { id } }`)} } } }`,
  'scopes of the products of scopes': `{ viewer { ${nest('scopes { product {', ' name ', '} }', 6)} } }`,
  'half a year of days, 28 times': `{ ${repeat(28, (i) => `d${i}: interactionsPerDay(range: { from: "2026-01-01T00:00:00Z", until: "2026-07-01T00:00:00Z" }) { day count }`)} }`,
};

type Row = [number: string, what: string, request: Request, status: number, code?: string];

const bad = [400, 'BAD_USER_INPUT'] as const;
const complex = [400, 'QUERY_TOO_COMPLEX'] as const;
const rows: Row[] = [
  ...['organization_id', 'version', 'password_hash', 'detail/type'].flatMap((column): Row[] => [
    ['D5', `a filter by ${column}`, records({ $filter: `${column} eq 'x'` }), ...bad],
    ['D5', `an order by ${column}`, records({ $orderby: column }), ...bad],
  ]),
  [
    'D5',
    'an order by a column that is no field',
    operation(conversations('orderBy: { field: ORGANIZATION_ID, direction: ASC }')),
    ...bad,
  ],
  [
    'D8',
    'a document that somebody else may run',
    () => posted(JSON.stringify({ query: '{ credentials { totalCount } }' }), as(admin)),
    200,
  ],
  [
    'D8',
    'the same document, without a session',
    () => posted(JSON.stringify({ query: '{ credentials { totalCount } }' })),
    401,
    'UNAUTHENTICATED',
  ],
  [
    'D8',
    'the same document, with a key',
    () => posted(JSON.stringify({ query: '{ credentials { totalCount } }' }), as(key)),
    403,
    'FORBIDDEN',
  ],
  [
    'D8',
    'the same field twice, by alias',
    () =>
      posted(JSON.stringify({ query: '{ a: users { totalCount } b: credentials { totalCount } }' }), as(key)),
    403,
    'FORBIDDEN',
  ],
  [
    'D9',
    'the schema, which is public',
    () =>
      posted(
        JSON.stringify({ query: '{ __schema { queryType { name } } __type(name: "Credential") { name } }' }),
      ),
    200,
  ],
  ['F1', 'fields 5,000 deep', operation(nest('{ a', '', '}', 5_000)), ...complex],
  ['F1', 'a list literal 20,000 deep', operation(`{ a(x: ${nest('[', '', ']', 20_000)}) }`), ...complex],
  [
    'F1',
    'an object literal 10,000 deep',
    operation(`{ a(x: ${nest('{y:', '1', '}', 10_000)}) }`),
    ...complex,
  ],
  [
    'F1',
    'variables 45,000 deep',
    () => posted(`{"query":"{ __typename }","variables":{"v":${nest('[', '', ']', 45_000)}}}`, as(admin)),
    ...bad,
  ],
  [
    'F1',
    'a body 45,000 deep that is not even JSON',
    () => posted(nest('[', '', '', 90_000), as(admin)),
    ...bad,
  ],
  [
    'F2',
    'fragments that double 20 times',
    operation(
      `{ ...f0 } ${repeat(20, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f20 on Query { __typename }`,
    ),
    ...complex,
  ],
  [
    'F2',
    'fragments in a circle',
    operation('{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }'),
    ...complex,
  ],
  [
    'F2',
    '2,000 unused fragments',
    operation(`{ __typename } ${repeat(2_000, (i) => `fragment f${i} on Q{a}`)}`),
    ...complex,
  ],
  [
    'F3',
    '5,000 aliases of __typename',
    operation(`{ ${repeat(5_000, (i) => `a${i}: __typename`)} }`),
    ...complex,
  ],
  ['F3', 'the same field 40,000 times', operation(`{ ${repeat(40_000, () => 'a')} }`), ...complex],
  [
    'F3',
    'the same field as often as it may be, with one selection each',
    operation(`{ ${repeat(400, () => 'viewer { scopes { value } }')} }`),
    ...complex,
  ],
  [
    'F3',
    'the same field as often as tokens allow',
    operation(`{ viewer { ${repeat(900, () => '__typename')} } }`),
    ...complex,
  ],
  ...Object.entries(heavyLists).map(([what, query]): Row => ['F3', what, operation(query), ...complex]),
  [
    'F3',
    'the same list 300 times',
    operation(`{ ${repeat(300, () => 'users(first: 1) { totalCount }')} }`),
    ...complex,
  ],
  [
    'F3',
    'the schema 28 times, by alias',
    () => posted(JSON.stringify({ query: schemaManyTimes })),
    ...complex,
  ],
  ['F4', '5,000 directives', operation(`{ __typename ${repeat(5_000, () => '@a')} }`), ...complex],
  ...(isEmbedded ? [] : Object.entries(allowedLists)).map(
    ([what, query]): Row => ['F3', `a third as many ${what} as there may be`, operation(query), 200],
  ),
  [
    'F4',
    'a third as many errors as there may be, each in another record',
    operation(
      '{ interactions(first: 110) { nodes { parent { replies(first: 1, after: "x") { totalCount } } } } }',
    ),
    200,
    'BAD_USER_INPUT',
  ],
  ['F4', 'a flood of errors', operation(`{ ${repeat(900, (i) => `x${i}`)} }`), ...bad],
  [
    'F4',
    'a flood of misspelt fields, each of which has suggestions',
    operation(`{ ${repeat(900, (i) => `conversationsPerDay${i}`)} }`),
    ...bad,
  ],
  ...['0', '-1', '1001', '1000000000', '2147483648', '1.5', '"1"'].map(
    (first): Row => ['F5', `first: ${first}`, operation(conversations(`first: ${first}`)), ...bad],
  ),
  ['F5', 'first: null is no first', operation(conversations('first: null')), 200],
  ['F5', 'first and last', operation(conversations('first: 1, last: 1')), ...bad],
  ...[
    'x',
    "' or 1=1 --",
    '\u202e',
    'eyJ2IjoyfQ',
    'a'.repeat(90_000),
    '__proto__',
    '%00',
    '../../etc/passwd',
  ].flatMap((after): Row[] => [
    ['F6', `the cursor ${JSON.stringify(after.slice(0, 20))}`, byCursor(after), ...bad],
    [
      'F6',
      `the skiptoken ${JSON.stringify(after.slice(0, 20))}`,
      records({ $skiptoken: after.slice(0, 9_000) }),
      ...bad,
    ],
  ]),
  ...[
    "'",
    '%',
    '_',
    '\\',
    '\u202e',
    '__proto__',
    'constructor',
    '😀',
    'a'.repeat(90_000),
    "'; drop table users; --",
  ].map((text): Row => ['F7', `the id ${JSON.stringify(text.slice(0, 20))}`, byId(text), 200]),
  ['F7', 'an id with NUL', byId('a\0b'), ...bad],
  ['F7', 'an id with half a surrogate pair', byId('\ud800'), ...bad],
  ['F7', 'an id that is a number', byId(12), 200],
  [
    'F7',
    'an id that is a number beyond 2^53',
    () =>
      posted(
        '{"query":"query ($id: ID!) { user(id: $id) { id } }","variables":{"id":12625933170243222409}}',
        as(admin),
      ),
    ...bad,
  ],
  [
    'F7',
    'the same number in the document, where it is exact',
    operation('{ user(id: 12625933170243222409) { id } }'),
    200,
  ],
  ...[
    'infinity',
    '-infinity',
    'NaN',
    'now',
    'epoch',
    '+275760-09-13T00:00:00Z',
    '0000-01-01T00:00:00Z',
  ].flatMap((time): Row[] => [
    [
      'F7',
      `the time ${time}`,
      operation(conversations(`filter: { createdTime: { gt: "${time}" } }`)),
      ...bad,
    ],
    [
      'F7',
      `the time ${time} over REST`,
      records({ $filter: `created_time gt ${time.replace('+', '')}` }),
      ...bad,
    ],
  ]),
  [
    'F7',
    'a thousand values',
    operation('query ($in: [ID!]) { conversations(filter: { id: { in: $in } }) { nodes { id } } }', {
      in: Array.from({ length: 1_000 }, (_, i) => `r${i}`),
    }),
    200,
  ],
  [
    'F7',
    'a thousand and one',
    operation('query ($in: [ID!]) { conversations(filter: { id: { in: $in } }) { nodes { id } } }', {
      in: Array.from({ length: 1_001 }, (_, i) => `r${i}`),
    }),
    ...bad,
  ],
  [
    'F7',
    '5,000 conditions, in more than 4,096 bytes',
    records({ $filter: Array(1_200).fill('id').join(' or ') }),
    ...bad,
  ],
  ['F7', '300 conditions', records({ $filter: Array(300).fill("id eq 'x'").join(' or ') }), ...bad],
  [
    'F7',
    '300 conditions without a space',
    records({ $filter: Array(300).fill("(id eq 'x')").join('or') }),
    ...bad,
  ],
  ['F7', '101 conditions', records({ $filter: Array(101).fill("id eq 'or or'").join(' and ') }), ...bad],
  ['F7', '100 conditions', records({ $filter: Array(100).fill("id eq 'x'").join(' or ') }), 200],
  ['F7', 'a thousand times not', records({ $filter: `${'not '.repeat(1_000)}id eq 'x'` }), 200],
  [
    'F7',
    'a thousand times not, in parentheses that are too many',
    records({ $filter: `${'not ('.repeat(700)}id eq 'x'` }),
    ...bad,
  ],
  ['F7', 'a list of 201 values', records({ $filter: `id in (${Array(201).fill("'a'").join()})` }), ...bad],
  ['F7', 'a text of commas', records({ $filter: `id eq '${','.repeat(3_000)}'` }), 200],
  ['F7', '102 parentheses', records({ $filter: Array(51).fill("((id eq 'x'))").join('or') }), ...bad],
  [
    'F7',
    'as many parts as there may be, and a mistake at the end',
    records({
      $filter: `(${Array(98).fill("(id eq 'x')").join('or')}) or id in (${Array(200).fill('1').join()}`,
    }),
    ...bad,
  ],
  ['F7', 'a list of 200 values', records({ $filter: `id in (${Array(200).fill("'a'").join()})` }), 200],
  ['F13', 'a document of nothing but comments', operation(`${'#\n'.repeat(20_000)}{ __typename }`), 200],
  [
    'F13',
    'a text of 90,000 characters where a number belongs',
    operation(`{ conversations(first: "${'a '.repeat(45_000)}") { nodes { id } } }`),
    ...bad,
  ],
  [
    'F13',
    'a text of 20,000 quotes',
    operation(`{ conversations(after: "${'\\"'.repeat(20_000)}") { nodes { id } } }`),
    ...bad,
  ],
  ['F13', 'a filter of spaces', records({ $filter: `id${' '.repeat(4_000)}` }), ...bad],
  ['F13', 'a filter of quotes', records({ $filter: "'".repeat(4_000) }), ...bad],
  ['F13', 'a filter of one long word', records({ $filter: 'a'.repeat(4_000) }), ...bad],
  ['F13', 'an order of commas', records({ $orderby: ','.repeat(4_000) }), ...bad],
  ['F13', 'an order of spaces', records({ $orderby: `id${' '.repeat(8_000)}x` }), ...bad],
  ...['Accept', 'Cookie', 'Authorization', 'User-Agent', 'X-Forwarded-For', 'Origin'].flatMap((name) =>
    [';'.repeat(10_000), `a${' '.repeat(10_000)}b`, 'a,'.repeat(5_000), `${'a='.repeat(5_000)}`].map(
      (text): Row => [
        'F13',
        `${name}: ${text.slice(0, 6)}… of 10,000 characters`,
        () => ({ method: 'GET', path: '/graphql?query={__typename}', headers: [[name, text]] }),
        name === 'Accept' ? 406 : name === 'Authorization' ? 401 : 200,
      ],
    ),
  ),
  [
    'F15',
    'a mutation by GET',
    () => ({
      method: 'GET',
      path: '/graphql?query=mutation{signOut{userErrors{code}}}',
      headers: [as(admin)],
    }),
    405,
    'METHOD_NOT_ALLOWED',
  ],
  ...['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', ''].map(
    (type): Row => [
      'F15',
      `a mutation as ${type || 'nothing'}`,
      () => ({
        path: '/graphql',
        body: '{"query":"mutation { signOut { userErrors { code } } }"}',
        headers: [as(admin), ...(type ? [['Content-Type', type] as const] : [])],
      }),
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
  ),
  ['F17', 'a subscription', operation('subscription { a }'), ...bad],
  ['F17', '@defer', operation('{ ... @defer { __typename } }'), ...bad],
  ['F17', '@stream', operation('{ conversations { nodes @stream { id } } }'), ...bad],
];

const send = (request: PlainRequest): Promise<PlainReply> => plainRequest(app.url, request);

test.each(rows)('%s %s', async (_number, _what, request, status, code) => {
  app.log.length = 0;
  const { result, cost } = await measured(() => send(request()));
  const reply = { status: result.status, code: /"code":"(\w+)"/.exec(result.body)?.[1] };
  expect(reply, result.body.slice(0, 500)).toEqual({
    status,
    code: code ?? (status < 400 ? undefined : reply.code),
  });
  expect(cost.blockedMs).toBeLessThanOrEqual(mostBlockedMs);
  expect(cost.megabytes).toBeLessThanOrEqual(mostMegabytes);
  expect(result.headers['cache-control']).toBe('no-store');
  expect(result.headers).not.toHaveProperty('server');
  expect(result.headers).not.toHaveProperty('x-powered-by');
  expect(result.body).not.toMatch(/node_modules|\.[jt]s:\d+/);
  expect(((JSON.parse(result.body || '{}') as { errors?: [] }).errors ?? []).length).toBeLessThanOrEqual(9);
});

/** Proved by the tests below, and E6 and E7 by every row. */
const alone = ['E6', 'E7', 'E9', 'F10', 'F11'];

test('E9 what is sent as a name or a header cannot forge a line of the log', async () => {
  app.log.length = 0;
  const evil = '\n{"level":60,"msg":"forged"}\u001b[31m\u2028';
  const query =
    'mutation ($name: String!) { createCredential(input: { name: $name, scopes: [USERS] }) { userErrors { code } } }';
  await admin.send(query, { name: evil } as never);
  await send({
    path: `/${encodeURIComponent(evil)}`,
    headers: [['User-Agent', '\x1b[31mred'.replace('\x1b', '')]],
  });
  expect(app.log.length).toBeGreaterThan(0);
  for (const line of app.log) {
    expect(line.trimEnd()).not.toMatch(/\p{Cc}/u);
    expect((JSON.parse(line) as { msg: string }).msg).not.toBe('forged');
  }
});

test('F10 a thousand connections that say nothing leave health green', async () => {
  const { hostname, port } = new URL(app.url);
  const sockets = await Promise.all(
    Array.from(
      { length: 1_000 },
      () =>
        new Promise<net.Socket>((resolve, reject) => {
          const socket = net.connect(Number(port), hostname, () => resolve(socket));
          socket.once('error', reject);
        }),
    ),
  );
  try {
    for (const path of ['/livez', '/readyz']) expect((await send({ method: 'GET', path })).status).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
});

test('F11 documents without number, each as large as it may be, leave the memory as it was', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed / 1e6;
  };
  const before = heap();
  const values = '"" '.repeat(950);
  for (let i = 0; i < 400; i += 8) {
    const several = Array.from({ length: 8 }, (_, j) =>
      operation(`query Q${i + j} { conversations(filter: { id: { in: [${values}] } }) { totalCount } }`)(),
    );
    for (const { status } of await Promise.all(several.map(send))) expect(status).toBe(200);
  }
  expect(heap() - before).toBeLessThan(50);
});
