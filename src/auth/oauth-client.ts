// The live OAuth client of an id, and the one refusal that all others get.

import type { CredentialState } from '../db/credentials.ts';
import { AppError, type RefusalReason } from '../errors.ts';
import type { Auth } from './auth.ts';
import { notLiveBecause, subjectOf } from './authenticate.ts';

/** One answer outside; the detail is for the log, and the reason for the metrics. */
export const clientRefused = (reason: RefusalReason, detail: string, state?: CredentialState) =>
  new AppError('INVALID_CLIENT', { reason, detail: `client refused: ${detail}`, subject: subjectOf(state) });

/** @throws AppError INVALID_CLIENT for an id that is not a live OAuth client's, as the database has it now. */
export async function liveOAuthClient(auth: Auth, id: string): Promise<CredentialState> {
  const state = await auth.credentialState(id);
  if (!state?.live)
    throw clientRefused(notLiveBecause(state), `the client is ${notLiveBecause(state)}`, state);
  if (state.authenticationType !== 'OAUTH2_CLIENT_CREDENTIALS')
    throw clientRefused('wrong', 'not an OAuth client', state);
  return state;
}
