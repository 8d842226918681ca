// Presented secrets against stored hashes, the first time and when they come again.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/auth/random.ts';
import { makeSecret, type SecretKind } from '../../src/auth/secret.ts';
import { createSecrets, type ReadSecret, type Secrets } from '../../src/auth/secrets.ts';
import { deriveServerKeys } from '../../src/auth/server-keys.ts';

const keys = deriveServerKeys(randomBytes(32));
const newSecrets = () => createSecrets(keys);
const made = (kind: SecretKind) => makeSecret(keys, kind, newId('cred')).plaintext;
const genuine = (secrets: Secrets, kind: SecretKind) => secrets.read(kind, made(kind)) as ReadSecret;

describe('a presented secret', () => {
  test('is read each time as what it is, and as no other kind', () => {
    const secrets = newSecrets();
    const id = newId('cred');
    const { plaintext } = makeSecret(keys, 'key', id);
    for (let time = 0; time < 3; time += 1) {
      expect(secrets.read('sec', plaintext)).toBeUndefined();
      expect(secrets.read('key', plaintext)).toMatchObject({ id, text: plaintext });
    }
  });

  test('is refused each time when one character is another, also after the right one was there', () => {
    const secrets = newSecrets();
    const text = made('key');
    const forged = text.slice(0, -1) + (text.endsWith('a') ? 'b' : 'a');
    for (let time = 0; time < 3; time += 1) {
      expect(secrets.read('key', text)).toBeDefined();
      expect(secrets.read('key', forged)).toBeUndefined();
    }
  });

  test('of another server is refused', () => {
    expect(createSecrets(deriveServerKeys(randomBytes(32))).read('key', made('key'))).toBeUndefined();
  });

  test('is kept by nothing that remembers it', () => {
    const secrets = newSecrets();
    const { facts, text } = genuine(secrets, 'key');
    expect(Object.values(facts).join(' ')).not.toContain(text.slice(30, 40));
  });
});

describe('a stored hash', () => {
  test('matches its own secret, now and the next time, and no other', async () => {
    const secrets = newSecrets();
    const [mine, other] = [genuine(secrets, 'key'), genuine(secrets, 'key')];
    const hash = await secrets.hash(mine.text);
    expect(hash).toMatch(/^\$argon2id\$/);
    expect(hash).not.toContain(mine.text.slice(30, 40));
    expect(await secrets.hash(mine.text)).not.toBe(hash);
    for (let time = 0; time < 2; time += 1) {
      expect(await secrets.matches(mine, [hash])).toBe(true);
      expect(await secrets.matches(other, [hash])).toBe(false);
    }
    expect(await secrets.matches(mine, [])).toBe(false);
    expect(secrets.queueStatus().begun).toBe(2 + 1 + 2);
  });

  test('is found among others, and a match with one is none with another', async () => {
    const secrets = newSecrets();
    const [mine, other] = [genuine(secrets, 'sec'), genuine(secrets, 'sec')];
    const [own, foreign] = [await secrets.hash(mine.text), await secrets.hash(other.text)];
    expect(await secrets.matches(mine, [foreign, own])).toBe(true);
    expect(await secrets.matches(mine, [foreign])).toBe(false);
  });

  test('is checked once for many who present the same secret at once', async () => {
    const secrets = newSecrets();
    const text = made('key');
    const hash = await secrets.hash(text);
    const asked = Array.from({ length: 20 }, () => secrets.read('key', text) as ReadSecret);
    const verdicts = await Promise.all(asked.map((secret) => secrets.matches(secret, [hash])));
    expect(verdicts.every(Boolean)).toBe(true);
    expect(secrets.queueStatus().begun).toBe(2);
  });

  test('is checked for each of many at once by itself', async () => {
    const secrets = newSecrets();
    const presented = Array.from({ length: 20 }, () => genuine(secrets, 'sec'));
    const hashes = await Promise.all(presented.map(({ text }) => secrets.hash(text)));
    const verdicts = await Promise.all(
      presented.flatMap((secret, i) =>
        hashes.map(async (hash, j) => (await secrets.matches(secret, [hash])) === (i === j)),
      ),
    );
    expect(verdicts.every(Boolean)).toBe(true);
  });
});
