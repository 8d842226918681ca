// Access tokens by client credentials, beside two OAuth servers that keep everything in memory, and the least that can
// issue one.

import { createPublicKey, type JsonWebKeyInput, verify } from 'node:crypto';
import { type Client, database, type House, type Server, serveLatchkey, startPeer } from '../house.ts';
import { busyText, loadCells, loadHead, perSecondIn, serverCpuMsIn } from '../load-table.ts';
import { type Ask, type Bench, type Checked, checkAnswers, loadRounds, replyOf } from '../rounds.ts';
import { ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';

export const connections = 32;

/** With the client's secret by HTTP Basic, for all that the client may read. */
export const tokenRequest = ({ clientId, clientSecret }: Client): Ask => ({
  path: '/oauth/v1/token',
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded',
    Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
  },
  body: 'grant_type=client_credentials',
});

interface TokenReply {
  access_token: string;
  token_type: string;
  expires_in: number;
}

export const newToken = async (server: Server, client: Client): Promise<string> =>
  (JSON.parse(await replyOf(server, tokenRequest(client))) as TokenReply).access_token;

export async function tokens(bench: Bench): Promise<Table> {
  const { house } = bench;
  const latchkey = await serveLatchkey(house.envOf(database));
  const env = { CLIENT_ID: house.client.clientId, CLIENT_SECRET: house.client.clientSecret };
  const answering: Checked[] = [
    jwtIssuer('Latchkey', latchkey, house.client),
    jwtIssuer('oidc-provider, in memory', await startPeer('oidc-provider', env), house.client),
    opaqueIssuer(await startPeer('oauth2-server', env), house.client),
    await tokenFloor(house, latchkey),
  ];
  try {
    await checkAnswers(answering);
    const results = await loadRounds(bench, answering, { ...bench.options, connections });
    const perSecond = results.map(perSecondIn);
    return {
      title: 'tokens: access tokens by client credentials',
      text: [
        '`POST /oauth/v1/token` with an id and a secret by HTTP Basic. Latchkey reads the state of the client from PostgreSQL',
        'for every request and signs with ES256, as oidc-provider and the floor do; oidc-provider and oauth2-server have',
        'their one client in memory, and the tokens of the latter are opaque. The floor is bare `node:http` with one row',
        'read by its primary key, one ES256 signature, and a reply of the same size, so that its ratio is the share of it',
        `that Latchkey reaches. ${connections} connections. Every JWT was verified, and a wrong secret refused by all, before the measuring began.`,
        busyText(results),
      ].join(' '),
      head: ['', ...loadHead, 'Latchkey: × requests/s', 'Latchkey: × less server CPU'],
      rows: results.map((rounds, i) => [
        answering[i]?.name ?? '',
        ...loadCells(rounds),
        i === 0 ? '' : ratioText(perSecond[0] ?? [], perSecond[i] ?? []),
        i === 0 ? '' : ratioText(serverCpuMsIn(rounds), serverCpuMsIn(results[0] ?? [])),
      ]),
    };
  } finally {
    for (const { server } of answering) await server.program.stop();
  }
}

/** Issues JWTs that verify against the key that it publishes. */
export const jwtIssuer = (name: string, server: Server, client: Client): Checked => ({
  name,
  server,
  requests: [tokenRequest(client)],
  refuses: tokenRequest({ ...client, clientSecret: 'nobody' }),
  isRight: async (reply) => {
    const { access_token: token, token_type, expires_in } = JSON.parse(reply) as TokenReply;
    const [header = '', claims = '', signature = '', ...more] = token.split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const response = await fetch(`${server.url}/.well-known/jwks.json`);
    const { keys } = (await response.json()) as { keys: (JsonWebKeyInput['key'] & { kid: string })[] };
    const jwk = keys.find((key) => key.kid === kid);
    return (
      token_type === 'Bearer' &&
      expires_in === 3600 &&
      more.length === 0 &&
      jwk !== undefined &&
      verify(
        'sha256',
        Buffer.from(`${header}.${claims}`),
        { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
        Buffer.from(signature, 'base64url'),
      )
    );
  },
});

const opaqueIssuer = (server: Server, client: Client): Checked => ({
  ...jwtIssuer('@node-oauth/oauth2-server, in memory', server, client),
  isRight: (reply) => (JSON.parse(reply) as TokenReply).access_token.length >= 40,
});

/** As Latchkey does it, and nothing else. */
export async function tokenFloor(
  { client, organizationId, urlOf }: House,
  latchkey: Server,
): Promise<Checked> {
  const request = tokenRequest(client);
  const server = await startPeer('token-floor', {
    DATABASE_URL: urlOf(database),
    ORGANIZATION_ID: organizationId,
    CLIENT_ID: client.clientId,
    AUTHORIZATION: request.headers.Authorization ?? '',
    SAMPLE: await replyOf(latchkey, request),
  });
  return jwtIssuer('floor', server, client);
}
