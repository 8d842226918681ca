// What a server of credentials does most, on PostgreSQL and on the embedded database, where the server is the database too.

import { join } from 'node:path';
import {
  createApiKey,
  createClient,
  database,
  type House,
  type Server,
  serveLatchkey,
  settingsOfLatchkey,
} from '../house.ts';
import { loadCells, loadHead, perSecondIn } from '../load-table.ts';
import { scratch } from '../programs.ts';
import { type Bench, type Checked, checkAnswers, loadRounds } from '../rounds.ts';
import { ratioText } from '../statistics.ts';
import type { Table } from '../table.ts';
import { connections, jwtIssuer } from './tokens.ts';
import { byAccessToken, byApiKey } from './viewer.ts';

export async function engines(bench: Bench): Promise<Table> {
  const onPostgres = await serveLatchkey(bench.house.envOf(database));
  const onPglite = await serveLatchkey({
    ...settingsOfLatchkey,
    LATCHKEY_DATA_DIR: join(scratch(), 'engines'),
  });
  try {
    const credentials = {
      apiKey: await createApiKey(onPglite.url),
      client: await createClient(onPglite.url),
    };
    const answering = [
      ...(await asked('PostgreSQL', onPostgres, bench.house)),
      ...(await asked('PGlite', onPglite, credentials)),
    ];
    await checkAnswers(answering);
    const results = await loadRounds(bench, answering, { ...bench.options, connections });
    const perSecond = results.map(perSecondIn);
    const half = results.length / 2;
    return {
      title: 'engines: tokens and viewer on PGlite',
      text: `The requests of those cases, beside PostgreSQL. On PGlite the server does the work of the database too. ${connections} connections.`,
      head: ['', ...loadHead, 'PGlite ÷ PostgreSQL'],
      rows: results.map((rounds, i) => [
        answering[i]?.name ?? '',
        ...loadCells(rounds),
        i < half ? '' : ratioText(perSecond[i] ?? [], perSecond[i - half] ?? []),
      ]),
    };
  } finally {
    await onPostgres.program.stop();
    await onPglite.program.stop();
  }
}

const asked = async (
  engine: string,
  server: Server,
  credentials: Pick<House, 'apiKey' | 'client'>,
): Promise<Checked[]> => [
  jwtIssuer(`tokens, ${engine}`, server, credentials.client),
  byApiKey(`viewer by API key, ${engine}`, server, credentials.apiKey),
  await byAccessToken(`viewer by access token, ${engine}`, server, credentials),
];
