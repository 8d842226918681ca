// What a caller may read of the Data API now: asked by every surface that serves records.

import { type ScopeValue, scopesOf as scopesOfProduct } from '../scopes.ts';
import type { Principal } from './principal.ts';

const dataApiScopes = scopesOfProduct('DATA_API');

/**
 * What the caller may read now. A Super Admin, who could create a credential with any scope, may read all of the Data
 * API; other people none of it.
 */
export function scopesOf(principal: Principal): readonly ScopeValue[] {
  if (principal.kind === 'machine') return principal.scopes;
  return principal.kind === 'person' && principal.role === 'SUPER_ADMIN' ? dataApiScopes : [];
}

/** `[[A, B], [C]]` means (A and B) or C. */
export function hasScopes(principal: Principal, alternatives: readonly (readonly ScopeValue[])[]): boolean {
  const held = scopesOf(principal);
  return alternatives.some((all) => all.every((scope) => held.includes(scope)));
}
