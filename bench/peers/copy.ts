// COPY between a file and the database, where there is no psql: the arguments are address, statement, and file.

import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from, to } from 'pg-copy-streams';

const [url = '', statement = '', file = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: url });
await client.connect();
if (/ to stdout$/.test(statement)) await pipeline(client.query(to(statement)), createWriteStream(file));
else await pipeline(createReadStream(file), client.query(from(statement)));
await client.end();
