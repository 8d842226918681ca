// Whatever is sent, to whatever address, by whomever: an answer, never 5xx, without keeping the event loop for more than
// 50 ms or taking more than 50 MB. `FUZZ_RUNS=20000 npx vitest run --project postgres test/rules/fuzz.test.ts` looks longer.

import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../src/log.ts';
import { schema } from '../../src/schema/index.ts';
import { scopeNames } from '../../src/scopes.ts';
import { type Caller, createApiKey, createClient, pipeline, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { fillTables } from '../support/full-tables.ts';
import { graphqlRequests } from '../support/graphql-writer.ts';
import { hostileJson, hostileText, withRawNumbers } from '../support/hostile-values.ts';
import { measured, mostBlockedMs, mostMegabytes } from '../support/measured-requests.ts';
import { recordsAddresses } from '../support/odata-writer.ts';
import { type PlainReply, type PlainRequest, plainRequest } from '../support/plain-http.ts';

const atOnce = 8;
const runs = Number(process.env.FUZZ_RUNS ?? 40);
const patienceMs = 300_000 + runs * 5_000;

let app: TestApp;
/** What one may be, the most permitted first; filled before the first property runs, and read by them when they do. */
const callers: Caller[] = [];
/** Texts that stand for something on the server. */
const words: string[] = ['r00001', 'r00002', 'u1', 'c1', 'a1', 'DM', 'T', '2026-01-02T00:00:00Z', 'nobody'];

beforeAll(async () => {
  app = await startApp();
  await fillTables(app.db, app.organization.id, 300);
  const admin = await signedIn(app);
  const client = await createClient(admin, [...scopeNames]);
  const { apiKey, credential } = await createApiKey(admin, ['CONVERSATIONS', 'USERS']);
  const reader = await pipeline(app, client);
  callers.push(admin, reader, new (admin.constructor as typeof Caller)(app, apiKey));
  const page = await reader.run<{ users: { pageInfo: { endCursor: string } } }, never>(
    '{ users(first: 2) { pageInfo { endCursor } } }',
  );
  words.push(client.clientId, credential.id, page.users.pageInfo.endCursor);
});
afterAll(() => app.close());

/** Chosen by index, since they are made after the properties are. */
const word = fc.nat({ max: 11 }).map((i) => words[i] ?? 'nobody');
const caller = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 2 }) },
  { weight: 1, arbitrary: fc.constant(3) },
);
const authorizationOf = (i: number): [string, string][] => {
  const authorization = callers[i]?.authorization;
  return authorization === undefined ? [] : [['Authorization', authorization]];
};

/** As node:http lets one write it. */
const headerText = hostileText.map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, ''));
const header: fc.Arbitrary<[string, string]> = fc.tuple(
  fc.constantFrom(
    'Accept',
    'Authorization',
    'Content-Type',
    'Content-Encoding',
    'Cookie',
    'Expect',
    'Idempotency-Key',
    'If-None-Match',
    'Origin',
    'Range',
    'Traceparent',
    'X-Forwarded-For',
    'X-Request-Id',
    '__proto__',
  ),
  fc.oneof(
    headerText,
    fc.constantFrom(
      '*/*;q=nan',
      'application/json;charset=utf-7',
      'Bearer lk_x',
      'Basic Og==',
      '127.0.0.1, ::1',
    ),
  ),
);
const headers = fc.oneof(
  { weight: 3, arbitrary: fc.constant<[string, string][]>([]) },
  { weight: 1, arbitrary: fc.array(header, { maxLength: 3 }) },
);

const json: [string, string] = ['Content-Type', 'application/json'];
const posted = (path: string, body: fc.Arbitrary<string | Buffer>): fc.Arbitrary<PlainRequest> =>
  fc.tuple(body, caller, headers).map(([sent, who, more]) => ({
    path,
    body: sent,
    headers: [json, ...authorizationOf(who), ...more],
  }));
const asJson = (value: unknown) => withRawNumbers(JSON.stringify(value) ?? 'null');

/** Ends the session that everything else is sent with. */
const without = ['signOut'];

const kinds: Record<string, () => fc.Arbitrary<PlainRequest>> = {
  'operations of the schema': () =>
    posted('/graphql', graphqlRequests({ schema, words, without }).map(asJson)),
  'operations in addresses': () =>
    fc.tuple(graphqlRequests({ schema, words, without }), caller, headers).map(([sent, who, more]) => {
      const pairs = Object.entries(sent).map(
        ([name, value]) => [name, typeof value === 'string' ? value : asJson(value)] as [string, string],
      );
      const query = new URLSearchParams(pairs.map(([name, value]) => [name, value.toWellFormed()]));
      const path = `/graphql?${query}`.slice(0, 12_000);
      return { method: 'GET', path, headers: [...authorizationOf(who), ...more] };
    }),
  'documents of any text': () =>
    posted(
      '/graphql',
      fc.oneof(
        fc
          .array(fc.oneof(fc.constantFrom(...'{}[]()!$:=@|&"#,...'), hostileText), { maxLength: 30 })
          .map((parts) => asJson({ query: parts.join('') })),
        hostileJson.map((variables) =>
          asJson({ query: 'query($v: ID!) { user(id: $v) { id } }', variables: { v: variables } }),
        ),
        hostileJson.map(asJson),
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
    ),
  'lists of records over REST': () =>
    fc.tuple(recordsAddresses(words), caller, headers).map(([path, who, more]) => ({
      method: 'GET',
      path: path.slice(0, 12_000),
      headers: [...authorizationOf(who), ...more],
    })),
  'the endpoints of OAuth and of leaks': () =>
    fc
      .tuple(
        fc.constantFrom(
          '/oauth/v1/introspect',
          '/oauth/v1/revoke',
          '/oauth/v1/token',
          '/credentials/v1/revoke-leaked',
          '/rest/v1/auth/test',
        ),
        fc.array(
          fc.tuple(
            fc.oneof(
              fc.constantFrom(
                'token',
                'token_type_hint',
                'client_id',
                'client_secret',
                'secret',
                'secrets',
                'scope',
                'grant_type',
              ),
              hostileText,
            ),
            fc.oneof(word, hostileText, hostileJson),
          ),
          { maxLength: 5 },
        ),
        fc.constantFrom('form', 'json', 'bytes'),
        caller,
        headers,
      )
      .map(([path, pairs, form, who, more]) => {
        const text =
          form === 'json'
            ? asJson(Object.fromEntries(pairs))
            : pairs
                .map((pair) =>
                  pair
                    .map((part) =>
                      encodeURIComponent(
                        String(typeof part === 'string' ? part : asJson(part)).toWellFormed(),
                      ),
                    )
                    .join('='),
                )
                .join('&');
        const type: [string, string] =
          form === 'form' ? ['Content-Type', 'application/x-www-form-urlencoded'] : json;
        return { path, body: text, headers: [type, ...authorizationOf(who), ...more] };
      }),
  'any method at any address': () =>
    fc
      .tuple(
        fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE'),
        fc.oneof(
          fc.constantFrom(
            '/',
            '/graphql',
            '/livez',
            '/readyz',
            '/metrics',
            '/.well-known/jwks.json',
            '/.well-known/oauth-authorization-server',
            '/export/v1/openapi.json',
            '/__proto__',
            '/constructor',
          ),
          hostileText.map((text) => `/${encodeURIComponent(text.toWellFormed())}`),
          fc
            .string({ unit: 'grapheme-ascii', maxLength: 60 })
            .map((text) => `/${text.replaceAll(/[^\x21-\x7e]/g, '')}`),
        ),
        caller,
        headers,
      )
      .map(([method, path, who, more]) => ({ method, path, headers: [...authorizationOf(who), ...more] })),
};

/** Sent once, whatever comes of it; a repeated header is a matter of its own, so that the last one stands. */
const send = ({ headers: sent = [], ...request }: PlainRequest): Promise<PlainReply> =>
  plainRequest(app.url, { ...request, headers: [...new Map(sent)] });

/** As the log writes them: pino's own are numbers. */
const failureLevels: ReadonlySet<string> = new Set(['error', 'fatal']);

/** What is wrong with the reply to a request, or with what was logged meanwhile. */
function problemOf({ status, body }: PlainReply): string | undefined {
  const failures = app.log
    .splice(0)
    .filter((line) => failureLevels.has((JSON.parse(line) as { level: string }).level));
  if (failures.length > 0) return failures.join('\n');
  if (status < 200 || status >= 500) return `${status}: ${body}`;
  if (body.includes('"code":"INTERNAL"')) return `failed inside: ${body}`;
  return /node_modules|\.[jt]s:\d+|SQLSTATE|pg_catalog/.test(body) ? `says too much: ${body}` : undefined;
}

test('a failure shows, in the log and in a reply of 200', () => {
  const reply = { status: 200, headers: {}, body: '{"data":{}}' };
  createLog('debug', { write: (line) => void app.log.push(line) }).error('It failed.');
  expect(problemOf(reply)).toContain('It failed.');
  expect(problemOf(reply)).toBeUndefined();
  const body = '{"data":{},"errors":[{"message":"x","extensions":{"code":"INTERNAL"}}]}';
  expect(problemOf({ ...reply, body })).toContain('INTERNAL');
});

/** Looks for the one of several that did something wrong, or cost too much, and says what it was. */
async function accuse(several: readonly PlainRequest[]): Promise<void> {
  app.log.length = 0;
  for (const request of several) {
    const { result, cost } = await measured(() => send(request));
    const told = problemOf(result) ?? (isTooMuch(cost) ? `cost ${JSON.stringify(cost)}` : undefined);
    if (told !== undefined) throw new Error(`${JSON.stringify(request)}\n${told}`);
  }
}

const isTooMuch = ({ blockedMs, megabytes }: { blockedMs: number; megabytes: number }) =>
  blockedMs > mostBlockedMs || megabytes > mostMegabytes;

test.each(Object.keys(kinds))(
  '%s: never 5xx, and never more than 50 ms of the event loop and 50 MB',
  async (kind) => {
    const request = kinds[kind]?.() as fc.Arbitrary<PlainRequest>;
    const sound = fc.asyncProperty(
      fc.array(request, { minLength: atOnce, maxLength: atOnce }),
      async (several) => {
        const { result: replies, cost } = await measured(() => Promise.all(several.map(send)));
        const told = replies.map(problemOf).find((problem) => problem !== undefined);
        if (told !== undefined || isTooMuch(cost)) await accuse(several);
        expect(told).toBeUndefined();
      },
    );
    await fc.assert(sound, { numRuns: runs, endOnFailure: runs > 100 });
  },
  patienceMs,
);
