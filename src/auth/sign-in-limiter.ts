// Slows guesses of passwords: by address and e-mail together, and by address. Nobody else's sign-in is touched, so a
// guesser cannot lock the owner of an account out.

import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../errors.ts';

export interface SignInLimiter {
  /** Counts an attempt. @throws AppError RATE_LIMITED with the seconds to wait. */
  attempt(address: string, emailKey: string): Promise<void>;
  /** Forgets the attempts of an address on an e-mail: the right password was given. */
  succeeded(address: string, emailKey: string): Promise<void>;
}

export function createSignInLimiter(): SignInLimiter {
  const byAccount = new RateLimiterMemory({
    keyPrefix: 'account',
    points: 5,
    duration: 300,
    blockDuration: 30,
  });
  const byAddress = new RateLimiterMemory({
    keyPrefix: 'address',
    points: 60,
    duration: 60,
    blockDuration: 30,
  });
  const accountKey = (address: string, emailKey: string) => `${address} ${emailKey}`;
  return {
    async attempt(address, emailKey) {
      try {
        await byAddress.consume(address);
        await byAccount.consume(accountKey(address, emailKey));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        throw new AppError('RATE_LIMITED', {
          sentence: 'Too many sign-in attempts. Wait as long as Retry-After says, then try again.',
          retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        });
      }
    },
    async succeeded(address, emailKey) {
      await byAccount.delete(accountKey(address, emailKey));
    },
  };
}
