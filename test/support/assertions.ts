// OAuth clients that hold a private key: the keys, the assertions that they sign, and asking for a token with one.

import { randomUUID, type webcrypto } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { AddCredentialKeyDocument } from '../operations/documents.ts';
import { type Caller, createClient, type OAuthClient } from './actors.ts';
import { issuer, type TestApp } from './app.ts';

export interface ClientKeyPair {
  alg: string;
  privateKey: webcrypto.CryptoKey;
  /** With `alg`, as an RSA key must have it. */
  jwk: JWK & Record<string, unknown>;
}

export async function newKeyPair(alg = 'ES256'): Promise<ClientKeyPair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { alg, privateKey: pair.privateKey, jwk: { ...(await exportJWK(pair.publicKey)), alg } };
}

export interface KeyClient extends OAuthClient {
  key: ClientKeyPair;
}

/** An OAuth client with a public key. */
export async function createKeyClient(
  admin: Caller,
  alg?: string,
  ...rest: Parameters<typeof createClient> extends [Caller, ...infer Rest] ? Rest : never
): Promise<KeyClient> {
  const client = await createClient(admin, ...rest);
  const key = await newKeyPair(alg);
  await addKey(admin, client.clientId, key);
  return { ...client, key };
}

export async function addKey(admin: Caller, credentialId: string, { jwk }: Pick<ClientKeyPair, 'jwk'>) {
  const { addCredentialKey } = await admin.run(AddCredentialKeyDocument, { input: { credentialId, jwk } });
  return addCredentialKey;
}

/** What a well-made assertion claims, and its header; `undefined` in a change leaves a member out. */
export interface AssertionChange {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: ClientKeyPair;
}

export function assertionOf(
  app: TestApp,
  client: Pick<KeyClient, 'clientId' | 'key'>,
  change: AssertionChange = {},
): Promise<string> {
  const now = Math.floor(app.clock.now().getTime() / 1000);
  const key = change.key ?? client.key;
  const claims = { iss: client.clientId, sub: client.clientId, aud: issuer, jti: randomUUID(), iat: now };
  return new SignJWT({ ...claims, exp: now + 60, ...change.claims })
    .setProtectedHeader({ alg: key.alg, ...change.header })
    .sign(key.privateKey);
}

export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The form of a token request. */
export const assertionBody = (assertion: string, parameters: Record<string, string> = {}): string =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: assertionType,
    client_assertion: assertion,
    ...parameters,
  }).toString();

/** The token endpoint's reply to an assertion. */
export async function tokenByAssertion(
  app: TestApp,
  assertion: string,
  parameters: Record<string, string> = {},
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${app.url}/oauth/v1/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: assertionBody(assertion, parameters),
  });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}
