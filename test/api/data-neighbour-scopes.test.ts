// Each edge from record to record for a caller who lacks the scope of what it leads to. The edges are those of the
// schema: a new one is tested without a word here.

import {
  type ExecutionResult,
  execute,
  type GraphQLObjectType,
  getNamedType,
  isObjectType,
  parse,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DataResource, dataResources } from '../../src/db/data/resources.ts';
import { loadSample } from '../../src/db/data/sample.ts';
import { AppError } from '../../src/errors.ts';
import { declaredOn } from '../../src/schema/authorization.ts';
import { Batches } from '../../src/schema/data/batches.ts';
import { TextPlans } from '../../src/schema/data/text-plan.ts';
import { schema } from '../../src/schema/index.ts';
import { Texts } from '../../src/schema/texts.ts';
import type { ScopeName, ScopeValue } from '../../src/scopes.ts';
import { anybody, Caller, createApiKey, signedIn } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { recordNames } from '../support/record-names.ts';

/** A field of a record that leads to another record, or to a list of them. */
interface Edge {
  from: DataResource;
  to: DataResource;
  name: string;
  isList: boolean;
}

const typeOf = (resource: DataResource) => schema.getType(recordNames[resource].type) as GraphQLObjectType;

const edges: Edge[] = dataResources.flatMap((from) =>
  Object.values(typeOf(from).getFields()).flatMap((field) => {
    const type = getNamedType(field.type).name;
    const to = dataResources.find(
      (resource) => type.replace(/Connection$/, '') === recordNames[resource].type,
    );
    return to ? [{ from, to, name: field.name, isList: type.endsWith('Connection') }] : [];
  }),
);
const title = ({ from, name }: Edge) => `${recordNames[from].type}.${name}`;

let app: TestApp;
const without = new Map<DataResource, Caller>();
const keyFor = async (admin: Caller, scopes: ScopeName[]): Promise<Caller> =>
  new Caller(app, `Bearer ${(await createApiKey(admin, scopes)).apiKey}`);
let admin: Caller;

beforeAll(async () => {
  app = await startApp();
  admin = await signedIn(app);
  const until = new Date('2026-06-01T00:00:00.000Z');
  await loadSample(app.db, app.organization.id, {
    seed: 2,
    conversations: 12,
    days: 3,
    until,
    now: app.clock.now(),
  });
  for (const lacking of dataResources) {
    const others = dataResources.filter((resource) => resource !== lacking);
    const scopes: ScopeName[] = [...others.map((resource) => recordNames[resource].scope), 'EVENTS'];
    without.set(lacking, await keyFor(admin, scopes));
  }
});
afterAll(() => app.close());

it('the graph has its edges, both ways', () => {
  expect(edges.map(title).sort()).toEqual(
    [
      'Conversation.user Conversation.interactions Conversation.pluginCalls Conversation.pluginResources',
      'Interaction.conversation Interaction.user Interaction.parent Interaction.replies',
      'Interaction.pluginCalls Interaction.pluginResources',
      'PluginCall.interaction PluginCall.conversation PluginCall.user PluginCall.pluginResources',
      'PluginResource.pluginCall PluginResource.interaction PluginResource.conversation PluginResource.user',
      'User.conversations User.interactions User.pluginCalls User.pluginResources',
    ]
      .flatMap((line) => line.split(' '))
      .sort(),
  );
});

it('each edge declares the scope of what it leads to, and so does the type at its end', () => {
  for (const { from, to, name } of edges) {
    const field = typeOf(from).getFields()[name];
    const target = field && getNamedType(field.type);
    const declared = { requiresScopes: [[recordNames[to].value]] };
    expect(field && declaredOn(field), name).toEqual(declared);
    expect(isObjectType(target) && declaredOn(target), name).toEqual(declared);
    expect(declaredOn(typeOf(to)), name).toEqual(declared);
  }
});

/** The field with a selection that reads little; with nothing but the name of the type, it is no less guarded. */
const asked = ({ name, isList }: Edge, alias = '') =>
  `${alias}${name} ${isList ? '{ nodes { id } }' : '{ id }'}`;

const spellings: Record<string, (edge: Edge) => string> = {
  'on one record': (edge) => `{ ${recordNames[edge.from].one}(id: "none") { ${asked(edge)} } }`,
  'on each of a list': (edge) => `{ ${recordNames[edge.from].many} { nodes { ${asked(edge)} } } }`,
  'on each of an empty list': (edge) =>
    `{ ${recordNames[edge.from].many}(filter: { id: { in: [] } }) { edges { node { ${asked(edge)} } } } }`,
  'by an alias': (edge) =>
    `{ x: ${recordNames[edge.from].many} { edges { node { ${asked(edge, 'harmless: ')} } } } }`,
  'in an inline fragment': (edge) =>
    `{ ${recordNames[edge.from].many} { nodes { ... { ... on ${recordNames[edge.from].type} { ${asked(edge)} } } } } }`,
  'in named fragments': (edge) =>
    `{ ...A } fragment A on Query { ${recordNames[edge.from].many} { nodes { ...B } } } fragment B on ${recordNames[edge.from].type} { ${asked(edge)} }`,
  'left out by a condition': (edge) =>
    `{ ${recordNames[edge.from].many} { nodes { id ... @include(if: false) { ${asked(edge)} } } } }`,
  'with nothing but the name of the type': (edge) =>
    `{ ${recordNames[edge.from].many} { nodes { ${edge.name} { __typename } } } }`,
  'with nothing but the count or the place': (edge) =>
    `{ ${recordNames[edge.from].many} { nodes { ${edge.name} ${edge.isList ? '{ totalCount pageInfo { endCursor } }' : '{ __typename }'} } } }`,
};

describe.each(edges.map((edge) => [title(edge), edge] as const))('%s', (_title, edge) => {
  it('is refused without the scope of its target, whichever way it is reached', async () => {
    const caller = without.get(edge.to) ?? anybody(app);
    const { value } = recordNames[edge.to];
    const steps = edges.filter(({ from, to }) => to === edge.from && from !== edge.to && to !== edge.to);
    const farther = steps.map((step) => {
      const inner = step.isList ? `{ nodes { ${asked(edge)} } }` : `{ ${asked(edge)} }`;
      return `{ ${recordNames[step.from].many}(first: 5) { nodes { ${step.name} ${inner} } } }`;
    });
    for (const query of [...Object.values(spellings).map((spell) => spell(edge)), ...farther]) {
      const reply = await caller.send(query);
      expect({ query, status: reply.status, data: reply.data }).toEqual({
        query,
        status: 403,
        data: undefined,
      });
      expect(
        reply.errors.map(({ extensions }) => extensions),
        query,
      ).toEqual([{ code: 'FORBIDDEN', missingScopes: [value], requestId: expect.any(String) }]);
    }
  });

  it('is open to who has the scopes of both its ends, and no other', async () => {
    const scopes = new Set([recordNames[edge.from].scope, recordNames[edge.to].scope]);
    const caller = await keyFor(admin, [...scopes]);
    for (const [way, spell] of Object.entries(spellings)) {
      const reply = await caller.send(spell(edge));
      expect({ way, status: reply.status, errors: reply.errors }).toEqual({ way, status: 200, errors: [] });
    }
  });

  // The whole operation is checked before it runs; here that first wall is left out, and the second must stand alone.
  it('is refused field by field as well', async () => {
    const { from, to } = edge;
    if (from === to) return;
    const principal = {
      kind: 'machine',
      organizationId: app.organization.id,
      credentialId: 'none',
      scopes: dataResources.flatMap((resource): ScopeValue[] =>
        resource === to ? [] : [recordNames[resource].value],
      ),
    };
    // Field by field, and as a list that is read as text where it may be.
    for (const list of [`nodes { id } again: nodes { ${asked(edge)} }`, `nodes { id ${asked(edge)} }`]) {
      const texts = new Texts();
      const result = (await execute({
        schema,
        document: parse(`{ list: ${recordNames[from].many}(first: 3) { ${list} } }`),
        contextValue: {
          auth: { db: app.db, keys: app.keys },
          readsOf: () => app.db,
          principal,
          batches: new Batches(),
          texts,
          textPlans: new TextPlans(app.db),
        },
      })) as ExecutionResult;
      expect(result.errors?.length).toBeGreaterThan(0);
      for (const { originalError, path } of result.errors ?? []) {
        expect(originalError instanceof AppError && originalError.code).toBe('FORBIDDEN');
        expect(path?.at(-1)).toBe(edge.name);
      }
      expect(texts.write({ data: result.data ?? null })).not.toContain(`"${edge.name}":{`);
    }
  });
});
