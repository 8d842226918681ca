// Statistics over a time range: what a person looks for before any record. Counts only, never a record's content.
//
// Each is a root field and not a field of one `statistics` object: a root field carries its own scope as every other
// one does, so that the checks and tests of root fields hold for it as they are. A dashboard still gets all of them in
// one request, and writes the range once, as a variable.

import {
  type Calendar,
  countActiveUsersPerDay,
  countConversationsBy,
  countPerDay,
  countPluginCallsByPlugin,
  type DayCount,
  type GroupCount,
  type Grouping,
  type PluginCallCount,
  type TimeRange,
} from '../../db/data/statistics.ts';
import { AppError } from '../../errors.ts';
import { scopes } from '../../scopes.ts';
import { builder } from '../builder.ts';
import { organizationIdOf, readsDb } from '../context.ts';
import { listExtensions } from '../page.ts';

const ofConversations = { requiresScopes: [[scopes.CONVERSATIONS.value]] };
const ofInteractions = { requiresScopes: [[scopes.INTERACTIONS.value]] };
const ofPluginCalls = { requiresScopes: [[scopes.PLUGIN_CALLS.value]] };

const mostDays = 400;
const dayMs = 24 * 60 * 60 * 1000;
/** The days that a range can touch: it may begin and end in the middle of one, and clocks may have moved meanwhile. */
const perDayExtensions = listExtensions({ usual: mostDays + 2, most: mostDays + 2 });
const groups = { usual: 100, most: 1_000 };

const TimeRangeInput = builder.inputType('TimeRange', {
  description: `Half-open, of at most ${mostDays} days of 24 hours. Records count by their createdTime.`,
  fields: (t) => ({
    from: t.field({ type: 'DateTime', required: true, description: 'From this moment on.' }),
    until: t.field({ type: 'DateTime', required: true, description: 'Until before this moment.' }),
  }),
});

const range = {
  type: TimeRangeInput,
  required: true,
  description: 'When the records were created that are counted.',
} as const;

const perDayArguments = builder.args((t) => ({
  range: t.field(range),
  timeZone: t.string({
    defaultValue: 'UTC',
    description:
      'Where the days begin and end: a name of the IANA time zone database with its region, as in Europe/Berlin, or UTC.',
  }),
}));

const groupArguments = builder.args((t) => ({
  range: t.field(range),
  first: t.int({ description: `The largest groups: ${groups.usual} when absent, ${groups.most} at most.` }),
}));

const DayCountType = builder.objectRef<DayCount>('DayCount').implement({
  description: 'Of the first and the last day, only what lies in the range is counted.',
  authScopes: { public: true },
  fields: (t) => ({
    day: t.expose('day', { type: 'Date', description: 'In the timeZone that was asked for.' }),
    count: t.exposeInt('count', { description: '0 on a day without any.' }),
  }),
});

const DomainCount = builder.objectRef<GroupCount<string | null>>('DomainCount').implement({
  description: 'How many conversations of a range are about one domain.',
  authScopes: ofConversations,
  fields: (t) => ({
    domain: t.exposeString('name', {
      nullable: true,
      description: 'As Conversation.primaryDomain has it; null for conversations without one.',
    }),
    count: t.exposeInt('count', { description: 'How many conversations.' }),
  }),
});

const RouteCount = builder.objectRef<GroupCount<string>>('RouteCount').implement({
  description: 'How many conversations of a range began by one route.',
  authScopes: ofConversations,
  fields: (t) => ({
    route: t.exposeString('name', { description: 'As Conversation.route has it.' }),
    count: t.exposeInt('count', { description: 'How many conversations.' }),
  }),
});

const PluginCallCountType = builder.objectRef<PluginCallCount>('PluginCallCount').implement({
  description: 'How often one plugin was called in a range.',
  authScopes: ofPluginCalls,
  fields: (t) => ({
    pluginName: t.exposeString('pluginName', { description: 'As PluginCall.pluginName has it.' }),
    calls: t.exposeInt('calls', { description: 'All of them, shown to the user or not.' }),
    served: t.exposeInt('served', { description: 'Those that were shown to the user.' }),
    used: t.exposeInt('used', { description: 'Those that were completed.' }),
  }),
});

builder.queryFields((t) => ({
  conversationsPerDay: t.field({
    type: [DayCountType],
    description:
      'How many conversations began on each day of the range, in order, days without any included.',
    authScopes: ofConversations,
    extensions: perDayExtensions,
    args: perDayArguments,
    resolve: (_root, args, context) =>
      countPerDay(readsDb(context), organizationIdOf(context), 'conversations', calendarOf(args)),
  }),
  conversationsByDomain: t.field({
    type: [DomainCount],
    description: 'How many conversations of the range are about what, the most first.',
    authScopes: ofConversations,
    extensions: listExtensions(groups),
    args: groupArguments,
    resolve: (_root, args, context) =>
      countConversationsBy(readsDb(context), organizationIdOf(context), 'primary_domain', groupingOf(args)),
  }),
  conversationsByRoute: t.field({
    type: [RouteCount],
    description: 'How many conversations of the range began by which route, the most first.',
    authScopes: ofConversations,
    extensions: listExtensions(groups),
    args: groupArguments,
    resolve: (_root, args, context) =>
      countConversationsBy(readsDb(context), organizationIdOf(context), 'route', groupingOf(args)),
  }),
  interactionsPerDay: t.field({
    type: [DayCountType],
    description: 'How many interactions, of users and of the bot, each day of the range had, in order.',
    authScopes: ofInteractions,
    extensions: perDayExtensions,
    args: perDayArguments,
    resolve: (_root, args, context) =>
      countPerDay(readsDb(context), organizationIdOf(context), 'interactions', calendarOf(args)),
  }),
  activeUsersPerDay: t.field({
    type: [DayCountType],
    description:
      'How many different users did something on each day of the range, in order: those with an interaction whose actor is USER. Messages of the bot make nobody active.',
    authScopes: ofInteractions,
    extensions: perDayExtensions,
    args: perDayArguments,
    resolve: (_root, args, context) =>
      countActiveUsersPerDay(readsDb(context), organizationIdOf(context), calendarOf(args)),
  }),
  pluginCallsByPlugin: t.field({
    type: [PluginCallCountType],
    description: 'How often each plugin was called, served, and used in the range, the most called first.',
    authScopes: ofPluginCalls,
    extensions: listExtensions(groups),
    args: groupArguments,
    resolve: (_root, args, context) =>
      countPluginCallsByPlugin(readsDb(context), organizationIdOf(context), groupingOf(args)),
  }),
}));

/** @throws AppError BAD_USER_INPUT for a range that is empty, backward, or too long, or for a zone that is none. */
function calendarOf(args: { range: TimeRange; timeZone?: string | null | undefined }): Calendar {
  const timeZone = args.timeZone ?? 'UTC';
  if (!isTimeZone(timeZone)) {
    throw badInput('Give timeZone as an IANA name with its region, as in Europe/Berlin, or as UTC.');
  }
  return { ...checkedRange(args.range), timeZone };
}

/** @throws AppError BAD_USER_INPUT for a range as above, or for a number of groups out of bounds. */
function groupingOf(args: { range: TimeRange; first?: number | null | undefined }): Grouping {
  const limit = args.first ?? groups.usual;
  if (limit < 1 || limit > groups.most) throw badInput(`Ask for 1 to ${groups.most} at once with first.`);
  return { ...checkedRange(args.range), limit };
}

function checkedRange({ from, until }: TimeRange): TimeRange {
  const lengthMs = Date.parse(until) - Date.parse(from);
  if (lengthMs <= 0) throw badInput('Give a range whose from is before its until.');
  if (lengthMs > mostDays * dayMs) throw badInput(`Give a range of at most ${mostDays} days.`);
  return { from, until };
}

// Without a region, a name may be an abbreviation to Postgres: CET is the winter time of Europe all year round.
function isTimeZone(name: string): boolean {
  if (!name.includes('/')) return name.toUpperCase() === 'UTC';
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const badInput = (sentence: string) => new AppError('BAD_USER_INPUT', { sentence });
