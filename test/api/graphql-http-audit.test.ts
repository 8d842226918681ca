// GraphQL over HTTP, audit by audit: the checks of the `graphql-http` package, which follow the draft, against the server
// that clients get. Their names say how much the draft asks: MUST, SHOULD, or MAY.

import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

const audits = serverAudits({ url: () => `${app.url}/graphql` });

test('there are 61 audits, none of them left out', () => {
  expect(new Set(audits.map(({ id }) => id)).size).toBe(61);
});

test.each(audits.map((audit) => [audit.name, audit] as const))('%s', async (_name, audit) => {
  const result = await audit.fn();
  expect(result.status === 'ok' ? 'ok' : result.reason).toBe('ok');
});

test.each([
  ['what is not permitted', '{ credentials { totalCount } }', 401, 'UNAUTHENTICATED'],
  ['what is too much', `{ ${'a: __typename '.repeat(31)} }`, 400, 'QUERY_TOO_COMPLEX'],
  ['what is not valid', '{ nothing }', 200, 'BAD_USER_INPUT'],
])(
  'a client that reads application/json alone is refused %s: %s is %i',
  async (_what, query, status, code) => {
    const response = await fetch(`${app.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify({ query }),
    });
    const reply = await response.json();
    expect(reply).toMatchObject({ errors: [{ extensions: { code } }] });
    expect(reply).not.toHaveProperty('data');
    expect(response.status).toBe(status);
  },
);
