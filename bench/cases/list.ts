// A page of 100 interactions over HTTP with an API key, beside three other ways of building the same.

import { createHash } from 'node:crypto';
import { database, type House, type Server, serveLatchkey, startPeer } from '../house.ts';
import { busyText, loadCells, loadHead, perSecondIn } from '../load-table.ts';
import {
  type Answering,
  type Bench,
  checkRefusal,
  cpuMsIn,
  graphql,
  type LoadRound,
  loadRounds,
  replyOf,
} from '../rounds.ts';
import { ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';

const query = `{ interactions(first: 100) { nodes {
  id conversationId userId actor platform type label parentInteractionId
  detail { content entity } createdTime lastUpdatedTime
} } }`;

const peers = [
  ['yoga-pothos-kysely', 'Yoga + Pothos + Kysely'],
  ['mercurius-jit', 'Mercurius jit + Pothos + pg'],
  ['node-http-pg', 'node:http + pg + JSON.stringify'],
] as const;

const connections = 16;

/** On PostgreSQL. */
export async function list(bench: Bench): Promise<Table> {
  const { house } = bench;
  for (const [text, values] of peersKey(house)) await house.query(database, text, values);
  const env = { DATABASE_URL: house.urlOf(database) };
  const servers = [{ name: 'Latchkey', server: await serveLatchkey(house.envOf(database)) }];
  for (const [program, name] of peers) servers.push({ name, server: await startPeer(program, env) });
  return compared(bench, servers, house.apiKey, 'list: 100 interactions, newest first');
}

/** The key as peers look it up, by its SHA-256 in a table of their own: statements with their values. */
export function peersKey({ apiKey, organizationId }: Pick<House, 'apiKey' | 'organizationId'>) {
  const hash = createHash('sha256').update(apiKey).digest();
  return [
    [
      `create table if not exists bench_api_keys
        (key_hash bytea primary key, organization_id text not null, revoked_at timestamptz)`,
      [],
    ],
    ['insert into bench_api_keys values ($1, $2, null) on conflict do nothing', [hash, organizationId]],
  ] as const satisfies [string, unknown[]][];
}

/** Measures servers of the same list, Latchkey first, and stops them. */
export async function compared(
  bench: Bench,
  servers: readonly { name: string; server: Server }[],
  apiKey: string,
  title: string,
): Promise<Table> {
  try {
    const answering = servers.map((one) => ({ ...one, requests: [graphql(query, apiKey)] }));
    await checkSame(answering, apiKey);
    const results = await loadRounds(bench, answering, { ...bench.options, connections });
    return tableOf(
      title,
      servers.map(({ name }) => name),
      results,
    );
  } finally {
    for (const { server } of servers) await server.program.stop();
  }
}

/** @throws Error unless everybody gives the same data, and nobody gives it without the key */
async function checkSame(answering: readonly Answering[], apiKey: string): Promise<void> {
  let expected: string | undefined;
  for (const { name, server } of answering) {
    const { data } = JSON.parse(await replyOf(server, graphql(query, apiKey))) as Reply;
    expected ??= JSON.stringify(data);
    if (data.interactions.nodes.length !== 100 || JSON.stringify(data) !== expected) {
      throw new Error(`${name} does not give the same 100 interactions as Latchkey.`);
    }
    await checkRefusal({ name, server }, graphql(query, 'nobody'));
  }
}

interface Reply {
  data: { interactions: { nodes: unknown[] } };
}

function tableOf(title: string, names: readonly string[], results: readonly LoadRound[][]): Table {
  const perSecond = results.map(perSecondIn);
  return {
    title,
    text: [
      'GraphQL over HTTP, 12 fields of each record, with an API key that is looked up in the database for every request,',
      `${connections} connections. Everybody gave the same data before the measuring began (\`node:http\` without reading the query).`,
      'The ratio of CPU takes the server and PostgreSQL together.',
      busyText(results),
    ].join(' '),
    head: ['', ...loadHead, 'Latchkey: × requests/s', 'Latchkey: × less CPU'],
    rows: results.map((rounds, i) => [
      names[i] ?? '',
      ...loadCells(rounds),
      i === 0 ? '' : ratioText(perSecond[0] ?? [], perSecond[i] ?? []),
      i === 0 ? '' : ratioText(cpuMsIn(rounds), cpuMsIn(results[0] ?? [])),
    ]),
  };
}
