// Every migration by its name, in order. A migration is additive, runs once, and is never edited after a release. The
// number 0005 was never used.

import type { Kysely } from 'kysely';
import * as core from './0001_core.ts';
import * as dataApi from './0002_data_api.ts';
import * as recordVersions from './0003_record_versions.ts';
import * as dataApiIndexes from './0004_data_api_indexes.ts';
import * as clientKeys from './0006_client_keys.ts';
import * as revokedTokens from './0007_revoked_tokens.ts';
import * as signingKeyCompromise from './0008_signing_key_compromise.ts';
import * as idempotency from './0009_idempotency.ts';
import * as rateLimits from './0010_rate_limits.ts';

export interface Migration {
  up(db: Kysely<unknown>): Promise<void>;
}

export const migrations: Readonly<Record<string, Migration>> = {
  '0001_core': core,
  '0002_data_api': dataApi,
  '0003_record_versions': recordVersions,
  '0004_data_api_indexes': dataApiIndexes,
  '0006_client_keys': clientKeys,
  '0007_revoked_tokens': revokedTokens,
  '0008_signing_key_compromise': signingKeyCompromise,
  '0009_idempotency': idempotency,
  '0010_rate_limits': rateLimits,
};
