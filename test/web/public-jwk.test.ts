// What the console sends of a pasted key, and what it refuses to send.

import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPublicKey } from '../../src/auth/public-key.ts';
import { publicJwkOf } from '../../web/src/credentials/public-jwk.ts';

let pair: Awaited<ReturnType<typeof generateKeyPair>>;
let jwk: Record<string, unknown>;
let privateJwk: Record<string, unknown>;
beforeAll(async () => {
  pair = await generateKeyPair('ES256', { extractable: true });
  jwk = { ...(await exportJWK(pair.publicKey)), kid: 'laptop', use: 'sig', alg: 'ES256' };
  privateJwk = { ...(await exportJWK(pair.privateKey)) };
});

test.each<[string, () => unknown]>([
  ['a key', () => jwk],
  ['a set of one', () => ({ keys: [jwk] })],
])('%s is sent as the server takes it', async (_name, pasted) => {
  const looked = publicJwkOf(JSON.stringify(pasted(), null, 2));
  expect(looked).toEqual({ jwk });
  expect((await checkPublicKey({ ...looked.jwk })).value?.kid).toBe('laptop');
});

test('what is no member of a public key is left out', () => {
  expect(publicJwkOf(JSON.stringify({ ...jwk, ext: true, note: 'mine', x5c: ['…'] }))).toEqual({ jwk });
});

describe('nothing is sent of', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['a private key', () => privateJwk, /private or secret key \(d\).*paste its public half/],
    ['a private key in a set', () => ({ keys: [privateJwk] }), /private or secret/],
    ['a set with a private key among others', () => ({ keys: [jwk, privateJwk] }), /private or secret/],
    ['a file with both halves', () => ({ publicKey: jwk, privateKey: privateJwk }), /private or secret/],
    ['a shared secret', () => ({ kty: 'oct', k: 'c2VjcmV0' }), /private or secret key \(k\)/],
    ['a set of several', () => ({ keys: [jwk, jwk] }), /This set has 2 keys\. Paste one/],
    ['an empty set', () => ({ keys: [] }), /not a JSON Web Key/],
    ['a list', () => [jwk], /not a JSON Web Key/],
    ['a text', () => 'kty', /not a JSON Web Key/],
    ['nothing', () => null, /not a JSON Web Key/],
  ])('%s', (_name, pasted, problem) => {
    expect(publicJwkOf(JSON.stringify(pasted()))).toEqual({ problem: expect.stringMatching(problem) });
  });

  test('half a key', () => {
    const { problem } = publicJwkOf(JSON.stringify(privateJwk).slice(0, -1));
    expect(problem).toContain('Paste all of it');
  });

  test('PEM, private or public', async () => {
    expect(publicJwkOf(await exportPKCS8(pair.privateKey)).problem).toContain('was not sent');
    expect(publicJwkOf(await exportSPKI(pair.publicKey)).problem).toContain('as a JSON Web Key');
  });
});
