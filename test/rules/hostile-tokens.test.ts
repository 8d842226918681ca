// Hostile access tokens, by the numbers of the list that the project keeps (13 B): none is accepted, all get one answer,
// nothing is fetched for them, and nothing of theirs comes near the database. Keys that are retired, and those that
// leaked, are in test/db/key-rotation.test.ts.

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http, { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rotateSigningKey } from '../../src/auth/key-rotation.ts';
import { createClient, type OAuthClient, requestToken, signedIn } from '../support/actors.ts';
import { issuer, startApp, type TestApp } from '../support/app.ts';
import { fixedRequestId } from '../support/raw-reply.ts';
import { watched } from '../support/statements.ts';
import {
  attackerKey,
  b64,
  type Forge,
  forgeOf,
  hmacJws,
  jwsOf,
  publicForms,
  withHighS,
} from '../support/token-forge.ts';

let home: TestApp;
let app: Awaited<ReturnType<typeof watched>>;
let client: OAuthClient;
let es: Forge;
let rs: Forge;
let jwks: JSONWebKeySet;
/** Where the attacker listens for anything that we might fetch. */
let trap: Server;
let trapUrl: string;
/** What is said to plain nonsense, by path. */
const refusals = new Map<string, Answer>();
const fetched: unknown[] = [];
const onFetch = (message: unknown) => void fetched.push(message);

beforeAll(async () => {
  trap = createServer((request, reply) => {
    fetched.push(request.url);
    reply.end();
  }).listen(0, '127.0.0.1');
  subscribe('undici:request:create', onFetch);
  home = await startApp();
  const admin = await signedIn(home);
  client = await createClient(admin, ['USERS']);
  await home.db.transaction().execute((tx) => rotateSigningKey(tx, home.keys, 'RS256', home.clock.now()));
  home.clock.advance(910);
  app = await watched(home);
  trapUrl = `http://127.0.0.1:${(trap.address() as AddressInfo).port}`;
  const kids = (await app.auth.credentialState(client.clientId))?.acceptedKids ?? [];
  const claims = { ...rightClaims(), jti: 'x'.repeat(28) };
  rs = forgeOf(await app.auth.keyring.signer(kids), claims);
  es = forgeOf(await app.auth.keyring.signer([...kids].reverse()), claims);
  jwks = (await (await fetch(`${app.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
  fetched.length = 0;
  for (const path of places) refusals.set(path, await present(path, 'Bearer nonsense'));
});
afterAll(async () => {
  unsubscribe('undici:request:create', onFetch);
  trap.close();
  await app.close();
  await home.close();
});

function rightClaims() {
  const now = Math.floor(home.clock.now().getTime() / 1000);
  return {
    client_id: client.clientId,
    scope: 'users:read',
    iss: issuer,
    sub: client.clientId,
    aud: `${issuer}/graphql`,
    iat: now,
    exp: now + 1800,
  };
}
const inSeconds = (seconds: number) => Math.floor(home.clock.now().getTime() / 1000) + seconds;

const query = 'query={viewer{organization{id}}}';
const places = [`/graphql?${query}`, '/export/v1/records/users', '/export/v1/records/users.ndjson'];

interface Answer {
  status: number | undefined;
  headers: Record<string, unknown>;
  body: string;
}

/** Sends exactly these headers. */
function ask(path: string, headers: [string, string][], target: TestApp = app): Promise<Answer> {
  const sent = [...headers, ['X-Request-Id', fixedRequestId], ['Host', 'localhost']].flat();
  return new Promise((resolve, reject) => {
    const request = http.request(target.url + path, { headers: sent as never, agent: false }, (reply) => {
      let body = '';
      reply.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      reply.on('end', () => {
        const { date: _, connection: __, 'keep-alive': ___, ...rest } = reply.headers;
        resolve({ status: reply.statusCode, headers: rest, body });
      });
    });
    request.on('error', reject).end();
  });
}
const present = (path: string, authorization: string) => ask(path, [['Authorization', authorization]]);

test('what the hostile ones are made from is accepted, with either algorithm, and both forms of typ', async () => {
  const good = [
    es.token(),
    rs.token(),
    es.token({}, { typ: 'AT+JWT' }),
    es.token({}, { typ: 'application/at+jwt' }),
  ];
  for (const token of good) {
    for (const path of places) expect((await present(path, `Bearer ${token}`)).status).toBe(200);
    await compactVerify(token, createLocalJWKSet(jwks));
  }
});

const edited = (token: string, claims: object) => {
  const [header, , signature] = token.split('.');
  return `${header}.${b64(JSON.stringify(claims))}.${signature}`;
};
const signatureOf = (token: string) => Buffer.from(token.split('.')[2] ?? '', 'base64url');
const withSignature = (token: string, signature: string | Buffer) =>
  `${token.slice(0, token.lastIndexOf('.') + 1)}${typeof signature === 'string' ? signature : b64(signature)}`;
const unsigned = (alg: string, signature = '') =>
  `${b64(JSON.stringify({ alg, typ: 'at+jwt', kid: es.kid }))}.${b64(JSON.stringify(es.claims))}.${signature}`;
const derOf = (signature: Buffer) => {
  const integer = (bytes: Buffer) => {
    const trimmed = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
    const value = (trimmed[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), trimmed]) : trimmed;
    return Buffer.concat([Buffer.of(2, value.length), value]);
  };
  const both = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, both.length), both]);
};
const nested = (levels: number) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown;
/** The text of claims with something done to it, signed with the right key. */
const written = (change: (text: string) => string, header = (text: string) => text) =>
  jwsOf(
    header(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: es.kid })),
    change(JSON.stringify(es.claims)),
    es.key,
  );
const attackerJwk = { kty: 'EC', crv: 'P-256', x: b64(Buffer.alloc(32, 1)), y: b64(Buffer.alloc(32, 2)) };

type Row = [number: string, what: string, make: () => string];
const each = (number: string, cases: Record<string, () => string>): Row[] =>
  Object.entries(cases).map(([what, make]) => [number, what, make]);

const hostile: Row[] = [
  ...each('B1', {
    'alg none, no signature': () => unsigned('none'),
    'alg None': () => unsigned('None'),
    'alg NONE': () => unsigned('NONE'),
    'alg nOnE with a signature': () => unsigned('nOnE', b64(signatureOf(es.token()))),
    'alg none, signed with the right key': () => es.token({}, { alg: 'none' }),
    'alg empty': () => es.token({}, { alg: '' }),
    'alg absent': () => es.token({}, { alg: undefined }),
    'ES256 and an empty signature': () => withSignature(es.token(), ''),
  }),
  ...(['ES256', 'RS256'] as const).flatMap((alg) =>
    ['PEM', 'PEM without its last line break', 'DER', 'JWK'].map(
      (form): Row => [
        'B2',
        `HS256 keyed with the ${form} of the public ${alg} key`,
        () => {
          const forge = alg === 'ES256' ? es : rs;
          const jwk = jwks.keys.find(({ kid }) => kid === forge.kid) ?? {};
          const header = { alg: 'HS256', typ: 'at+jwt', kid: forge.kid };
          return hmacJws(header, forge.claims, publicForms(jwk as never)[form] ?? '');
        },
      ],
    ),
  ),
  ...each('B2', {
    'HS256 with an empty key': () => hmacJws({ alg: 'HS256', typ: 'at+jwt', kid: es.kid }, es.claims, ''),
    'RS256 in the header, the key of ES256': () => es.token({}, { alg: 'RS256' }),
    'ES256 in the header, the key of RS256': () => rs.token({}, { alg: 'ES256' }),
    'PS256 with the key of RS256': () =>
      jwsOf(JSON.stringify({ alg: 'PS256', typ: 'at+jwt', kid: rs.kid }), JSON.stringify(rs.claims), rs.key, {
        pss: true,
      }),
    'RS256 in the header, signed as PS256': () =>
      jwsOf(JSON.stringify({ alg: 'RS256', typ: 'at+jwt', kid: rs.kid }), JSON.stringify(rs.claims), rs.key, {
        pss: true,
      }),
    'RS512 in the header': () => rs.token({}, { alg: 'RS512' }),
    'ES384 in the header': () => es.token({}, { alg: 'ES384' }),
    'es256 in the header': () => es.token({}, { alg: 'es256' }),
  }),
  ...each('B3', {
    "the attacker's key, our key id": () => es.foreign(),
    "the attacker's RSA key, our key id": () => rs.foreign(),
    'with its jwk in the header': () => es.foreign({}, { jwk: attackerJwk }),
    'with its jwk and no key id': () => es.foreign({}, { jwk: attackerJwk, kid: undefined }),
    'with a jku': () => es.foreign({}, { jku: `${trapUrl}/jwks.json` }),
    'with an x5u': () => rs.foreign({}, { x5u: `${trapUrl}/cert.pem` }),
    'with an x5c': () => rs.foreign({}, { x5c: ['MIIB'] }),
    'with a key id that is an address': () => es.foreign({}, { kid: `${trapUrl}/jwks.json` }),
    'with an iss of its own': () => es.foreign({ iss: trapUrl }),
    'a jku beside the right signature': () => es.token({}, { jku: `${trapUrl}/jwks.json` }),
    'a jwk beside the right signature': () => es.token({}, { jwk: attackerJwk }),
  }),
  ...each('B4', {
    'kid with SQL': () => es.token({}, { kid: "' or kid <> '' --" }),
    'kid with stacked SQL': () => es.token({}, { kid: "x'; drop table signing_keys; --" }),
    'kid with a path': () => es.token({}, { kid: '../../../../dev/null' }),
    'kid with a NUL': () => es.token({}, { kid: `${es.kid}\0` }),
    'kid with half a surrogate pair': () => es.token({}, { kid: '\ud800' }),
    'kid of three kilobytes': () => es.token({}, { kid: 'k'.repeat(3000) }),
    'kid unknown': () => es.token({}, { kid: '0'.repeat(22) }),
    'kid of the other key': () => es.token({}, { kid: rs.kid }),
    'kid absent': () => es.token({}, { kid: undefined }),
    'kid a list': () => es.token({}, { kid: [es.kid] }),
    'kid a number': () => es.token({}, { kid: 1 }),
    'kid __proto__': () => es.token({}, { kid: '__proto__' }),
  }),
  ...['JWT', 'id+jwt', 'at+jwt ', 'at-jwt', 'text/at+jwt', 'at+jwt+x', 'client-authentication+jwt', ''].map(
    (typ): Row => ['B5', `typ "${typ}"`, () => es.token({}, { typ })],
  ),
  ...each('B5', {
    'typ absent': () => es.token({}, { typ: undefined }),
    'typ a list': () => es.token({}, { typ: ['at+jwt'] }),
  }),
  ...each('B6', {
    'aud absent': () => es.token({ aud: undefined }),
    'aud empty': () => es.token({ aud: [] }),
    'aud the issuer': () => es.token({ aud: issuer }),
    "aud another product's": () => es.token({ aud: `${issuer}/events` }),
    'aud a stranger': () => es.token({ aud: 'https://elsewhere.example' }),
    'aud ours and a stranger': () => es.token({ aud: [`${issuer}/graphql`, 'https://elsewhere.example'] }),
    'aud with a slash at its end': () => es.token({ aud: `${issuer}/graphql/` }),
    'aud in capitals': () => es.token({ aud: `${issuer}/GRAPHQL` }),
    'aud an object': () => es.token({ aud: { 0: `${issuer}/graphql` } }),
  }),
  ...each('B7', {
    'iss absent': () => es.token({ iss: undefined }),
    'iss with a slash at its end': () => es.token({ iss: `${issuer}/` }),
    'iss in capitals': () => es.token({ iss: issuer.toUpperCase() }),
    'iss a stranger': () => es.token({ iss: 'https://elsewhere.example' }),
    'iss a list': () => es.token({ iss: [issuer] }),
  }),
  ...each('B8', {
    'exp a second ago': () => es.token({ exp: inSeconds(-1) }),
    'exp now': () => es.token({ exp: inSeconds(0) }),
    'exp absent': () => es.token({ exp: undefined }),
    'exp null': () => es.token({ exp: null }),
    'exp a text': () => es.token({ exp: String(inSeconds(600)) }),
    'exp with a fraction': () => es.token({ exp: inSeconds(600) + 0.5 }),
    'exp 1e300': () => es.token({ exp: 1e300 }),
    'exp negative': () => es.token({ exp: -1 }),
    'exp in milliseconds': () => es.token({ exp: inSeconds(600) * 1000 }),
    'exp beyond the longest life': () => es.token({ exp: inSeconds(90_000) }),
    'nbf ahead': () => es.token({ nbf: inSeconds(60) }),
    'nbf a text': () => es.token({ nbf: 'soon' }),
    'iat ahead': () => es.token({ iat: inSeconds(30) }),
    'iat a text': () => es.token({ iat: String(inSeconds(0)) }),
  }),
  ...['sub', 'client_id', 'jti', 'iat', 'scope'].map(
    (claim): Row => ['B9', `${claim} missing`, () => es.token({ [claim]: undefined })],
  ),
  ...each('B9', {
    'sub of somebody else': () => es.token({ sub: 'acc_0000000000000000000000' }),
    'client_id of nobody': () =>
      es.token({ sub: 'cred_0000000000000000000000', client_id: 'cred_0000000000000000000000' }),
    'client_id with SQL': () => es.token({ sub: "' or 1=1 --", client_id: "' or 1=1 --" }),
    'scope a list': () => es.token({ scope: ['users:read'] }),
  }),
  ...each('B10', {
    'all zeroes': () => withSignature(es.token(), Buffer.alloc(64)),
    'the order of the curve': () =>
      withSignature(
        es.token(),
        Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'.repeat(2), 'hex'),
      ),
    'the other s': () => withHighS(es.token()),
    DER: () => withSignature(es.token(), derOf(signatureOf(es.token()))),
    '63 bytes': () => withSignature(es.token(), signatureOf(es.token()).subarray(0, 63)),
    '65 bytes': () => {
      const token = es.token();
      return withSignature(token, Buffer.concat([signatureOf(token), Buffer.alloc(1)]));
    },
    'one bit changed': () => {
      const token = es.token();
      const bytes = signatureOf(token);
      bytes[63] = (bytes[63] ?? 0) ^ 1;
      return withSignature(token, bytes);
    },
    'of another token': () => withSignature(es.token(), signatureOf(es.token({ jti: 'y' }))),
    'RSA, a byte of zero before it': () => {
      const token = rs.token();
      return withSignature(token, Buffer.concat([Buffer.alloc(1), signatureOf(token)]));
    },
    'RSA, all zeroes': () => withSignature(rs.token(), Buffer.alloc(384)),
  }),
  ...each('B11', {
    'a claim twice': () => written((text) => text.replace('{', '{"scope":"interactions:read",')),
    'a header parameter twice': () =>
      written(
        (text) => text,
        (text) => text.replace('{', '{"alg":"none",'),
      ),
    'blanks in the claims': () => written((text) => text.replace(':', ': ')),
    'text after the claims': () => written((text) => `${text}{}`),
    'a byte order mark': () => written((text) => `\ufeff${text}`),
    'claims that are no JSON': () => written(() => 'users:read'),
    'claims that are a list': () => written((text) => `[${text}]`),
    'claims null': () => written(() => 'null'),
    'two segments': () => es.token().split('.').slice(0, 2).join('.'),
    'four segments': () => `${es.token()}.${b64('x')}`,
    'a dot at the end': () => `${es.token()}.`,
    padding: () => `${es.token()}==`,
    'padding in the header': () => es.token().replace('.', '==.'),
    'plain base64': () => {
      const [header, claims] = es.token().split('.');
      return `${header}.${claims}.${signatureOf(es.token()).toString('base64')}`;
    },
    'other bits in the tail': () => {
      const token = es.token();
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1];
    },
  }),
  ...each('B12', {
    'ten thousand scopes': () =>
      es.token({ scope: Array(10_000).fill('users:read').join(' ') }).slice(0, 12_000),
    'nine kilobytes': () => es.token({ jti: 'x'.repeat(6000) }),
    'claims nested deeply': () => es.foreign({ x: nested(800) }),
  }),
  ...each('B13', {
    'a JWE': () => [b64('{"alg":"dir","enc":"A256GCM"}'), '', b64('iv'), b64('text'), b64('tag')].join('.'),
    'a token in a token': () =>
      jwsOf(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', cty: 'JWT', kid: es.kid }), es.token(), es.key),
    zip: () => es.token({}, { zip: 'DEF' }),
    crit: () => es.token({}, { crit: ['x'], x: 1 }),
    'crit empty': () => es.token({}, { crit: [] }),
    'b64 false': () => es.token({}, { crit: ['b64'], b64: false }),
    cty: () => es.token({}, { cty: 'JWT' }),
  }),
  ...each('B15', {
    'scopes edited': () => edited(es.token(), { ...es.claims, scope: 'interactions:read' }),
    'the client edited': () => edited(es.token(), { ...es.claims, client_id: 'cred_0', sub: 'cred_0' }),
    'claims edited and signed with a test key': () =>
      jwsOf(
        JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'test' }),
        JSON.stringify({ ...es.claims, tenant: 'other' }),
        attackerKey('ES256'),
      ),
  }),
];

describe('hostile tokens are refused', () => {
  test.each(hostile)('%s %s', async (_number, _what, make) => {
    const token = make();
    for (const path of places) {
      const refusal = refusals.get(path);
      expect(refusal?.status).toBe(401);
      expect(refusal?.headers['www-authenticate']).toContain('error="invalid_token"');
      expect(await present(path, `Bearer ${token}`)).toEqual(refusal);
    }
  });

  test('B12 one that is larger than a head may be is 431, and no request', async () => {
    const head = await present(places[0] ?? '', `Bearer ${'x'.repeat(20_000)}`);
    expect(head.status).toBe(431);
  });

  test('nothing was fetched for any of them, and nothing of them went to the database', async () => {
    expect(fetched).toEqual([]);
    const sent = app.statements.flatMap(({ parameters }) => parameters.flat()).map(String);
    expect(sent.filter((value) => /or kid <>|drop table|\/dev\/null|\0/.test(value))).toEqual([]);
    expect(sent).not.toContain('0'.repeat(22));
    const perKid = app.statements.filter(({ sql }) => /"?kid"? (?:=|in)/.test(sql));
    expect(perKid).toEqual([]);
  });

  test('B4 a flood of unknown key ids asks the database for keys a few times, and good tokens go on', async () => {
    const reads = () => app.statements.filter(({ sql }) => sql.includes('from "signing_keys"')).length;
    const [before, startedAt] = [reads(), performance.now()];
    const flood = Array.from({ length: 400 }, (_, n) =>
      present(places[0] ?? '', `Bearer ${es.token({}, { kid: `unknown-${n}` })}`),
    );
    const good = await present(places[0] ?? '', `Bearer ${es.token({ jti: 'amid a flood' })}`);
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect([good.status, new Set(statuses)]).toEqual([200, new Set([401])]);
    expect(reads() - before).toBeLessThanOrEqual((performance.now() - startedAt) / 100 + 2);
  });
});

describe('a good token in a wrong place is refused', () => {
  const cases: [string, (token: string) => [string, [string, string][]]][] = [
    ['B16 in the query', (token) => [`${places[0]}&access_token=${token}`, []]],
    [
      'B16 in a cookie',
      (token) => [places[0] ?? '', [['Cookie', `access_token=${token}; latchkey_session=${token}`]]],
    ],
    ['B16 in X-Authorization', (token) => [places[0] ?? '', [['X-Authorization', `Bearer ${token}`]]]],
  ];
  test.each(cases)('%s', async (_what, make) => {
    const [path, headers] = make(es.token());
    expect((await ask(path, headers)).status).toBe(401);
  });

  test.each([
    ['B16 twice', (token: string) => token],
    ['B16 beside another', () => 'x'],
  ])('%s, with 400 and invalid_request', async (_what, other) => {
    const token = es.token();
    for (const path of places) {
      const { status, headers } = await ask(path, [
        ['Authorization', `Bearer ${token}`],
        ['Authorization', `Bearer ${other(token)}`],
      ]);
      expect([status, headers['www-authenticate']]).toEqual([
        400,
        expect.stringContaining('error="invalid_request"'),
      ]);
    }
  });

  test('B16 in a form', async () => {
    const body = new URLSearchParams({ query: '{viewer{organization{id}}}', access_token: es.token() });
    expect((await fetch(`${app.url}/graphql`, { method: 'POST', body })).status).toBe(415);
  });

  const headers: [string, (token: string) => string][] = [
    ['a tab after the scheme', (token) => `Bearer\t${token}`],
    ['a comma at the end', (token) => `Bearer ${token},`],
    ['a second value', (token) => `Bearer ${token}, Bearer ${token}`],
    ['no scheme', (token) => ` ${token}`.trim()],
    ['another scheme', (token) => `Token ${token}`],
    ['DPoP', (token) => `DPoP ${token}`],
    ['quotes', (token) => `Bearer "${token}"`],
    ['a parameter', (token) => `Bearer token=${token}`],
    ['the scheme twice', (token) => `Bearer Bearer ${token}`],
    ['a blank within', (token) => `Bearer ${token.replace('.', ' .')}`],
    ['the scheme alone', () => 'Bearer'],
  ];
  test.each(headers)('B17 with %s', async (_what, make) => {
    const answer = await present(places[0] ?? '', make(es.token()));
    expect([answer.status, JSON.parse(answer.body).errors[0].extensions.code]).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
  });

  test('B17 the scheme in any case and blanks after it are as the grammar has them', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer ', 'bEaReR  '])
      expect((await present(places[0] ?? '', `${scheme} ${es.token()}`)).status).toBe(200);
  });
});

test('tokens that we issue have one spelling: of sixty, all have the lower s, and the other s is refused', async () => {
  const fresh = await startApp();
  const issuing = await createClient(await signedIn(fresh), ['USERS']);
  const replies = await Promise.all(Array.from({ length: 60 }, () => requestToken(fresh, issuing)));
  for (const { body } of replies) {
    const token = String(body.access_token);
    const accepted = async (one: string) =>
      (await ask(places[0] ?? '', [['Authorization', `Bearer ${one}`]], fresh)).status;
    expect([await accepted(token), await accepted(withHighS(token))]).toEqual([200, 401]);
  }
  await fresh.close();
});
