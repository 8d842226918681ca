// The fields of a credential that people give: checked alike when it is created and when it is edited.

import type { UserError } from '../errors.ts';
import { inCatalogueOrder } from '../scopes.ts';
import { type CheckedName, checkName } from './names.ts';

export interface CheckedFields {
  name: CheckedName | undefined;
  scopes: string[];
  userErrors: UserError[];
}

/** Checks what is given, and passes over what is not. Every problem is told. */
export function checkFields(name: string | undefined, scopes: readonly string[] | undefined): CheckedFields {
  const userErrors: UserError[] = [];
  const checked = name === undefined ? undefined : checkName(name);
  if (checked && 'problem' in checked) userErrors.push({ ...checked.problem, field: ['input', 'name'] });
  if (scopes) userErrors.push(...scopeProblems(scopes));
  return {
    name: checked && 'value' in checked ? checked.value : undefined,
    scopes: inCatalogueOrder(scopes ?? []),
    userErrors,
  };
}

function scopeProblems(scopes: readonly string[]): UserError[] {
  if (scopes.length === 0) {
    return [
      { code: 'AT_LEAST_ONE_SCOPE', message: 'Choose at least one scope.', field: ['input', 'scopes'] },
    ];
  }
  return scopes.flatMap((scope, place) => {
    if (scopes.indexOf(scope) === place) return [];
    const message = 'This scope is named twice. Name each scope once.';
    return [{ code: 'INVALID' as const, message, field: ['input', 'scopes', String(place)] }];
  });
}
