// The fast stack: Fastify, Mercurius with its compiler, and pg with prepared statements.

import { createHash } from 'node:crypto';
import fastify from 'fastify';
import mercurius from 'mercurius';
import pg from 'pg';
import { type InteractionRow, interactionSchema } from './interaction-schema.ts';
import { databaseUrl, sayListening } from './listen.ts';

const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });

const findKey = {
  name: 'find_key',
  text: 'select organization_id from bench_api_keys where key_hash = $1 and revoked_at is null',
};
const listInteractions = {
  name: 'list_interactions',
  text: `select id, conversation_id, user_id, actor, platform, type, label, parent_interaction_id, detail,
    created_time, last_updated_time
    from interactions where organization_id = $1 order by created_time desc, id desc limit $2`,
};

const schema = interactionSchema(async (organizationId, limit) => {
  const { rows } = await pool.query<InteractionRow>({ ...listInteractions, values: [organizationId, limit] });
  return rows;
});

const app = fastify();
await app.register(mercurius.default, {
  schema,
  jit: 1,
  context: async (request) => {
    const key = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const hash = createHash('sha256').update(key).digest();
    const { rows } = await pool.query<{ organization_id: string }>({ ...findKey, values: [hash] });
    const organizationId = rows[0]?.organization_id;
    if (organizationId === undefined)
      throw new mercurius.default.ErrorWithProps('Not authenticated', {}, 401);
    return { organizationId };
  },
});
await app.listen({ port: 0, host: '127.0.0.1' });
sayListening(app.server);
