// Names and e-mail addresses that people give: normalised, bounded, and refused where they could deceive.

import { describe, expect, test } from 'vitest';
import { checkEmail, checkName } from '../../src/auth/names.ts';

const accepted = (given: string) => {
  const checked = checkName(given);
  return 'value' in checked ? checked.value : checked.problem;
};
const problem = (given: string) => {
  const checked = checkName(given);
  return 'problem' in checked ? checked.problem.code : 'accepted';
};

describe('a name', () => {
  test.each([
    ['  Nightly export \u00a0', 'Nightly export', 'nightly export'],
    ['two \u3000 spaces', 'two spaces', 'two spaces'],
    ['Cafe\u0301', 'Caf\u00e9', 'caf\u00e9'],
    ['Größe ÄÖ', 'Größe ÄÖ', 'größe äö'],
    ['Отчёт за ночь', 'Отчёт за ночь', 'отчёт за ночь'],
    ['Αναφορά API', 'Αναφορά API', 'αναφορά api'],
    ['夜間エクスポート 2', '夜間エクスポート 2', '夜間エクスポート 2'],
    ['تصدير', 'تصدير', 'تصدير'],
    [
      '🚀 <b>"prod" & \'eu\'</b> \\ % _',
      '🚀 <b>"prod" & \'eu\'</b> \\ % _',
      '🚀 <b>"prod" & \'eu\'</b> \\ % _',
    ],
  ])('%j is shown as %j', (given, name, key) => {
    expect(accepted(given)).toEqual({ name, key });
  });

  test.each(['', ' ', '\u00a0\u3000', '\u2003'.repeat(50)])('%j is no name', (given) => {
    expect(problem(given)).toBe('REQUIRED');
  });

  test('may have a hundred characters as a person counts them, and no more', () => {
    for (const character of ['x', 'é', '字', '🚀']) {
      expect(problem(character.repeat(100))).toBe('accepted');
      expect(problem(character.repeat(101))).toBe('TOO_LONG');
    }
    expect(problem('x'.repeat(10_000))).toBe('TOO_LONG');
    expect(problem(` ${'x'.repeat(100)} `)).toBe('accepted');
  });

  test.each([
    ['NUL', 'a\0b'],
    ['a line break', 'a\nb'],
    ['a tab', 'a\tb'],
    ['an escape sequence', '\u001b[31mred'],
    ['a bidirectional override', 'abc\u202edef'],
    ['a bidirectional isolate', '\u2066abc\u2069'],
    ['a zero-width space', 'ad\u200bmin'],
    ['a zero-width joiner', 'ad\u200dmin'],
    ['a byte order mark', '\ufeffadmin'],
    ['a soft hyphen', 'ad\u00admin'],
    ['half of a surrogate pair', 'a\ud83d'],
    ['the other half', '\ude80a'],
    ['a private-use character', 'a\ue000'],
    ['a character that is none', 'a\uffff'],
    ['a line separator', 'a\u2028b'],
    ['a tag character', 'a\u{e0041}'],
  ])('with %s is refused', (_name, given) => {
    expect(problem(given)).toBe('INVALID');
  });

  test.each([
    ['a Cyrillic letter in a Latin word', 'p\u0430ypal'],
    ['a Greek letter in a Latin word', 'pr\u03bfd'],
    ['an Armenian letter in a Latin word', 'he\u0570o'],
    ['a Cherokee letter in a Latin word', '\u13aanother'],
    ['full-width letters', '\uff41dmin'],
    ['mathematical letters', '\u{1d41a}dmin'],
    ['a ligature', '\ufb01nance'],
  ])('with %s is refused', (_name, given) => {
    expect(problem(given)).toBe('INVALID');
  });

  test('is the same however its letters are composed', () => {
    expect(accepted('A\u030angstro\u0308m')).toEqual(accepted('\u00c5ngstr\u00f6m'));
    expect(accepted('\u212bngstr\u00f6m')).toEqual(accepted('\u00c5ngstr\u00f6m'));
  });
});

describe('an e-mail address', () => {
  const email = (given: string) => {
    const checked = checkEmail(given);
    return 'value' in checked ? checked.value : checked.problem.code;
  };

  test('keeps its spelling and is known by its lower case', () => {
    expect(email(' Ada.Lovelace+x@Example.COM ')).toEqual({
      email: 'Ada.Lovelace+x@Example.COM',
      key: 'ada.lovelace+x@example.com',
    });
  });

  test.each(['', '   '])('%j is missing', (given) => {
    expect(email(given)).toBe('REQUIRED');
  });

  test.each([
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'a b@example.com',
    'ada@exa mple.com',
    'ada@@example.com',
    'ada@example.com\nbcc: x@y.example',
    'ada\0@example.com',
    'ad\u0430@example.com',
    'Ada <ada@example.com>',
    'ada@example..com',
    'ada@.example.com',
    'ada@example.com.',
  ])('%j is none', (given) => {
    expect(email(given)).toBe('INVALID');
  });

  test('has at most 254 characters', () => {
    const of = (length: number) => `${'a'.repeat(length - '@example.com'.length)}@example.com`;
    expect(email(of(254))).toMatchObject({ email: of(254) });
    expect(email(of(255))).toBe('TOO_LONG');
    expect(email('a@'.repeat(500_000))).toBe('TOO_LONG');
  });
});
