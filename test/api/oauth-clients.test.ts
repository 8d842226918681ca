// OAuth clients that nobody here wrote get tokens from the live server unchanged, use them, and understand its errors.

import { OAuth2Client, OAuth2HttpError } from '@badgateway/oauth2-client';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import { ClientCredentials, type ModuleOptions } from 'simple-oauth2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller, createClient, type OAuthClient, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { freePort } from '../support/server-process.ts';

let app: TestApp;
let issuer: string;
let server: oauth.AuthorizationServer;
let client: OAuthClient;
/** The same client with a secret that is none of the server's. */
let impostor: OAuthClient;

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  app = await startApp(undefined, { publicUrl: issuer, port });
  server = await discovered();
  client = await createClient(await signedIn(app), ['CONVERSATIONS', 'USERS']);
  const { clientSecret } = client;
  impostor = {
    ...client,
    clientSecret: clientSecret.slice(0, -1) + (clientSecret.endsWith('x') ? 'y' : 'x'),
  };
});
afterAll(() => app.close());

const path = '/oauth/v1/token';
const all = ['conversations:read', 'users:read'];

/** What the issuer says of itself (RFC 8414): clients are given its address and nothing else. */
async function discovered(): Promise<oauth.AuthorizationServer> {
  const address = new URL(issuer);
  const options = { algorithm: 'oauth2', [oauth.allowInsecureRequests]: true } as const;
  return oauth.processDiscoveryResponse(address, await oauth.discoveryRequest(address, options));
}
const tokenEndpoint = (): string => server.token_endpoint ?? '';

/** The token opens what its scopes say, and nothing else. */
async function expectUsable(accessToken: unknown, scopes: readonly string[] = all): Promise<void> {
  const caller = new Caller(app, `Bearer ${accessToken}`);
  const { viewer } = await caller.run<{ viewer: { scopes: { value: string }[] } }, object>(
    '{ viewer { scopes { value } } conversations(first: 1) { nodes { id } } }',
  );
  expect(viewer.scopes.map(({ value }) => value)).toEqual(scopes);
}

const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: unknown) => error,
  );

describe('oauth4webapi', () => {
  const methods = [
    ['client_secret_basic', oauth.ClientSecretBasic],
    ['client_secret_post', oauth.ClientSecretPost],
  ] as const;

  async function grant(who: OAuthClient, method: (secret: string) => oauth.ClientAuth, parameters = {}) {
    const self = { client_id: who.clientId };
    const options = { [oauth.allowInsecureRequests]: true };
    const authentication = method(who.clientSecret);
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      self,
      authentication,
      parameters,
      options,
    );
    return oauth.processClientCredentialsResponse(server, self, response);
  }

  it.each(methods)(
    'gets a token by %s, and its processing of the reply finds nothing wrong',
    async (_name, method) => {
      const token = await grant(client, method);
      expect(token).toMatchObject({ token_type: 'bearer', expires_in: 3_600, scope: all.join(' ') });
      await expectUsable(token.access_token);
    },
  );

  it.each(methods)(
    'gets a token with the scope and for the resource it names by %s',
    async (_name, method) => {
      const token = await grant(client, method, { scope: all[0], resource: `${issuer}/graphql` });
      expect(token.scope).toBe(all[0]);
      await expectUsable(token.access_token, [String(all[0])]);
    },
  );

  it.each(methods)('is told of a wrong secret by %s: 401 with a challenge', async (_name, method) => {
    const error = await thrownBy(grant(impostor, method));
    expect(error).toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
    expect(error).toMatchObject({
      status: 401,
      cause: [{ scheme: 'basic', parameters: { realm: 'latchkey' } }],
    });
    const { response } = error as oauth.WWWAuthenticateChallengeError;
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it.each(methods)('is told of a scope that it may not have by %s: invalid_scope', async (_name, method) => {
    const error = await thrownBy(grant(client, method, { scope: 'interactions:read' }));
    expect(error).toBeInstanceOf(oauth.ResponseBodyError);
    expect(error).toMatchObject({ status: 400, error: 'invalid_scope' });
    expect((error as oauth.ResponseBodyError).error_description).toContain('scope');
  });

  it('reads the API with its own request, and understands what the API refuses', async () => {
    const { access_token: token } = await grant(client, oauth.ClientSecretBasic, { scope: all[0] });
    const ask = (query: string, presented = token) => {
      const headers = new Headers({ 'Content-Type': 'application/json' });
      const options = { [oauth.allowInsecureRequests]: true };
      const url = new URL(`${app.url}/graphql`);
      return oauth.protectedResourceRequest(
        presented,
        'POST',
        url,
        headers,
        JSON.stringify({ query }),
        options,
      );
    };
    expect((await ask('{ conversations { nodes { id } } }')).status).toBe(200);
    expect(await thrownBy(ask('{ users { nodes { id } } }'))).toMatchObject({
      status: 403,
      cause: [{ scheme: 'bearer', parameters: { error: 'insufficient_scope', scope: all[1] } }],
    });
    expect(await thrownBy(ask('{ viewer { __typename } }', `${token}x`))).toMatchObject({
      status: 401,
      cause: [{ scheme: 'bearer', parameters: { error: 'invalid_token' } }],
    });
  });
});

describe('openid-client', () => {
  const methods = [
    ['ClientSecretBasic', openid.ClientSecretBasic],
    ['ClientSecretPost', openid.ClientSecretPost],
  ] as const;

  const configuration = (who: OAuthClient, method: (secret: string) => openid.ClientAuth) =>
    openid.discovery(new URL(issuer), who.clientId, undefined, method(who.clientSecret), {
      algorithm: 'oauth2',
      execute: [openid.allowInsecureRequests],
    });

  it.each(methods)('gets a token by %s, which the API takes', async (_name, method) => {
    const config = await configuration(client, method);
    const token = await openid.clientCredentialsGrant(config, { scope: all.join(' ') });
    expect(token.expiresIn()).toBeGreaterThan(3_500);
    await expectUsable(token.access_token);
    const url = new URL(`${app.url}/graphql?query={viewer{__typename}}`);
    const reply = await openid.fetchProtectedResource(config, token.access_token, url, 'GET');
    expect(await reply.json()).toEqual({ data: { viewer: { __typename: 'Viewer' } } });
  });

  it.each(methods)('is told of a wrong secret by %s', async (_name, method) => {
    const error = await thrownBy(openid.clientCredentialsGrant(await configuration(impostor, method)));
    expect(error).toBeInstanceOf(openid.WWWAuthenticateChallengeError);
    expect(error).toMatchObject({ status: 401, code: 'OAUTH_WWW_AUTHENTICATE_CHALLENGE' });
  });

  it.each(methods)('is told of a scope and of a resource that do not exist by %s', async (_name, method) => {
    const config = await configuration(client, method);
    for (const [parameters, code] of [
      [{ scope: 'nonsense' }, 'invalid_scope'],
      [{ resource: 'https://other.example/' }, 'invalid_target'],
    ] as const) {
      const error = await thrownBy(openid.clientCredentialsGrant(config, parameters));
      expect(error).toBeInstanceOf(openid.ResponseBodyError);
      expect(error).toMatchObject({ status: 400, error: code, code: 'OAUTH_RESPONSE_BODY_ERROR' });
    }
  });
});

describe('simple-oauth2', () => {
  const ways: Partial<ModuleOptions['options']>[] = (['strict', 'loose'] as const).flatMap(
    (credentialsEncodingMode) =>
      (['form', 'json'] as const).flatMap((bodyFormat) =>
        (['header', 'body'] as const).map((authorizationMethod) => ({
          credentialsEncodingMode,
          bodyFormat,
          authorizationMethod,
        })),
      ),
  );
  const made = (who: OAuthClient, options: ModuleOptions['options']) =>
    new ClientCredentials({
      client: { id: who.clientId, secret: who.clientSecret },
      auth: { tokenHost: app.url, tokenPath: path },
      options,
    });

  it.each(ways)('gets a token, knows when it expires, and is told of a wrong secret: %o', async (options) => {
    const token = await made(client, options).getToken({ scope: all });
    expect(token.expired(3_500)).toBe(false);
    expect(token.expired(3_700)).toBe(true);
    await expectUsable(token.token.access_token);
    expect(await thrownBy(made(impostor, options).getToken({}))).toMatchObject({
      isBoom: true,
      output: { statusCode: 401 },
      data: { payload: { error: 'invalid_client' } },
    });
  });
});

describe('@badgateway/oauth2-client', () => {
  const methods = [
    'client_secret_basic',
    'client_secret_basic_interop',
    'client_secret_post',
    undefined,
  ] as const;
  const made = ({ clientId, clientSecret }: OAuthClient, authenticationMethod: (typeof methods)[number]) => {
    return new OAuth2Client({
      tokenEndpoint: tokenEndpoint(),
      clientId,
      clientSecret,
      ...(authenticationMethod && { authenticationMethod }),
    });
  };

  it.each(methods)('gets a token by %s', async (method) => {
    const token = await made(client, method).clientCredentials({ scope: all, resource: `${issuer}/graphql` });
    expect((token.expiresAt ?? 0) - Date.now()).toBeGreaterThan(3_500_000);
    await expectUsable(token.accessToken);
  });

  it.each(methods)('is told of a wrong secret by %s: invalid_client', async (method) => {
    const error = await thrownBy(made(impostor, method).clientCredentials());
    expect(error).toBeInstanceOf(OAuth2HttpError);
    expect(error).toMatchObject({ oauth2Code: 'invalid_client', httpCode: 401 });
  });
});

describe("golang.org/x/oauth2's way of finding out, Basic first and then the body", () => {
  /** AuthStyleAutoDetect, as its internal/token.go does it: the second style only after the first has failed. */
  async function retrieve({ clientId, clientSecret }: OAuthClient) {
    const styles: string[] = [];
    const send = async (inParameters: boolean) => {
      styles.push(inParameters ? 'body' : 'Basic');
      const body = new URLSearchParams({ grant_type: 'client_credentials' });
      const headers = new Headers({ 'Content-Type': 'application/x-www-form-urlencoded' });
      if (inParameters) {
        body.set('client_id', clientId);
        body.set('client_secret', clientSecret);
      } else
        headers.set(
          'Authorization',
          `Basic ${btoa([clientId, clientSecret].map(encodeURIComponent).join(':'))}`,
        );
      const response = await fetch(tokenEndpoint(), {
        method: 'POST',
        headers,
        body: body.toString(),
      });
      return { status: response.status, reply: (await response.json()) as Record<string, unknown> };
    };
    let got = await send(false);
    if (got.status !== 200) got = await send(true);
    return { ...got, styles };
  }

  it('gets a token at the first try', async () => {
    const { reply, styles } = await retrieve(client);
    expect(styles).toEqual(['Basic']);
    expect(reply).toMatchObject({ token_type: 'Bearer', expires_in: 3_600 });
    await expectUsable(reply.access_token);
  });

  it('is told of a wrong secret by both, in the same words', async () => {
    const { status, reply, styles } = await retrieve(impostor);
    expect(styles).toEqual(['Basic', 'body']);
    expect({ status, error: reply.error }).toEqual({ status: 401, error: 'invalid_client' });
    expect(typeof reply.error_description).toBe('string');
  });
});
