// API keys, client secrets, and session tokens as text: made, recognised, and told from anything else.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/auth/random.ts';
import { leakPattern, makeSecret, parseSecret, type SecretKind, sameText } from '../../src/auth/secret.ts';
import { deriveServerKeys } from '../../src/auth/server-keys.ts';

const keys = deriveServerKeys(randomBytes(32));
const kinds: SecretKind[] = ['key', 'sec', 'ses'];
const idFor = (kind: SecretKind) => newId(kind === 'ses' ? 'ses' : 'cred');
const make = (kind: SecretKind, id = idFor(kind)) => ({ id, ...makeSecret(keys, kind, id) });
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe.each(kinds)('a secret of the kind "%s"', (kind) => {
  test('has one shape and length, in an alphabet that no client, shell, or URL breaks', () => {
    for (let i = 0; i < 200; i++) {
      const { plaintext, id } = make(kind);
      expect(plaintext).toMatch(new RegExp(`^lk_${kind}_[0-9A-Za-z]{22}_[0-9A-Za-z]{43}_[0-9A-Za-z]{11}$`));
      expect(plaintext).toContain(id.slice(id.indexOf('_') + 1));
      expect(encodeURIComponent(plaintext)).toBe(plaintext);
    }
  });

  test('names the row that it was made for', () => {
    const { plaintext, id } = make(kind);
    expect(parseSecret(keys, kind, plaintext)).toEqual({ kind, id });
  });

  test('is never made twice, not even for one row', () => {
    const id = idFor(kind);
    expect(new Set(Array.from({ length: 1_000 }, () => make(kind, id).plaintext)).size).toBe(1_000);
  });

  test('is refused when any one character is another', () => {
    const { plaintext } = make(kind);
    for (let at = 0; at < plaintext.length; at++) {
      const other = base62[(base62.indexOf(plaintext[at] ?? '') + 1) % 62];
      const mutated = plaintext.slice(0, at) + other + plaintext.slice(at + 1);
      expect(parseSecret(keys, kind, mutated), `character ${at}`).toBeUndefined();
    }
  });

  test('is refused when cut short, continued, or dressed up', () => {
    const { plaintext } = make(kind);
    for (let length = 0; length < plaintext.length; length++)
      expect(parseSecret(keys, kind, plaintext.slice(0, length))).toBeUndefined();
    const dressed = [
      `${plaintext}\n`,
      `${plaintext} `,
      ` ${plaintext}`,
      `${plaintext}\0`,
      `${plaintext}0`,
      plaintext + plaintext,
      plaintext.toUpperCase(),
      plaintext.toLowerCase(),
      `${plaintext.slice(0, -1)}\n`,
      `${plaintext.slice(0, -1)}\u0130`,
      `${plaintext.slice(0, -1)}\ud800`,
      'x'.repeat(1_000_000),
    ];
    for (const text of dressed) expect(parseSecret(keys, kind, text)).toBeUndefined();
  });

  test('is refused as another kind, even with the prefix changed', () => {
    const { plaintext } = make(kind);
    for (const other of kinds.filter((name) => name !== kind)) {
      expect(parseSecret(keys, other, plaintext)).toBeUndefined();
      expect(parseSecret(keys, other, plaintext.replace(`lk_${kind}_`, `lk_${other}_`))).toBeUndefined();
    }
  });

  test('is refused by a server with another master key', () => {
    expect(parseSecret(deriveServerKeys(randomBytes(32)), kind, make(kind).plaintext)).toBeUndefined();
  });

  test('cannot be put together from two good ones', () => {
    const [one, two] = [make(kind).plaintext.split('_'), make(kind).plaintext.split('_')];
    for (let part = 2; part < 5; part++) {
      const mixed = one.map((text, place) => (place === part ? two[place] : text)).join('_');
      expect(parseSecret(keys, kind, mixed)).toBeUndefined();
    }
  });

  test('is recognised by its hint, which holds nothing of the random part', () => {
    const { plaintext, hint } = make(kind);
    const [head = '', tail = ''] = hint.split('…');
    expect(plaintext.startsWith(head) && plaintext.endsWith(tail)).toBe(true);
    const [, , id = '', random = '', tag = ''] = plaintext.split('_');
    expect(`lk_${kind}_${id}`.startsWith(head)).toBe(true);
    expect(tag.endsWith(tail)).toBe(true);
    expect(tail.length).toBeLessThan(tag.length);
    expect(hint).not.toContain(random.slice(0, 4));
  });
});

describe('the pattern for secret scanners', () => {
  const found = (text: string) => leakPattern.exec(text)?.[0];

  test.each(['key', 'sec'] as const)('finds every issued secret of the kind "%s" in any text', (kind) => {
    for (let i = 0; i < 500; i++) {
      const { plaintext } = make(kind);
      for (const text of [
        plaintext,
        `KEY="${plaintext}"`,
        `https://x.example/?k=${plaintext}&y`,
        `a\n${plaintext},`,
      ])
        expect(found(text)).toBe(plaintext);
    }
  });

  test('leaves sessions, ids, hints, and ordinary text alone', () => {
    const { plaintext, hint, id } = make('key');
    const innocent = [
      make('ses').plaintext,
      hint,
      id,
      plaintext.slice(0, -1),
      plaintext.replaceAll('_', '-'),
    ];
    const prose = [
      'lk_key_',
      'an lk_key_… starts like this',
      'x'.repeat(100_000),
      `lk_key_${'a'.repeat(200)}`,
    ];
    for (const text of [...innocent, ...prose]) expect(found(text), text.slice(0, 60)).toBeUndefined();
  });
});

test('texts are compared as a whole', () => {
  expect(sameText('abc', 'abc')).toBe(true);
  for (const other of ['abd', 'ab', 'abcd', '', 'ABC']) expect(sameText('abc', other)).toBe(false);
});
