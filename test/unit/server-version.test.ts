import { expect, test } from 'vitest';
import { checkServerVersion } from '../../src/db/migrate.ts';

test('PostgreSQL 15 and later are taken, and an older one is refused with what to do', () => {
  for (const version of ['15.0', '15.18 (Debian 15.18-0+deb12u1)', '18.4', '19beta1'])
    checkServerVersion(version);
  expect(() => checkServerVersion('14.9 (Debian 14.9-1)')).toThrow(
    /PostgreSQL 14\.9 .*needs 15 or later\. Upgrade/,
  );
});
