// What an access token or API key is worth at this moment (RFC 7662), told to callers of its own organisation alone.

import { AppError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { type AuthenticatedMachine, authenticateMachine } from './authenticate.ts';
import { authenticateClient, type PresentedClient } from './client-authentication.ts';
import { machineCaller } from './machine-caller.ts';

/** What whoever asks presents: as an OAuth client, or in an Authorization header. */
export type PresentedCaller = PresentedClient | { readonly authorization: string };

/** Who asks. */
export interface IntrospectionCaller {
  readonly organizationId: string;
  readonly credentialId: string;
}

/** @throws AppError INVALID_CLIENT or UNAUTHENTICATED, SERVICE_UNAVAILABLE */
export async function introspectionCaller(
  auth: Auth,
  presented: PresentedCaller,
): Promise<IntrospectionCaller> {
  if ('authorization' in presented) return machineCaller(auth, presented.authorization);
  const { organizationId, id: credentialId } = await authenticateClient(auth, presented);
  auth.credentialUse.record(organizationId, credentialId);
  return { organizationId, credentialId };
}

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
 * @throws AppError SERVICE_UNAVAILABLE
 */
export async function introspect(
  auth: Auth,
  { organizationId }: IntrospectionCaller,
  token: string,
): Promise<ActiveToken | undefined> {
  const machine = await authenticateMachine(auth, token).catch(unlessUnauthenticated);
  if (machine?.state.organizationId !== organizationId || machine.scopes.length === 0) return undefined;
  // Whoever asks does so because it was presented: it is in use.
  auth.credentialUse.record(organizationId, machine.state.id);
  return describe(auth.issuer, machine);
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
