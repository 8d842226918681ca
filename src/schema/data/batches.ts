// Reads of one request, gathered: what all records of a level ask for goes out in one statement.

import DataLoader from 'dataloader';
import {
  type FieldNode,
  type GraphQLError,
  type GraphQLResolveInfo,
  locatedError,
  responsePathAsArray,
} from 'graphql';
import { AppError } from '../../errors.ts';

/** Reads the values of these keys; a key without a value is left out. */
export type ReadMany<Value> = (keys: readonly string[]) => Promise<ReadonlyMap<string, Value>>;

/** Belongs to one request: what was read stays, and is not read again where the same of a record is asked for. */
export class Batches {
  readonly #plans = new Map<readonly FieldNode[], unknown>();
  readonly #refusals = new Map<readonly FieldNode[], GraphQLError>();
  readonly #names = new Map<string, string>();
  readonly #loaders = new Map<string, DataLoader<string, unknown>>();

  /** What is the same for all records that a field is resolved on: made for the first of them. */
  planOf<Plan>(fields: readonly FieldNode[], make: () => Plan): Plan {
    if (!this.#plans.has(fields)) this.#plans.set(fields, make());
    return this.#plans.get(fields) as Plan;
  }

  /**
   * Resolves a field of a record. A refusal is made once for all records: it is the same for each, as a rule, and an
   * error that knows its place already costs next to nothing.
   */
  async toldOnce<Value>(info: GraphQLResolveInfo, resolve: () => Promise<Value>): Promise<Value> {
    try {
      return await resolve();
    } catch (error) {
      if (!(error instanceof AppError) || error.status >= 500) throw error;
      const { fieldNodes, path } = info;
      const told =
        this.#refusals.get(fieldNodes) ?? locatedError(error, fieldNodes, responsePathAsArray(path));
      this.#refusals.set(fieldNodes, told);
      throw told;
    }
  }

  /** A short name for anything that is plain data: equal things have the same one. */
  nameOf(data: unknown): string {
    const text = JSON.stringify(data);
    const name = this.#names.get(text) ?? String(this.#names.size);
    this.#names.set(text, name);
    return name;
  }

  /**
   * The value of a key, or undefined.
   * @param name says what is read: reads of the same name must be the same, and are gathered
   */
  load<Value>(name: string, key: string, read: ReadMany<Value>): Promise<Value | undefined> {
    let loader = this.#loaders.get(name);
    if (!loader) {
      loader = new DataLoader(async (keys) => {
        const values = await read(keys);
        return keys.map((one) => values.get(one));
      });
      this.#loaders.set(name, loader);
    }
    return loader.load(key) as Promise<Value | undefined>;
  }
}
