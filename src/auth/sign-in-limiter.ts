// Slows guesses of passwords: by address (or block of addresses) and e-mail together, by that alone, and by the site that
// has many blocks. Nobody else's sign-in is touched, so a guesser cannot lock the owner of an account out.

import { addressBlock, siteBlock } from './address-block.ts';
import type { NewAttemptLimiter } from './attempt-limiter.ts';
import { consume } from './rate-limit.ts';

export interface SignInLimiter {
  /** Counts an attempt. @throws AppError RATE_LIMITED with the seconds to wait. */
  attempt(address: string, emailKey: string): Promise<void>;
  /**
   * Does not count the attempt of an address on an e-mail: the right password was given. The ones before it stay counted:
   * they may have been guesses at the account that another organisation has under this e-mail.
   */
  succeeded(address: string, emailKey: string): Promise<void>;
}

export function createSignInLimiter(newLimiter: NewAttemptLimiter): SignInLimiter {
  const byAccount = newLimiter({
    name: 'sign-in account',
    attempts: 5,
    windowSeconds: 300,
    blockSeconds: 30,
  });
  const byAddress = newLimiter({
    name: 'sign-in address',
    attempts: 60,
    windowSeconds: 60,
    blockSeconds: 30,
  });
  // Fewer than may wait for their password to be checked: no site fills that queue by itself.
  const bySite = newLimiter({ name: 'sign-in site', attempts: 180, windowSeconds: 60, blockSeconds: 30 });
  const sentence = 'Too many sign-in attempts. Wait as long as Retry-After says, then try again.';
  const accountKey = (address: string, emailKey: string) => `${addressBlock(address)} ${emailKey}`;
  return {
    async attempt(address, emailKey) {
      const [block, site] = [addressBlock(address), siteBlock(address)];
      await consume(byAddress, block, 1, sentence);
      if (site !== block) await consume(bySite, site, 1, sentence);
      await consume(byAccount, accountKey(address, emailKey), 1, sentence);
    },
    async succeeded(address, emailKey) {
      await byAccount.giveBack(accountKey(address, emailKey));
    },
  };
}
