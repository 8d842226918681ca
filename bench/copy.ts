// PostgreSQL's own COPY, what exports and imports are measured against: by psql where there is one, and otherwise by
// peers/copy, the same through the package pg-copy-streams.

import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Program, start, startOwn } from './programs.ts';

/** A psql of this machine; the packages that bring PostgreSQL bring none. */
const psql = ['psql', ...installed()].find(works);

export const copyName = psql === undefined ? '`COPY` by pg-copy-streams' : '`psql \\copy`';

/** Runs `copy … to stdout` into a file, or into nothing, or `copy … from stdin` from a file. */
export function startCopy(url: string, statement: string, file?: string): Program {
  if (psql === undefined) {
    return startOwn('peers/copy', { core: 'server', stdio: ['ignore', 'ignore'] }, [
      url,
      statement,
      file ?? '/dev/null',
    ]);
  }
  const direction = / to stdout$/.test(statement) ? 'to' : 'from';
  const command = `\\${statement.replace(/ (?:to stdout|from stdin)$/, ` ${direction} '${file ?? '/dev/null'}'`)}`;
  const flags = ['--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', url, '--command', command];
  return start(psql, flags, { core: 'server', stdio: ['ignore', 'ignore'] });
}

function installed(): string[] {
  try {
    return readdirSync('/usr/lib/postgresql').map((version) =>
      join('/usr/lib/postgresql', version, 'bin/psql'),
    );
  } catch {
    return [];
  }
}

function works(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
