// Generated sample records: the same for the same arguments, whole in their relations, and like the product's.

import { describe, expect, it } from 'vitest';
import { checkRecord, type DataRecord } from '../../src/db/data/records.ts';
import type { DataResource } from '../../src/db/data/resources.ts';
import { conversationsFor, defaultSampleSize, sampleRecords } from '../../src/db/data/sample.ts';

const until = new Date('2026-11-22T08:00:00.000Z');
const size = { ...defaultSampleSize, until };
const all = [...sampleRecords(size)];

const of = <R extends DataResource>(resource: R): DataRecord<R>[] =>
  all.flatMap((sample) => (sample.resource === resource ? [sample.record as DataRecord<R>] : []));
const users = of('users');
const conversations = of('conversations');
const interactions = of('interactions');
const pluginCalls = of('plugin_calls');
const pluginResources = of('plugin_resources');
const idsOf = (records: readonly { id: string }[]) => new Set(records.map(({ id }) => id));

it('makes the same records for the same arguments, and others for another seed', () => {
  expect([...sampleRecords(size)]).toEqual(all);
  const others = idsOf([...sampleRecords({ ...size, seed: 2 })].map(({ record }) => record));
  for (const { record } of all) expect(others.has(record.id)).toBe(false);
});

it('makes a few thousand records by default, and about as many as asked for', () => {
  expect(all.length).toBeGreaterThan(3_000);
  expect(all.length).toBeLessThan(6_000);
  let records = 0;
  for (const _ of sampleRecords({ ...size, conversations: conversationsFor(50_000) })) records += 1;
  expect(Math.abs(records / 50_000 - 1)).toBeLessThan(0.05);
});

it('makes only records that an import would take as they are', () => {
  for (const { resource, record } of all)
    expect(checkRecord(resource, record)).toEqual({ record, unknownFields: [] });
});

it('gives every record of a resource an id of its own, in the form of the product', () => {
  for (const records of [conversations, interactions, pluginCalls]) {
    expect(idsOf(records).size).toBe(records.length);
    for (const { id } of records) expect(id).toMatch(/^[A-Za-z0-9_-]{12}$/);
  }
  for (const { id } of pluginResources) expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(idsOf(users).size).toBe(users.length);
  for (const { id } of users) expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
  for (const { id } of users) expect(BigInt(id)).toBeLessThan(2n ** 64n);
  expect(new Set(users.map(({ email_addr }) => email_addr)).size).toBe(users.length);
});

describe('relations', () => {
  it('always lead to a record', () => {
    const [userIds, conversationIds] = [idsOf(users), idsOf(conversations)];
    const [interactionIds, callIds] = [idsOf(interactions), idsOf(pluginCalls)];
    for (const { user_id } of [...conversations, ...interactions, ...pluginCalls, ...pluginResources]) {
      expect(userIds.has(user_id)).toBe(true);
    }
    for (const { conversation_id } of [...interactions, ...pluginCalls, ...pluginResources]) {
      expect(conversationIds.has(conversation_id)).toBe(true);
    }
    for (const { interaction_id } of [...pluginCalls, ...pluginResources]) {
      expect(interactionIds.has(interaction_id)).toBe(true);
    }
    for (const { plugin_call_id } of pluginResources) {
      expect(plugin_call_id === null || callIds.has(plugin_call_id)).toBe(true);
    }
  });

  it('stay inside one conversation of one user', () => {
    const conversationOf = new Map(conversations.map((record) => [record.id, record]));
    const interactionOf = new Map(interactions.map((record) => [record.id, record]));
    const callOf = new Map(pluginCalls.map((record) => [record.id, record]));
    for (const record of [...interactions, ...pluginCalls, ...pluginResources]) {
      expect(conversationOf.get(record.conversation_id)?.user_id).toBe(record.user_id);
    }
    for (const { interaction_id, conversation_id } of [...pluginCalls, ...pluginResources]) {
      expect(interactionOf.get(interaction_id)?.conversation_id).toBe(conversation_id);
    }
    for (const { plugin_call_id, interaction_id } of pluginResources) {
      if (plugin_call_id) expect(callOf.get(plugin_call_id)?.interaction_id).toBe(interaction_id);
    }
  });

  it('name a parent on every bot message and on no user event', () => {
    const userEvents = idsOf(interactions.filter(({ actor }) => actor === 'user'));
    for (const { actor, parent_interaction_id } of interactions) {
      if (actor === 'user') expect(parent_interaction_id).toBeNull();
      else expect(userEvents.has(parent_interaction_id ?? '')).toBe(true);
    }
  });

  it('come in an order in which parents stand before what refers to them', () => {
    const met = new Set<string>();
    for (const { record } of all) {
      for (const [key, id] of Object.entries(record)) {
        const refersTo = key.endsWith('_id') && key !== 'resource_id' && typeof id === 'string';
        if (refersTo) expect(met.has(id), `${key} ${id}`).toBe(true);
      }
      met.add(record.id);
    }
  });

  it('say of users when they were first and last heard of', () => {
    for (const { id, first_interaction_time, latest_interaction_time } of users) {
      const times = interactions
        .filter(({ user_id }) => user_id === id)
        .map(({ created_time }) => created_time);
      for (const time of times) {
        expect(time >= (first_interaction_time ?? '')).toBe(true);
        expect(time <= (latest_interaction_time ?? '')).toBe(true);
      }
    }
  });
});

describe('vocabularies', () => {
  it.each([
    [
      'interactions',
      'INTERACTION_TYPE_',
      ['FREE_TEXT', 'BOT_MESSAGE', 'BUTTON_CLICK', 'LINK_CLICK', 'UIFORM_SUBMISSION', 'CONTENT_UPLOAD'],
    ],
    [
      'plugin_resources',
      'RESOURCE_TYPE_',
      [
        'KNOWLEDGE',
        'FILE',
        'FORM',
        'TICKET',
        'APPROVAL',
        'INTERNAL_KNOWLEDGE',
        'PERSON',
        'RECORD',
        'SOFTWARE',
        'GROUP',
        'UPLOADED_CONTENT',
        'MESSAGE',
        'IDENTITY_SYSTEM',
        'UNSPECIFIED',
      ],
    ],
  ] as const)('show every type of %s', (resource, prefix, types) => {
    const seen = new Set<string>(of(resource).map(({ type }) => type));
    expect([...seen].sort()).toEqual(types.map((type) => prefix + type).sort());
  });

  it('show every route, several domains and platforms, and resources without a plugin call', () => {
    expect([...new Set(conversations.map(({ route }) => route))].sort()).toEqual([
      'Channel',
      'DM',
      'Notification',
      'Ticket',
    ]);
    expect(new Set(conversations.map(({ primary_domain }) => primary_domain)).size).toBeGreaterThan(6);
    expect([...new Set(interactions.map(({ platform }) => platform))].sort()).toEqual([
      'movewebchat',
      'msteams',
      'slack',
    ]);
    const alone = pluginResources.filter(({ plugin_call_id }) => plugin_call_id === null).length;
    expect(alone).toBeGreaterThan(pluginResources.length * 0.1);
    expect(alone).toBeLessThan(pluginResources.length * 0.6);
  });

  it('never say that something was used without being served', () => {
    expect(pluginCalls.filter(({ served, used }) => used && !served)).toEqual([]);
  });
});

describe('stamps', () => {
  it('are one per table and UTC day of creation, on the day after, and all before the end', () => {
    for (const records of [conversations, interactions, pluginCalls, pluginResources]) {
      const stampOf = new Map<string, string>();
      for (const { created_time, last_updated_time } of records) {
        const day = created_time.slice(0, 10);
        const stamp = stampOf.get(day) ?? last_updated_time ?? '';
        stampOf.set(day, stamp);
        expect(last_updated_time).toBe(stamp);
        const dayAfter = new Date(Date.parse(`${day}T00:00:00.000Z`) + 86_400_000).toISOString().slice(0, 10);
        expect(stamp.slice(0, 10)).toBe(dayAfter);
        expect(stamp < until.toISOString()).toBe(true);
      }
      expect(stampOf.size).toBeGreaterThan(20);
    }
  });

  it('end two days before the given day, so that a first start shows recent records', () => {
    const latest = conversations
      .map(({ created_time }) => created_time)
      .sort()
      .at(-1);
    expect(latest?.slice(0, 10)).toBe('2026-11-20');
  });
});
