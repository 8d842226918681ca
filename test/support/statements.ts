// Every SQL statement that a database is sent, for tests of how many there are and what they read.

import type { CompiledQuery } from 'kysely';
import type { ReadsOf } from '../../src/db/database.ts';
import type { Database } from '../../src/db/tables.ts';
import { type AppSettings, startApp, type TestApp } from './app.ts';

/** The same app over the same database, with the statements that it sends from now on. */
export async function watched(
  app: TestApp,
  settings: AppSettings = {},
): Promise<TestApp & { statements: CompiledQuery[] }> {
  const statements: CompiledQuery[] = [];
  const db = watchedDatabase(app.database.db, statements);
  const readsOf: ReadsOf = (id) => watchedDatabase(app.database.readsOf(id), statements);
  const twin = await startApp({ ...app, database: { ...app.database, db, readsOf } }, settings);
  return { ...twin, statements };
}

function watchedDatabase(db: Database, statements: CompiledQuery[]): Database {
  const compiled = new WeakMap<object, CompiledQuery>();
  const watching = db.withPlugin({
    transformQuery({ node, queryId }) {
      compiled.set(queryId, db.getExecutor().compileQuery(node, queryId));
      return node;
    },
    // A part of another statement is compiled too, but what has a result was sent.
    async transformResult({ queryId, result }) {
      const statement = compiled.get(queryId);
      if (!statement) throw new Error('a statement was sent that was compiled before the watch began');
      statements.push(statement);
      return result;
    },
  });
  // What is sent as text goes by no `transformQuery`.
  const executeQuery = watching.executeQuery.bind(watching);
  watching.executeQuery = (query) => {
    if ('sql' in query) compiled.set(query.queryId, query);
    return executeQuery(query);
  };
  return watching;
}

/** Those that read records of the Data API. */
export const readingRecords = (statements: readonly CompiledQuery[]): CompiledQuery[] =>
  statements.filter(({ sql }) => / as "?record\b/.test(sql));
