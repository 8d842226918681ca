// An organisation as a whole: suspended and resumed. Every look at a caller's state asks for the organisation's, so either
// bites on the next request, on every instance.

import { changeOrganizationStatus, type Organization, type OrganizationStatus } from '../db/organizations.ts';
import type { Database } from '../db/tables.ts';
import { inTransaction } from '../db/transaction.ts';
import { recordAudit } from './audit.ts';

const others = { SUSPENDED: 'ACTIVE', ACTIVE: 'SUSPENDED' } as const;
const actions = { SUSPENDED: 'ORGANIZATION_SUSPENDED', ACTIVE: 'ORGANIZATION_RESUMED' } as const;

/**
 * Suspends an organisation, so that no key, secret, token, or session of it works, or resumes it, so that those work again
 * that were live before. From the command line only.
 * @returns whether it was in the other state.
 */
export async function setOrganizationStatus(
  db: Database,
  { id, name }: Organization,
  status: OrganizationStatus,
  now: Date,
): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await changeOrganizationStatus(tx, id, status))) return false;
    await recordAudit(tx, { kind: 'COMMAND_LINE' }, now, {
      organizationId: id,
      action: actions[status],
      target: { kind: 'ORGANIZATION', id },
      detail: { name, status: { from: others[status], to: status } },
    });
    return true;
  });
}
