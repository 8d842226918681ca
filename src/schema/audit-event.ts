// The audit trail, as a Super Admin reads it.

import type { AuditAction } from '../auth/audit.ts';
import {
  type AuditEvent,
  type AuditEventFilter,
  countAuditEvents,
  listAuditEvents,
} from '../db/audit-events.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { organizationIdOf, readsDb } from './context.ts';
import { enumValues } from './enum-values.ts';
import { connect, connectionType, listExtensions, pageArguments } from './page.ts';

const superAdmin = { superAdmin: true };

const AuditActionEnum = builder.enumType('AuditAction', {
  description: 'What can be found in the trail, and which facts it comes with.',
  values: enumValues<AuditAction>({
    ORGANIZATION_CREATED: 'At the command line, or by the first start. Facts: name, slug.',
    ORGANIZATION_SUSPENDED:
      'At the command line. Nothing of the organisation works from then on. Facts: name, status.',
    ORGANIZATION_RESUMED: 'At the command line. What was live before works again. Facts: name, status.',
    ACCOUNT_CREATED: 'Facts: name, kind, role.',
    ACCOUNT_DEACTIVATED: 'Its sessions ended and its credentials stopped. Facts: name, status.',
    ACCOUNT_REACTIVATED: 'Its credentials work again. Facts: name, status.',
    ACCOUNT_DELETED: 'Its sessions ended and its credentials stopped, for good. Facts: name, status.',
    ACCOUNT_ROLE_CHANGED: "The person's sessions ended. Facts: name, role.",
    CREDENTIAL_CREATED: 'Facts: name, authenticationType, scopes, ownerAccountId.',
    CREDENTIAL_UPDATED: 'Facts: name, scopes, as far as they were changed.',
    CREDENTIAL_REVOKED: 'By a Super Admin.',
    CREDENTIAL_KEY_ADDED: 'A public key of an OAuth client. Facts: kid, algorithm, thumbprint.',
    CREDENTIAL_KEY_REMOVED: 'A public key of an OAuth client. Facts: kid, algorithm, thumbprint.',
    CREDENTIAL_REVOKED_AS_LEAKED: 'By whoever reported its key or secret, from the address that is given.',
    TOKEN_REVOKED: 'One access token, by its client (RFC 7009). Facts: jti, expiresAt.',
    SIGNED_IN: 'A session began.',
    SIGN_IN_REFUSED:
      'Wrong password, unknown e-mail address, or account that is not active. Facts: email, when what was typed is one.',
    SIGNED_OUT: 'A person ended a session.',
    PASSWORD_CHANGED: "By the person, or at the command line. The person's other sessions ended.",
    PASSWORD_CHANGE_REFUSED:
      'A person was signed in and did not know the present password: a slip, or a session that was stolen.',
    SIGNING_KEY_COMPROMISED: 'A key that signed access tokens leaked and was ended, for all organisations.',
  }),
});
const AuditActorKind = builder.enumType('AuditActorKind', {
  description: 'Who can act.',
  values: {
    PERSON: { description: 'A signed-in person.' },
    COMMAND_LINE: { description: 'Somebody at the command line of the server.' },
    CREDENTIAL: {
      description: 'The credential that is the target: a client that revoked one of its tokens.',
    },
    ANONYMOUS: { description: 'Nobody known: a refused sign-in, a report of a leaked secret.' },
  } as const,
});
const AuditTargetKind = builder.enumType('AuditTargetKind', {
  description: 'What targetId is the id of.',
  values: enumValues<AuditEvent['target_kind']>({
    CREDENTIAL: 'An API key or OAuth client.',
    ACCOUNT: 'A person or service account. Without an id: a sign-in with an e-mail address that nobody has.',
    SESSION: 'A session: its id is not its token.',
    ORGANIZATION: 'The organisation itself.',
    SIGNING_KEY: 'A key that signs access tokens: its id is its kid.',
  }),
});

interface Fact {
  name: string;
  from: string | null;
  to: string | null;
}
const AuditFact = builder.objectRef<Fact>('AuditFact').implement({
  description:
    'One thing that the event tells: its value, and for a change what it was before. Lists by commas.',
  authScopes: superAdmin,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'AuditAction says which there are.' }),
    from: t.exposeString('from', {
      nullable: true,
      description: 'The value before; null for what is no change.',
    }),
    to: t.exposeString('to', { nullable: true, description: 'The value, after the change if it is one.' }),
  }),
});

const whenUnknown =
  'null at the command line, and of a refused sign-in that may have been meant for another organisation';

const AuditEventType = builder.objectRef<AuditEvent>('AuditEvent').implement({
  description:
    'Something that was done or refused. A change and its event are written together, or not at all.',
  authScopes: superAdmin,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'It begins with aud_.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it happened.',
      resolve: (event) => event.created_at,
    }),
    action: t.field({
      type: AuditActionEnum,
      description: 'What happened; facts has the particulars.',
      resolve: (event) => event.action as never,
    }),
    actorKind: t.field({
      type: AuditActorKind,
      description: 'Whether a person acted, the command line, a credential, or nobody known.',
      resolve: (event) => event.actor_kind,
    }),
    actor: t.field({
      type: AccountType,
      nullable: true,
      description: 'The person who acted; null unless actorKind is PERSON.',
      resolve: (event) => event.actor,
    }),
    targetKind: t.field({
      type: AuditTargetKind,
      description: 'What it was done to.',
      resolve: (event) => event.target_kind,
    }),
    targetId: t.id({
      nullable: true,
      description: 'Null when a sign-in named nobody who is known.',
      resolve: (event) => event.target_id,
    }),
    address: t.exposeString('address', {
      nullable: true,
      description: `The network address it came from; ${whenUnknown}.`,
    }),
    userAgent: t.string({
      nullable: true,
      description: `The first 300 characters of the header User-Agent, if there was one; ${whenUnknown}.`,
      resolve: (event) => event.user_agent,
    }),
    requestId: t.string({
      nullable: true,
      description: "As the reply's header X-Request-Id and the log have it; null at the command line.",
      resolve: (event) => event.request_id,
    }),
    facts: t.field({
      type: [AuditFact],
      description: 'What AuditAction names for the action. Nothing secret is among it.',
      resolve: (event) => Object.entries(event.detail).map(factOf),
    }),
  }),
});

function factOf([name, value]: [string, unknown]): Fact {
  const change =
    value !== null && typeof value === 'object' && 'to' in value ? value : { from: null, to: value };
  return { name, from: text((change as { from?: unknown }).from), to: text(change.to) };
}

const text = (value: unknown) => (value === null || value === undefined ? null : String(value));

const AuditEventFilterInput = builder.inputType('AuditEventFilter', {
  description: 'An event must meet all that is given.',
  fields: (t) => ({
    action: t.field({
      type: [AuditActionEnum],
      description: 'One of these. An empty list matches nothing.',
    }),
    actorAccountId: t.id({ description: 'What this person did.' }),
    targetId: t.id({ description: "What was done to it: a credential's or an account's id." }),
    from: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    until: t.field({ type: 'DateTime', description: 'Until before this moment.' }),
  }),
});

const AuditEventConnection = connectionType('AuditEvent', AuditEventType, superAdmin);
const sizes = { usual: 50, most: 200 };

builder.queryField('auditEvents', (t) =>
  t.field({
    type: AuditEventConnection,
    description: 'The audit trail, newest first.',
    authScopes: superAdmin,
    extensions: listExtensions(sizes),
    args: {
      ...pageArguments(sizes),
      filter: t.arg({ type: AuditEventFilterInput, description: 'When absent, all events.' }),
    },
    resolve: (_root, { filter, ...page }, context) => {
      const organizationId = organizationIdOf(context);
      const wanted = Object.fromEntries(
        Object.entries(filter ?? {}).filter(([, value]) => value != null),
      ) as AuditEventFilter;
      return connect(context, { organizationId, list: 'auditEvents', order: 'created_at desc' }, page, {
        sizes,
        position: (event: AuditEvent) => [event.created_at, event.id],
        read: (request) => listAuditEvents(readsDb(context), organizationId, wanted, request),
        count: () => countAuditEvents(readsDb(context), organizationId, wanted),
      });
    },
  }),
);
