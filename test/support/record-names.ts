// The names that the API gives to the five resources, written by hand, and records as the API shows them.

import type { DataResource } from '../../src/db/data/resources.ts';
import type { ScopeName, ScopeValue } from '../../src/scopes.ts';

export const recordNames = {
  conversations: {
    one: 'conversation',
    many: 'conversations',
    type: 'Conversation',
    scope: 'CONVERSATIONS',
    value: 'conversations:read',
  },
  interactions: {
    one: 'interaction',
    many: 'interactions',
    type: 'Interaction',
    scope: 'INTERACTIONS',
    value: 'interactions:read',
  },
  plugin_calls: {
    one: 'pluginCall',
    many: 'pluginCalls',
    type: 'PluginCall',
    scope: 'PLUGIN_CALLS',
    value: 'plugin_calls:read',
  },
  plugin_resources: {
    one: 'pluginResource',
    many: 'pluginResources',
    type: 'PluginResource',
    scope: 'PLUGIN_RESOURCES',
    value: 'plugin_resources:read',
  },
  users: { one: 'user', many: 'users', type: 'User', scope: 'USERS', value: 'users:read' },
} as const satisfies Record<
  DataResource,
  { one: string; many: string; type: string; scope: ScopeName; value: ScopeValue }
>;

export const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
