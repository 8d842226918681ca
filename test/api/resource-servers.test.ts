// Resource servers that others wrote verify our tokens, with nothing but the address of the issuer and their own
// identifier: keys and metadata come over HTTP from the running server.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import express, { type ErrorRequestHandler } from 'express';
import { auth as bearerAuth } from 'express-oauth2-jwt-bearer';
import { createVerifier } from 'fast-jwt';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import jwksClient from 'jwks-rsa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signingAlgorithms } from '../../src/auth/signing-keys.ts';
import { createClient, type OAuthClient, requestToken, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/server-process.ts';

describe.each(signingAlgorithms)('tokens signed with %s', (algorithm) => {
  let app: TestApp;
  let issuer: string;
  let audience: string;
  let client: OAuthClient;
  let jwksUri: string;
  beforeAll(async () => {
    const port = await freePort();
    issuer = `http://127.0.0.1:${port}`;
    audience = `${issuer}/graphql`;
    app = await startApp(undefined, { publicUrl: issuer, port, signingAlgorithm: algorithm });
    client = await createClient(await signedIn(app), ['CONVERSATIONS', 'EVENTS']);
    const metadata = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
    jwksUri = ((await metadata.json()) as { jwks_uri: string }).jwks_uri;
  });
  const servers: Server[] = [];
  afterAll(async () => {
    for (const server of servers) await promisify(server.close.bind(server))();
    await app.close();
  });

  const tokenFor = async (product: string) =>
    String((await requestToken(app, client, { resource: `${issuer}/${product}` })).body.access_token);

  /** Each resolves to the claims of a good token, and throws for any other. */
  const resourceServers: Record<string, () => Promise<(token: string) => Promise<unknown>>> = {
    jose: async () => {
      const keys = createRemoteJWKSet(new URL(jwksUri));
      return async (token) => (await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' })).payload;
    },
    'jsonwebtoken with jwks-rsa': async () => {
      const keys = jwksClient({ jwksUri });
      return (token) =>
        new Promise((resolve, reject) => {
          jsonwebtoken.verify(
            token,
            (header, done) => {
              keys.getSigningKey(header.kid).then((key) => done(null, key.getPublicKey()), done);
            },
            { issuer, audience, algorithms: [algorithm] },
            (error, claims) => (error ? reject(error) : resolve(claims)),
          );
        });
    },
    'fast-jwt with jwks-rsa': async () => {
      const keys = jwksClient({ jwksUri });
      return createVerifier({
        key: async ({ header }: { header: Record<string, unknown> }) =>
          (await keys.getSigningKey(String(header.kid))).getPublicKey(),
        algorithms: [algorithm],
        allowedIss: issuer,
        allowedAud: audience,
        checkTyp: 'at+jwt',
        requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'jti'],
      });
    },
    'express-oauth2-jwt-bearer in strict mode, which finds the keys by our metadata': async () => {
      const api = express();
      api.use(bearerAuth({ issuerBaseURL: issuer, audience, strict: true, tokenSigningAlg: algorithm }));
      api.get('/', (request, reply) => void reply.json(request.auth?.payload));
      const refused: ErrorRequestHandler = (error, _request, reply, _next) =>
        void reply.status(error.status).set(error.headers).json(error.message);
      api.use(refused);
      const server = createServer(api);
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      return async (token) => {
        const headers = { Authorization: `Bearer ${token}` };
        const reply = await fetch(`http://127.0.0.1:${port}/`, { headers });
        if (reply.status === 200) return reply.json();
        throw new Error(`${reply.status} ${reply.headers.get('www-authenticate')}`);
      };
    },
  };

  test.each(Object.entries(resourceServers))(
    'are verified by %s, and refused for another audience',
    async (_, make) => {
      const verify = await make();
      const good = await tokenFor('graphql');
      expect(decodeProtectedHeader(good).alg).toBe(algorithm);
      expect(await verify(good)).toMatchObject({
        iss: issuer,
        aud: audience,
        sub: client.clientId,
        client_id: client.clientId,
        scope: 'conversations:read',
      });
      await expect(verify(await tokenFor('events'))).rejects.toThrow(/aud/i);
      const [header, , signature] = good.split('.');
      const [, others] = (await tokenFor('graphql')).split('.');
      await expect(verify(`${header}.${others}.${signature}`)).rejects.toThrow(/signature/i);
    },
  );
});
