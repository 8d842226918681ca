// Three levels in one query against its own statements, sent by a bare client. A proxy in front of the database tells which
// statements those are, with their values.

import { database, serveLatchkey } from '../house.ts';
import { lineWith, startOwn } from '../programs.ts';
import { type Answering, alternate, type Bench, loadRounds, replyOf } from '../rounds.ts';
import { figure, median, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';
import { type Statement, watchStatements } from '../watched-statements.ts';

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
    const limits = { rounds: 1, seconds: options.seconds, connections: 1 };
    const askServer = async () => {
      const [rounds = []] = await loadRounds(
        { ...bench, say: () => {} },
        [nestedOn(house.apiKey, server)],
        limits,
      );
      return [rounds[0]?.p50Ms ?? Number.NaN];
    };
    const askBare = async () => {
      bare.child.stdin?.write(`${options.seconds}\n`);
      const [line] = await lineWith(bare, /^\[.*\]$/);
      return JSON.parse(line) as number[];
    };
    const contestants = [
      { name: 'Latchkey', run: askServer },
      { name: 'statements', run: askBare },
    ];
    const show = ([total]: number[]) => `${figure(total)} ms`;
    const results = await alternate(bench, options.rounds, contestants, show);
    return tableOf(results, reading, all.length - reading.length);
  } finally {
    await bare.stop();
    await server.program.stop();
  }
}

const nestedOn = (apiKey: string, server: Answering['server']): Answering => ({
  name: 'Latchkey',
  server,
  path: '/graphql',
  headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
  body: JSON.stringify({ query }),
});

/** What the query asks of the database. @throws Error unless it gives what it should */
async function statementsOf({ house }: Bench): Promise<{ all: Statement[]; reading: Statement[] }> {
  const watched = await watchStatements(house.urlOf(database));
  const server = await serveLatchkey({ ...house.envOf(database), DATABASE_URL: watched.url });
  try {
    // Once before, so that what is sent once for each connection does not count.
    await replyOf(nestedOn(house.apiKey, server));
    watched.statements.length = 0;
    const { data } = JSON.parse(await replyOf(nestedOn(house.apiKey, server))) as Reply;
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

function tableOf(results: readonly number[][][], reading: readonly Statement[], others: number): Table {
  const [ours = [], bare = []] = results.map((rounds) => rounds.map(([total = Number.NaN]) => total));
  const each = reading.map((_, i) =>
    figure(median((results[1] ?? []).map((times) => times[i + 1] ?? Number.NaN))),
  );
  return {
    title: 'nested: 100 conversations with 10 interactions each, and their plugin calls',
    text: [
      `One GraphQL query reads records with ${reading.length} statements, and the state of its caller with ${others}.`,
      'Against it the same record statements, with the same values, sent one after another by `pg` alone, prepared;',
      `they take ${each.join(' + ')} ms. One request at a time; medians.`,
    ].join(' '),
    head: ['', 'ms', 'Latchkey ÷ statements'],
    rows: [
      ['Latchkey, over HTTP', figure(median(ours)), ratioText(ours, bare)],
      ['the statements alone', figure(median(bare)), ''],
    ],
  };
}
