// A page a million records deep against the first one: a keyset list should not notice.

import { ask, database, type Server, serveLatchkey } from '../house.ts';
import { type Answering, type Bench, loadRounds } from '../rounds.ts';
import { figure, median, ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';

const fields = ['CREATED_TIME', 'LAST_UPDATED_TIME', 'ID'];
const directions = ['DESC', 'ASC'];
const ways = ['forward', 'backward'] as const;

/** How many records stand between the far end of the list and the deep place: enough for a whole page. */
const reserve = 200;

interface Way {
  order: string;
  way: (typeof ways)[number];
}

export async function depth(bench: Bench): Promise<Table> {
  const { house, options } = bench;
  const server = await serveLatchkey(house.envOf(database));
  const every = fields.flatMap((field) =>
    directions.flatMap((direction) =>
      ways.map((way): Way => ({ order: `orderBy: { field: ${field}, direction: ${direction} }`, way })),
    ),
  );
  try {
    const pages: Answering[] = [];
    for (const one of every) {
      const cursor = await deepCursor(server, house.apiKey, one);
      pages.push(page(server, house.apiKey, one), page(server, house.apiKey, one, cursor));
    }
    const limits = { rounds: options.rounds, seconds: 1, connections: 1 };
    const results = await loadRounds(bench, pages, limits, ({ p50Ms }) => `${figure(p50Ms)} ms`);
    const times = results.map((rounds) => rounds.map(({ p50Ms }) => p50Ms));
    return {
      title: `depth: the page after ${(house.interactions - reserve).toLocaleString('en-US')} records`,
      text: [
        'The page of 100 interactions that many records into the list against the first one (backward: the last one), one',
        'request at a time. The deep place is the cursor of a record near the other end, where somebody who pages through',
        'the whole list arrives. Medians of the median times.',
      ].join(' '),
      head: ['order', 'way', 'first page ms', 'deep page ms', 'deep ÷ first'],
      rows: every.map(({ order, way }, i) => {
        const [first = [], deep = []] = [times[2 * i], times[2 * i + 1]];
        const [, field = '', direction = ''] = /field: (\w+), direction: (\w+)/.exec(order) ?? [];
        return [
          `${field} ${direction}`,
          way,
          figure(median(first)),
          figure(median(deep)),
          ratioText(deep, first),
        ];
      }),
    };
  } finally {
    await server.program.stop();
  }
}

async function deepCursor(server: Server, apiKey: string, { order, way }: Way): Promise<string> {
  const [size, cursor] = way === 'forward' ? ['last', 'startCursor'] : ['first', 'endCursor'];
  const query = `{ interactions(${size}: ${reserve}, ${order}) { pageInfo { cursor: ${cursor} } } }`;
  const { interactions } = await ask<{ interactions: { pageInfo: { cursor: string } } }>(
    server.url,
    query,
    {},
    apiKey,
  );
  return interactions.pageInfo.cursor;
}

function page(server: Server, apiKey: string, { order, way }: Way, cursor?: string): Answering {
  const [size, from] = way === 'forward' ? ['first', 'after'] : ['last', 'before'];
  const place = cursor === undefined ? '' : `, ${from}: "${cursor}"`;
  const query = `{ interactions(${size}: 100, ${order}${place}) {
    nodes { id conversationId userId actor platform type detail { content entity } createdTime lastUpdatedTime }
    pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  } }`;
  const [, field, direction] = /field: (\w+), direction: (\w+)/.exec(order) ?? [];
  return {
    name: `${field} ${direction} ${way}${cursor === undefined ? '' : ' deep'}`,
    server,
    path: '/graphql',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ query }),
  };
}
