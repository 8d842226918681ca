// What an access token or API key is worth at this moment (RFC 7662), told to callers of its own organisation alone.

import { AppError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { type AuthenticatedMachine, authenticateMachine } from './authenticate.ts';
import { authenticateClient, type PresentedClient } from './client-authentication.ts';
import { machineCaller } from './machine-caller.ts';

/** Who asks: an OAuth client, or whatever an Authorization header holds. */
export type IntrospectionCaller = PresentedClient | { readonly authorization: string };

/** The members of an introspection response (RFC 7662 section 2.2) beside `active`. */
export interface ActiveToken {
  /** What it may do now: never more than what it was issued for. */
  scope: string;
  sub: string;
  iss: string;
  token_type: 'Bearer';
  /** Access tokens only, like all below: an API key is no client's, is for no resource, and never runs out. */
  client_id?: string;
  aud?: string | string[];
  iat?: number;
  exp?: number;
  jti?: string;
}

/**
 * Asks about a token. The answer is of this moment, not of when the token was issued.
 * @returns undefined for everything that is not active for this caller: unknown, forged, expired, revoked, of a
 *   credential or owner that is not live, without any scope left, or of another organisation.
 * @throws AppError INVALID_CLIENT or UNAUTHENTICATED for the caller, SERVICE_UNAVAILABLE
 */
export async function introspect(
  auth: Auth,
  caller: IntrospectionCaller,
  token: string,
): Promise<ActiveToken | undefined> {
  const organizationId = await organizationOf(auth, caller);
  const machine = await authenticateMachine(auth, token).catch(unlessUnauthenticated);
  if (machine?.state.organizationId !== organizationId || machine.scopes.length === 0) return undefined;
  // Whoever asks does so because it was presented: it is in use.
  auth.credentialUse.record(organizationId, machine.state.id);
  return describe(auth.issuer, machine);
}

async function organizationOf(auth: Auth, caller: IntrospectionCaller): Promise<string> {
  if ('authorization' in caller) return (await machineCaller(auth, caller.authorization)).organizationId;
  const client = await authenticateClient(auth, caller);
  auth.credentialUse.record(client.organizationId, client.id);
  return client.organizationId;
}

function unlessUnauthenticated(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'UNAUTHENTICATED') return undefined;
  throw error;
}

function describe(iss: string, { state, scopes, facts }: AuthenticatedMachine): ActiveToken {
  const common = { scope: scopes.join(' '), sub: state.id, iss, token_type: 'Bearer' } as const;
  if (!facts) return common;
  const [first = '', ...others] = facts.audience;
  return {
    ...common,
    client_id: facts.clientId,
    aud: others.length === 0 ? first : facts.audience,
    iat: facts.issuedAt,
    exp: facts.expiresAt,
    jti: facts.jti,
  };
}
