// The least that can issue a token: node:http, one row read by its primary key, one ES256 signature. It parses nothing,
// and its replies are of the size of the sample that it is given.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:http';
import pg from 'pg';
import { databaseUrl, onBody, sayListening, sendJson } from './listen.ts';

const { ORGANIZATION_ID, CLIENT_ID, AUTHORIZATION, SAMPLE = '' } = process.env;
const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
const findClient = {
  name: 'find_client',
  text: 'select id, scopes, revoked_at from credentials where organization_id = $1 and id = $2',
};

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const kid = randomBytes(16).toString('base64url');
const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] });

const { access_token: sample, ...rest } = JSON.parse(SAMPLE) as { access_token: string; expires_in: number };
const claims = JSON.parse(Buffer.from(sample.split('.')[1] ?? '', 'base64url').toString()) as object;
const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = encoded({ alg: 'ES256', typ: 'at+jwt', kid });

function newToken(): string {
  const iat = Math.floor(Date.now() / 1000);
  const jti = randomBytes(21).toString('base64url');
  const signed = `${header}.${encoded({ ...claims, iat, exp: iat + rest.expires_in, jti })}`;
  const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

async function isKnown(authorization: string | undefined): Promise<boolean> {
  const { rows } = await pool.query<{ revoked_at: Date | null }>({
    ...findClient,
    values: [ORGANIZATION_ID, CLIENT_ID],
  });
  return rows[0]?.revoked_at === null && authorization === AUTHORIZATION;
}

const server = createServer((request, response) =>
  onBody(request, async () => {
    if (request.method === 'GET') sendJson(response, 200, jwks);
    else if (!(await isKnown(request.headers.authorization))) sendJson(response, 401, '');
    else sendJson(response, 200, JSON.stringify({ access_token: newToken(), ...rest }));
  }),
);
server.listen(0, '127.0.0.1', () => sayListening(server));
