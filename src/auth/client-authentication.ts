// Who is this OAuth client? What it presented → the state of a live client. The same for every endpoint at which
// clients authenticate.

import type { CredentialState } from '../db/credentials.ts';
import type { Auth } from './auth.ts';
import { clientByAssertion, type PresentedAssertion } from './client-assertion.ts';
import { clientRefused, liveOAuthClient } from './oauth-client.ts';

export interface PresentedSecret {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What a client presents as proof of who it is, whether it is right or not. */
export type PresentedClient = PresentedSecret | PresentedAssertion;

/**
 * The state of the client, read now. Unknown client, wrong secret or assertion, revoked, suspended, and wrong type are
 * one answer, at one time after the request began. Uses up an assertion, and writes nothing else.
 * @throws AppError INVALID_CLIENT; SERVICE_UNAVAILABLE when the database cannot be asked.
 */
export function authenticateClient(auth: Auth, presented: PresentedClient): Promise<CredentialState> {
  return auth.refuseMachines(() =>
    'clientSecret' in presented ? clientBySecret(auth, presented) : clientByAssertion(auth, presented),
  );
}

async function clientBySecret(auth: Auth, presented: PresentedSecret): Promise<CredentialState> {
  const { clientId, clientSecret } = presented;
  const secret = auth.secrets.read('sec', clientSecret);
  if (!secret) throw clientRefused('forged', 'the client secret is forged or mistyped');
  if (secret.id !== clientId) throw clientRefused('wrong', 'the client secret is not of this client id');
  const state = await liveOAuthClient(auth, clientId);
  if (!(await auth.secrets.matches(secret, state.hashes)))
    throw clientRefused('wrong', 'the client secret does not match', state);
  return state;
}
