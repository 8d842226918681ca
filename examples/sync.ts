// Appends the interactions that are new or changed since the last run to an NDJSON file; the last line of an id counts.
// With LATCHKEY_URL, LATCHKEY_CLIENT_ID, and LATCHKEY_CLIENT_SECRET set, run it, one at a time: from Node 22.18 on with
// `node sync.ts`, on Node 20 with `npx tsx sync.ts`, or, after `npm ci` in a checkout, `node dist/examples/sync.js`.
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const url = process.env.LATCHKEY_URL ?? 'http://localhost:4000';
const basic = `Basic ${btoa(`${process.env.LATCHKEY_CLIENT_ID}:${process.env.LATCHKEY_CLIENT_SECRET}`)}`;
const query = `query ($after: String) {
  page: interactions(first: 1000, after: $after, orderBy: { field: LAST_UPDATED_TIME, direction: ASC }) {
    nodes { id createdTime lastUpdatedTime conversationId userId actor type platform detail { content domain } }
    pageInfo { hasNextPage endCursor }
  }
}`;
type Page = { nodes: object[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}

/** Waits for a busy server as long as it asks. Undefined is 401: what was presented is not valid, or no longer. */
async function post<Reply>(path: string, authorization: string, body: object): Promise<Reply | undefined> {
  const headers = { Authorization: authorization, 'Content-Type': 'application/json' };
  const response = await fetch(new URL(path, url), { method: 'POST', headers, body: JSON.stringify(body) });
  if (response.ok) return (await response.json()) as Reply;
  const reason = await response.text();
  if (response.status === 401) return undefined;
  if (![429, 503].includes(response.status)) stop(`${path} answered ${response.status}: ${reason}`);
  await sleep(1000 * (Number(response.headers.get('Retry-After')) || 5));
  return post(path, authorization, body);
}

let [bearer, renewAt] = ['', 0]; // Renewed when nine tenths of its life are over.
async function renewToken(): Promise<void> {
  const grant = { grant_type: 'client_credentials', scope: 'interactions:read' };
  const token = await post<{ access_token: string; expires_in: number }>('/oauth/v1/token', basic, grant);
  if (!token) stop('The client id and secret are wrong or were revoked.');
  [bearer, renewAt] = [`Bearer ${token.access_token}`, Date.now() + 900 * token.expires_in];
}

const file = process.argv[2] ?? 'interactions.ndjson';
const mark = `${file}.watermark`;
let [after, bytes]: [string | null, number] = [null, 0];
if (fs.existsSync(mark)) [after, bytes] = JSON.parse(fs.readFileSync(mark, 'utf8'));
const out = fs.openSync(file, 'a');
if (fs.fstatSync(out).size < bytes) stop(`${file} has lost lines. Remove ${mark} as well to begin anew.`);
fs.ftruncateSync(out, bytes); // What a run that was cut wrote after its last watermark will come again.
for (let more = true; more; ) {
  if (Date.now() > renewAt) await renewToken();
  const ask = () => post<{ data: { page: Page } }>('/graphql', bearer, { query, variables: { after } });
  const reply = (await ask()) ?? (await renewToken().then(ask)) ?? stop('A new token was refused.');
  const { nodes, pageInfo } = reply.data.page;
  const lines = Buffer.from(nodes.map((node) => `${JSON.stringify(node)}\n`).join(''));
  fs.appendFileSync(out, lines, { flush: true });
  [after, bytes, more] = [pageInfo.endCursor, bytes + lines.length, pageInfo.hasNextPage];
  fs.writeFileSync(`${mark}.new`, JSON.stringify([after, bytes]), { flush: true });
  fs.renameSync(`${mark}.new`, mark); // Only now that the rows are on disk, and whole at once.
}
