// Introspection and revocation, asked over HTTP as clients and resource servers do.

import type { OAuthClient } from './actors.ts';
import type { TestApp } from './app.ts';
import { type RawReply, rawRequest } from './raw-reply.ts';

export const basic = ({ clientId, clientSecret }: Pick<OAuthClient, 'clientId' | 'clientSecret'>): string =>
  `Basic ${btoa(`${clientId}:${clientSecret}`)}`;

const post = (app: TestApp, path: string, authorization: string, parameters: Record<string, string>) =>
  rawRequest(app, path, {
    method: 'POST',
    headers: { Authorization: authorization },
    body: new URLSearchParams(parameters),
  });

export const introspection = (
  app: TestApp,
  authorization: string,
  token: string,
  more: Record<string, string> = {},
): Promise<RawReply> => post(app, '/oauth/v1/introspect', authorization, { token, ...more });

export const revocation = (
  app: TestApp,
  authorization: string,
  token: string,
  more: Record<string, string> = {},
): Promise<RawReply> => post(app, '/oauth/v1/revoke', authorization, { token, ...more });

/** What introspection says of a token. */
export async function introspected(
  app: TestApp,
  authorization: string,
  token: string,
): Promise<Record<string, unknown>> {
  const { status, body } = await introspection(app, authorization, token);
  if (status !== 200) throw new Error(`introspection answered ${status}: ${body}`);
  return JSON.parse(body) as Record<string, unknown>;
}

export const testAuth = (app: TestApp, authorization?: string, init: RequestInit = {}): Promise<RawReply> =>
  rawRequest(app, '/rest/v1/auth/test', {
    ...init,
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });

export const reportLeaked = (app: TestApp, body: unknown): Promise<RawReply> =>
  rawRequest(app, '/credentials/v1/revoke-leaked', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });

/** The same token in another spelling: with s, n - s verifies an ECDSA signature just as well (P-256). */
export function respelt(token: string): string {
  const n = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.from((n - s).toString(16).padStart(64, '0'), 'hex');
  return `${header}.${payload}.${Buffer.concat([bytes.subarray(0, 32), other]).toString('base64url')}`;
}
