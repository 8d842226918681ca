// Who is this OAuth client? What it presented → the state of a live client. The same for every endpoint at which
// clients authenticate.

import type { CredentialState } from '../db/credentials.ts';
import { AppError } from '../errors.ts';
import type { Auth } from './auth.ts';
import { matchesSecret, notLiveBecause } from './authenticate.ts';
import { parseSecret } from './secret.ts';
import { machineHoldMs, refusedUniformly } from './uniform-refusal.ts';

/** What a client presents as proof of who it is, whether it is right or not. */
export interface PresentedClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

/**
 * The state of the client, read now. Unknown client, wrong secret, revoked, suspended, and wrong type are one answer,
 * at one time after the request began. Writes nothing.
 * @throws AppError INVALID_CLIENT; SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export function authenticateClient(auth: Auth, presented: PresentedClient): Promise<CredentialState> {
  return refusedUniformly(machineHoldMs, () => clientBySecret(auth, presented));
}

const refuse = (detail: string) => new AppError('INVALID_CLIENT', { detail: `client refused: ${detail}` });

async function clientBySecret(
  auth: Auth,
  { clientId, clientSecret }: PresentedClient,
): Promise<CredentialState> {
  const id = parseSecret(auth.keys, 'sec', clientSecret);
  if (id === undefined) throw refuse('the client secret is forged or mistyped');
  if (id !== clientId) throw refuse('the client secret is not of this client id');
  const state = await auth.credentialState(id);
  if (!state?.live) throw refuse(`the client is ${notLiveBecause(state)}`);
  if (state.authenticationType !== 'OAUTH2_CLIENT_CREDENTIALS') throw refuse('not an OAuth client');
  if (!(await matchesSecret(auth, clientSecret, state))) throw refuse('the client secret does not match');
  return state;
}
