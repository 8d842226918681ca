// An import whose database goes away in the middle, over a real connection that is cut.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { runCommand } from '../support/commands.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { faultyNetwork } from '../support/faulty-network.ts';
import { masterKey } from '../support/master-key.ts';
import { conversation, makeOrganization } from '../support/records.ts';
import { cleanUp, stackTrace, temporaryFolder } from '../support/server-process.ts';

describe.runIf(inject('engine') === 'postgres')('an import whose database goes away', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await makeOrganization(database.db);
  });
  afterAll(async () => {
    await cleanUp();
    await database.drop();
  });

  test('says how much is in, where the rejected records are, and that it may be run again', async () => {
    const folder = await temporaryFolder();
    const [file, rejects] = [join(folder, 'conversations.ndjson'), join(folder, 'rejects.ndjson')];
    const records = Array.from({ length: 3_500 }, (_, n) => conversation({ id: `cut-${n}` }));
    await writeFile(file, ['{"id":7}', ...records.map((record) => JSON.stringify(record))].join('\n'));
    const importOver = (url = '') =>
      runCommand(['import', file, '--rejects', rejects], {
        DATABASE_URL: url,
        LATCHKEY_MASTER_KEY: masterKey,
      });
    const network = await faultyNetwork(database.url ?? '');
    network.cutAfter('cut-2500');

    const cut = await importOver(network.url);
    await network.close();
    expect(cut.status).toBe(1);
    expect(cut.stdout).toMatch(
      /conversations\.ndjson: [\d,]+ read, 2,000 inserted, 0 updated, 0 unchanged, 1 rejected$/m,
    );
    expect(cut.stderr).toContain('record 1 (line 1) was rejected');
    expect(cut.stderr).toContain(`All rejected records are in ${rejects}, with place and reason.`);
    expect(cut.stderr).toMatch(/^The import stopped before its end\. 2,000 records are in, .* Run it again/m);
    expect(cut.stderr).toMatch(/^The database cannot be reached or cannot answer .*\.$/m);
    expect(cut.stderr).not.toMatch(stackTrace);
    expect((await readFile(rejects, 'utf8')).split('\n')).toHaveLength(2);

    const again = await importOver(database.url);
    expect(again.stdout).toContain('3,501 read, 1,500 inserted, 0 updated, 2,000 unchanged, 1 rejected');
  });
});
