// The authorisation of every field, printed in the public SDL and said in its description: from the same declaration that
// enforces it.

import {
  DirectiveLocation,
  GraphQLDirective,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLString,
  isObjectType,
} from 'graphql';
import { declaredOn, directivesOf, requirementOf } from './authorization.ts';

const locations = [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT];
const required = new GraphQLNonNull(GraphQLString);
const alternatives = new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(new GraphQLList(required))));

export const directives = [
  new GraphQLDirective({
    name: 'requiresScopes',
    description: 'The scopes that the caller needs: [[A, B], [C]] means (A and B) or C.',
    locations,
    args: { scopes: { type: alternatives, description: 'As an OAuth scope parameter writes them.' } },
  }),
  new GraphQLDirective({
    name: 'superAdmin',
    description: 'Only a Super Admin of the organisation, signed in as a person. Never a credential.',
    locations,
  }),
  new GraphQLDirective({ name: 'authenticated', description: 'Any authenticated caller.', locations }),
];

/** Puts the directives of each declaration where a printer of SDL looks for them, and what a field needs in its text. */
export function withDirectives(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const part of [type, ...Object.values(type.getFields())]) {
      const declared = declaredOn(part);
      if (declared) part.extensions = { ...part.extensions, directives: directivesOf(declared) };
    }
    Object.values(type.getFields()).forEach(sayRequirement);
  }
  return schema;
}

function sayRequirement(field: GraphQLField<unknown, unknown>): void {
  const requirement = requirementOf(declaredOn(field) ?? {});
  field.description = [field.description, requirement].filter(Boolean).join(' ') || null;
}
