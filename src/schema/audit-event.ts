// The audit trail, as a Super Admin reads it.

import { auditActions } from '../auth/audit.ts';
import {
  type AuditEvent,
  type AuditEventFilter,
  countAuditEvents,
  listAuditEvents,
} from '../db/audit-events.ts';
import { AccountType } from './account.ts';
import { builder } from './builder.ts';
import { organizationIdOf } from './context.ts';
import { connect, connectionType, listExtensions } from './page.ts';

const superAdmin = { superAdmin: true };

const AuditAction = builder.enumType('AuditAction', { values: auditActions });
const AuditActorKind = builder.enumType('AuditActorKind', {
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
  values: ['CREDENTIAL', 'ACCOUNT', 'SESSION', 'ORGANIZATION', 'SIGNING_KEY'] as const,
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
    name: t.exposeString('name'),
    from: t.exposeString('from', { nullable: true }),
    to: t.exposeString('to', { nullable: true }),
  }),
});

const AuditEventType = builder.objectRef<AuditEvent>('AuditEvent').implement({
  authScopes: superAdmin,
  fields: (t) => ({
    id: t.exposeID('id'),
    createdAt: t.field({ type: 'DateTime', resolve: (event) => event.created_at }),
    action: t.field({ type: AuditAction, resolve: (event) => event.action as never }),
    actorKind: t.field({ type: AuditActorKind, resolve: (event) => event.actor_kind }),
    actor: t.field({
      type: AccountType,
      nullable: true,
      resolve: (event) => event.actor,
    }),
    targetKind: t.field({ type: AuditTargetKind, resolve: (event) => event.target_kind }),
    targetId: t.id({ nullable: true, resolve: (event) => event.target_id }),
    address: t.exposeString('address', { nullable: true, description: 'The network address it came from.' }),
    userAgent: t.string({ nullable: true, resolve: (event) => event.user_agent }),
    requestId: t.string({ nullable: true, resolve: (event) => event.request_id }),
    facts: t.field({ type: [AuditFact], resolve: (event) => Object.entries(event.detail).map(factOf) }),
  }),
});

function factOf([name, value]: [string, unknown]): Fact {
  const change =
    value !== null && typeof value === 'object' && 'to' in value ? value : { from: null, to: value };
  return { name, from: text((change as { from?: unknown }).from), to: text(change.to) };
}

const text = (value: unknown) => (value === null || value === undefined ? null : String(value));

const AuditEventFilterInput = builder.inputType('AuditEventFilter', {
  fields: (t) => ({
    action: t.field({ type: [AuditAction] }),
    actorAccountId: t.id(),
    targetId: t.id({ description: "A credential's or an account's id." }),
    from: t.field({ type: 'DateTime', description: 'From this moment on.' }),
    until: t.field({ type: 'DateTime', description: 'Until before this moment.' }),
  }),
});

const AuditEventConnection = connectionType('AuditEvent', AuditEventType, superAdmin);
const sizes = { usual: 50, most: 200 };

builder.queryField('auditEvents', (t) =>
  t.field({
    type: AuditEventConnection,
    description: 'Newest first.',
    authScopes: superAdmin,
    extensions: listExtensions(sizes),
    args: {
      first: t.arg.int(),
      after: t.arg.string(),
      last: t.arg.int(),
      before: t.arg.string(),
      filter: t.arg({ type: AuditEventFilterInput }),
    },
    resolve: (_root, { filter, ...page }, context) => {
      const organizationId = organizationIdOf(context);
      const wanted = Object.fromEntries(
        Object.entries(filter ?? {}).filter(([, value]) => value != null),
      ) as AuditEventFilter;
      return connect(context, { organizationId, list: 'auditEvents', order: 'created_at desc' }, page, {
        sizes,
        position: (event: AuditEvent) => [event.created_at, event.id],
        read: (request) => listAuditEvents(context.auth.db, organizationId, wanted, request),
        count: () => countAuditEvents(context.auth.db, organizationId, wanted),
      });
    },
  }),
);
