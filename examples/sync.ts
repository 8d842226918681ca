// Appends the interactions that are new or changed since the last run to an NDJSON file; the last line of an id counts.
// With LATCHKEY_URL, LATCHKEY_CLIENT_ID, and LATCHKEY_CLIENT_SECRET set, run it, one at a time: after `npm ci` in a
// checkout with `node dist/examples/sync.js`; elsewhere install the client (its README says how), then `node sync.ts`.
import fs from 'node:fs';
import { clientCredentials, createClient, LatchkeyError } from '@latchkey/client';

function stop(reason: string): never {
  console.error(reason);
  process.exit(1);
}

const {
  LATCHKEY_URL: url = 'http://localhost:4000',
  LATCHKEY_CLIENT_ID,
  LATCHKEY_CLIENT_SECRET,
} = process.env;
if (!LATCHKEY_CLIENT_ID || !LATCHKEY_CLIENT_SECRET)
  stop('Set LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET.');
const auth = clientCredentials({
  tokenEndpoint: new URL('/oauth/v1/token', url),
  clientId: LATCHKEY_CLIENT_ID,
  clientSecret: LATCHKEY_CLIENT_SECRET,
  scopes: ['interactions:read'],
});
const client = createClient({ url, auth });

const file = process.argv[2] ?? 'interactions-copy.ndjson';
const mark = `${file}.watermark`;
let [after, bytes]: [string | null, number] = [null, 0];
const save = (cursor: string | null) => {
  fs.writeFileSync(`${mark}.new`, JSON.stringify([cursor, bytes]), { flush: true });
  fs.renameSync(`${mark}.new`, mark); // Whole at once.
};
const out = fs.openSync(file, 'a');
if (fs.existsSync(mark)) [after, bytes] = JSON.parse(fs.readFileSync(mark, 'utf8'));
else if (fs.fstatSync(out).size > 0) stop(`${file} is not of this program. Move it, or name another file.`);
else save(null);
if (fs.fstatSync(out).size < bytes) stop(`${file} has lost lines. Remove it and ${mark} to begin anew.`);
fs.ftruncateSync(out, bytes); // What a run that was cut wrote after its last watermark will come again.
try {
  for await (const { records, cursor } of client.sync('interactions', { after })) {
    const lines = Buffer.from(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    fs.appendFileSync(out, lines, { flush: true });
    bytes += lines.length;
    save(cursor); // Only now that the rows are on disk.
  }
} catch (error) {
  if (!(error instanceof LatchkeyError)) throw error;
  if (error.code === 'INVALID_CLIENT') stop('The client id and secret are wrong or were revoked.');
  stop(`${error.code}: ${error.message}`);
}
