// What a $filter means for one resource: its tree, with every field and value checked, as a condition.

import { type ColumnType, typeOfColumn } from '../../db/data/column-facts.ts';
import type { Comparison, Condition } from '../../db/data/condition.ts';
import { columnsOf, type DataResource, type RecordColumn } from '../../db/data/resources.ts';
import { type FilterTree, type Operand, parseFilter } from './filter-syntax.ts';
import { readLiteral } from './literal.ts';
import { wrongAt } from './option-error.ts';

/**
 * The condition that a filter states.
 * @throws AppError BAD_USER_INPUT that points at the character where it goes wrong: in its form, at a field that the
 *   resource does not have, or at a value of another type than its field.
 */
export function filterCondition<R extends DataResource>(resource: R, text: string): Condition<R> {
  return new Reading(resource, text).condition(parseFilter(text));
}

interface Field<R extends DataResource> {
  column: RecordColumn<R>;
  type: ColumnType;
}

const flipped: Record<Comparison, Comparison> = {
  eq: 'eq',
  ne: 'ne',
  gt: 'lt',
  ge: 'le',
  lt: 'gt',
  le: 'ge',
};

class Reading<R extends DataResource> {
  readonly #resource: R;
  readonly #text: string;

  constructor(resource: R, text: string) {
    this.#resource = resource;
    this.#text = text;
  }

  condition(tree: FilterTree): Condition<R> {
    if (tree.kind === 'not') return { kind: 'not', condition: this.condition(tree.part) };
    if (tree.kind === 'and' || tree.kind === 'or')
      return { kind: tree.kind, conditions: tree.parts.map((part) => this.condition(part)) };
    if (tree.kind === 'in') return this.#oneOf(tree.operand, tree.list);
    if (tree.kind === 'flag') return this.#flag(tree.operand);
    return this.#comparison(tree.operand, tree.operator, tree.right);
  }

  /** A value may stand on either side. */
  #comparison(left: Operand, operator: Comparison, right: Operand): Condition<R> {
    if (left.kind !== 'field' && right.kind === 'field')
      return this.#comparison(right, flipped[operator], left);
    const { column, type } = this.#field(left);
    return { kind: 'compare', column, operator, value: this.#value(column, type, right) };
  }

  /** A field of true and false is a condition by itself. */
  #flag(operand: Operand): Condition<R> {
    const { column, type } = this.#field(operand);
    if (type !== 'boolean')
      throw this.#wrong(operand, `${column} is not true or false: compare it with a value`);
    return { kind: 'compare', column, operator: 'eq', value: true };
  }

  #oneOf(operand: Operand, list: readonly Operand[]): Condition<R> {
    const { column, type } = this.#field(operand);
    const values = list.map((item) => this.#value(column, type, item));
    const isNull = { kind: 'compare', column, operator: 'eq', value: null } as const;
    const present = values.filter((value) => value !== null).map(String);
    if (present.length === 0) return isNull;
    const one = { kind: 'in', column, values: present } as const;
    return present.length === values.length ? one : { kind: 'or', conditions: [one, isNull] };
  }

  #field(operand: Operand): Field<R> {
    if (operand.kind !== 'field') throw this.#wrong(operand, 'expected a field');
    const type = typeOfColumn(this.#resource, operand.text);
    if (type !== undefined) return { column: operand.text as RecordColumn<R>, type };
    if (operand.text.includes('/')) throw this.#wrong(operand, 'what is inside an object cannot be compared');
    throw this.#wrong(
      operand,
      `there is no such field. There are ${columnsOf(this.#resource).sort().join(', ')}`,
    );
  }

  #value(column: string, type: ColumnType, operand: Operand): string | boolean | null {
    if (operand.kind === 'field') throw this.#wrong(operand, 'expected a value');
    const read = readLiteral(type, operand);
    if ('value' in read) return read.value;
    throw this.#wrong(operand, `${column} ${read.should}`);
  }

  #wrong({ at }: Operand, what: string) {
    return wrongAt('$filter', this.#text, at, what);
  }
}
