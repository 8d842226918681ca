// $filter: what each form means, and at which character each mistake is.

import { describe, expect, it, test } from 'vitest';
import type { Condition } from '../../src/db/data/condition.ts';
import type { DataResource } from '../../src/db/data/resources.ts';
import { AppError } from '../../src/errors.ts';
import { filterCondition } from '../../src/http/odata/filter.ts';

const compare = (column: string, operator: string, value: unknown) => ({
  kind: 'compare',
  column,
  operator,
  value,
});
const and = (...conditions: unknown[]) => ({ kind: 'and', conditions });
const or = (...conditions: unknown[]) => ({ kind: 'or', conditions });
const not = (condition: unknown) => ({ kind: 'not', condition });

function meaning(filter: string, resource: DataResource = 'plugin_calls'): Condition {
  return filterCondition(resource, filter);
}

function refusal(filter: string, resource: DataResource = 'plugin_calls'): AppError {
  try {
    meaning(filter, resource);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${filter} is accepted`);
}

const a = compare('served', 'eq', true);
const b = compare('used', 'eq', true);
const c = compare('user_id', 'eq', '1');

describe('means', () => {
  test.each<[string, unknown]>([
    ["user_id eq '123456'", compare('user_id', 'eq', '123456')],
    [
      "created_time gt '2026-01-01T00:00:00Z' and created_time lt '2026-02-01T00:00:00Z'",
      and(
        compare('created_time', 'gt', '2026-01-01T00:00:00.000Z'),
        compare('created_time', 'lt', '2026-02-01T00:00:00.000Z'),
      ),
    ],
    [
      "last_updated_time ge '2024-01-01T00:00:00.000Z' and last_updated_time le '2024-01-02T23:59:59.999Z'",
      and(
        compare('last_updated_time', 'ge', '2024-01-01T00:00:00.000Z'),
        compare('last_updated_time', 'le', '2024-01-02T23:59:59.999Z'),
      ),
    ],
    ['created_time ge 2026-01-01T00:00:00Z', compare('created_time', 'ge', '2026-01-01T00:00:00.000Z')],
    ['created_time ge 2026-01-01T02:00:00+02:00', compare('created_time', 'ge', '2026-01-01T00:00:00.000Z')],
    ["created_time ne '2026-01-01t00:00:00.5z'", compare('created_time', 'ne', '2026-01-01T00:00:00.500Z')],
    ["plugin_name eq 'it''s'", compare('plugin_name', 'eq', "it's")],
    ["plugin_name eq ''", compare('plugin_name', 'eq', '')],
    ["plugin_name eq ''''", compare('plugin_name', 'eq', "'")],
    ["plugin_name eq 'a and (b'", compare('plugin_name', 'eq', 'a and (b')],
    ["plugin_name eq 'Prüfung 🔑'", compare('plugin_name', 'eq', 'Prüfung 🔑')],
    ["id eq '-_x'", compare('id', 'eq', '-_x')],
    ['plugin_update_time eq null', compare('plugin_update_time', 'eq', null)],
    ['served eq true', a],
    ['served', a],
    ['not served', not(a)],
    ['not not served', a],
    ['not (not served)', not(not(a))],
    ["not user_id eq '1'", not(c)],
    ['served ne false', compare('served', 'ne', false)],
    ["'1' eq user_id", c],
    ["'1' lt user_id", compare('user_id', 'gt', '1')],
    ["served and used or user_id eq '1'", or(and(a, b), c)],
    ["served or used and user_id eq '1'", or(a, and(b, c))],
    ["(served or used) and user_id eq '1'", and(or(a, b), c)],
    ['served and used and served', and(a, b, a)],
    ["user_id in ('1','2')", { kind: 'in', column: 'user_id', values: ['1', '2'] }],
    ["user_id in ( '1' )", { kind: 'in', column: 'user_id', values: ['1'] }],
    ['served in (true, false)', { kind: 'in', column: 'served', values: ['true', 'false'] }],
    [
      "plugin_update_time in (null, '2026-01-01T00:00:00Z')",
      or(
        { kind: 'in', column: 'plugin_update_time', values: ['2026-01-01T00:00:00.000Z'] },
        compare('plugin_update_time', 'eq', null),
      ),
    ],
    ['plugin_update_time in (null)', compare('plugin_update_time', 'eq', null)],
    ["  served  AND\tuser_id\nEQ '1' ", and(a, c)],
    ["((((((((((((((((((((user_id eq '1'))))))))))))))))))))", c],
  ])('%s', (filter, expected) => {
    expect(meaning(filter)).toEqual(expected);
  });

  it('null of an object', () => {
    expect(meaning('detail ne null', 'interactions')).toEqual(compare('detail', 'ne', null));
  });

  it('an order of texts, which ids are', () => {
    expect(meaning("id gt 'abc'", 'users')).toEqual(compare('id', 'gt', 'abc'));
  });
});

describe('is refused at the character', () => {
  test.each<[number, string, string]>([
    [1, '', 'expected a field'],
    [3, '  ', 'expected a field'],
    [9, "user_id = '1'", 'eq, ne, gt, ge, lt, le'],
    [9, "user_id '1'", 'eq, ne, gt, ge, lt, le'],
    [11, 'user_id eq', 'expected a field or a value'],
    [12, "user_id eq 'abc", 'has no end'],
    [12, 'user_id eq "1"', 'expected a field or a value'],
    [12, 'user_id eq user_id', 'expected a value'],
    [12, 'user_id eq 123456', 'single quotes'],
    [12, 'user_id eq true', 'single quotes'],
    [12, "user_id eq 'a\0b'", 'NUL'],
    [11, "served eq 'x'", 'true or false, without quotes'],
    [11, 'served eq 1', 'true or false, without quotes'],
    [11, 'served eq tru', 'expected a value'],
    [17, "created_time gt 'x'", 'is a time'],
    [17, 'created_time gt 2026-01-01', 'is a time'],
    [17, "created_time gt '2026-02-30T00:00:00Z'", 'is a time'],
    [17, "created_time gt '2026-01-01T00:00:00 00:00'", '%2B'],
    [37, 'created_time gt 2026-01-01T00:00:00 00:00', '%2B'],
    [1, "craeted_time gt '2026-01-01T00:00:00Z'", 'There are conversation_id, created_time, id'],
    [1, "organization_id eq 'x'", 'There are conversation_id, created_time, id'],
    [1, "version eq 'x'", 'There are conversation_id, created_time, id'],
    [1, "constructor eq 'x'", 'There are conversation_id, created_time, id'],
    [1, "'1' eq '1'", 'expected a field'],
    [1, 'true', 'expected a field'],
    [1, 'user_id', 'compare it with a value'],
    [17, 'served and (used', 'expected ")"'],
    [7, 'served)', 'expected the end'],
    [8, 'served andy used', 'expected the end'],
    [11, 'served and', 'expected a field'],
    [1, 'and served', 'expected a field'],
    [13, 'user_id in ()', 'expected a field or a value'],
    [16, "user_id in ('1'", 'expected ")"'],
    [12, "user_id in '1'", '"("'],
    [18, "user_id in ('1', 2)", 'single quotes'],
    [9, "contains(plugin_name,'x')", 'functions are not supported'],
    [1, "detail/domain eq 'IT'", 'inside an object'],
    [21, `${'('.repeat(21)}served${')'.repeat(21)}`, '20 deep'],
    [20, "plugin_name eq '🔑' x", 'expected the end'],
  ])('%i of %j: %s', (position, filter, message) => {
    const error = refusal(filter);
    expect(error).toMatchObject({ code: 'BAD_USER_INPUT', position });
    expect(error.sentence).toContain(`$filter is wrong at character ${position}: `);
    expect(error.sentence).toContain(message);
  });

  it('objects compared with anything but null', () => {
    expect(refusal("detail eq 'x'", 'interactions')).toMatchObject({ position: 11 });
    expect(refusal("external_ids in ('x')", 'users').sentence).toContain('null only');
  });

  it('of a field that only other resources have', () => {
    expect(refusal("created_time gt '2026-01-01T00:00:00Z'", 'users').sentence).toContain(
      'last_updated_time',
    );
  });

  it('at the 101st comparison', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'served').join(' or ');
    expect(meaning(many(100))).toMatchObject({ kind: 'or' });
    expect(refusal(many(101))).toMatchObject({ position: 1001 });
  });
});

it('is refused beyond 4096 bytes, in whichever script', () => {
  const filter = (text: string) => `plugin_name eq '${text}'`;
  expect(meaning(filter('a'.repeat(4_000)))).toMatchObject({ kind: 'compare' });
  expect(refusal(filter('a'.repeat(4_096))).sentence).toContain('longer than 4096 bytes');
  expect(refusal(filter('中'.repeat(1_400))).sentence).toContain('longer than 4096 bytes');
});

test.each([
  ['parentheses', '('.repeat(4_096)],
  ['negations', 'not '.repeat(1_024)],
  ['quotes', "'".repeat(4_095)],
  ['commas', `user_id in (${','.repeat(4_000)}`],
  ['spaces', ' '.repeat(4_096)],
  ['dashes', '-'.repeat(4_096)],
  ['names', 'a'.repeat(4_096)],
  ['control characters', '\0\x01\x7f'],
  ['SQL', "id eq 'x'; drop table users; --"],
])('nothing but %s is refused and never breaks the parser', (_name, filter) => {
  expect(refusal(filter)).toMatchObject({ code: 'BAD_USER_INPUT', position: expect.any(Number) });
});

it('repeats nothing of what it refuses', () => {
  expect(refusal('lk_key_0123456789abcdef eq 1').sentence).not.toContain('lk_key');
  expect(refusal("served eq 'lk_key_0123456789abcdef'").sentence).not.toContain('lk_key');
});
