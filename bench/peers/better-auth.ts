// better-auth's API keys as they come, on PostgreSQL, but that they may be used as often as one likes. GET gives the keys:
// there are several, because it writes for every use of one, and the writes of one row wait for each other.

import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import pg from 'pg';
import { databaseUrl, sayListening, sendJson } from './listen.ts';

const auth = betterAuth({
  secret: 'only for measuring, and nobody else has it',
  baseURL: 'https://bench.example',
  database: new pg.Pool({ connectionString: databaseUrl, max: 10 }),
  emailAndPassword: { enabled: true },
  logger: { disabled: true },
  plugins: [apiKey({ rateLimit: { enabled: false } })],
});

await (await getMigrations(auth.options)).runMigrations();
const { user } = await auth.api.signUpEmail({
  body: { name: 'Bench', email: 'bench@example.com', password: 'only for measuring' },
});
const made = Array.from({ length: 32 }, () => auth.api.createApiKey({ body: { userId: user.id } }));
const keys = JSON.stringify((await Promise.all(made)).map(({ key }) => key));

const server = createServer(async ({ method, headers }, response) => {
  if (method === 'GET') {
    sendJson(response, 200, keys);
    return;
  }
  const key = headers.authorization?.replace(/^Bearer /, '') ?? '';
  const { valid } = await auth.api.verifyApiKey({ body: { key } });
  sendJson(response, valid ? 200 : 401, JSON.stringify({ valid }));
});
server.listen(0, '127.0.0.1', () => sayListening(server));
