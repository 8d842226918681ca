// The schema of the two GraphQL peers, in Pothos, as its guide writes it. They differ in how rows are read.

import SchemaBuilder from '@pothos/core';
import type { GraphQLSchema } from 'graphql';

export interface InteractionRow {
  id: string;
  conversation_id: string;
  user_id: string;
  actor: 'user' | 'bot';
  platform: string;
  type: string;
  label: string | null;
  parent_interaction_id: string | null;
  detail: { content?: string | null; entity?: string | null } | null;
  created_time: Date;
  last_updated_time: Date;
}

export interface PeerContext {
  organizationId: string;
}

export type ReadInteractions = (organizationId: string, limit: number) => Promise<InteractionRow[]>;

export function interactionSchema(read: ReadInteractions): GraphQLSchema {
  const builder = new SchemaBuilder<{
    Context: PeerContext;
    Scalars: { DateTime: { Input: Date; Output: Date } };
  }>({});
  builder.scalarType('DateTime', {
    serialize: (value) => value.toISOString(),
    parseValue: (value) => new Date(String(value)),
  });
  const Actor = builder.enumType('InteractionActor', {
    values: { USER: { value: 'user' }, BOT: { value: 'bot' } } as const,
  });
  const Detail = builder.objectRef<NonNullable<InteractionRow['detail']>>('InteractionDetail').implement({
    fields: (t) => ({
      content: t.exposeString('content', { nullable: true }),
      entity: t.exposeString('entity', { nullable: true }),
    }),
  });
  const Interaction = builder.objectRef<InteractionRow>('Interaction').implement({
    fields: (t) => ({
      id: t.exposeID('id', { nullable: false }),
      conversationId: t.exposeID('conversation_id', { nullable: false }),
      userId: t.exposeID('user_id', { nullable: false }),
      actor: t.expose('actor', { type: Actor, nullable: false }),
      platform: t.exposeString('platform', { nullable: false }),
      type: t.exposeString('type', { nullable: false }),
      label: t.exposeString('label', { nullable: true }),
      parentInteractionId: t.exposeID('parent_interaction_id', { nullable: true }),
      detail: t.expose('detail', { type: Detail, nullable: true }),
      createdTime: t.expose('created_time', { type: 'DateTime', nullable: false }),
      lastUpdatedTime: t.expose('last_updated_time', { type: 'DateTime', nullable: false }),
    }),
  });
  const Connection = builder.objectRef<{ nodes: InteractionRow[] }>('InteractionConnection').implement({
    fields: (t) => ({
      nodes: t.expose('nodes', { type: [Interaction], nullable: { list: false, items: false } }),
    }),
  });
  builder.queryType({
    fields: (t) => ({
      interactions: t.field({
        type: Connection,
        nullable: false,
        args: { first: t.arg.int({ defaultValue: 100 }) },
        resolve: async (_root, { first }, { organizationId }) => ({
          nodes: await read(organizationId, Math.min(first ?? 100, 1_000)),
        }),
      }),
    }),
  });
  return builder.toSchema();
}
