// Refusals of an authentication leave at one time after arrival.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createUniformRefusal } from '../../src/auth/uniform-refusal.ts';
import { AppError } from '../../src/errors.ts';

const refused = () => Promise.reject(new AppError('INVALID_CLIENT'));
async function msOf(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work.catch(() => {});
  return performance.now() - startedAt;
}

test('a refusal waits, and a success or a fault does not', async () => {
  const uniformly = createUniformRefusal(500);
  expect(await msOf(uniformly(refused))).toBeGreaterThan(450);
  expect(await msOf(uniformly(() => Promise.resolve()))).toBeLessThan(400);
  expect(await msOf(uniformly(() => Promise.reject(new AppError('SERVICE_UNAVAILABLE'))))).toBeLessThan(400);
});

test('where results are held, a success waits as a refusal does, and a fault does not', async () => {
  const uniformly = createUniformRefusal(500, { holdsResults: true });
  expect(await uniformly(() => Promise.resolve('result'))).toBe('result');
  for (const work of [refused, () => Promise.resolve()])
    expect(await msOf(uniformly<unknown>(work))).toBeGreaterThan(450);
  expect(await msOf(uniformly(() => Promise.reject(new AppError('SERVICE_UNAVAILABLE'))))).toBeLessThan(400);
});

test('a refusal waits as long as others take lately, and faults do not count', async () => {
  const uniformly = createUniformRefusal(5);
  await uniformly(() => pause(200));
  expect(await msOf(uniformly(refused))).toBeGreaterThanOrEqual(250);
  const another = createUniformRefusal(5);
  await msOf(another(() => pause(800).then(() => Promise.reject(new AppError('SERVICE_UNAVAILABLE')))));
  expect(await msOf(another(refused))).toBeLessThan(800);
});

test('what is thrown comes out as it is', async () => {
  const error = new AppError('INVALID_CLIENT', { detail: 'why' });
  await expect(createUniformRefusal(1)(() => Promise.reject(error))).rejects.toBe(error);
});
