// A bare client: runs statements one after another, again and again. Standard input gives the statements in the first line,
// and then a number of seconds in each; the answer is the median time of all together, and of each.

import { createInterface } from 'node:readline';
import pg from 'pg';
import { median } from '../statistics.ts';
import type { Statement, StatementTimes } from '../watched-statements.ts';

const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
// As every client of instants should, and as the server does.
await client.query("set time zone 'UTC'");

async function runFor(statements: readonly Statement[], seconds: number): Promise<StatementTimes> {
  const totals: number[] = [];
  const each: number[][] = statements.map(() => []);
  const begun = performance.now();
  while (performance.now() - begun < seconds * 1000) {
    const start = performance.now();
    for (const [i, { text, values }] of statements.entries()) {
      const from = performance.now();
      await client.query({ name: `statement_${i}`, text, values });
      each[i]?.push(performance.now() - from);
    }
    totals.push(performance.now() - start);
  }
  return { runs: totals.length, p50Ms: median(totals), p50MsOf: each.map(median) };
}

let statements: Statement[] | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  if (statements === undefined) statements = JSON.parse(line) as Statement[];
  else process.stdout.write(`${JSON.stringify(await runFor(statements, Number(line)))}\n`);
}
await client.end();
