// The straightforward stack: GraphQL Yoga, Pothos, and Kysely as they come, on PostgreSQL or on PGlite.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { PGlite } from '@electric-sql/pglite';
import { GraphQLError } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { type Dialect, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { pgliteDialect } from '../../src/db/pglite-dialect.ts';
import { type InteractionRow, interactionSchema, type PeerContext } from './interaction-schema.ts';
import { databaseUrl, sayListening } from './listen.ts';

interface Tables {
  interactions: InteractionRow & { organization_id: string };
  bench_api_keys: { key_hash: Buffer; organization_id: string; revoked_at: Date | null };
}

const { PGLITE_FOLDER } = process.env;

const dialect: Dialect = PGLITE_FOLDER
  ? pgliteDialect(await PGlite.create(PGLITE_FOLDER))
  : new PostgresDialect({ pool: new pg.Pool({ connectionString: databaseUrl, max: 10 }) });
const db = new Kysely<Tables>({ dialect });

const schema = interactionSchema((organizationId, limit) =>
  db
    .selectFrom('interactions')
    .select(['id', 'conversation_id', 'user_id', 'actor', 'platform', 'type', 'label'])
    .select(['parent_interaction_id', 'detail', 'created_time', 'last_updated_time'])
    .where('organization_id', '=', organizationId)
    .orderBy('created_time', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute(),
);

async function contextOf(request: Request): Promise<PeerContext> {
  const key = request.headers.get('authorization')?.replace(/^Bearer /, '') ?? '';
  const found = await db
    .selectFrom('bench_api_keys')
    .select('organization_id')
    .where('key_hash', '=', createHash('sha256').update(key).digest())
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw new GraphQLError('Not authenticated', { extensions: { http: { status: 401 } } });
  return { organizationId: found.organization_id };
}

const yoga = createYoga({ schema, context: ({ request }) => contextOf(request) });
const server = createServer(yoga);
server.listen(0, '127.0.0.1', () => sayListening(server));
