// What there is to look at: the resource that each scope opens, its first records as rows, and its statistics.

import {
  ConversationStatisticsDocument,
  FirstConversationsDocument,
  FirstInteractionsDocument,
  FirstPluginCallsDocument,
  FirstPluginResourcesDocument,
  FirstUsersDocument,
  InteractionStatisticsDocument,
  PluginCallStatisticsDocument,
  type ScopeName,
  type TimeRange,
} from '../../operations/documents.ts';
import { request } from '../api/request.ts';

export interface Records {
  columns: readonly string[];
  rows: readonly { id: string; cells: readonly Cell[] }[];
  totalCount: number;
}

/** A text, an instant, or yes and no. */
export type Cell = { text: string | null | undefined } | { at: string | null | undefined } | { yes: boolean };

export interface Statistics {
  perDay: readonly { title: string; days: readonly { day: string; count: number }[] }[];
  groups: readonly { title: string; rows: readonly { name: string; count: number; note?: string }[] }[];
}

export interface Resource {
  scope: ScopeName;
  title: string;
  read(first: number, signal: AbortSignal): Promise<Records>;
  /** Absent: the API counts nothing of it. */
  count?(range: TimeRange, timeZone: string, signal: AbortSignal): Promise<Statistics>;
}

export const resources: Record<string, Resource> = {
  interactions: {
    scope: 'INTERACTIONS',
    title: 'Interactions',
    async read(first, signal) {
      const { interactions } = await request(FirstInteractionsDocument, { first }, signal);
      return {
        columns: ['Created', 'Actor', 'Type', 'Platform', 'Content', 'User'],
        totalCount: interactions.totalCount,
        rows: interactions.nodes.map((one) => ({
          id: one.id,
          cells: [
            { at: one.createdTime },
            { text: one.actor === 'BOT' ? 'Assistant' : 'User' },
            { text: plain(one.type, 'INTERACTION_TYPE_') },
            { text: one.platform },
            { text: one.detail?.content },
            { text: one.userId },
          ],
        })),
      };
    },
    async count(range, timeZone, signal) {
      const found = await request(InteractionStatisticsDocument, { range, timeZone }, signal);
      return {
        perDay: [
          { title: 'Interactions per day', days: found.interactionsPerDay },
          { title: 'Active users per day', days: found.activeUsersPerDay },
        ],
        groups: [],
      };
    },
  },
  conversations: {
    scope: 'CONVERSATIONS',
    title: 'Conversations',
    async read(first, signal) {
      const { conversations } = await request(FirstConversationsDocument, { first }, signal);
      return {
        columns: ['Created', 'Route', 'Domain', 'Type', 'Id', 'User'],
        totalCount: conversations.totalCount,
        rows: conversations.nodes.map((one) => ({
          id: one.id,
          cells: [
            { at: one.createdTime },
            { text: one.route },
            { text: plain(one.primaryDomain) },
            { text: plain(one.type, 'CONVERSATION_TYPE_') },
            { text: one.id },
            { text: one.userId },
          ],
        })),
      };
    },
    async count(range, timeZone, signal) {
      const found = await request(ConversationStatisticsDocument, { range, timeZone }, signal);
      return {
        perDay: [{ title: 'Conversations per day', days: found.conversationsPerDay }],
        groups: [
          {
            title: 'By domain',
            rows: found.conversationsByDomain.map(({ domain, count }) => ({
              name: plain(domain) ?? 'None',
              count,
            })),
          },
          {
            title: 'By route',
            rows: found.conversationsByRoute.map(({ route, count }) => ({ name: route, count })),
          },
        ],
      };
    },
  },
  'plugin-calls': {
    scope: 'PLUGIN_CALLS',
    title: 'Plugin calls',
    async read(first, signal) {
      const { pluginCalls } = await request(FirstPluginCallsDocument, { first }, signal);
      return {
        columns: ['Created', 'Plugin', 'Served', 'Used', 'Id', 'User'],
        totalCount: pluginCalls.totalCount,
        rows: pluginCalls.nodes.map((one) => ({
          id: one.id,
          cells: [
            { at: one.createdTime },
            { text: one.pluginName },
            { yes: one.served },
            { yes: one.used },
            { text: one.id },
            { text: one.userId },
          ],
        })),
      };
    },
    async count(range, _timeZone, signal) {
      const found = await request(PluginCallStatisticsDocument, { range }, signal);
      return {
        perDay: [],
        groups: [
          {
            title: 'Calls by plugin',
            rows: found.pluginCallsByPlugin.map(({ pluginName, calls, served, used }) => ({
              name: pluginName,
              count: calls,
              note: `${served.toLocaleString()} served, ${used.toLocaleString()} used`,
            })),
          },
        ],
      };
    },
  },
  'plugin-resources': {
    scope: 'PLUGIN_RESOURCES',
    title: 'Plugin resources',
    async read(first, signal) {
      const { pluginResources } = await request(FirstPluginResourcesDocument, { first }, signal);
      return {
        columns: ['Created', 'Type', 'Name', 'Cited', 'Resource'],
        totalCount: pluginResources.totalCount,
        rows: pluginResources.nodes.map((one) => ({
          id: one.id,
          cells: [
            { at: one.createdTime },
            { text: plain(one.type, 'RESOURCE_TYPE_') },
            { text: one.detail?.name },
            { yes: one.cited },
            { text: one.resourceId },
          ],
        })),
      };
    },
  },
  users: {
    scope: 'USERS',
    title: 'Users',
    async read(first, signal) {
      const { users } = await request(FirstUsersDocument, { first }, signal);
      return {
        columns: ['Name', 'E-mail address', 'May use the assistant', 'Last interaction', 'Id'],
        totalCount: users.totalCount,
        rows: users.nodes.map((one) => ({
          id: one.id,
          cells: [
            { text: [one.firstName, one.lastName].filter(Boolean).join(' ') },
            { text: one.emailAddr },
            { yes: one.accessToBot },
            { at: one.latestInteractionTime },
            { text: one.id },
          ],
        })),
      };
    },
  },
};

/** INTERACTION_TYPE_FREE_TEXT as "Free text"; what is short, such as IT or HR, stays. */
function plain(value: string | null | undefined, prefix = ''): string | null {
  if (!value) return null;
  const name = value.startsWith(prefix) ? value.slice(prefix.length) : value;
  if (name.length <= 3) return name;
  const words = name.slice(0, 1) + name.slice(1).toLowerCase().replaceAll('_', ' ');
  return words.replace(/^Uiform/, 'UI form');
}
