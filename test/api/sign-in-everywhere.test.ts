// One e-mail address in nine organisations.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { createOrganization } from '../../src/auth/first-start.ts';
import { SignInDocument } from '../operations/documents.ts';
import { anybody } from '../support/actors.ts';
import { startApp, type TestApp } from '../support/app.ts';

const email = 'ada@everywhere.example';
const passwordOf = (place: number) => `the password of number ${place}`;
let app: TestApp;
beforeAll(async () => {
  app = await startApp();
  for (let place = 1; place <= 9; place += 1) {
    const given = { organizationName: `Tenant ${place}`, adminEmail: email, password: passwordOf(place) };
    await app.db.transaction().execute((tx) => createOrganization(tx, { ...given, now: app.clock.now() }));
    app.clock.advance(1);
  }
});
afterAll(() => app.close());

const signsIn = async (place: number, organization?: string) => {
  const input = { email, password: passwordOf(place), organization, transport: 'BEARER' as const };
  const { signIn } = await anybody(app).run(SignInDocument, { input });
  return signIn.sessionToken !== null;
};

test('without its name the eight oldest are found by the password, and with it every one', async () => {
  expect(await signsIn(1)).toBe(true);
  expect(await signsIn(8)).toBe(true);
  expect(await signsIn(9)).toBe(false);
  expect(await signsIn(9, 'tenant-9')).toBe(true);
});
