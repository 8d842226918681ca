// The peer without a framework: one handler of node:http, two prepared statements, JSON.stringify.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';
import { databaseUrl, sayListening } from './listen.ts';

interface Row {
  id: string;
  conversation_id: string;
  user_id: string;
  actor: string;
  platform: string;
  type: string;
  label: string | null;
  parent_interaction_id: string | null;
  detail: { content?: string | null; entity?: string | null } | null;
  created_time: Date;
  last_updated_time: Date;
}

const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });

const findKey = {
  name: 'find_key',
  text: 'select organization_id from bench_api_keys where key_hash = $1 and revoked_at is null',
};
const listInteractions = {
  name: 'list_interactions',
  text: `select id, conversation_id, user_id, actor, platform, type, label, parent_interaction_id, detail,
    created_time, last_updated_time
    from interactions where organization_id = $1 order by created_time desc, id desc limit 100`,
};

const nodeOf = (row: Row) => ({
  id: row.id,
  conversationId: row.conversation_id,
  userId: row.user_id,
  actor: row.actor.toUpperCase(),
  platform: row.platform,
  type: row.type,
  label: row.label,
  parentInteractionId: row.parent_interaction_id,
  detail: row.detail && { content: row.detail.content ?? null, entity: row.detail.entity ?? null },
  createdTime: row.created_time,
  lastUpdatedTime: row.last_updated_time,
});

const server = createServer(async (request, response) => {
  try {
    const key = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const hash = createHash('sha256').update(key).digest();
    const { rows: keys } = await pool.query<{ organization_id: string }>({ ...findKey, values: [hash] });
    if (keys[0] === undefined) {
      response.writeHead(401).end();
      return;
    }
    const { rows } = await pool.query<Row>({ ...listInteractions, values: [keys[0].organization_id] });
    const body = JSON.stringify({ data: { interactions: { nodes: rows.map(nodeOf) } } });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
  } catch {
    response.writeHead(500).end();
  }
});
server.listen(0, '127.0.0.1', () => sayListening(server));
