// Callers that must be machines: an API key or access token in the Authorization header, for whichever product. People's
// sessions are not what these addresses are for, and get the answer of a credential that is not live.

import { AppError, type RefusalReason, type Subject } from '../errors.ts';
import { type ApiProductName, apiProducts } from '../scopes.ts';
import type { Auth } from './auth.ts';
import { authenticateHeader } from './authenticate.ts';
import type { Machine } from './principal.ts';

const everyProduct = Object.keys(apiProducts) as ApiProductName[];

/**
 * The machine that an Authorization header speaks for.
 * @throws AppError UNAUTHENTICATED for everything but a live API key or access token, with one sentence, at one time;
 *   SERVICE_UNAVAILABLE
 */
export const machineCaller = (auth: Auth, authorization: string | undefined): Promise<Machine> =>
  auth.refuseMachines(async () => {
    const presented = { authorization, sessionCookie: undefined, products: everyProduct };
    const principal = await authenticateHeader(auth, presented).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'UNAUTHENTICATED')
        throw refuse(error.message, error.reason, error.subject);
      throw error;
    });
    if (principal.kind === 'machine') return principal;
    throw refuse(`the caller is ${principal.kind}, not a machine`, 'wrong');
  });

const refuse = (detail: string, reason: RefusalReason | undefined, subject?: Subject) =>
  new AppError('UNAUTHENTICATED', {
    sentence: 'Present a live API key or access token in the Authorization header.',
    detail,
    ...(reason && { reason }),
    subject,
  });
