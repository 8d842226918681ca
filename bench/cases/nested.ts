// Three levels in one query against its own statements, sent by a bare client. A proxy in front of the database tells which
// statements those are, with their values.

import { database, serveLatchkey } from '../house.ts';
import { cpuMsOf, type Program, startOwn } from '../programs.ts';
import { alternate, type Bench, cpuMsIn, graphql, type LoadRound, loadRounds, replyOf } from '../rounds.ts';
import { difference, figure, median, medianOf, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';
import { type Statement, type StatementTimes, watchStatements } from '../watched-statements.ts';

const query = `{ conversations(first: 100) { nodes { id userId route createdTime
  interactions(first: 10) { nodes { id actor type detail { content entity } createdTime
    pluginCalls { nodes { id pluginName served used createdTime } } } }
} } }`;

/** The statements that read records, and not the state of the caller. */
const readsRecords = /"(?:conversations|interactions|plugin_calls)"/;

export async function nested(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const { all, reading } = await statementsOf(bench);
  const server = await serveLatchkey(house.envOf(database));
  const bare = startOwn('peers/statements', { core: 'server', stdio: ['pipe', 'pipe'] }, [
    house.urlOf(database),
  ]);
  bare.child.stdin?.write(`${JSON.stringify(reading)}\n`);
  try {
    const latchkey = { name: 'Latchkey', server, requests: [graphql(query, house.apiKey)] };
    const limits = { rounds: 1, seconds: options.seconds, connections: 1 };
    const contestants = [
      {
        name: 'Latchkey',
        run: async (): Promise<NestedRound> => {
          const [rounds] = await loadRounds({ ...bench, say: () => {} }, [latchkey], limits);
          return rounds?.[0] as LoadRound;
        },
      },
      { name: 'statements', run: () => runStatements(bench, bare) },
    ];
    const results = await alternate(bench, options.rounds, contestants, ({ p50Ms }) => `${figure(p50Ms)} ms`);
    return tableOf(results, all.length - reading.length);
  } finally {
    await bare.stop();
    await server.program.stop();
  }
}

type NestedRound = Pick<LoadRound, 'p50Ms' | 'p50MsOf' | 'serverCpuMs' | 'postgresCpuMs'>;

async function runStatements(
  { house, options }: Bench,
  { pid, child, lines }: Program,
): Promise<NestedRound> {
  const before = [cpuMsOf(pid), house.postgresCpuMs()];
  child.stdin?.write(`${options.seconds}\n`);
  const { value, done } = await lines.next();
  if (done) throw new Error('The bare client ended.');
  const { runs, ...times } = JSON.parse(value) as StatementTimes;
  const [serverCpuMs, postgresCpuMs] = [cpuMsOf(pid), house.postgresCpuMs()].map((after, i) => {
    const used = difference(after, before[i]);
    return used === undefined ? undefined : used / runs;
  });
  return { ...times, serverCpuMs, postgresCpuMs };
}

/** What the query asks of the database. @throws Error unless it gives what it should */
async function statementsOf({ house }: Bench): Promise<{ all: Statement[]; reading: Statement[] }> {
  const watched = await watchStatements(house.urlOf(database));
  const server = await serveLatchkey({ ...house.envOf(database), DATABASE_URL: watched.url });
  try {
    // Once before, so that what is sent once for each connection does not count.
    await replyOf(server, graphql(query, house.apiKey));
    watched.statements.length = 0;
    const { data } = JSON.parse(await replyOf(server, graphql(query, house.apiKey))) as Reply;
    const all = [...watched.statements];
    const conversations = data.conversations.nodes;
    const interactions = conversations.flatMap((one) => one.interactions.nodes);
    const calls = interactions.flatMap((one) => one.pluginCalls.nodes);
    if (conversations.length !== 100 || interactions.length < 300 || calls.length < 100) {
      throw new Error('The query does not give three levels of records.');
    }
    return { all, reading: all.filter(({ text }) => readsRecords.test(text)) };
  } finally {
    await server.program.stop();
    await watched.close();
  }
}

interface Reply {
  data: { conversations: Nodes<{ interactions: Nodes<{ pluginCalls: Nodes<object> }> }> };
}
interface Nodes<Node> {
  nodes: Node[];
}

function tableOf(results: readonly NestedRound[][], others: number): Table {
  const [ours = [], bare = []] = results;
  const times = results.map((rounds) => rounds.map(({ p50Ms }) => p50Ms));
  const each = (bare[0]?.p50MsOf ?? []).map((_, i) =>
    median(bare.map((round) => round.p50MsOf[i] ?? Number.NaN)),
  );
  return {
    title: 'nested: 100 conversations with 10 interactions each, and their plugin calls',
    text: [
      `One GraphQL query reads its records with ${each.length} statements, and the state of its caller with ${others}.`,
      'Against it the same statements for records, with the same values, sent one after another by `pg` alone, prepared;',
      `they take ${each.map(figure).join(' + ')} ms. One request at a time.`,
    ].join(' '),
    head: ['', 'p50 ms', 'CPU ms', 'PostgreSQL CPU ms', 'Latchkey ÷ statements', 'by CPU'],
    rows: results.map((rounds, i) => [
      i === 0 ? 'Latchkey, over HTTP' : 'the statements alone',
      figure(median(times[i] ?? [])),
      figure(medianOf(rounds.map((round) => round.serverCpuMs))),
      figure(medianOf(rounds.map((round) => round.postgresCpuMs))),
      i === 0 ? ratioText(times[0] ?? [], times[1] ?? []) : '',
      i === 0 ? ratioText(cpuMsIn(ours), cpuMsIn(bare)) : '',
    ]),
  };
}
