// What a record must look like to be stored, and what is said of one that does not.

import { describe, expect, it } from 'vitest';
import { checkRecord } from '../../src/db/data/records.ts';
import { type DataResource, resourceNamed, resourceSlug } from '../../src/db/data/resources.ts';
import { conversation, user } from '../support/records.ts';

const good: Record<DataResource, Record<string, unknown>> = {
  conversations: conversation(),
  users: user(),
  interactions: {
    id: 'i',
    conversation_id: 'c',
    user_id: 'u',
    actor: 'bot',
    platform: 'slack',
    type: 'INTERACTION_TYPE_BOT_MESSAGE',
    label: null,
    parent_interaction_id: 'p',
    detail: { content: 'hello' },
    created_time: '2026-01-31T09:30:00.000Z',
    last_updated_time: null,
  },
  plugin_calls: {
    id: 'p',
    interaction_id: 'i',
    conversation_id: 'c',
    user_id: 'u',
    plugin_name: 'Forms',
    served: true,
    used: false,
    plugin_update_time: null,
    created_time: '2026-01-31T09:30:00.000Z',
    last_updated_time: null,
  },
  plugin_resources: {
    id: 'r',
    resource_id: '0',
    type: 'RESOURCE_TYPE_MESSAGE',
    plugin_call_id: null,
    interaction_id: 'i',
    conversation_id: 'c',
    user_id: 'u',
    cited: false,
    detail: null,
    created_time: '2026-01-31T09:30:00.000Z',
    last_updated_time: null,
  },
};
const resources = Object.keys(good) as DataResource[];
const required = {
  conversations: ['id', 'user_id', 'route', 'created_time'],
  users: ['id', 'access_to_bot'],
  interactions: ['id', 'conversation_id', 'user_id', 'actor', 'platform', 'type', 'created_time'],
  plugin_calls: [
    'id',
    'interaction_id',
    'conversation_id',
    'user_id',
    'plugin_name',
    'served',
    'used',
    'created_time',
  ],
  plugin_resources: [
    'id',
    'resource_id',
    'type',
    'interaction_id',
    'conversation_id',
    'user_id',
    'cited',
    'created_time',
  ],
} as const;

const problemsOf = (change: Record<string, unknown>, resource: DataResource = 'conversations') => {
  const checked = checkRecord(resource, { ...good[resource], ...change });
  return 'problems' in checked ? checked.problems : [];
};

describe.each(resources)('%s', (resource) => {
  it('takes a whole record as it is', () => {
    expect(checkRecord(resource, good[resource])).toEqual({ record: good[resource], unknownFields: [] });
  });

  it('takes null for every absent field that may be absent', () => {
    const needed = required[resource] as readonly string[];
    const least = Object.fromEntries(Object.entries(good[resource]).filter(([key]) => needed.includes(key)));
    const nulls = Object.fromEntries(Object.keys(good[resource]).map((key) => [key, null]));
    expect(checkRecord(resource, least)).toEqual({ record: { ...nulls, ...least }, unknownFields: [] });
  });

  it.each(required[resource])('asks for %s, by name', (field) => {
    expect(problemsOf({ [field]: undefined }, resource)).toEqual([`${field} is missing`]);
    expect(problemsOf({ [field]: null }, resource)).toHaveLength(1);
    expect(problemsOf({ [field]: { an: 'object' } }, resource)).toHaveLength(1);
  });
});

it('takes any text as an id, one that begins with a byte order mark too', () => {
  for (const id of ['\ufeff', '\ufeffx', ' ', '12', '🔑']) expect(problemsOf({ id })).toEqual([]);
});

it('brings every time to UTC milliseconds', () => {
  const checked = checkRecord(
    'conversations',
    conversation({ created_time: '2026-01-31T23:30:00.1239+02:30' }),
  );
  expect(checked).toMatchObject({ record: { created_time: '2026-01-31T21:00:00.123Z' } });
});

it.each([
  '2026-02-30T00:00:00Z',
  '2026-01-31T24:00:00Z',
  '2026-01-31T09:30:60Z',
  '2026-01-31T09:30:00',
  '2026-01-31 09:30:00Z',
  '2026-01-31T09:30Z',
  '2026-01-31T09:30:00+24:00',
  '0000-12-31T23:59:59Z',
  '0001-01-01T00:00:00+00:01',
  '9999-12-31T23:59:59-00:01',
  '+010000-01-01T00:00:00Z',
  '1769851800000',
  'infinity',
  '',
])('refuses %j as a time', (created_time) => {
  expect(problemsOf({ created_time })).toEqual([
    expect.stringMatching(/^created_time should be an RFC 3339 time/),
  ]);
});

it.each([
  [{ id: '' }, 'id should not be empty'],
  [{ id: 'x'.repeat(201) }, 'id should have at most 200 characters'],
  [{ id: 12 }, 'id should be text'],
  [{ route: 'a\0b' }, 'route holds a NUL character or half of a surrogate pair, which cannot be stored'],
  [{ route: 'a\ud800b' }, 'route holds a NUL character or half of a surrogate pair, which cannot be stored'],
  [{ detail: 'text' }, 'detail should be an object'],
  [{ detail: { ticket_id: 5 } }, 'detail.ticket_id should be text'],
  [
    { detail: { later: ['\0'] } },
    'detail.later.0 holds a NUL character or half of a surrogate pair, which cannot be stored',
  ],
  [
    { detail: { '\ud800': 1 } },
    'detail holds a NUL character or half of a surrogate pair, which cannot be stored',
  ],
  [
    { detail: { '\u001b[2J': { n: 2 ** 53 } } },
    'detail.n is a number that cannot be kept exactly: send it as a string',
  ],
])('says what is wrong with %j', (change, problem) => {
  expect(problemsOf(change)).toEqual([problem]);
});

it('takes a long word that is indexed while it has at most 2,000 bytes', () => {
  const problem = 'should have at most 2000 bytes of UTF-8, because it is indexed';
  for (const fits of ['x'.repeat(1_000), 'ж'.repeat(1_000), '語'.repeat(666)]) {
    expect(problemsOf({ email_addr: fits }, 'users')).toEqual([]);
    expect(problemsOf({ resource_id: fits }, 'plugin_resources')).toEqual([]);
  }
  const long = '語'.repeat(667);
  expect(problemsOf({ email_addr: long }, 'users')).toEqual([`email_addr ${problem}`]);
  expect(problemsOf({ resource_id: long }, 'plugin_resources')).toEqual([`resource_id ${problem}`]);
});

it('says everything that is wrong at once', () => {
  expect(problemsOf({ id: '', route: 1, created_time: 'x' })).toHaveLength(3);
  expect(problemsOf({ actor: 'system' }, 'interactions')).toEqual(['actor should be "user" or "bot"']);
});

it.each([null, 5, 'text', []])('refuses %j, which is no record', (value) => {
  expect(checkRecord('users', value)).toEqual({ problems: ['the record should be an object'] });
});

it('refuses nesting that would exhaust the stack', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i += 1) deep = [deep];
  expect(problemsOf({ detail: { deep } })).toEqual([
    'detail is nested more than 16 levels deep: send it flatter',
  ]);
});

describe('what JSON does not carry', () => {
  const problemsIn = (further: string) =>
    problemsOf({ detail: JSON.parse(`{"later": {"n": [${further}]}}`) });

  it.each(['12345678901234567890', '-9007199254740993', '1e400', '-1e400', '1e300'])(
    'refuses the number %s, which would come out as another one',
    (number) => {
      expect(problemsIn(`0, ${number}`)).toEqual([
        'detail.later.n.1 is a number that cannot be kept exactly: send it as a string',
      ]);
    },
  );

  it('takes integers of up to 2^53 and decimals', () => {
    expect(problemsIn('9007199254740991, -9007199254740991, 0.1, 1.5e-7, "12345678901234567890"')).toEqual(
      [],
    );
  });

  it('refuses a key "__proto__" at any depth, since it would be lost on the way', () => {
    const lost = 'has a key "__proto__", which cannot be kept: give it another name';
    expect(problemsOf({ detail: JSON.parse('{"__proto__": {"x": 1}}') })).toEqual([`detail ${lost}`]);
    expect(problemsIn('{"__proto__": 1}')).toEqual([`detail.later.n.0 ${lost}`]);
    const external_ids = JSON.parse('[{"external_id": "x"}, {"__proto__": 1}]');
    expect(problemsOf({ external_ids }, 'users')).toEqual([`external_ids.1 ${lost}`]);
  });
});

it('takes a record with fields it does not know, leaves them out, and names them', () => {
  const checked = checkRecord('conversations', { ...conversation(), org: 'x', constructor: 1 });
  expect(checked).toEqual({ record: conversation(), unknownFields: ['org', 'constructor'] });
});

it('knows resources by both spellings, and no others', () => {
  for (const resource of resources) expect(resourceNamed(resourceSlug(resource))).toBe(resource);
  expect(resourceNamed('Plugin_Calls')).toBe('plugin_calls');
  for (const name of ['plugin', '', 'toString', 'organizations']) expect(resourceNamed(name)).toBeUndefined();
});
