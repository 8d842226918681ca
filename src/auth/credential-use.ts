// When each credential was last used, without a write per request: gathered in memory, flushed in one statement.

import { type CredentialUse, touchCredentials } from '../db/credentials.ts';
import type { Database } from '../db/tables.ts';

export interface CredentialUseRecorder {
  record(organizationId: string, credentialId: string): void;
  /** Writes what was gathered. What cannot be written is kept for the next time. */
  flush(): Promise<void>;
}

export function createCredentialUseRecorder(db: Database, now: () => Date): CredentialUseRecorder {
  let gathered = new Map<string, CredentialUse>();
  return {
    record(organizationId, credentialId) {
      gathered.set(credentialId, { organizationId, credentialId, at: now() });
    },
    async flush() {
      if (gathered.size === 0) return;
      const uses = gathered;
      gathered = new Map();
      try {
        await touchCredentials(db, [...uses.values()]);
      } catch (error) {
        gathered = new Map([...uses, ...gathered]);
        throw error;
      }
    },
  };
}
