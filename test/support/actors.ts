// The people and pipelines that tests are about, acting over HTTP as they would.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type ASTNode, print } from 'graphql';
import type { ScopeName } from '../../src/scopes.ts';
import {
  CreateCredentialDocument,
  type CredentialFieldsFragment,
  SignInDocument,
} from '../operations/documents.ts';
import { adminPassword, type TestApp } from './app.ts';

export interface Reply<Data> {
  status: number;
  headers: Headers;
  data: Data | null | undefined;
  errors: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; missingScopes?: string[] };
  }[];
}

/** Somebody who calls the API: with what Authorization header, or none. */
export class Caller {
  readonly app: TestApp;
  readonly authorization: string | undefined;

  constructor(app: TestApp, authorization?: string) {
    this.app = app;
    this.authorization = authorization;
  }

  /** Sends an operation and returns the whole reply. */
  async send<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | string,
    variables?: Variables,
    headers: Record<string, string> = {},
  ): Promise<Reply<Data>> {
    const query = typeof document === 'string' ? document : print(document as ASTNode);
    const response = await fetch(`${this.app.url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(this.authorization !== undefined && { Authorization: this.authorization }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
    });
    const body = (await response.json()) as { data?: Data; errors?: Reply<Data>['errors'] };
    return { status: response.status, headers: response.headers, data: body.data, errors: body.errors ?? [] };
  }

  /** Sends an operation that should succeed, and returns its data. */
  async run<Data, Variables>(
    document: TypedDocumentNode<Data, Variables> | string,
    variables?: Variables,
  ): Promise<Data> {
    const reply = await this.send(document, variables);
    if (reply.status !== 200 || reply.errors.length > 0 || !reply.data) {
      throw new Error(`the operation failed with ${reply.status}: ${JSON.stringify(reply.errors)}`);
    }
    return reply.data;
  }
}

export const anybody = (app: TestApp) => new Caller(app);

/** A person with a bearer session. */
export async function signedIn(
  app: TestApp,
  email = 'admin@acme.example',
  password = adminPassword,
): Promise<Caller> {
  const { signIn } = await anybody(app).run(SignInDocument, {
    input: { email, password, transport: 'BEARER' },
  });
  if (!signIn.sessionToken) throw new Error(`${email} cannot sign in: ${JSON.stringify(signIn.userErrors)}`);
  return new Caller(app, `Bearer ${signIn.sessionToken}`);
}

export interface OAuthClient {
  credential: CredentialFieldsFragment;
  clientId: string;
  clientSecret: string;
}

export async function createClient(
  admin: Caller,
  scopes: ScopeName[] = ['CONVERSATIONS'],
  ownerAccountId?: string,
): Promise<OAuthClient> {
  const { createCredential } = await admin.run(CreateCredentialDocument, {
    input: { name: 'Nightly export', scopes, ownerAccountId },
  });
  const { credential, secret } = createCredential;
  if (!credential || secret?.__typename !== 'OAuthClientSecret')
    throw new Error(JSON.stringify(createCredential));
  return { credential, clientId: secret.clientId, clientSecret: secret.clientSecret };
}

export interface ApiKey {
  credential: CredentialFieldsFragment;
  apiKey: string;
}

export async function createApiKey(
  admin: Caller,
  scopes: ScopeName[] = ['CONVERSATIONS'],
  ownerAccountId?: string,
): Promise<ApiKey> {
  const { createCredential } = await admin.run(CreateCredentialDocument, {
    input: { name: 'Dashboard', authenticationType: 'API_KEY', scopes, ownerAccountId },
  });
  const { credential, secret } = createCredential;
  if (!credential || secret?.__typename !== 'ApiKeySecret') throw new Error(JSON.stringify(createCredential));
  return { credential, apiKey: secret.apiKey };
}

/** The token endpoint's reply to a client, by Basic. */
export async function requestToken(
  app: TestApp,
  client: Pick<OAuthClient, 'clientId' | 'clientSecret'>,
  parameters: Record<string, string> = {},
) {
  const response = await fetch(`${app.url}/oauth/v1/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${client.clientId}:${client.clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...parameters }),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** A pipeline that has an access token. */
export async function pipeline(app: TestApp, client: OAuthClient, scope?: string): Promise<Caller> {
  const { body } = await requestToken(app, client, scope === undefined ? {} : { scope });
  if (typeof body.access_token !== 'string') throw new Error(`no token: ${JSON.stringify(body)}`);
  return new Caller(app, `Bearer ${body.access_token}`);
}
