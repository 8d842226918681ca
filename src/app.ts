// Puts the house together from what it is given: no environment, no port, no globals.

import { randomUUID } from 'node:crypto';
import { forgetExpiredCounts } from './auth/attempt-limiter.ts';
import { type Auth, createAuth } from './auth/auth.ts';
import { forgetExpiredAssertions } from './auth/client-assertion.ts';
import { clientCredentialsToken } from './auth/client-credentials.ts';
import { introspect, introspectionCaller } from './auth/introspection.ts';
import { mostReported, revokeLeaked } from './auth/leak-report.ts';
import type { PasswordWork } from './auth/passwords.ts';
import type { Principal } from './auth/principal.ts';
import type { RateLimitSettings } from './auth/rate-limits.ts';
import type { ServerKeys } from './auth/server-keys.ts';
import { forgetExpiredTokens, revokeAccessToken } from './auth/token-revocation.ts';
import type { Config } from './config.ts';
import type { CredentialState } from './db/credentials.ts';
import type { PoolStatuses, ReadsOf } from './db/database.ts';
import { migrationState } from './db/migrate.ts';
import { readServerState } from './db/server-state.ts';
import { checkPrimary } from './db/standby.ts';
import type { Database } from './db/tables.ts';
import { AppError } from './errors.ts';
import { callerOf, clientOf, originOf, testedCredential } from './http/callers.ts';
import { builtConsole, consoleRoutes } from './http/console.ts';
import type { HttpRequest, Routes } from './http/exchange.ts';
import { graphiqlPage } from './http/graphiql.ts';
import { type GraphqlReply, graphqlRoutes } from './http/graphql.ts';
import type { GraphqlParameters } from './http/graphql-parameters.ts';
import { healthRoutes } from './http/health.ts';
import { jwksRoutes } from './http/jwks.ts';
import { leakReportRoute } from './http/leak-report.ts';
import { createMetrics, type MetricsOptions } from './http/metrics.ts';
import { oauthIntrospectionRoute } from './http/oauth-introspection.ts';
import { metadataRoutes } from './http/oauth-metadata.ts';
import { oauthRevocationRoute } from './http/oauth-revocation.ts';
import { type IssuedToken as OAuthToken, oauthTokenRoute, type TokenRequest } from './http/oauth-token.ts';
import { problemHeaders } from './http/problem.ts';
import { tellLimits } from './http/rate-limit-headers.ts';
import { protectedRecords, recordsRoutes } from './http/records.ts';
import { type ProtectedResources, resourceMetadataRoutes } from './http/resource-metadata.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { addStateMetrics } from './http/state-metrics.ts';
import { testAuthRoute } from './http/test-auth.ts';
import type { Log } from './log.ts';
import type { Context } from './schema/context.ts';
import { createExecutor } from './schema/execute.ts';
import { schema } from './schema/index.ts';
import { apiProducts, scopesOf } from './scopes.ts';
import { noTracing, type Tracing } from './tracing.ts';

export interface AppOptions {
  config: Pick<Config, 'publicUrl' | 'corsOrigins' | 'trustedProxies' | 'metricsToken' | 'rateLimitStore'> &
    RateLimitSettings;
  db: Database;
  /** The same, for what reads an organisation's records or lists. */
  readsOf: ReadsOf;
  /** Connections just now. */
  poolStatus: () => PoolStatuses;
  keys: ServerKeys;
  now: () => Date;
  log: Log;
  /** Where passwords are hashed; absent: in this process. */
  passwordWork?: PasswordWork;
  /** Milliseconds that the check of a password takes at least; absent: as long as tells nothing. */
  signInHoldMs?: number;
  /** For a server of several processes. */
  tracing?: Tracing;
  shareMetrics?: MetricsOptions['share'];
  /** Absent: serving. */
  phase?: () => Phase;
}

/** While starting, only health and metrics are answered. While leaving, everything is, but balancers are told to go. */
export type Phase = 'starting' | 'serving' | 'leaving';

export interface App {
  auth: Auth;
  http: HttpServer;
  /** Finishes what is in flight within `graceMs`, then writes what was gathered. The database stays open. */
  stop(graceMs: number): Promise<void>;
}

const flushEveryMs = 5_000;
const forgetEveryMs = 60_000;

/** Every path that is opened with an access token for the Data API, and with what scopes. */
const protectedResources: ProtectedResources = {
  [apiProducts.DATA_API.resourcePath]: scopesOf('DATA_API'),
  ...protectedRecords(),
};

export function createApp({
  config,
  db,
  readsOf,
  poolStatus,
  keys,
  now,
  log,
  shareMetrics,
  tracing = noTracing,
  phase = () => 'serving',
  passwordWork,
  signInHoldMs,
}: AppOptions): App {
  const metrics = createMetrics({ token: config.metricsToken, share: shareMetrics });
  const { publicUrl: issuer, requestsPerCredential, requestsPerOrganization, rateLimitStore } = config;
  const limits = { requestsPerCredential, requestsPerOrganization, rateLimitStore };
  const auth = createAuth({ db, now, keys, issuer, passwordWork, signInHoldMs, ...limits }, metrics.auth);
  addStateMetrics(metrics.registry, auth, poolStatus);
  const caller = callerOf(auth);
  const health = { serving: () => checkServing(phase()), ready: () => checkReady(db) };
  const ofTheProcess = { ...healthRoutes(health), ...metrics.routes };
  const isOfTheProcess = (path: string) => Object.hasOwn(ofTheProcess, path);
  const routes = {
    ...consoleOrGraphiql(),
    ...graphqlRoutes({
      execute: graphqlExecutor({ auth, readsOf }, caller, tracing),
      graphiql: graphiqlPage(),
    }),
    ...oauthTokenRoute({
      issueToken: async (asked, request) =>
        issuedToken(auth, await clientOf(auth, request, asked.client), asked, request),
    }),
    ...oauthIntrospectionRoute({
      introspect: async (presented, token, request) => {
        const asking = await introspectionCaller(auth, presented);
        request.noteCaller(asking);
        return introspect(auth, asking, token);
      },
    }),
    ...oauthRevocationRoute({
      revoke: async (presented, token, request) => {
        const client = await clientOf(auth, request, presented);
        return revokeAccessToken(auth, originOf(request), { client, token });
      },
    }),
    ...testAuthRoute({ test: (request) => testedCredential(auth, request) }),
    ...leakReportRoute({
      most: mostReported,
      revoke: (secrets, request) => revokeLeaked(auth, originOf(request), secrets),
    }),
    ...recordsRoutes({
      readsOf,
      keys,
      publicUrl: config.publicUrl,
      authenticate: caller,
      onExported: metrics.observeExport,
    }),
    ...jwksRoutes(auth.keyring),
    ...resourceMetadataRoutes(config.publicUrl, protectedResources),
    ...ofTheProcess,
  };
  const http = createHttpServer({
    routes: { ...routes, ...metadataRoutes({ issuer: config.publicUrl, routes }) },
    log,
    allowCors: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    newRequestId: randomUUID,
    publicUrl: config.publicUrl,
    tracing,
    onReply: metrics.observeReply,
    onProblem: metrics.observeProblem,
    isServed: (path) => phase() !== 'starting' || isOfTheProcess(path),
    isAhead: isOfTheProcess,
    isLeaving: () => phase() === 'leaving',
  });
  const later = (problem: string) => (err: unknown) => log.warn({ err }, problem);
  const flush = () => auth.credentialUse.flush().catch(later('last use of credentials not written yet'));
  const forget = async () =>
    phase() !== 'starting' &&
    Promise.all([forgetExpiredTokens(auth), forgetExpiredAssertions(auth), forgetExpiredCounts(db)]).catch(
      later('tokens, assertions, and counts that ran out are still kept'),
    );
  const timers = [setInterval(flush, flushEveryMs), setInterval(forget, forgetEveryMs)];
  for (const timer of timers) timer.unref();
  return {
    auth,
    http,
    async stop(graceMs) {
      for (const timer of timers) clearInterval(timer);
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

function checkServing(phase: Phase): void {
  if (phase !== 'serving') throw new AppError('SERVICE_UNAVAILABLE', { detail: `the server is ${phase}` });
}

async function checkReady(db: Database): Promise<void> {
  await checkPrimary(db);
  const { pending } = await migrationState(db);
  if (pending.length > 0)
    throw new AppError('SERVICE_UNAVAILABLE', { detail: `migrations missing: ${pending}` });
  if ((await readServerState(db, 'first_organization')) === undefined) {
    throw new AppError('SERVICE_UNAVAILABLE', { detail: 'the first start is under way' });
  }
}

function graphqlExecutor(
  house: Pick<Context, 'auth' | 'readsOf'>,
  caller: (request: HttpRequest) => Promise<Principal>,
  tracing: Tracing,
) {
  const execute = createExecutor(house, schema);
  return async (parameters: GraphqlParameters, request: HttpRequest): Promise<GraphqlReply> => {
    const { query, variables, operationName, method } = parameters;
    // Spelt out: spread into a literal with functions, they would take longer than to execute a small operation.
    const { body, refusal, headers } = await execute({
      query,
      variables,
      operationName,
      method,
      requestId: request.requestId,
      noteProblem: (error) => request.noteProblem(error),
      noteProven: (proven) => request.noteProvenInBody(proven),
      noteCounted: (states) => tellLimits(request, states),
      trace: (name, work) => {
        request.noteOperation(name);
        return tracing.operation(name, work);
      },
      address: request.address,
      userAgent: request.headers['user-agent'],
      authenticate: () => caller(request),
    });
    if (!refusal) return { body, status: 200, headers };
    const allow: Record<string, string> = refusal.code === 'METHOD_NOT_ALLOWED' ? { Allow: 'POST' } : {};
    return {
      body,
      status: refusal.status,
      headers: { ...headers, ...allow, ...problemHeaders(refusal, request) },
      isInvalidOperation: refusal.code === 'BAD_USER_INPUT',
    };
  };
}

/** A path of the Data API stands for the whole of it, as RFC 8707 section 2 allows. */
const wholeResource = (issuer: string, uri: string): string =>
  Object.keys(protectedResources).some((path) => uri === issuer + path)
    ? issuer + apiProducts.DATA_API.resourcePath
    : uri;

async function issuedToken(
  auth: Auth,
  client: CredentialState,
  { scope, resource }: TokenRequest,
  request: HttpRequest,
): Promise<OAuthToken> {
  const { accessToken, expiresInSeconds, scopes } = await clientCredentialsToken(auth, client, {
    scopes: scope?.split(' '),
    resources: resource.map((uri) => wholeResource(auth.issuer, uri)),
    onCounted: (states) => tellLimits(request, states),
  });
  return { accessToken, expiresInSeconds, scope: scopes.join(' ') };
}
