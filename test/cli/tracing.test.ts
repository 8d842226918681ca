// OpenTelemetry: spans arrive at a collector over OTLP/HTTP, under the caller's trace, with nothing of what was sent.

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { masterKey } from '../support/master-key.ts';
import { createDatabase, urlOfDatabase } from '../support/postgres-databases.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cleanUp, migratedFolder, type ServerProcess, startServer } from '../support/server-process.ts';

interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  attributes: { key: string; value: { stringValue?: string; intValue?: number } }[];
}

const password = 'a password for the whole file';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const received: string[] = [];
let collector: Server;
let postgres: PostgresServer;
let server: ServerProcess;

beforeAll(async () => {
  collector = createServer(async (request, reply) => {
    received.push(`${request.url} ${await text(request)}`);
    reply.setHeader('Content-Type', 'application/json').end('{}');
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  postgres = await startPostgres();
  await createDatabase(postgres.url, 'traced', 'template0');
  server = await startServer({
    DATABASE_URL: urlOfDatabase(postgres.url, 'traced'),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_ADMIN_PASSWORD: password,
    LATCHKEY_SAMPLE_DATA: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_SERVICE_NAME: 'keys of a test',
    OTEL_BSP_SCHEDULE_DELAY: '50',
  });
  await server.untilListening();
});
afterAll(async () => {
  await cleanUp();
  collector.close();
  await postgres.stop();
});

const spans = (): Span[] =>
  received
    .map((one) => JSON.parse(one.slice(one.indexOf(' '))))
    .flatMap(({ resourceSpans }) => resourceSpans)
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap((scope: { spans: Span[] }) => scope.spans);

const attribute = (span: Span, name: string) => span.attributes.find(({ key }) => key === name)?.value;

test('a request, its operation, and its statements are one trace: the one that the caller began', async () => {
  const reply = await fetch(`${server.url}/graphql?not=told`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    body: JSON.stringify({
      query: 'mutation Enter($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }',
      variables: { input: { email: 'admin@example.com', password } },
    }),
  });
  expect(reply.status).toBe(200);
  await reply.text();
  const ours = () => spans().filter((span) => span.traceId === traceId);
  while (!ours().some((span) => span.name === 'POST /graphql')) await pause(20);
  const request = ours().find((span) => span.name === 'POST /graphql') as Span;
  expect(request.parentSpanId).toBe('00f067aa0ba902b7');
  expect(attribute(request, 'http.response.status_code')).toEqual({ intValue: 200 });
  const operation = ours().find((span) => span.name === 'mutation Enter') as Span;
  expect(operation.parentSpanId).toBe(request.spanId);
  const statements = ours().filter((span) => attribute(span, 'db.query.text'));
  expect(statements.length).toBeGreaterThanOrEqual(3);
  for (const statement of statements) expect(statement.parentSpanId).toBe(operation.spanId);
  expect(statements.map((span) => attribute(span, 'db.query.text')?.stringValue).join()).toContain('$1');
  expect(received.every((one) => one.startsWith('/v1/traces '))).toBe(true);
  expect(received.join()).toContain('keys of a test');
});

test('a path that does not exist is a span without the path', async () => {
  await fetch(`${server.url}/lk_key_in_the_path`);
  while (!spans().some((span) => span.name === 'GET unmatched')) await pause(20);
});

test('no span holds a value that was sent, a secret, or who it was', async () => {
  server.send('SIGTERM');
  expect(await server.ended).toBe(0);
  const said = received.join();
  for (const value of [password, 'admin@example.com', 'not=told', 'lk_key_in', 'lk_ses_', 'acc_'])
    expect(said).not.toContain(value);
});

test('a collector that is away neither delays a stop nor is told to anyone', async () => {
  const settings = {
    LATCHKEY_DATA_DIR: await migratedFolder(),
    LATCHKEY_MASTER_KEY: masterKey,
    LATCHKEY_SAMPLE_DATA: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
  };
  const alone = await startServer(settings);
  await alone.untilListening();
  expect((await fetch(`${alone.url}/livez`)).status).toBe(200);
  alone.send('SIGTERM');
  expect(await alone.ended).toBe(0);
});
