// The console's words for accounts, and for what a change of one does.

import type { AccountKind, AccountRole, AccountStatus } from '../../operations/documents.ts';
import type { AccountRow } from './queries.ts';

export const kindNames: Record<AccountKind, string> = {
  SERVICE_ACCOUNT: 'Service account',
  PERSON: 'Person',
};
export const roleNames: Record<AccountRole, string> = { SUPER_ADMIN: 'Super Admin', MEMBER: 'Member' };
export const statusNames: Record<AccountStatus, string> = {
  ACTIVE: 'Active',
  DEACTIVATED: 'Deactivated',
  DELETED: 'Deleted',
};

export type AccountChange = 'deactivate' | 'reactivate' | 'delete' | 'promote' | 'demote';

interface ChangeWords {
  title: string;
  /** What it does to the account itself. */
  means: string;
  /** What it does to the credentials that hang on it, one or several; absent: nothing. */
  credentials?: readonly [one: string, several: string];
  button: string;
  pending: string;
  done: string;
}

export function changeWords(change: AccountChange, { name, kind }: AccountRow): ChangeWords {
  const person = kind === 'PERSON';
  switch (change) {
    case 'deactivate':
      return {
        title: `Deactivate ${name}?`,
        means: person
          ? 'Their sessions end at once, and they cannot sign in.'
          : 'It can own no new credentials meanwhile.',
        credentials: [
          'stops at once, with its access tokens, until the account is reactivated',
          'stop at once, with their access tokens, until the account is reactivated',
        ],
        button: 'Deactivate',
        pending: 'Deactivating…',
        done: `${name} is deactivated.`,
      };
    case 'reactivate':
      return {
        title: `Reactivate ${name}?`,
        means: person
          ? 'They can sign in again with the password they had.'
          : 'It can own credentials again.',
        credentials: ['works again at once', 'work again at once'],
        button: 'Reactivate',
        pending: 'Reactivating…',
        done: `${name} is active again.`,
      };
    case 'delete':
      return {
        title: `Delete ${name}?`,
        means: person
          ? 'Their sessions end at once, and they can never sign in again. The audit trail keeps their name. This cannot be undone.'
          : 'The audit trail keeps its name. This cannot be undone.',
        credentials: [
          'stops at once, with its access tokens, for good',
          'stop at once, with their access tokens, for good',
        ],
        button: 'Delete for good',
        pending: 'Deleting…',
        done: `${name} is deleted.`,
      };
    case 'promote':
      return {
        title: `Make ${name} a Super Admin?`,
        means:
          'They will see and change every credential and account, and read the whole Data API. Their sessions end: they sign in again.',
        button: 'Make Super Admin',
        pending: 'Changing…',
        done: `${name} is a Super Admin.`,
      };
    case 'demote':
      return {
        title: `Make ${name} a member?`,
        means:
          'They will no longer see credentials, accounts, or data. Their sessions end. Credentials they own keep working.',
        button: 'Make member',
        pending: 'Changing…',
        done: `${name} is a member.`,
      };
  }
}

/** What may be done to an account as it stands. */
export function changesOf({ kind, role, status }: AccountRow): AccountChange[] {
  if (status === 'DELETED') return [];
  const roleChange: AccountChange[] = kind === 'PERSON' ? [role === 'MEMBER' ? 'promote' : 'demote'] : [];
  return [status === 'ACTIVE' ? 'deactivate' : 'reactivate', ...roleChange, 'delete'];
}

export const changeNames: Record<AccountChange, string> = {
  deactivate: 'Deactivate…',
  reactivate: 'Reactivate…',
  delete: 'Delete…',
  promote: 'Make Super Admin…',
  demote: 'Make member…',
};
