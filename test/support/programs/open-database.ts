// A process that opens a database, migrates it, says so, and stores each line of standard input until that ends.

import { createInterface } from 'node:readline';
import { openDatabase } from '../../../src/db/database.ts';
import { migrate } from '../../../src/db/migrate.ts';

const [dataDirectory = '', databaseUrl] = process.argv.slice(2);

try {
  const open = await openDatabase({
    databaseUrl,
    dataDirectory,
    databasePoolSize: 2,
    statementTimeoutMs: 15_000,
    purpose: 'latchkey serve',
  });
  console.log(`migrated ${(await migrate(open.db)).join(' ')}`);
  for await (const name of createInterface(process.stdin)) {
    await open.db.insertInto('server_state').values({ name, value: 'true' }).execute();
    console.log(`stored ${name}`);
  }
  await open.close();
} catch (error) {
  console.log(`${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
