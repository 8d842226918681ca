// The trail in a person's words.

import type { AuditAction, AuditActorKind } from '../../operations/documents.ts';
import { kindNames, roleNames, statusNames } from '../accounts/words.ts';
import { typeNames } from '../credentials/words.ts';

export const actionNames: Record<AuditAction, string> = {
  CREDENTIAL_CREATED: 'Credential created',
  CREDENTIAL_UPDATED: 'Credential changed',
  CREDENTIAL_REVOKED: 'Credential deleted',
  CREDENTIAL_REVOKED_AS_LEAKED: 'Credential deleted as leaked',
  CREDENTIAL_KEY_ADDED: 'Public key added',
  CREDENTIAL_KEY_REMOVED: 'Public key removed',
  TOKEN_REVOKED: 'Access token revoked',
  ACCOUNT_CREATED: 'Account created',
  ACCOUNT_DEACTIVATED: 'Account deactivated',
  ACCOUNT_REACTIVATED: 'Account reactivated',
  ACCOUNT_DELETED: 'Account deleted',
  ACCOUNT_ROLE_CHANGED: 'Role changed',
  PASSWORD_CHANGED: 'Password changed',
  PASSWORD_CHANGE_REFUSED: 'Change of password refused',
  ORGANIZATION_CREATED: 'Organisation created',
  ORGANIZATION_SUSPENDED: 'Organisation suspended',
  ORGANIZATION_RESUMED: 'Organisation resumed',
  SIGNED_IN: 'Signed in',
  SIGNED_OUT: 'Signed out',
  SIGN_IN_REFUSED: 'Sign-in refused',
  SIGNING_KEY_COMPROMISED: 'Signing key ended as compromised',
};

/** Who acted, where that is nobody with a name. */
export const actorNames: Record<AuditActorKind, string> = {
  PERSON: 'a person',
  COMMAND_LINE: 'the command line',
  CREDENTIAL: 'the credential itself',
  ANONYMOUS: 'nobody known',
};

/** A name of a fact, as in authenticationType, as words. */
export const factName = (name: string): string => {
  const words = name
    .replace(/AccountId$/, '')
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
};

const valueNames: Record<string, Record<string, string>> = {
  authenticationType: typeNames,
  kind: kindNames,
  role: roleNames,
  status: statusNames,
};

/** A value of a fact as the rest of the console writes it. */
export const factValue = (name: string, value: string): string =>
  valueNames[name]?.[value] ?? value.replaceAll(',', ', ');
