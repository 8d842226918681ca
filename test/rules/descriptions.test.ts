// The schema is the reference that people read in GraphiQL: everything in it says something of itself.

import { expect, test } from 'vitest';
import { requirementOf } from '../../src/schema/authorization.ts';
import { schema } from '../../src/schema/index.ts';

test('a guarded field says whom it answers, and a field that is open says nothing of it', () => {
  const saying = (name: string, root = schema.getQueryType()) => root?.getFields()[name]?.description;
  expect(saying('users')).toMatch(/Needs the scope users:read\.$/);
  expect(saying('credentials')).toMatch(/Needs a Super Admin's session\.$/);
  expect(saying('viewer')).toMatch(/For any authenticated caller\.$/);
  expect(saying('signIn', schema.getMutationType())).not.toMatch(/Needs|For any/);
  expect(requirementOf({ requiresScopes: [['users:read', 'events:write'], ['interactions:read']] })).toBe(
    'Needs the scope users:read and events:write, or interactions:read.',
  );
});
