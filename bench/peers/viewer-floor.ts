// The least that can answer a caller whose state is read for every request: node:http, and one prepared statement for all
// who ask in the same turn of the event loop. It parses nothing, and its reply is the one that it is given.

import { createServer } from 'node:http';
import pg from 'pg';
import { databaseUrl, onBody, sayListening, sendJson } from './listen.ts';

const { CREDENTIAL_ID = '', AUTHORIZATION, REPLY = '' } = process.env;

interface State {
  id: string;
  name: string;
  scopes: string[];
  live: boolean;
}

const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
const findStates = {
  name: 'find_states',
  text: `select c.id, c.name, c.scopes, c.revoked_at is null and a.status = 'ACTIVE' and o.status = 'ACTIVE' as live
    from credentials c
    join accounts a on a.organization_id = c.organization_id and a.id = c.owner_account_id
    join organizations o on o.id = c.organization_id
    where c.id = any($1)`,
};

let asking: { id: string; tell(state: State | undefined): void }[] = [];

function stateOf(id: string): Promise<State | undefined> {
  if (asking.length === 0) setImmediate(readStates);
  return new Promise((tell) => asking.push({ id, tell }));
}

async function readStates(): Promise<void> {
  const batch = asking;
  asking = [];
  const ids = [...new Set(batch.map(({ id }) => id))];
  const { rows } = await pool.query<State>({ ...findStates, values: [ids] });
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const { id, tell } of batch) tell(byId.get(id));
}

const server = createServer((request, response) =>
  onBody(request, async () => {
    const state = await stateOf(CREDENTIAL_ID);
    if (state?.live && request.headers.authorization === AUTHORIZATION) sendJson(response, 200, REPLY);
    else sendJson(response, 401, '');
  }),
);
server.listen(0, '127.0.0.1', () => sayListening(server));
