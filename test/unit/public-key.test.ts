// Which public keys an OAuth client may register.

import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPublicKey, type SentJwk } from '../../src/auth/public-key.ts';

const keys: Record<string, { publicJwk: JWK; privateJwk: JWK }> = {};
beforeAll(async () => {
  for (const [name, alg, options] of [
    ['ec', 'ES256', {}],
    ['p384', 'ES384', {}],
    ['ed', 'EdDSA', {}],
    ['x', 'ECDH-ES', { crv: 'X25519' }],
    ['rsa', 'PS256', { modulusLength: 2048 }],
  ] as const) {
    const pair = await generateKeyPair(alg, { extractable: true, ...options });
    keys[name] = { publicJwk: await exportJWK(pair.publicKey), privateJwk: await exportJWK(pair.privateKey) };
  }
});
const publicJwk = (name: string, change: SentJwk = {}): SentJwk => ({ ...keys[name]?.publicJwk, ...change });
const point = (hex: string) => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: Buffer.from(hex, 'hex').toString('base64url'),
});

describe('a public key is accepted', () => {
  test.each<[key: string, change: SentJwk, algorithm: string]>([
    ['ec', {}, 'ES256'],
    ['ec', { alg: 'ES256', use: 'sig', key_ops: ['verify'], ext: true }, 'ES256'],
    ['ed', {}, 'EdDSA'],
    ['ed', { alg: 'EdDSA' }, 'EdDSA'],
    ['ed', { alg: 'Ed25519' }, 'EdDSA'],
    ['rsa', { alg: 'PS256' }, 'PS256'],
    ['rsa', { alg: 'RS256' }, 'RS256'],
  ])('%s with %j, for one algorithm: %s', async (name, change, algorithm) => {
    const { value } = await checkPublicKey(publicJwk(name, change));
    expect(value?.algorithm).toBe(algorithm);
    expect(value?.jwk).toEqual(keys[name]?.publicJwk);
  });

  test('under its own kid, or under its thumbprint', async () => {
    const { value } = await checkPublicKey(publicJwk('ec'));
    expect(value?.thumbprint).toMatch(/^[\w-]{43}$/);
    expect(value?.kid).toBe(value?.thumbprint);
    const named = await checkPublicKey(publicJwk('ec', { kid: 'export/2026+a=' }));
    expect(named.value).toMatchObject({ kid: 'export/2026+a=', thumbprint: value?.thumbprint });
  });

  // RFC 7638 section 3.1, RFC 8037 appendix A.3.
  test('with the thumbprints that the RFCs print', async () => {
    const ed = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect((await checkPublicKey(ed)).value?.thumbprint).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw';
    const { value } = await checkPublicKey({ kty: 'RSA', n, e: 'AQAB', alg: 'RS256', kid: '2011-04-29' });
    expect(value?.thumbprint).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  test('whatever the pair: a hundred of Ed25519', async () => {
    for (let i = 0; i < 100; i++) {
      const { publicKey } = await generateKeyPair('EdDSA', { extractable: true });
      expect((await checkPublicKey((await exportJWK(publicKey)) as SentJwk)).problem).toBeUndefined();
    }
  });
});

describe('a key is refused', () => {
  test.each(['ec', 'ed', 'rsa'])('when its private half is in it: %s', async (name) => {
    const sent = { ...keys[name]?.privateJwk, alg: name === 'rsa' ? 'PS256' : undefined };
    const { problem } = await checkPublicKey(sent);
    expect(problem).toContain('never send a private or secret key');
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
      expect((await checkPublicKey(publicJwk(name, { [member]: '' }))).problem).toBe(problem);
    }
  });

  const cases: [why: string, sent: () => SentJwk, problem: RegExp][] = [
    ['a secret key', () => ({ kty: 'oct' }), /never send a private or secret key/],
    ['nothing', () => ({}), /type of key/],
    ['P-384', () => publicJwk('p384'), /type of key/],
    ['secp256k1', () => publicJwk('ec', { crv: 'secp256k1' }), /type of key/],
    ['X25519', () => publicJwk('x'), /type of key/],
    ['Ed448', () => publicJwk('ed', { crv: 'Ed448' }), /type of key/],
    ['a type in small letters', () => publicJwk('rsa', { kty: 'rsa', alg: 'PS256' }), /type of key/],
    ['a type that is no text', () => publicJwk('ec', { kty: ['EC'] }), /type of key/],
    ['an RSA key without alg', () => publicJwk('rsa'), /PS256 or RS256/],
    ['an RSA key for RS512', () => publicJwk('rsa', { alg: 'RS512' }), /PS256 or RS256/],
    ['an RSA key for none', () => publicJwk('rsa', { alg: 'none' }), /PS256 or RS256/],
    ['an RSA key for HS256', () => publicJwk('rsa', { alg: 'HS256' }), /PS256 or RS256/],
    ['an EC key for ES384', () => publicJwk('ec', { alg: 'ES384' }), /ES256/],
    ['an Ed25519 key for ES256', () => publicJwk('ed', { alg: 'ES256' }), /EdDSA/],
    ['a key for encryption', () => publicJwk('ec', { use: 'enc' }), /use is sig/],
    ['a key that does not verify', () => publicJwk('ec', { key_ops: ['sign'] }), /use is sig/],
    ['a kid with a space', () => publicJwk('ec', { kid: 'a b' }), /kid/],
    ['a kid with a NUL', () => publicJwk('ec', { kid: 'a\0' }), /kid/],
    ['an empty kid', () => publicJwk('ec', { kid: '' }), /kid/],
    ['a kid of 101 characters', () => publicJwk('ec', { kid: 'a'.repeat(101) }), /kid/],
    ['a kid that is a number', () => publicJwk('ec', { kid: 1 }), /kid/],
    ['a kid that is a secret', () => publicJwk('ec', { kid: 'lk_sec_0000000000' }), /kid/],
    ['a point off the curve', () => publicJwk('ec', { y: keys.ec?.publicJwk.x }), /point/],
    ['a point without y', () => publicJwk('ec', { y: undefined }), /point/],
    ['a point of zeros', () => publicJwk('ec', zeros(32)), /point/],
    ['a short coordinate', () => publicJwk('ec', zeros(31)), /point/],
    ['a coordinate in base64', () => publicJwk('ec', { x: `${keys.ec?.publicJwk.x}=` }), /point/],
    ['a coordinate that is no text', () => publicJwk('ec', { x: 1 }), /point/],
    ['an RSA key of 2047 bits', () => rsaOf(2047), /2048 to 4096 bits/],
    ['an RSA key of 1024 bits', () => rsaOf(1024), /2048 to 4096 bits/],
    ['an RSA key of 4097 bits', () => rsaOf(4097), /2048 to 4096 bits/],
    ['an RSA key of 100,000 bits', () => rsaOf(100_000), /2048 to 4096 bits/],
    ['an exponent of 3', () => publicJwk('rsa', { alg: 'PS256', e: 'Aw' }), /exponent/],
    ['an exponent of 1', () => publicJwk('rsa', { alg: 'PS256', e: 'AQ' }), /exponent/],
    ['an RSA key without modulus', () => publicJwk('rsa', { alg: 'PS256', n: undefined }), /exponent/],
    [
      'a modulus with a zero before it',
      () => publicJwk('rsa', { alg: 'PS256', n: `AAAA${keys.rsa?.publicJwk.n}` }),
      /exponent/,
    ],
    // What anybody can sign for: points of order 1, 2, 4, and 8, and other spellings of them.
    ...[
      `01${'00'.repeat(31)}`,
      `01${'00'.repeat(30)}80`,
      `ec${'ff'.repeat(30)}7f`,
      '00'.repeat(32),
      `${'00'.repeat(31)}80`,
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
      `ed${'ff'.repeat(30)}7f`,
      `ee${'ff'.repeat(30)}7f`,
      'ff'.repeat(32),
      '00'.repeat(31),
    ].map((hex): (typeof cases)[number] => [`the Ed25519 point ${hex}`, () => point(hex), /point/]),
    ['a point off the curve of Ed25519', () => point(`02${'00'.repeat(31)}`), /point/],
  ];
  test.each(cases)('%s', async (_why, sent, problem) => {
    expect((await checkPublicKey(sent())).problem).toMatch(problem);
  });

  test('in whole sentences that quote nothing of it', async () => {
    for (const [, sent] of cases) {
      const { problem = '' } = await checkPublicKey(sent());
      expect(problem).toMatch(/^[A-Z].*\.$/);
      for (const value of Object.values(sent())) {
        if (typeof value === 'string' && value.length > 8) expect(problem).not.toContain(value);
      }
    }
  });
});

const zeros = (length: number) => ({
  x: Buffer.alloc(length).toString('base64url'),
  y: Buffer.alloc(length).toString('base64url'),
});

function rsaOf(bits: number): SentJwk {
  const n = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  if (bits % 8 > 0) n[0] = (1 << (bits % 8)) - 1;
  return { kty: 'RSA', e: 'AQAB', n: n.toString('base64url'), alg: 'PS256' };
}
