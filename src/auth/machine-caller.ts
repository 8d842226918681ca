// Callers that must be machines: an API key or access token in the Authorization header, for whichever product. People's
// sessions are not what these addresses are for, and get the answer of a credential that is not live.

import { AppError } from '../errors.ts';
import { type ApiProductName, apiProducts } from '../scopes.ts';
import type { Auth } from './auth.ts';
import { authenticate } from './authenticate.ts';
import type { Machine } from './principal.ts';

const everyProduct = Object.keys(apiProducts) as ApiProductName[];
const sentence = 'Present a live API key or access token in the Authorization header.';

/**
 * @param authorization every Authorization header of the request
 * @throws AppError UNAUTHENTICATED for everything else, with one sentence; SERVICE_UNAVAILABLE
 */
export async function machineCaller(auth: Auth, authorization: readonly string[]): Promise<Machine> {
  const presented = { authorization, sessionCookie: undefined, products: everyProduct };
  const principal = await authenticate(auth, presented).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'UNAUTHENTICATED')) throw error;
    throw new AppError('UNAUTHENTICATED', { sentence, detail: error.message });
  });
  if (principal.kind === 'machine') return principal;
  throw new AppError('UNAUTHENTICATED', { sentence, detail: `the caller is ${principal.kind}` });
}
