// Junk cannot starve good clients: API keys and OAuth clients go on at a modest rate while somebody else sends 2,000
// attempts a second that are all refused, and nothing that is forged gets as far as argon2id.

import { randomBytes } from 'node:crypto';
import { type Client, createClient, database, email, type Server, serveLatchkey } from '../house.ts';
import { messageOf, type Pace, startPace } from '../pace.ts';
import type { PacedRequest, PacedResult } from '../paced-task.ts';
import { cpuMsOf } from '../programs.ts';
import type { Bench } from '../rounds.ts';
import { difference, figure, quantile } from '../statistics.ts';
import type { Table } from '../table.ts';

const goodPerSecond = 200;
const junkPerSecond = 2_000;
const seconds = 30;
const guess = 'sign-in guess';

interface Known {
  apiKey: string;
  client: Client;
  token: string;
}

/** @throws Error when a good client saw an error, or something forged reached argon2id */
export async function junk(bench: Bench): Promise<Table> {
  const { house, say } = bench;
  const server = await serveLatchkey(house.envOf(database));
  const senders = [startPace(), startPace()] as const;
  try {
    const known = await knownOf(server.url, house.apiKey);
    const port = Number(new URL(server.url).port);
    const run = (sender: Pace, requests: PacedRequest[], perSecond: number, forSeconds = seconds) =>
      sender.run({ port, requests, perSecond, seconds: forSeconds });
    const good = () => run(senders[0], goodRequests(known), goodPerSecond);
    const all = junkRequests(known);
    const forged = all.filter(({ kind }) => kind !== guess);

    say('  warming up');
    await Promise.all([good(), run(senders[1], all, junkPerSecond, 10)]);
    say('  quiet');
    const cpu = [cpuMsOf(server.program.pid)];
    const quiet = await good();
    cpu.push(cpuMsOf(server.program.pid));
    say('  with junk');
    const before = await argon2Runs(server);
    const [beside, sent] = await Promise.all([good(), run(senders[1], all, junkPerSecond)]);
    const between = await argon2Runs(server);
    cpu.push(cpuMsOf(server.program.pid));
    say('  quiet again');
    const again = await good();
    say('  with what is forged, without guesses of passwords');
    const alone = await argon2Runs(server);
    const [besideForged] = await Promise.all([good(), run(senders[1], forged, junkPerSecond)]);
    const after = await argon2Runs(server);

    const quietly = joined(quiet, again);
    check({
      seen: [quietly, beside, besideForged],
      secrets: between.secrets - before.secrets,
      forged: sumOf(after) - sumOf(alone),
    });
    const passwords = between.passwords - before.passwords;
    const busy = [1, 2].map((i) => (difference(cpu[i], cpu[i - 1]) ?? Number.NaN) / (10 * seconds));
    return tableOf({ quiet: quietly, beside, besideForged, sent, passwords, busy });
  } finally {
    for (const sender of senders) await sender.stop();
    await server.program.stop();
  }
}

async function knownOf(url: string, apiKey: string): Promise<Known> {
  const client = await createClient(url);
  const response = await fetch(`${url}/oauth/v1/token`, {
    method: 'POST',
    headers: { Authorization: basic(client.clientId, client.clientSecret) },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  return { apiKey, client, token };
}

const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;

const post = (path: string, type: string, body: string, authorization?: string): string =>
  messageOf({
    path,
    headers: { 'Content-Type': type, ...(authorization !== undefined && { Authorization: authorization }) },
    body,
  });

const graphql = (query: string, bearer?: string) =>
  post('/graphql', 'application/json', JSON.stringify({ query }), bearer && `Bearer ${bearer}`);
const tokenRequest = (id: string, secret: string) =>
  post(
    '/oauth/v1/token',
    'application/x-www-form-urlencoded',
    'grant_type=client_credentials',
    basic(id, secret),
  );

const viewer = '{ viewer { organization { name } } }';

const goodRequests = ({ apiKey, client }: Known): PacedRequest[] => [
  { kind: 'good', text: graphql(viewer, apiKey) },
  { kind: 'good', text: graphql('{ conversations(first: 20) { nodes { id type createdTime } } }', apiKey) },
  { kind: 'good', text: tokenRequest(client.clientId, client.clientSecret) },
];

/** Different ones of every kind, so that nothing can be remembered of them for long. */
function junkRequests({ apiKey, client, token }: Known): PacedRequest[] {
  const keyOf = (id: string) => `lk_key_${id}_${random(43)}_${random(11)}`;
  const secretOf = (id: string) => `lk_sec_${id}_${random(43)}_${random(11)}`;
  const bare = client.clientId.slice('cred_'.length);
  const makers: Record<string, () => string> = {
    'unknown id': () => graphql(viewer, keyOf(random(22))),
    'wrong secret of a known client': () => tokenRequest(client.clientId, secretOf(bare)),
    'real key with a forged tag': () => graphql(viewer, apiKey.slice(0, -11) + random(11)),
    'real token with a forged signature': () =>
      graphql(viewer, `${token.slice(0, -86)}${randomBytes(64).toString('base64url')}`),
    'twenty attempts in one document': () => graphql(aliased(client.clientId, () => secretOf(bare))),
    [guess]: () => graphql(signIn(random(16))),
  };
  return Array.from({ length: 200 }, () =>
    Object.entries(makers).map(([kind, make]) => ({ kind, text: make() })),
  ).flat();
}

function aliased(clientId: string, secret: () => string): string {
  const attempts = Array.from(
    { length: 20 },
    (_, i) =>
      `a${i}: clientCredentialsToken(input: { clientId: "${clientId}", clientSecret: "${secret()}" }) { accessToken }`,
  );
  return `mutation { ${attempts.join(' ')} }`;
}

const signIn = (password: string) =>
  `mutation { signIn(input: { email: "${email}", password: "${password}" }) { userErrors { code } } }`;

const random = (length: number) =>
  randomBytes(2 * length)
    .toString('base64')
    .replace(/[+/=]/g, 'A')
    .slice(0, length);

interface Argon2Runs {
  secrets: number;
  passwords: number;
}

async function argon2Runs({ url }: Server): Promise<Argon2Runs> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const of = (queue: string) =>
    Number(new RegExp(`^latchkey_argon2_runs_total\\{queue="${queue}"\\} (\\d+)$`, 'm').exec(text)?.[1]);
  return { secrets: of('secrets'), passwords: of('passwords') };
}

const sumOf = ({ secrets, passwords }: Argon2Runs) => secrets + passwords;

/** What good clients saw in two phases. */
function joined(...results: PacedResult[]): PacedResult {
  const kinds = results.map((result) => result.kinds.good);
  const replies: Record<string, number> = {};
  for (const [status, count] of kinds.flatMap((kind) => Object.entries(kind?.replies ?? {})))
    replies[status] = (replies[status] ?? 0) + count;
  return {
    kinds: { good: { replies, ms: kinds.flatMap((kind) => kind?.ms ?? []) } },
    broken: results.reduce((sum, { broken }) => sum + broken, 0),
    perSecond: results.reduce((sum, { perSecond }) => sum + perSecond, 0) / results.length,
  };
}

interface Checked {
  /** By good clients. */
  seen: readonly PacedResult[];
  /** Runs of argon2id. */
  secrets: number;
  forged: number;
}

function check({ seen, secrets, forged }: Checked): void {
  for (const { kinds, broken } of seen) {
    const replies = kinds.good?.replies ?? {};
    if (broken > 0 || Object.keys(replies).join() !== '200')
      throw new Error(
        `Good clients saw errors: ${JSON.stringify(replies)}, and ${broken} broken connections.`,
      );
  }
  if (secrets + forged !== 0)
    throw new Error(
      `argon2id ran ${secrets} times for secrets beside junk, and ${forged} for what is forged.`,
    );
}

interface Measured {
  quiet: PacedResult;
  beside: PacedResult;
  besideForged: PacedResult;
  sent: PacedResult;
  /** Runs of argon2id for sign-in guesses. */
  passwords: number;
  /** Per cent of a core that the server used, quietly and with junk. */
  busy: number[];
}

const p99Of = ({ kinds }: PacedResult) => quantile(kinds.good?.ms ?? [], 0.99);

function tableOf({ quiet, beside, besideForged, sent, passwords, busy }: Measured): Table {
  const times = (one: PacedResult) => figure(p99Of(one) / p99Of(quiet));
  const row = (name: string, { kinds, perSecond }: PacedResult, kind: string, share = 1) => {
    const { replies = {}, ms = [] } = kinds[kind] ?? {};
    const counts = Object.entries(replies).map(
      ([status, count]) => `${status} × ${count.toLocaleString('en-US')}`,
    );
    return [
      name,
      figure(perSecond * share),
      counts.join(', '),
      figure(quantile(ms, 0.5)),
      figure(quantile(ms, 0.99)),
    ];
  };
  const junkKinds = Object.keys(sent.kinds);
  return {
    title: `junk: ${junkPerSecond.toLocaleString('en-US')} attempts a second for ${seconds} s`,
    text: [
      `Good clients send ${goodPerSecond} requests a second, whatever comes back: \`viewer\` and a list with an API key, and`,
      'requests for a token, each in a third. They do it for as long with nobody else there before and after. Times are from',
      'the moment at which a request was due. Refusals with 401 are held for 25 ms or more, those of a sign-in for 300 ms.',
      `Of the junk ${figure(sent.perSecond)} a second were sent, and ${sent.broken} connections of it broke.`,
      `argon2id ran for no secret; ${passwords} times for a password, as the limit of sign-in attempts allows; and not once`,
      'while what is forged was sent without those guesses, as fast and as long.',
      `The server used ${busy.map(figure).join(' % of a core quietly, and ')} % with junk.`,
      `The p99 of good clients with junk is ${times(beside)} × that without, and ${times(besideForged)} × with what is forged alone.`,
    ].join(' '),
    head: ['', 'sent/s', 'replies', 'p50 ms', 'p99 ms'],
    rows: [
      row('good clients, quiet', quiet, 'good'),
      row('good clients, with junk', beside, 'good'),
      row('good clients, with what is forged alone', besideForged, 'good'),
      ...junkKinds.map((kind) => row(`junk: ${kind}`, sent, kind, 1 / junkKinds.length)),
    ],
  };
}
