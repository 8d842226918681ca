// Junk cannot starve good clients: API keys and OAuth clients go on at a modest rate while somebody else sends 2,000
// attempts a second that are all refused, and nothing that is forged gets as far as argon2id.

import { randomBytes } from 'node:crypto';
import { type Client, createClient, database, email, type Server, serveLatchkey } from '../house.ts';
import { messageOf, type Pace, startPace } from '../pace.ts';
import type { PacedRequest, PacedResult } from '../paced-task.ts';
import { cpuMsOf } from '../programs.ts';
import { alternate, type Bench, type Contestant } from '../rounds.ts';
import { difference, figure, median, quantile, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';

const goodPerSecond = 200;
const junkPerSecond = 2_000;
const junkSeconds = 30;
const quietSeconds = 10;
const guess = 'sign-in guess';

interface Known {
  apiKey: string;
  client: Client;
  token: string;
}

/** What was seen in one turn. */
interface Turn {
  good: PacedResult;
  /** Undefined while nobody else was there. */
  junk: PacedResult | undefined;
  /** Per cent of a core that the server used. */
  busy: number;
  /** Runs of argon2id. */
  argon2: Argon2Runs;
}

/** @throws Error when a good client saw an error, or something forged reached argon2id */
export async function junk(bench: Bench): Promise<Table> {
  const { house, say, options } = bench;
  const server = await serveLatchkey(house.envOf(database));
  const senders = [startPace(), startPace()] as const;
  try {
    const known = await knownOf(server.url, house.apiKey);
    const port = Number(new URL(server.url).port);
    const all = junkRequests(known);
    const forged = all.filter(({ kind }) => kind !== guess);
    const turn = (seconds: number, requests?: PacedRequest[]) => async (): Promise<Turn> => {
      const send = (sender: Pace, what: PacedRequest[], perSecond: number) =>
        sender.run({ port, requests: what, perSecond, seconds });
      const before = { cpuMs: cpuMsOf(server.program.pid), argon2: await argon2Runs(server) };
      const [good, sent] = await Promise.all([
        send(senders[0], goodRequests(known), goodPerSecond),
        requests && send(senders[1], requests, junkPerSecond),
      ]);
      const usedMs = difference(cpuMsOf(server.program.pid), before.cpuMs) ?? Number.NaN;
      const argon2 = runsSince(before.argon2, await argon2Runs(server));
      return { good, junk: sent, busy: usedMs / (10 * seconds), argon2 };
    };
    const contestants: Contestant<Turn>[] = [
      { name: 'quiet', run: turn(quietSeconds) },
      { name: 'with junk', run: turn(junkSeconds, all) },
      { name: 'with what is forged alone', run: turn(junkSeconds, forged) },
    ];

    say('  warming up');
    await turn(10, all)();
    const show = ({ good, busy }: Turn) => `p99 ${figure(p99Of(good))} ms, ${figure(busy)} % busy`;
    const [quiet = [], beside = [], besideForged = []] = await alternate(
      bench,
      options.rounds,
      contestants,
      show,
    );
    check([...quiet, ...beside, ...besideForged], besideForged);
    return tableOf({ quiet, beside, besideForged });
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

const runsSince = (before: Argon2Runs, after: Argon2Runs): Argon2Runs => ({
  secrets: after.secrets - before.secrets,
  passwords: after.passwords - before.passwords,
});

const totalOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** @throws Error when a good client saw an error, or something forged reached argon2id */
function check(turns: readonly Turn[], withoutGuesses: readonly Turn[]): void {
  for (const { good } of turns) {
    const replies = good.kinds.good?.replies ?? {};
    if (good.broken > 0 || Object.keys(replies).join() !== '200')
      throw new Error(
        `Good clients saw errors: ${JSON.stringify(replies)}, and ${good.broken} broken connections.`,
      );
  }
  const secrets = totalOf(turns.map(({ argon2 }) => argon2.secrets));
  const passwords = totalOf(withoutGuesses.map(({ argon2 }) => argon2.passwords));
  if (secrets + passwords !== 0)
    throw new Error(
      `argon2id ran ${secrets} times for secrets, and ${passwords} for passwords while nobody guessed at one.`,
    );
}

const kindOf = ({ kinds }: PacedResult, kind: string) => kinds[kind] ?? { replies: {}, ms: [] };
const p99Of = (one: PacedResult) => quantile(kindOf(one, 'good').ms, 0.99);

/** Of all turns, by status. */
function repliesOf(results: readonly PacedResult[], kind: string): string {
  const counts: Record<string, number> = {};
  for (const [status, count] of results.flatMap((one) => Object.entries(kindOf(one, kind).replies)))
    counts[status] = (counts[status] ?? 0) + count;
  return Object.entries(counts)
    .map(([status, count]) => `${status} × ${count.toLocaleString('en-US')}`)
    .join(', ');
}

/** The turns of every round. */
interface Turns {
  quiet: readonly Turn[];
  beside: readonly Turn[];
  besideForged: readonly Turn[];
}

function tableOf({ quiet, beside, besideForged }: Turns): Table {
  const sent = beside.flatMap((turn) => turn.junk ?? []);
  const junkKinds = Object.keys(sent[0]?.kinds ?? {});
  const timesOf = (results: readonly PacedResult[], kind: string) =>
    [0.5, 0.99].map((share) => figure(median(results.map((one) => quantile(kindOf(one, kind).ms, share)))));
  const rateOf = (results: readonly PacedResult[], share = 1) =>
    figure(share * median(results.map(({ perSecond }) => perSecond)));
  const quietly = quiet.map(({ good }) => p99Of(good));
  const goodRow = (name: string, turns: readonly Turn[]) => {
    const results = turns.map(({ good }) => good);
    return [
      `good clients, ${name}`,
      rateOf(results),
      repliesOf(results, 'good'),
      ...timesOf(results, 'good'),
      turns === quiet ? '' : ratioText(results.map(p99Of), quietly),
      figure(median(turns.map(({ busy }) => busy))),
    ];
  };
  const junkRow = (kind: string) => [
    `junk: ${kind}`,
    rateOf(sent, 1 / junkKinds.length),
    repliesOf(sent, kind),
    ...timesOf(sent, kind),
    '',
    '',
  ];
  const guesses = totalOf(beside.map(({ argon2 }) => argon2.passwords));
  return {
    title: `junk: ${junkPerSecond.toLocaleString('en-US')} attempts a second for ${junkSeconds} s`,
    text: [
      `Good clients send ${goodPerSecond} requests a second, whatever comes back: \`viewer\` and a list with an API key, and`,
      `requests for a token, each in a third. In each round they do it for ${quietSeconds} s with nobody else there, for ${junkSeconds} s`,
      'beside junk of all kinds, and as long beside what is forged alone. Times are from the moment at which a request was due;',
      'replies are those of all rounds. Refusals with 401 are held for 25 ms or more, those of a sign-in for 300 ms. Of the junk',
      `${totalOf(sent.map(({ broken }) => broken))} connections broke. argon2id ran for no secret; ${guesses} times for a password in all rounds, as the limit`,
      'of sign-in attempts allows; and not once while what is forged was sent without those guesses.',
    ].join(' '),
    head: ['', 'sent/s', 'replies', 'p50 ms', 'p99 ms', 'p99 ÷ quiet', 'server, % of a core'],
    rows: [
      goodRow('quiet', quiet),
      goodRow('with junk', beside),
      goodRow('with what is forged alone', besideForged),
      ...junkKinds.map(junkRow),
    ],
  };
}
