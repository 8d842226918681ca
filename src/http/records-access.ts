// Who may read a resource's records here: whoever may read them over GraphQL.

import { hasScopes } from '../auth/caller-scopes.ts';
import type { Principal } from '../auth/principal.ts';
import type { ServerKeys } from '../auth/server-keys.ts';
import type { DataResource } from '../db/data/resources.ts';
import type { ReadsOf } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { resourceScopes } from '../scopes.ts';
import type { HttpRequest } from './exchange.ts';

/** What the routes of the records are built on. */
export interface RecordsHouse {
  readonly readsOf: ReadsOf;
  readonly keys: ServerKeys;
  /** Without a slash at its end. */
  readonly publicUrl: string;
  /** Told how many records an export has read. */
  readonly onExported?: (resource: DataResource, rows: number) => void;
  /** @throws AppError UNAUTHENTICATED, SERVICE_UNAVAILABLE */
  readonly authenticate: (request: HttpRequest) => Promise<Principal>;
}

/**
 * The organisation whose records the caller may read, as things stand now.
 * @throws AppError UNAUTHENTICATED for an anonymous caller, FORBIDDEN with the scope for one that lacks it.
 */
export async function readableOrganization(
  house: RecordsHouse,
  request: HttpRequest,
  resource: DataResource,
): Promise<string> {
  const principal = await house.authenticate(request);
  if (principal.kind === 'anonymous') {
    const sentence = 'Present an API key or an access token: the records are not open to anonymous callers.';
    throw new AppError('UNAUTHENTICATED', { sentence, reason: 'missing', detail: 'anonymous caller' });
  }
  const scope = resourceScopes[resource];
  if (hasScopes(principal, [[scope]])) return principal.organizationId;
  const sentence = `The caller lacks the scope that opens these records: ${scope}.`;
  throw new AppError('FORBIDDEN', { sentence, missingScopes: [scope] });
}
