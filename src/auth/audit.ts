// Who did what, when, from where: the one way to write an audit event. Nothing secret goes into one.

import { insertAuditEvent, insertAuditEventEverywhere } from '../db/audit-events.ts';
import type { AuditEventsTable, Transaction } from '../db/tables.ts';
import { withoutSecrets } from '../log.ts';
import type { Origin } from './principal.ts';
import { newId } from './random.ts';

export const auditActions = [
  'ORGANIZATION_CREATED',
  'ORGANIZATION_SUSPENDED',
  'ORGANIZATION_RESUMED',
  'ACCOUNT_CREATED',
  'ACCOUNT_DEACTIVATED',
  'ACCOUNT_REACTIVATED',
  'ACCOUNT_DELETED',
  'ACCOUNT_ROLE_CHANGED',
  'PASSWORD_CHANGED',
  'PASSWORD_CHANGE_REFUSED',
  'CREDENTIAL_CREATED',
  'CREDENTIAL_UPDATED',
  'CREDENTIAL_REVOKED',
  'CREDENTIAL_KEY_ADDED',
  'CREDENTIAL_KEY_REMOVED',
  'CREDENTIAL_REVOKED_AS_LEAKED',
  'TOKEN_REVOKED',
  'SIGNED_IN',
  'SIGN_IN_REFUSED',
  'SIGNED_OUT',
  'SIGNING_KEY_COMPROMISED',
] as const;
export type AuditAction = (typeof auditActions)[number];

/**
 * Who acts: a signed-in person, somebody at the server's command line, the credential that is also the target, or nobody
 * known (a refused sign-in, a report of a leaked secret).
 */
export type Actor =
  | { kind: 'PERSON'; accountId: string; origin: Origin }
  | { kind: 'COMMAND_LINE' }
  | { kind: 'CREDENTIAL'; origin: Origin }
  | { kind: 'ANONYMOUS'; origin: Origin };

export interface AuditEntry {
  organizationId: string;
  action: AuditAction;
  target: { kind: AuditEventsTable['target_kind']; id: string | null };
  /** What changed, as `{ field: { from, to } }`, or other facts that are not secret. */
  detail?: Record<string, unknown>;
}

/** Writes the event in the transaction of the change: if it cannot be written, the change does not happen. */
export async function recordAudit(tx: Transaction, actor: Actor, at: Date, entry: AuditEntry): Promise<void> {
  const origin = actor.kind === 'COMMAND_LINE' ? undefined : actor.origin;
  await insertAuditEvent(tx, {
    organization_id: entry.organizationId,
    id: newId('aud'),
    created_at: at,
    action: entry.action,
    actor_kind: actor.kind,
    actor_account_id: actor.kind === 'PERSON' ? actor.accountId : null,
    target_kind: entry.target.kind,
    target_id: entry.target.id,
    address: origin?.address ?? null,
    user_agent: printable(origin?.userAgent),
    request_id: origin?.requestId ?? null,
    detail: JSON.stringify(entry.detail ?? {}),
  });
}

/** The same at the command line, where what changed is every organisation's: each finds it in its own trail. */
export async function recordAuditEverywhere(
  tx: Transaction,
  at: Date,
  { action, target, detail = {} }: Omit<AuditEntry, 'organizationId'>,
): Promise<void> {
  await insertAuditEventEverywhere(tx, {
    id: newId('aud'),
    created_at: at,
    action,
    actor_kind: 'COMMAND_LINE',
    target_kind: target.kind,
    target_id: target.id,
    detail: JSON.stringify(detail),
  });
}

const longestStored = 300;
/** A secret that crosses the end of what is stored is still seen to be one. */
const longestRead = 1_000;

// A header's text, made safe to store and to show: bounded, without control characters, keys, or tokens.
const printable = (text: string | undefined) =>
  text === undefined
    ? null
    : withoutSecrets(text.slice(0, longestRead))
        .replace(/[^\x20-\x7e]/g, '?')
        .slice(0, longestStored);
