// Puts the house together from what it is given: no environment, no port, no globals.

import { randomUUID } from 'node:crypto';
import { type Auth, createAuth } from './auth/auth.ts';
import { authenticate } from './auth/authenticate.ts';
import { clientCredentialsToken } from './auth/client-credentials.ts';
import type { Principal } from './auth/principal.ts';
import type { ServerKeys } from './auth/server-keys.ts';
import type { Config } from './config.ts';
import { migrationState } from './db/migrate.ts';
import { readServerState } from './db/server-state.ts';
import type { Database } from './db/tables.ts';
import { AppError } from './errors.ts';
import { builtConsole, consoleRoutes } from './http/console.ts';
import type { HttpRequest, Routes } from './http/exchange.ts';
import { graphiqlPage } from './http/graphiql.ts';
import { type GraphqlReply, graphqlRoutes } from './http/graphql.ts';
import type { GraphqlParameters } from './http/graphql-parameters.ts';
import { healthRoutes } from './http/health.ts';
import { jwksRoutes } from './http/jwks.ts';
import { createMetrics } from './http/metrics.ts';
import { OAuthError } from './http/oauth-error.ts';
import { type IssuedToken as OAuthToken, oauthTokenRoute, type TokenRequest } from './http/oauth-token.ts';
import { problemHeaders } from './http/problem.ts';
import { recordsRoutes } from './http/records.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import type { Log } from './log.ts';
import { createExecutor } from './schema/execute.ts';
import { schema } from './schema/index.ts';
import { readSessionCookie } from './schema/session-cookie.ts';
import { productOfResource, productsOf } from './scopes.ts';

export interface AppOptions {
  config: Pick<Config, 'publicUrl' | 'corsOrigins' | 'trustedProxies'>;
  db: Database;
  keys: ServerKeys;
  now: () => Date;
  log: Log;
}

export interface App {
  auth: Auth;
  http: HttpServer;
  /** Finishes what is in flight within `graceMs`, then writes what was gathered. The database stays open. */
  stop(graceMs: number): Promise<void>;
}

const flushEveryMs = 5_000;

export function createApp({ config, db, keys, now, log }: AppOptions): App {
  const auth = createAuth({ db, now, keys, issuer: config.publicUrl });
  const caller = callerOf(auth);
  const metrics = createMetrics();
  const http = createHttpServer({
    routes: {
      ...consoleOrGraphiql(),
      ...graphqlRoutes({ execute: graphqlExecutor(auth, caller), graphiql: graphiqlPage() }),
      ...oauthTokenRoute({ issueToken: tokenIssuer(auth) }),
      ...recordsRoutes({ db, keys, publicUrl: config.publicUrl, authenticate: caller }),
      ...jwksRoutes(auth.keyring),
      ...healthRoutes({ ready: () => ready(db) }),
      ...metrics.routes,
    },
    log,
    allowCors: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    newRequestId: randomUUID,
    publicUrl: config.publicUrl,
    onReply: metrics.observeReply,
  });
  const flush = () =>
    auth.credentialUse
      .flush()
      .catch((err: unknown) => log.warn({ err }, 'last use of credentials not written yet'));
  const timer = setInterval(flush, flushEveryMs).unref();
  return {
    auth,
    http,
    async stop(graceMs) {
      clearInterval(timer);
      await http.stop(graceMs);
      await flush();
    },
  };
}

/** A checkout that was never built has no console; GraphiQL stands in for it. */
function consoleOrGraphiql(): Routes {
  const folder = builtConsole();
  if (folder !== undefined) return consoleRoutes(folder);
  return { '/': { GET: () => ({ status: 302, headers: { Location: '/graphql' } }) } };
}

async function ready(db: Database): Promise<void> {
  const { pending } = await migrationState(db);
  if (pending.length > 0)
    throw new AppError('SERVICE_UNAVAILABLE', { detail: `migrations missing: ${pending}` });
  if ((await readServerState(db, 'first_organization')) === undefined) {
    throw new AppError('SERVICE_UNAVAILABLE', { detail: 'the first start is under way' });
  }
}

/** Who sends a request, as things stand at the moment of asking. */
const callerOf =
  (auth: Auth) =>
  (request: HttpRequest): Promise<Principal> =>
    authenticate(auth, {
      authorization: request.headerValues('authorization'),
      sessionCookie: readSessionCookie(auth.issuer, request.headers),
    });

function graphqlExecutor(auth: Auth, caller: (request: HttpRequest) => Promise<Principal>) {
  const execute = createExecutor(auth, schema);
  return async (parameters: GraphqlParameters, request: HttpRequest): Promise<GraphqlReply> => {
    const { result, refusal, headers } = await execute({
      ...parameters,
      requestId: request.requestId,
      log: request.log,
      address: request.address,
      userAgent: request.headers['user-agent'],
      authenticate: () => caller(request),
    });
    if (!refusal) return { result, status: 200, headers };
    const allow: Record<string, string> = refusal.code === 'METHOD_NOT_ALLOWED' ? { Allow: 'POST' } : {};
    return {
      result,
      status: refusal.status,
      headers: { ...headers, ...allow, ...problemHeaders(refusal, request) },
    };
  };
}

function tokenIssuer(auth: Auth) {
  return async ({ clientId, clientSecret, scope, resource }: TokenRequest): Promise<OAuthToken> => {
    const products = resource.flatMap((uri) => productOfResource(auth.issuer, uri) ?? []);
    if (products.length < resource.length) {
      throw new OAuthError(
        'invalid_target',
        'A resource is not one of this server. Leave it out or correct it.',
      );
    }
    const token = await clientCredentialsToken(auth, {
      clientId,
      clientSecret,
      scopes: scope?.split(' '),
      products,
    });
    const { accessToken, expiresInSeconds, scopes } = token;
    if (products.length > 0 && !productsOf(scopes).every((product) => products.includes(product))) {
      throw new OAuthError(
        'invalid_target',
        'The scopes go beyond the resource. Ask for scopes of the resource alone.',
      );
    }
    return { accessToken, expiresInSeconds, scope: scopes.join(' ') };
  };
}
