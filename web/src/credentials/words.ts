// The console's words for what the API names.

import type { AuthenticationType, CredentialStatus, ScopeName } from '../../operations/documents.ts';

export const typeNames: Record<AuthenticationType, string> = {
  OAUTH2_CLIENT_CREDENTIALS: 'OAuth 2.0',
  API_KEY: 'API Key',
};

export const statusNames: Record<CredentialStatus, string> = {
  ACTIVE: 'Active',
  SUSPENDED: 'Suspended',
  REVOKED: 'Deleted',
};

export const statusMeanings: Record<CredentialStatus, string> = {
  ACTIVE: 'Requests with it are accepted.',
  SUSPENDED: 'Requests with it are refused, because its owner is deactivated or deleted.',
  REVOKED: 'Requests with it are refused for good.',
};

/** In the order of the product's form. */
export const scopeTitles: Record<ScopeName, string> = {
  INTERACTIONS: 'Interactions',
  CONVERSATIONS: 'Conversations',
  PLUGIN_CALLS: 'Plugin calls',
  PLUGIN_RESOURCES: 'Plugin resources',
  USERS: 'Users',
  EVENTS: 'Events',
};

export const entriesOf = <Key extends string>(names: Record<Key, string>): [Key, string][] =>
  Object.entries(names) as [Key, string][];

/** As in "5 credentials", with the number as the browser's language writes it. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString()} ${count === 1 ? one : many}`;
