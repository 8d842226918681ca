// The same list on the embedded database, where the server is the database too.

import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createApiKey, sampleOf, serveLatchkey, settingsOfLatchkey, startPeer } from '../house.ts';
import { scratch, startLatchkey } from '../programs.ts';
import type { Bench } from '../rounds.ts';
import type { Table } from '../table.ts';
import { compared, peersKey } from './list.ts';

/** What somebody tries out on a laptop; the page is the same on any number. */
const interactionsAtMost = 20_000;

export async function embedded(bench: Bench): Promise<Table> {
  const data = join(scratch(), 'embedded');
  const copy = join(scratch(), 'embedded-copy');
  const env = { ...settingsOfLatchkey, LATCHKEY_DATA_DIR: data };
  const first = await serveLatchkey(env);
  const apiKey = await createApiKey(first.url);
  await first.program.stop();
  const interactions = Math.min(bench.options.rows, interactionsAtMost);
  await startLatchkey(sampleOf(interactions), { env, stdio: ['ignore', 'ignore'] }).ended();
  // One process has the folder, so the peer gets a copy of it.
  await cp(join(data, 'pg'), copy, { recursive: true });
  await addPeersKey(copy, apiKey);
  const servers = [
    { name: 'Latchkey', server: await serveLatchkey(env) },
    {
      name: 'Yoga + Pothos + Kysely',
      server: await startPeer('yoga-pothos-kysely', { PGLITE_FOLDER: copy }),
    },
  ];
  const count = interactions.toLocaleString('en-US');
  return compared(bench, servers, apiKey, `embedded: the same list on PGlite, of ${count} interactions`);
}

async function addPeersKey(folder: string, apiKey: string): Promise<void> {
  const pglite = await PGlite.create(folder);
  const { rows } = await pglite.query<{ id: string }>('select id from organizations');
  const organizationId = rows[0]?.id ?? '';
  for (const [text, values] of peersKey({ apiKey, organizationId })) await pglite.query(text, [...values]);
  await pglite.close();
}
