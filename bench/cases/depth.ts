// A page a million records deep against the first one: a keyset list should not notice.

import { ask, database, type Server, serveLatchkey } from '../house.ts';
import { type Answering, type Bench, graphql, type LoadRound, loadRounds } from '../rounds.ts';
import { figure, median, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';

const ways = ['forward', 'backward'] as const;
const everyWay = ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'].flatMap((field) =>
  ['DESC', 'ASC'].flatMap((direction) => ways.map((way) => ({ order: `${field} ${direction}`, way }))),
);
type Way = (typeof everyWay)[number];

/** How many records stand between the far end of the list and the deep place: enough for a whole page. */
const reserve = 200;

export async function depth(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const server = await serveLatchkey(house.envOf(database));
  try {
    const answering: Answering[] = [];
    for (const way of everyWay) {
      const cursor = await deepCursor(server, house.apiKey, way);
      const requests = [pageQuery(way), pageQuery(way, cursor)].map((query) => graphql(query, house.apiKey));
      answering.push({ name: `${way.order} ${way.way}`, server, requests });
    }
    const limits = { rounds: options.rounds, seconds: 1, connections: 1 };
    const results = await loadRounds(bench, answering, limits, ({ p50MsOf: [first, deep] }) =>
      [first, deep].map(figure).join(' → '),
    );
    return tableOf(house.interactions - reserve, results);
  } finally {
    await server.program.stop();
  }
}

/** The cursor of a record near the other end of the list. */
async function deepCursor(server: Server, apiKey: string, { order, way }: Way): Promise<string> {
  const [size, cursor] = way === 'forward' ? ['last', 'startCursor'] : ['first', 'endCursor'];
  const query = `{ interactions(${size}: ${reserve}, ${orderBy(order)}) { pageInfo { ${cursor} } } }`;
  const { interactions } = await ask<Paged>(server.url, query, {}, apiKey);
  return interactions.pageInfo[cursor] ?? '';
}

interface Paged {
  interactions: { pageInfo: Record<string, string> };
}

function pageQuery({ order, way }: Way, cursor?: string): string {
  const [size, from] = way === 'forward' ? ['first', 'after'] : ['last', 'before'];
  const place = cursor === undefined ? '' : `, ${from}: "${cursor}"`;
  return `{ interactions(${size}: 100, ${orderBy(order)}${place}) {
    nodes { id conversationId userId actor platform type detail { content entity } createdTime lastUpdatedTime }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  } }`;
}

function orderBy(order: string): string {
  const [field, direction] = order.split(' ');
  return `orderBy: { field: ${field}, direction: ${direction} }`;
}

function tableOf(deep: number, results: readonly LoadRound[][]): Table {
  return {
    title: `depth: the page after ${deep.toLocaleString('en-US')} records`,
    text: [
      'The page of 100 interactions that many records into the list against the first one (backward: the last one), asked',
      'for in turn, one request at a time. The deep place is the cursor of a record near the other end, where somebody who',
      'pages through the whole list arrives.',
    ].join(' '),
    head: ['order', 'way', 'first page p50 ms', 'deep page p50 ms', 'deep ÷ first'],
    rows: everyWay.map(({ order, way }, i) => {
      const [first = [], far = []] = [0, 1].map((page) =>
        (results[i] ?? []).map((round) => round.p50MsOf[page] ?? Number.NaN),
      );
      return [order, way, figure(median(first)), figure(median(far)), ratioText(far, first)];
    }),
  };
}
