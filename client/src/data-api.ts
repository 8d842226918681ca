// Generated from the schema by ../codegen.ts. Run `npm run codegen`.

/** How a user and the assistant came to talk, and about what. Its interactions have the words. */
export interface Conversation {
  /** When its first interaction took place, or the system began it. */
  createdTime: string;
  /** Null when there is none, as for conversations that a user began. */
  detail: ConversationDetail | null;
  /** Text: 12 characters as a rule, of which the first may be - or _. */
  id: string;
  /** When the record was last loaded. */
  lastUpdatedTime: string;
  /** What it is mostly about. Known: IT, HR, OTHER, TRAVEL_AND_EXPENSE, LEGAL, PAYROLL, FACILITY, FINANCE. */
  primaryDomain: string | null;
  /** How it began. Known: DM, Notification, Channel, Ticket, Ticket_Interception. */
  route: string;
  /** Only of conversations that the system began. Known, each after CONVERSATION_TYPE_: APPROVAL_REQUEST_NOTIFICATION, APPROVAL_UPDATE_NOTIFICATION, COMMS_NOTIFICATION, AMBIENT_AGENT_NOTIFICATION, EVENTS_NOTIFICATION, TICKET_UPDATE_NOTIFICATION, TICKET_WAITING_NOTIFICATION, TICKET_WATCHER_NOTIFICATION, TICKET_NUDGE_NOTIFICATION, EXPIRED_PASSWORD_NOTIFICATION, EXPIRING_PASSWORD_NOTIFICATION, LOCKED_ACCOUNT_NOTIFICATION, CSAT_NOTIFICATION, TICKET_INTERCEPTION, CHANNEL_INTERCEPTION. */
  type: string | null;
  /** The person in the conversation. The id alone does not need users:read. */
  userId: string;
}

/** What the system said when it began the conversation. Which fields are there depends on the conversation's type. */
export interface ConversationDetail {
  /** Communications. */
  campaignId: string | null;
  /** Communications. */
  campaignName: string | null;
  /** Channel interceptions. */
  channelId: string | null;
  /** Channel interceptions. */
  channelName: string | null;
  /** Ticket interceptions: the description of the ticket. Channel interceptions: the message. */
  content: string | null;
  /** Approvals. */
  domain: string | null;
  /** Approvals: the system that asks. */
  source: string | null;
  /** Tickets. */
  ticketId: string | null;
  /** Approvals: what is to be approved. */
  type: string | null;
  /** Ambient agents and events. */
  usecaseId: string | null;
  /** Ambient agents and events. */
  usecaseName: string | null;
}

/** A record must meet all that is given; an empty filter is met by every record. */
export interface ConversationFilter {
  /** When it happened: gte and lt make ranges that do not overlap. */
  createdTime?: DateTimeFilter | null;
  /** These records: many at once with in. */
  id?: IDFilter | null;
  /** When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter. */
  lastUpdatedTime?: DateTimeFilter | null;
  /** Conversation.primaryDomain has the known values. isNull: true finds those without one. */
  primaryDomain?: StringFilter | null;
  /** Conversation.route has the known values. */
  route?: StringFilter | null;
  /** The whole word with its prefix. The field of the record has the known values. */
  type?: StringFilter | null;
  /** Those of these users. */
  userId?: IDFilter | null;
}

/** Records that are equal in it stand in the order of their ids. */
export interface ConversationOrder {
  /** Of what is equal, it orders the ids as well. */
  direction: SortDirection;
  /** What the list goes by. */
  field: ConversationOrderField;
}

/** What a list can be ordered by. */
export type ConversationOrderField = 'CREATED_TIME' | 'ID' | 'LAST_UPDATED_TIME';

/** To the millisecond: what is finer is cut off. All that is given must hold; null is as if it were not given. */
export interface DateTimeFilter {
  /** After. */
  gt?: string | null;
  /** At or after. */
  gte?: string | null;
  /** true: records without a value. false: records with one. */
  isNull?: boolean | null;
  /** Before. */
  lt?: string | null;
  /** At or before. */
  lte?: string | null;
}

/** The user's identity in a connected system. */
export interface ExternalId {
  /** The connection by which the identity is known, such as gsuite. */
  connectorName: string | null;
  /** The user's id or address in that system. */
  externalId: string | null;
  /** Known: GSUITE, WEBEX, UNKNOWN_SYSTEM, MOVEWEBCHAT, SNOW, JIRA_SERVICE_DESK, SLACK, OKTA, MS_GRAPH. */
  source: string | null;
}

/** All that is given must hold; null is as if it were not given. */
export interface IDFilter {
  /** This one. For records without a value use isNull. */
  eq?: string | null;
  /** One of these, 1,000 at most. An empty list matches nothing. */
  in?: readonly string[] | null;
  /** true: records without a value. false: records with one. */
  isNull?: boolean | null;
}

/** One message, click, form, or upload, of the user or of the assistant. */
export interface Interaction {
  /** Who spoke or clicked. */
  actor: InteractionActor;
  /** The conversation that it is part of. The id alone does not need conversations:read. */
  conversationId: string;
  /** When it happened. The record was loaded later: see lastUpdatedTime. */
  createdTime: string;
  /** The words, link, button, form, or upload, as type says. Null when the record has none. */
  detail: InteractionDetail | null;
  /** Text: 12 characters as a rule, of which the first may be - or _. */
  id: string;
  /** Forms: what the form is for. Known: file_ticket, handoff, mw_form, feedback. */
  label: string | null;
  /** When the record was last loaded. */
  lastUpdatedTime: string;
  /** What a message of the assistant answers; null for what users say. */
  parentInteractionId: string | null;
  /** Known: slack, msteams, movewebchat. */
  platform: string;
  /** Known, each after INTERACTION_TYPE_: FREE_TEXT, BOT_MESSAGE, BUTTON_CLICK, LINK_CLICK, UIFORM_SUBMISSION, CONTENT_UPLOAD. */
  type: string;
  /** The person in the conversation, also where the assistant speaks. */
  userId: string;
}

/** Who spoke or clicked. */
export type InteractionActor = 'BOT' | 'USER';

/** All that is given must hold; null is as if it were not given. */
export interface InteractionActorFilter {
  /** This one. */
  eq?: InteractionActor | null;
  /** One of these, 1,000 at most. An empty list matches nothing. */
  in?: readonly InteractionActor[] | null;
}

/** What was said or clicked. Which fields are there depends on the interaction's type. */
export interface InteractionDetail {
  /** The text, the address of the link, or the name of the button. Null for uploads. */
  content: string | null;
  /** Forms: the name of the form, or the id of the ticket that was made. */
  detail: string | null;
  /** Free text: what this turn is about; it may differ from the conversation's primaryDomain. */
  domain: string | null;
  /** Free text: the topic that was detected, such as vpn, pto, greeting. */
  entity: string | null;
  /** Uploads: the kinds of the files, such as pdf. Names of files are never recorded. */
  fileTypes: readonly string[] | null;
  /** Links and forms: the resource that was opened or submitted. Internal links: GET_HELP, INFO, UI_FORM, HELPFUL, UNHELPFUL. */
  resourceId: string | null;
  /** Links and forms: the kind of resource. Known: RESOURCE_TYPE_INTERNAL_LINK, RESOURCE_TYPE_FORM, RESOURCE_TYPE_RECORD, RESOURCE_TYPE_UNSPECIFIED. */
  type: string | null;
}

/** A record must meet all that is given; an empty filter is met by every record. */
export interface InteractionFilter {
  /** USER: what people said or clicked. BOT: what the assistant said. */
  actor?: InteractionActorFilter | null;
  /** Those of these conversations. */
  conversationId?: IDFilter | null;
  /** When it happened: gte and lt make ranges that do not overlap. */
  createdTime?: DateTimeFilter | null;
  /** These records: many at once with in. */
  id?: IDFilter | null;
  /** Interaction.label has the known values. */
  label?: StringFilter | null;
  /** When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter. */
  lastUpdatedTime?: DateTimeFilter | null;
  /** Those that answer these interactions. isNull: true finds what answers none. */
  parentInteractionId?: IDFilter | null;
  /** Interaction.platform has the known values. */
  platform?: StringFilter | null;
  /** The whole word with its prefix. The field of the record has the known values. */
  type?: StringFilter | null;
  /** Those of these users. */
  userId?: IDFilter | null;
}

/** Records that are equal in it stand in the order of their ids. */
export interface InteractionOrder {
  /** Of what is equal, it orders the ids as well. */
  direction: SortDirection;
  /** What the list goes by. */
  field: InteractionOrderField;
}

/** What a list can be ordered by. */
export type InteractionOrderField = 'CREATED_TIME' | 'ID' | 'LAST_UPDATED_TIME';

/** One run of a plugin within an interaction. */
export interface PluginCall {
  /** The conversation that it is part of. The id alone does not need conversations:read. */
  conversationId: string;
  /** When it happened. The record was loaded later: see lastUpdatedTime. */
  createdTime: string;
  /** Text: 12 characters as a rule, of which the first may be - or _. */
  id: string;
  /** The interaction that it belongs to. The id alone does not need interactions:read. */
  interactionId: string;
  /** When the record was last loaded. */
  lastUpdatedTime: string;
  /** As shown for the plugins that are built in, as configured for others. */
  pluginName: string;
  /** The last change of the plugin's run: for approvals, possibly much later. */
  pluginUpdateTime: string | null;
  /** Shown to the user. */
  served: boolean;
  /** Completed. Search is used whenever it is served. */
  used: boolean;
  /** The person in the conversation. The id alone does not need users:read. */
  userId: string;
}

/** A record must meet all that is given; an empty filter is met by every record. */
export interface PluginCallFilter {
  /** Those of these conversations. */
  conversationId?: IDFilter | null;
  /** When it happened: gte and lt make ranges that do not overlap. */
  createdTime?: DateTimeFilter | null;
  /** These records: many at once with in. */
  id?: IDFilter | null;
  /** Those of these interactions. */
  interactionId?: IDFilter | null;
  /** When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter. */
  lastUpdatedTime?: DateTimeFilter | null;
  /** The whole name. */
  pluginName?: StringFilter | null;
  /** When the plugin's run last changed. */
  pluginUpdateTime?: DateTimeFilter | null;
  /** true: those that were shown to the user. false: the others. */
  served?: boolean | null;
  /** true: those that were completed. false: the others. */
  used?: boolean | null;
  /** Those of these users. */
  userId?: IDFilter | null;
}

/** Records that are equal in it stand in the order of their ids. */
export interface PluginCallOrder {
  /** Of what is equal, it orders the ids as well. */
  direction: SortDirection;
  /** What the list goes by. */
  field: PluginCallOrderField;
}

/** What a list can be ordered by. */
export type PluginCallOrderField = 'CREATED_TIME' | 'ID' | 'LAST_UPDATED_TIME';

/** One thing that was found for an interaction: an article, a form, a ticket, a person, and so on. */
export interface PluginResource {
  /** Cited in the answer. */
  cited: boolean;
  /** The conversation that it is part of. The id alone does not need conversations:read. */
  conversationId: string;
  /** When it happened. The record was loaded later: see lastUpdatedTime. */
  createdTime: string;
  /** Of articles, files, forms, tickets, and approvals; null for other types. */
  detail: PluginResourceDetail | null;
  /** Of this record: 32 hexadecimal digits as a rule. See resourceId. */
  id: string;
  /** The interaction that it belongs to. The id alone does not need interactions:read. */
  interactionId: string;
  /** When the record was last loaded. */
  lastUpdatedTime: string;
  /** Null for what was found and weighed without a plugin call of its own. */
  pluginCallId: string | null;
  /** The resource itself: many records may speak of one. A ticket number, a hash, a number, or "0". */
  resourceId: string;
  /** Known, each after RESOURCE_TYPE_: KNOWLEDGE, FILE, FORM, TICKET, APPROVAL, INTERNAL_KNOWLEDGE, PERSON, RECORD, SOFTWARE, GROUP, UPLOADED_CONTENT, MESSAGE, IDENTITY_SYSTEM, UNSPECIFIED. */
  type: string;
  /** The person in the conversation. The id alone does not need users:read. */
  userId: string;
}

/** What is known of the resource. Which fields are there depends on the resource's type. */
export interface PluginResourceDetail {
  /** Known: IT, HR, FINANCE, UNKNOWN, OTHER, FACILITY, LEGAL. */
  domain: string | null;
  /** Articles and forms: the id in the system they come from. */
  externalResourceId: string | null;
  /** Articles, files, and forms. */
  name: string | null;
  /** Articles and files: the passage found. */
  snippet: string | null;
  /** Tickets and approvals: the system. Known: moveworks, snow, jira_service_desk. */
  source: string | null;
  /** Tickets. Known: INCIDENT, REQUEST_ITEM, HR_CASE. */
  ticketType: string | null;
  /** Tickets and approvals. Known: UNKNOWN_TYPE, BOT_INITIATED_TICKET, USER_INITIATED_TICKET, REQUEST_ITEM. */
  type: string | null;
  /** Articles, files, and tickets. */
  url: string | null;
}

/** A record must meet all that is given; an empty filter is met by every record. */
export interface PluginResourceFilter {
  /** true: those that were cited in the answer. false: the others. */
  cited?: boolean | null;
  /** Those of these conversations. */
  conversationId?: IDFilter | null;
  /** When it happened: gte and lt make ranges that do not overlap. */
  createdTime?: DateTimeFilter | null;
  /** These records: many at once with in. */
  id?: IDFilter | null;
  /** Those of these interactions. */
  interactionId?: IDFilter | null;
  /** When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter. */
  lastUpdatedTime?: DateTimeFilter | null;
  /** Those of these plugin calls. isNull: true finds those of none. */
  pluginCallId?: IDFilter | null;
  /** All that speaks of these resources. */
  resourceId?: IDFilter | null;
  /** The whole word with its prefix. The field of the record has the known values. */
  type?: StringFilter | null;
  /** Those of these users. */
  userId?: IDFilter | null;
}

/** Records that are equal in it stand in the order of their ids. */
export interface PluginResourceOrder {
  /** Of what is equal, it orders the ids as well. */
  direction: SortDirection;
  /** What the list goes by. */
  field: PluginResourceOrderField;
}

/** What a list can be ordered by. */
export type PluginResourceOrderField = 'CREATED_TIME' | 'ID' | 'LAST_UPDATED_TIME';

/** Which end of an order comes first. */
export type SortDirection = 'ASC' | 'DESC';

/** Exactly this text, in this case. All that is given must hold; null is as if it were not given. */
export interface StringFilter {
  /** This one. For records without a value use isNull. */
  eq?: string | null;
  /** One of these, 1,000 at most. An empty list matches nothing. */
  in?: readonly string[] | null;
  /** true: records without a value. false: records with one. */
  isNull?: boolean | null;
}

/** A person, as the organisation's own systems know them. Not an Account: users do not sign in here. */
export interface User {
  /** Whether the user may use the assistant. False without externalIds usually means: has left. */
  accessToBot: boolean;
  /** As the organisation's own systems have it; null when they do not. */
  emailAddr: string | null;
  /** Identities in connected systems. Null when none is known. */
  externalIds: readonly ExternalId[] | null;
  /** By which new users are told from others. Null when none is known. */
  firstInteractionTime: string | null;
  /** As the organisation's own systems have it; null when they do not. */
  firstName: string | null;
  /** Most are numbers beyond 2^53: keep them as text. */
  id: string;
  /** As the organisation's own systems have it; null when they do not. */
  lastName: string | null;
  /** When the record was last loaded. Users have no createdTime. */
  lastUpdatedTime: string;
  /** Null when none is known. */
  latestInteractionTime: string | null;
  /** Such as EN_US, ES_ES, FR_CA. */
  userPreferredLanguage: string | null;
}

/** A record must meet all that is given; an empty filter is met by every record. */
export interface UserFilter {
  /** true: those who may use the assistant. false: the others. */
  accessToBot?: boolean | null;
  /** The whole address, in the case in which it is stored. */
  emailAddr?: StringFilter | null;
  /** Those who used the assistant for the first time then. */
  firstInteractionTime?: DateTimeFilter | null;
  /** The whole name. */
  firstName?: StringFilter | null;
  /** These records: many at once with in. */
  id?: IDFilter | null;
  /** The whole name. */
  lastName?: StringFilter | null;
  /** When it was last loaded. To keep a copy, page by LAST_UPDATED_TIME, ASC, without this filter. */
  lastUpdatedTime?: DateTimeFilter | null;
  /** Those who used the assistant for the last time then. */
  latestInteractionTime?: DateTimeFilter | null;
  /** The whole word, such as EN_US. */
  userPreferredLanguage?: StringFilter | null;
}

/** Records that are equal in it stand in the order of their ids. */
export interface UserOrder {
  /** Of what is equal, it orders the ids as well. */
  direction: SortDirection;
  /** What the list goes by. */
  field: UserOrderField;
}

/** What a list can be ordered by. */
export type UserOrderField = 'ID' | 'LAST_UPDATED_TIME';

/** The resources of the Data API, by the name of their list. */
export interface Resources {
  conversations: { record: Conversation; filter: ConversationFilter; orderBy: ConversationOrder };
  interactions: { record: Interaction; filter: InteractionFilter; orderBy: InteractionOrder };
  pluginCalls: { record: PluginCall; filter: PluginCallFilter; orderBy: PluginCallOrder };
  pluginResources: { record: PluginResource; filter: PluginResourceFilter; orderBy: PluginResourceOrder };
  users: { record: User; filter: UserFilter; orderBy: UserOrder };
}

/** How each list is asked for. */
export const resourceTypes = {
  conversations: {
    filter: 'ConversationFilter',
    orderBy: 'ConversationOrder',
    fields: {
      createdTime: 'createdTime',
      detail: 'detail { campaignId campaignName channelId channelName content domain source ticketId type usecaseId usecaseName }',
      id: 'id',
      lastUpdatedTime: 'lastUpdatedTime',
      primaryDomain: 'primaryDomain',
      route: 'route',
      type: 'type',
      userId: 'userId',
    },
  },
  interactions: {
    filter: 'InteractionFilter',
    orderBy: 'InteractionOrder',
    fields: {
      actor: 'actor',
      conversationId: 'conversationId',
      createdTime: 'createdTime',
      detail: 'detail { content detail domain entity fileTypes resourceId type }',
      id: 'id',
      label: 'label',
      lastUpdatedTime: 'lastUpdatedTime',
      parentInteractionId: 'parentInteractionId',
      platform: 'platform',
      type: 'type',
      userId: 'userId',
    },
  },
  pluginCalls: {
    filter: 'PluginCallFilter',
    orderBy: 'PluginCallOrder',
    fields: {
      conversationId: 'conversationId',
      createdTime: 'createdTime',
      id: 'id',
      interactionId: 'interactionId',
      lastUpdatedTime: 'lastUpdatedTime',
      pluginName: 'pluginName',
      pluginUpdateTime: 'pluginUpdateTime',
      served: 'served',
      used: 'used',
      userId: 'userId',
    },
  },
  pluginResources: {
    filter: 'PluginResourceFilter',
    orderBy: 'PluginResourceOrder',
    fields: {
      cited: 'cited',
      conversationId: 'conversationId',
      createdTime: 'createdTime',
      detail: 'detail { domain externalResourceId name snippet source ticketType type url }',
      id: 'id',
      interactionId: 'interactionId',
      lastUpdatedTime: 'lastUpdatedTime',
      pluginCallId: 'pluginCallId',
      resourceId: 'resourceId',
      type: 'type',
      userId: 'userId',
    },
  },
  users: {
    filter: 'UserFilter',
    orderBy: 'UserOrder',
    fields: {
      accessToBot: 'accessToBot',
      emailAddr: 'emailAddr',
      externalIds: 'externalIds { connectorName externalId source }',
      firstInteractionTime: 'firstInteractionTime',
      firstName: 'firstName',
      id: 'id',
      lastName: 'lastName',
      lastUpdatedTime: 'lastUpdatedTime',
      latestInteractionTime: 'latestInteractionTime',
      userPreferredLanguage: 'userPreferredLanguage',
    },
  },
} as const;
