// Who calls, and what may they read? By API key and by access token, beside two servers that do less, and the least that
// can answer.

import { credentialNames, database, type House, type Server, serveLatchkey, startPeer } from '../house.ts';
import { busyText, loadCells, loadHead, perSecondIn, serverCpuMsIn } from '../load-table.ts';
import { type Bench, type Checked, checkAnswers, graphql, loadRounds, replyOf } from '../rounds.ts';
import { ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';
import { connections, newToken } from './tokens.ts';

const query = '{ viewer { credential { name } scopes { name } } }';

export async function viewer(bench: Bench): Promise<Table> {
  const { house } = bench;
  const latchkey = await serveLatchkey(house.envOf(database));
  const answering = [
    byApiKey('Latchkey, API key', latchkey, house.apiKey),
    await byAccessToken('Latchkey, access token', latchkey, house),
    await stockYoga(),
    await betterAuth(house),
    await viewerFloor(house, latchkey),
  ];
  try {
    await checkAnswers(answering);
    const results = await loadRounds(bench, answering, { ...bench.options, connections });
    const perSecond = results.map(perSecondIn);
    const [ours = [], , ...others] = results;
    return {
      title: 'viewer: who calls, and what they may read',
      text: [
        `GraphQL over HTTP, \`${query}\`, by API key and by access token (a JWT); Latchkey reads the state of the credential`,
        'from PostgreSQL for every request. Yoga answers `{ __typename }` as it comes, and asks nobody who they are.',
        'better-auth verifies API keys of its own on PostgreSQL, 32 of them in turn, without its limit of their rate, in',
        'the smallest handler of `node:http`, and writes when each was used. The floor is bare `node:http` with the same',
        'reply, and one statement for all who ask in the same turn of the event loop, so that its ratio is the share of',
        `it that Latchkey reaches. ${connections} connections. Everybody but Yoga refused a wrong key before the measuring began.`,
        busyText(results),
      ].join(' '),
      head: [
        '',
        ...loadHead,
        'API key: × requests/s',
        'access token: × requests/s',
        'API key: × less server CPU',
      ],
      rows: results.map((rounds, i) => [
        answering[i]?.name ?? '',
        ...loadCells(rounds),
        ...(others.includes(rounds)
          ? [
              ratioText(perSecond[0] ?? [], perSecond[i] ?? []),
              ratioText(perSecond[1] ?? [], perSecond[i] ?? []),
              ratioText(serverCpuMsIn(rounds), serverCpuMsIn(ours)),
            ]
          : ['', '', '']),
      ]),
    };
  } finally {
    for (const { server } of answering) await server.program.stop();
  }
}

export const byApiKey = (name: string, server: Server, apiKey: string): Checked => ({
  name,
  server,
  requests: [graphql(query, apiKey)],
  refuses: graphql(query, 'nobody'),
  isRight: isViewer(credentialNames.API_KEY),
});

export async function byAccessToken(
  name: string,
  server: Server,
  { client }: Pick<House, 'client'>,
): Promise<Checked> {
  const token = await newToken(server, client);
  return {
    name,
    server,
    requests: [graphql(query, token)],
    refuses: graphql(query, `${token.slice(0, -8)}AAAAAAAA`),
    isRight: isViewer(credentialNames.OAUTH2_CLIENT_CREDENTIALS),
  };
}

const isViewer = (credentialName: string) => (reply: string) => {
  const { data } = JSON.parse(reply) as {
    data: { viewer: { credential: { name: string }; scopes: unknown[] } };
  };
  return data.viewer.credential.name === credentialName && data.viewer.scopes.length === 5;
};

async function stockYoga(): Promise<Checked> {
  const { Authorization: _, ...headers } = graphql('', '').headers;
  return {
    name: 'Yoga, no authentication',
    server: await startPeer('stock-yoga', {}),
    requests: [{ ...graphql('{ __typename }', ''), headers }],
    isRight: (reply) => reply === '{"data":{"__typename":"Query"}}',
  };
}

async function betterAuth({ query: run, urlOf }: House): Promise<Checked> {
  const name = 'bench_better_auth';
  await run('postgres', `drop database if exists ${name}`);
  await run('postgres', `create database ${name}`);
  const server = await startPeer('better-auth', { DATABASE_URL: urlOf(name) });
  const keys = (await (await fetch(server.url)).json()) as string[];
  return {
    name: 'better-auth, API key',
    server,
    requests: keys.map((key) => graphql(query, key)),
    refuses: graphql(query, 'nobody'),
    isRight: (reply) => reply === '{"valid":true}',
  };
}

/** As Latchkey does it by API key, and nothing else. */
export async function viewerFloor({ apiKey, urlOf }: House, latchkey: Server): Promise<Checked> {
  const asked = byApiKey('floor', latchkey, apiKey);
  const request = graphql(query, apiKey);
  const server = await startPeer('viewer-floor', {
    DATABASE_URL: urlOf(database),
    CREDENTIAL_ID: `cred_${apiKey.split('_')[2]}`,
    AUTHORIZATION: request.headers.Authorization ?? '',
    REPLY: await replyOf(latchkey, request),
  });
  return { ...asked, server };
}
