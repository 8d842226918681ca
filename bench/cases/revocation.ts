// How soon, and how surely, what is taken away is refused: four instances on one PostgreSQL, every credential used at all
// of them in every way there is, while it is revoked, narrowed, reported as leaked, or its owner is deactivated.

import { type TrialKind, trialKinds } from '../../test/support/revocation-subject.ts';
import { revocationTrials, type TrialResult } from '../../test/support/revocation-trial.ts';
import { emptyDatabase, type House, type Server, serveLatchkey, signInAsAdmin } from '../house.ts';
import type { Bench } from '../rounds.ts';
import { figure, quantile } from '../statistics.ts';
import type { Table } from '../table.ts';

const instances = 4;
const atOnce = 16;
const database = 'latchkey_revocation';

/** @throws Error when a request that was sent after the answer was accepted */
export async function revocation(bench: Bench): Promise<Table> {
  const { house, options, say } = bench;
  const servers = await startInstances(house);
  try {
    const ground = {
      urls: servers.map(({ url }) => url),
      session: await signInAsAdmin(servers[0]?.url ?? ''),
      watcher: house.apiKey,
    };
    const { trials } = options;
    const results = await revocationTrials(ground, { trials, atOnce }, (done) => {
      if (done % 1_000 === 0) say(`  ${done} of ${trials} trials`);
    });
    checkAll(results);
    return tableOf(results);
  } finally {
    for (const { program } of servers) await program.stop();
  }
}

async function startInstances(house: House): Promise<Server[]> {
  await house.query('postgres', `create database ${database} template ${emptyDatabase}`);
  const env = {
    ...house.envOf(database),
    // The issuer of all of them.
    LATCHKEY_PUBLIC_URL: 'https://keys.example.com',
    // Every report of a leak comes from an address of its own, through a proxy on this machine.
    LATCHKEY_TRUSTED_PROXIES: '127.0.0.1',
  };
  const servers: Server[] = [];
  for (let i = 0; i < instances; i += 1)
    servers.push(await serveLatchkey(env, i % 2 === 0 ? 'server' : 'load'));
  return servers;
}

function checkAll(results: readonly TrialResult[]): void {
  const accepted = results.flatMap((result) => result.accepted);
  if (accepted.length > 0) {
    const first = accepted.slice(0, 10).join('\n');
    throw new Error(`${accepted.length} requests were accepted after the answer:\n${first}`);
  }
  const unseen = results.filter(({ refusedMs }) => Object.keys(refusedMs).length !== instances).length;
  if (unseen > 0) throw new Error(`${unseen} trials saw no refusal at one of the instances.`);
}

const sum = (results: readonly TrialResult[], of: (result: TrialResult) => number) =>
  results.reduce((total, result) => total + of(result), 0).toLocaleString('en-US');

function rowOf(name: string, results: readonly TrialResult[]): string[] {
  const refused = results.flatMap(({ refusedMs }) => refusedMs);
  return [
    name,
    results.length.toLocaleString('en-US'),
    sum(results, ({ before }) => before),
    sum(results, ({ inFlight }) => inFlight),
    sum(results, ({ judged }) => judged),
    sum(results, ({ accepted }) => accepted.length),
    figure(quantile(refused, 0.5)),
    figure(quantile(refused, 0.99)),
  ];
}

function tableOf(results: readonly TrialResult[]): Table {
  const of = (kind: TrialKind) => results.filter((result) => result.kind === kind);
  return {
    title: `revocation: ${results.length.toLocaleString('en-US')} trials with ${instances} instances`,
    text: [
      `In each trial a fresh credential is used at ${instances} instances at once by GraphQL, the REST export,`,
      'introspection, and the token endpoint, each on connections that are kept open, and all of them accept it. Then something is',
      'taken from it at one instance. Requests that are sent after the answer has arrived are judged, at every instance;',
      `what was under way then may end either way. ${atOnce} trials run at a time.`,
      'The time to refusal is from sending the change to the arrival of the first refusal at each instance: refusals with',
      '401 are held for 25 ms or more, so that their time tells nothing, and this is under full load.',
    ].join(' '),
    head: [
      'taken away',
      'trials',
      'accepted before',
      'under way at the answer',
      'sent after it',
      'accepted of these',
      'to refusal p50 ms',
      'p99 ms',
    ],
    rows: [...trialKinds.map((kind) => rowOf(`${kind[1]}: ${kind[0]}`, of(kind))), rowOf('all', results)],
  };
}
