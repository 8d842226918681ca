// A page of 100 interactions over HTTP with an API key, beside three other ways of building the same.

import { createHash } from 'node:crypto';
import { database, type House, type Server, serveLatchkey } from '../house.ts';
import { lineWith, postgresSharesCore, startOwn } from '../programs.ts';
import {
  type Answering,
  type Bench,
  cpuMsIn,
  graphql,
  type LoadRound,
  loadRounds,
  replyOf,
  send,
} from '../rounds.ts';
import { figure, median, medianOf, ratioText } from '../statistics.ts';
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

export async function list(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  await addPeersKey(house);
  const servers = [await serveLatchkey(house.envOf(database))];
  for (const [program] of peers)
    servers.push(await startPeer(program, { DATABASE_URL: house.urlOf(database) }));
  try {
    const names = ['Latchkey', ...peers.map(([, name]) => name)];
    const requests = [graphql(query, house.apiKey)];
    const answering = servers.map((server, i) => ({ name: names[i] ?? '', server, requests }));
    await checkSame(answering, house);
    const results = await loadRounds(bench, answering, { ...options, connections });
    return tableOf(names, results);
  } finally {
    for (const { program } of servers) await program.stop();
  }
}

/** The key as peers look it up: by its SHA-256, in a table of their own. */
async function addPeersKey(house: House): Promise<void> {
  await house.query(
    database,
    'create table if not exists bench_api_keys (key_hash bytea primary key, organization_id text not null, revoked_at timestamptz)',
  );
  const hash = createHash('sha256').update(house.apiKey).digest();
  const insert = 'insert into bench_api_keys values ($1, $2, null) on conflict do nothing';
  await house.query(database, insert, [hash, house.organizationId]);
}

async function startPeer(name: string, env: Record<string, string>): Promise<Server> {
  const program = startOwn(`peers/${name}`, { env, core: 'server' });
  const [, port] = await lineWith(program, /^listening at (\d+)$/);
  return { url: `http://127.0.0.1:${port}`, program };
}

/** @throws Error unless everybody gives the same data, and nobody gives it without the key */
async function checkSame(answering: readonly Answering[], { apiKey }: House): Promise<void> {
  let expected: string | undefined;
  for (const { name, server } of answering) {
    const { data } = JSON.parse(await replyOf(server, graphql(query, apiKey))) as Reply;
    expected ??= JSON.stringify(data);
    if (data.interactions.nodes.length !== 100 || JSON.stringify(data) !== expected) {
      throw new Error(`${name} does not give the same 100 interactions as Latchkey.`);
    }
    const refused = await send(server, graphql(query, 'nobody'));
    await refused.arrayBuffer();
    if (refused.status !== 401) throw new Error(`${name} does not refuse a wrong key with 401.`);
  }
}

interface Reply {
  data: { interactions: { nodes: unknown[] } };
}

/** How busy the core of the load was, with what else runs there: near 1, not the servers were measured but the load. */
const busyOf = ({ busy, postgresCpuMs = 0, requestsPerSecond }: LoadRound) =>
  postgresSharesCore ? busy + (postgresCpuMs * requestsPerSecond) / 1000 : busy;

function tableOf(names: readonly string[], results: readonly LoadRound[][]): Table {
  const perSecond = results.map((rounds) => rounds.map((round) => round.requestsPerSecond));
  const busy = Math.max(...results.flat().map(busyOf));
  return {
    title: 'list: 100 interactions, newest first',
    text: [
      'GraphQL over HTTP, 12 fields of each record, with an API key that is looked up in the database for every request,',
      `${connections} connections. Everybody gave the same data before the measuring began (\`node:http\` without reading the query).`,
      'CPU is that of the server and PostgreSQL together.',
      `The core of the load${postgresSharesCore ? ' and of PostgreSQL' : ''} was at most ${Math.round(busy * 100)} % busy.`,
    ].join(' '),
    head: [
      '',
      'requests/s',
      'p50 ms',
      'p99 ms',
      'CPU ms/request',
      'Postgres CPU ms/request',
      'Latchkey: × requests/s',
      'Latchkey: × less CPU',
    ],
    rows: results.map((rounds, i) => [
      names[i] ?? '',
      figure(median(perSecond[i] ?? [])),
      figure(median(rounds.map((round) => round.p50Ms))),
      figure(median(rounds.map((round) => round.p99Ms))),
      figure(medianOf(rounds.map((round) => round.serverCpuMs))),
      figure(medianOf(rounds.map((round) => round.postgresCpuMs))),
      i === 0 ? '' : ratioText(perSecond[0] ?? [], perSecond[i] ?? []),
      i === 0 ? '' : ratioText(cpuMsIn(rounds), cpuMsIn(results[0] ?? [])),
    ]),
  };
}
