// Every root field with who may use it, written by hand: the expectation that the schema is held to.

import type { ScopeName, ScopeValue } from '../../src/scopes.ts';
import { adminPassword } from './app.ts';

/** `person`: authenticated as far as the schema can say, but a credential has no session to end. */
export type Access = 'public' | 'authenticated' | 'person' | 'superAdmin' | ScopeValue;

export interface RootField {
  access: Access;
  /** The field with arguments and a selection that are valid, and that harm nobody who runs them. */
  text: string;
}

const account = '{ account { id } userErrors { code } }';
const credential = '{ credential { id } userErrors { code } }';
const aDay = '(range: { from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" })';

export const queries: Record<string, RootField> = {
  viewer: { access: 'authenticated', text: 'viewer { organization { id } }' },
  apiProducts: { access: 'authenticated', text: 'apiProducts { name }' },
  credential: { access: 'superAdmin', text: 'credential(id: "cred_nothing") { id }' },
  credentials: { access: 'superAdmin', text: 'credentials(first: 1) { nodes { id } }' },
  accounts: { access: 'superAdmin', text: 'accounts(first: 1) { nodes { id } }' },
  auditEvents: { access: 'superAdmin', text: 'auditEvents(first: 1) { nodes { id } }' },
  conversation: { access: 'conversations:read', text: 'conversation(id: "nothing") { id }' },
  conversations: { access: 'conversations:read', text: 'conversations(first: 1) { nodes { id } }' },
  interaction: { access: 'interactions:read', text: 'interaction(id: "nothing") { id }' },
  interactions: { access: 'interactions:read', text: 'interactions(first: 1) { nodes { id } }' },
  pluginCall: { access: 'plugin_calls:read', text: 'pluginCall(id: "nothing") { id }' },
  pluginCalls: { access: 'plugin_calls:read', text: 'pluginCalls(first: 1) { nodes { id } }' },
  pluginResource: { access: 'plugin_resources:read', text: 'pluginResource(id: "nothing") { id }' },
  pluginResources: { access: 'plugin_resources:read', text: 'pluginResources(first: 1) { nodes { id } }' },
  user: { access: 'users:read', text: 'user(id: "nothing") { id }' },
  users: { access: 'users:read', text: 'users(first: 1) { nodes { id } }' },
  conversationsPerDay: { access: 'conversations:read', text: `conversationsPerDay${aDay} { count }` },
  conversationsByDomain: { access: 'conversations:read', text: `conversationsByDomain${aDay} { count }` },
  conversationsByRoute: { access: 'conversations:read', text: `conversationsByRoute${aDay} { count }` },
  interactionsPerDay: { access: 'interactions:read', text: `interactionsPerDay${aDay} { count }` },
  activeUsersPerDay: { access: 'interactions:read', text: `activeUsersPerDay${aDay} { count }` },
  pluginCallsByPlugin: { access: 'plugin_calls:read', text: `pluginCallsByPlugin${aDay} { calls }` },
};

export const mutations: Record<string, RootField> = {
  signIn: {
    access: 'public',
    text: `signIn(input: { email: "admin@acme.example", password: "${adminPassword}" }) { userErrors { code } }`,
  },
  clientCredentialsToken: {
    access: 'public',
    text: 'clientCredentialsToken(input: { clientId: "cred_nothing", clientSecret: "" }) { tokenType }',
  },
  createCredential: {
    access: 'superAdmin',
    text: `createCredential(input: { name: "", scopes: [USERS] }) ${credential}`,
  },
  updateCredential: {
    access: 'superAdmin',
    text: `updateCredential(input: { id: "cred_nothing" }) ${credential}`,
  },
  revokeCredential: {
    access: 'superAdmin',
    text: `revokeCredential(input: { id: "cred_nothing" }) ${credential}`,
  },
  addCredentialKey: {
    access: 'superAdmin',
    text: `addCredentialKey(input: { credentialId: "cred_nothing", jwk: { kty: "EC" } }) ${credential}`,
  },
  removeCredentialKey: {
    access: 'superAdmin',
    text: `removeCredentialKey(input: { credentialId: "cred_nothing", kid: "nothing" }) ${credential}`,
  },
  createAccount: {
    access: 'superAdmin',
    text: `createAccount(input: { kind: PERSON, name: "" }) ${account}`,
  },
  deactivateAccount: {
    access: 'superAdmin',
    text: `deactivateAccount(input: { id: "acc_nothing" }) ${account}`,
  },
  reactivateAccount: {
    access: 'superAdmin',
    text: `reactivateAccount(input: { id: "acc_nothing" }) ${account}`,
  },
  deleteAccount: { access: 'superAdmin', text: `deleteAccount(input: { id: "acc_nothing" }) ${account}` },
  changeAccountRole: {
    access: 'superAdmin',
    text: `changeAccountRole(input: { id: "acc_nothing", role: MEMBER }) ${account}`,
  },
  changePassword: {
    access: 'person',
    text: 'changePassword(input: { currentPassword: "", newPassword: "" }) { userErrors { code } }',
  },
  // Last: it ends the caller's session.
  signOut: { access: 'person', text: 'signOut { userErrors { code } }' },
};

export const scopeValueOf: Record<ScopeName, ScopeValue> = {
  CONVERSATIONS: 'conversations:read',
  INTERACTIONS: 'interactions:read',
  PLUGIN_CALLS: 'plugin_calls:read',
  PLUGIN_RESOURCES: 'plugin_resources:read',
  USERS: 'users:read',
  EVENTS: 'events:write',
};
export const everyScope = Object.keys(scopeValueOf) as ScopeName[];
