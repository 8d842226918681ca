// Writes GraphQL requests out of a schema, at random: most of what they hold is valid, and some of it is anything but.

import fc, { type GeneratorValue } from 'fast-check';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { hostileJson, hostileNumber, hostileText } from './hostile-values.ts';

export interface WrittenRequest {
  query: string;
  variables: unknown;
  operationName?: unknown;
}

export interface WriterOptions {
  schema: GraphQLSchema;
  /** Ids, cursors, and texts that stand for something on the server. */
  words: readonly string[];
  /** Root fields that are never asked for. */
  without: readonly string[];
}

/** A word without quotes in a document; in variables, its text. */
class Word {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** Requests for operations of the schema. */
export const graphqlRequests = (options: WriterOptions): fc.Arbitrary<WrittenRequest> =>
  fc.gen().map((g) => new Writer(g, options).request());

const fragmentNames = ['F0', 'F1'];
const deepest = 5;

const anyJson = () => hostileJson;
const anyNumber = () => hostileNumber;
const anyText = () => hostileText;
const anyDate = () => fc.date({ noInvalidDate: true });
/** fast-check prefers the ends of a range, which here would be the rarest choices. */
const unbiased = (max: number) => fc.noBias(fc.nat({ max }));

class Writer {
  readonly #g: GeneratorValue;
  readonly #options: WriterOptions;
  readonly #variables = new Map<string, unknown>();
  readonly #declared: string[] = [];
  /** By the type that each is on. */
  readonly #fragments = new Map<string, string>();
  #named = 0;

  constructor(g: GeneratorValue, options: WriterOptions) {
    this.#g = g;
    this.#options = options;
  }

  request(): WrittenRequest {
    const { schema } = this.#options;
    const isMutation = this.#oneIn(4);
    const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLNamedType;
    const types = fragmentNames.map(() => (this.#oneIn(3) ? root : this.#any(this.#composites())));
    for (const [i, type] of types.entries()) this.#fragments.set(type.name, `F${i}`);
    const selection = this.#selection(root, 0);
    if (!this.#oneIn(30)) this.#fragments.clear();
    const fragments = types.map((type, i) => `fragment F${i} on ${type.name} ${this.#selection(type, 3)}`);
    const declared = this.#declared.length === 0 ? '' : `(${this.#declared.join(', ')})`;
    const operation = `${isMutation ? 'mutation' : 'query'} Q${declared} ${this.#directives()} ${selection}`;
    const all = [operation, ...fragments].join(' ');
    const query = [operation, ...fragments.filter((_text, i) => all.includes(`...F${i}`) || this.#oneIn(20))];
    if (this.#oneIn(30)) query.push(this.#any(query));
    const variables = this.#oneIn(20) ? this.#g(anyJson) : Object.fromEntries(this.#variables);
    const named = this.#oneIn(10) ? { operationName: this.#g(anyJson) } : {};
    return { query: query.join('\n'), variables, ...named };
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const possible = fields.filter(
      (field) => !this.#options.without.includes(field.name) && (depth < deepest || !isComposite(field.type)),
    );
    const count = this.#upTo(depth === 0 ? 2 : 4) + 1;
    const parts = Array.from({ length: count }, () => this.#part(type, possible, depth));
    return `{ ${parts.join(' ')} }`;
  }

  #part(type: GraphQLNamedType, fields: readonly GraphQLField<unknown, unknown>[], depth: number): string {
    const fragment = this.#oneIn(100) ? this.#any(fragmentNames) : this.#fragments.get(type.name);
    if (fragment !== undefined && this.#oneIn(3)) return `...${fragment} ${this.#directives()}`;
    if (isUnionType(type) || this.#oneIn(15)) {
      const inner = isUnionType(type) ? this.#any(type.getTypes()) : type;
      return `... on ${inner.name} ${this.#directives()} ${this.#selection(inner, depth + 1)}`;
    }
    if (this.#oneIn(150))
      return this.#any(['__proto__', 'constructor', '__schema { queryType { name } }', 'x']);
    if (fields.length === 0 || this.#oneIn(20)) return '__typename';
    const field = this.#any(fields);
    const args = this.#args(field);
    const below = isComposite(field.type) ? this.#selection(getNamedType(field.type), depth + 1) : '';
    return `${this.#alias(args)}${field.name}${args} ${this.#directives()} ${below}`;
  }

  /** Two fields of one name with different arguments need one. */
  #alias(args: string): string {
    if (this.#oneIn(60)) return `${this.#any(['a', '__proto__', 'constructor'])}: `;
    return args === '' ? '' : `a${this.#named++}: `;
  }

  #args(field: GraphQLField<unknown, unknown>): string {
    const args = field.args.filter(({ type }) => isNonNullType(type) || this.#oneIn(3));
    const written = args.map(({ name, type }) => `${name}: ${this.#argument(type)}`);
    if (this.#oneIn(300)) written.push(`constructor: ${literal(this.#g(anyJson))}`);
    return written.length === 0 ? '' : `(${written.join(', ')})`;
  }

  /** As a literal, or through a variable of its type, and now and then of another. */
  #argument(type: GraphQLInputType): string {
    if (this.#oneIn(2)) return literal(this.#value(type, 0));
    const name = this.#oneIn(30) ? this.#any(['v0', '__proto__', 'constructor']) : `v${this.#named++}`;
    if (!this.#declared.some((text) => text.startsWith(`$${name}:`))) {
      const fallback = this.#oneIn(10) ? ` = ${literal(this.#value(type, 0))}` : '';
      this.#declared.push(`$${name}: ${this.#oneIn(60) ? '[ID!]' : String(type)}${fallback}`);
      this.#variables.set(name, this.#value(type, 0));
    }
    return `$${name}`;
  }

  #value(type: GraphQLInputType, depth: number): unknown {
    if (this.#oneIn(40)) return this.#g(anyJson);
    if (isNonNullType(type)) return this.#value(type.ofType, depth);
    if (this.#oneIn(20)) return null;
    if (isListType(type))
      return Array.from({ length: this.#upTo(3) }, () => this.#value(type.ofType, depth + 1));
    if (isEnumType(type)) return new Word(this.#any(type.getValues().map(({ name }) => name)));
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || this.#oneIn(2),
      );
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type, depth + 1)]));
    }
    return this.#scalar(String(type));
  }

  #scalar(name: string): unknown {
    const g = this.#g;
    if (name === 'Int') return g(anyNumber);
    if (name === 'Boolean') return g(fc.boolean);
    if (name === 'JWK') return g(anyJson);
    if (this.#oneIn(2)) return this.#any(this.#options.words);
    if (name.startsWith('Date'))
      return g(anyDate)
        .toISOString()
        .slice(0, name === 'Date' ? 10 : 24);
    return g(anyText);
  }

  #directives(): string {
    if (!this.#oneIn(20)) return '';
    if (!this.#oneIn(8)) return this.#any(['@include(if: true)', '@skip(if: false)', '@skip(if: true)']);
    return this.#any([
      '@include(if: $v0)',
      '@skip(if: null)',
      '@skip(if: true) @skip(if: true)',
      '@defer',
      '@stream(initialCount: 1)',
      '@deprecated',
      '@requiresScopes(scopes: [])',
      '@constructor',
    ]);
  }

  #composites(): GraphQLNamedType[] {
    return Object.values(this.#options.schema.getTypeMap()).filter(isComposite);
  }

  #oneIn(many: number): boolean {
    return this.#upTo(many - 1) === 0;
  }

  #upTo(max: number): number {
    return this.#g(unbiased, max);
  }

  #any<Item>(items: readonly Item[]): Item {
    return items[this.#upTo(items.length - 1)] as Item;
  }
}

const isComposite = (type: Parameters<typeof getNamedType>[0]): type is GraphQLNamedType => {
  const named = getNamedType(type);
  return isObjectType(named) || isInterfaceType(named) || isUnionType(named);
};

/** A value as GraphQL writes it. Keys that are no names stay as they are: such a document does not parse. */
function literal(value: unknown): string {
  if (value instanceof Word) return value.text;
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${name}: ${literal(inner)}`)
    .join(', ')}}`;
}
