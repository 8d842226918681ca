// schema → src/data-api.ts: the types of the five resources with the fields that are their own, and the text by which
// each field is selected. Fields that lead to other records have a scope of their own and are left to `request`.

import {
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';

type Field = GraphQLField<unknown, unknown>;

interface Resource {
  name: string;
  record: GraphQLObjectType;
  filter: GraphQLNamedType;
  orderBy: GraphQLNamedType;
}

/** A plugin of graphql-codegen. */
export function plugin(schema: GraphQLSchema): string {
  const resources = resourcesOf(schema);
  const types = reachable(resources.flatMap(({ record, filter, orderBy }) => [record, filter, orderBy]));
  return [
    '// Generated from the schema by ../codegen.ts. Run `npm run codegen`.\n',
    ...types.map(declaration),
    `/** The resources of the Data API, by the name of their list. */\nexport interface Resources {\n${resources
      .map(
        ({ name, record, filter, orderBy }) =>
          `  ${name}: { record: ${record}; filter: ${filter}; orderBy: ${orderBy} };\n`,
      )
      .join('')}}\n`,
    `/** How each list is asked for. */\nexport const resourceTypes = {\n${resources.map(entry).join('')}} as const;\n`,
  ].join('\n');
}

/** The lists that a scope opens. */
function resourcesOf(schema: GraphQLSchema): Resource[] {
  return Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap((field) => {
    const connection = getNamedType(field.type);
    if (!hasOwnScope(field) || !isObjectType(connection) || !connection.name.endsWith('Connection'))
      return [];
    const argument = (name: string) => getNamedType(field.args.find((arg) => arg.name === name)?.type);
    const record = getNamedType(connection.getFields().nodes?.type);
    const [filter, orderBy] = [argument('filter'), argument('orderBy')];
    if (!(record instanceof GraphQLObjectType) || !filter || !orderBy) {
      throw new Error(`${field.name} is not a list with nodes, filter, and orderBy.`);
    }
    return [{ name: field.name, record, filter, orderBy }];
  });
}

const hasOwnScope = ({ astNode }: Field) =>
  astNode?.directives?.some(({ name }) => name.value === 'requiresScopes') ?? false;

const ownFields = (type: GraphQLObjectType) =>
  Object.values(type.getFields()).filter((field) => !hasOwnScope(field));

const fieldsOf = (type: GraphQLObjectType | GraphQLInputObjectType): (Field | GraphQLInputField)[] =>
  isObjectType(type) ? ownFields(type) : Object.values(type.getFields());

const isOwnType = (type: GraphQLNamedType) =>
  isObjectType(type) || isInputObjectType(type) || isEnumType(type);

/** The types that these are made of, themselves included, by name. */
function reachable(from: GraphQLNamedType[]): GraphQLNamedType[] {
  const found = new Set<GraphQLNamedType>();
  const visit = (type: GraphQLNamedType) => {
    if (found.has(type) || !isOwnType(type)) return;
    found.add(type);
    if (!isEnumType(type))
      for (const field of fieldsOf(type as GraphQLObjectType)) visit(getNamedType(field.type));
  };
  from.forEach(visit);
  return [...found].sort((a, b) => (a.name < b.name ? -1 : 1));
}

const comment = (text: string | null | undefined, indent = '') =>
  text ? `${indent}/** ${text.replace(/\s+/g, ' ')} */\n` : '';

function declaration(type: GraphQLNamedType): string {
  if (isEnumType(type)) return comment(type.description) + enumeration(type);
  const fields = fieldsOf(type as GraphQLObjectType).map((field) => {
    const optional = isInputObjectType(type) && !isNonNullType(field.type) ? '?' : '';
    return `${comment(field.description, '  ')}  ${field.name}${optional}: ${typeScript(field.type)};\n`;
  });
  return `${comment(type.description)}export interface ${type.name} {\n${fields.join('')}}\n`;
}

const enumeration = (type: GraphQLEnumType) =>
  `export type ${type.name} = ${type
    .getValues()
    .map(({ name }) => `'${name}'`)
    .join(' | ')};\n`;

function typeScript(type: GraphQLType): string {
  if (!isNonNullType(type)) return `${nonNull(type)} | null`;
  return nonNull(type.ofType);
}

function nonNull(type: GraphQLType): string {
  if (isListType(type)) {
    const item = typeScript(type.ofType);
    return item.includes(' ') ? `readonly (${item})[]` : `readonly ${item}[]`;
  }
  const { name } = getNamedType(type);
  return { Boolean: 'boolean', Int: 'number', Float: 'number' }[name] ?? named(getNamedType(type));
}

/** Ids and times are strings. */
const named = (type: GraphQLNamedType) => (isOwnType(type) ? type.name : 'string');

function entry({ name, record, filter, orderBy }: Resource): string {
  const fields = ownFields(record).map((field) => `      ${field.name}: '${selection(field)}',\n`);
  return `  ${name}: {\n    filter: '${filter}',\n    orderBy: '${orderBy}',\n    fields: {\n${fields.join('')}    },\n  },\n`;
}

function selection({ name, type }: { name: string; type: GraphQLOutputType }): string {
  const inner = getNamedType(type);
  if (!isObjectType(inner)) return name;
  return `${name} { ${ownFields(inner).map(selection).join(' ')} }`;
}
