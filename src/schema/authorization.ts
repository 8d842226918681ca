// Who may use a field: declared once, in its `authScopes`; read here by scope-auth on each field, by the check of
// whole operations, and by the printer of the SDL's directives.

import type { GraphQLField, GraphQLNamedType } from 'graphql';
import { hasScopes } from '../auth/caller-scopes.ts';
import type { Principal } from '../auth/principal.ts';
import type { ScopeValue } from '../scopes.ts';

/** One declaration. Everything named must hold; naming nothing is refused by a test. */
export interface Authorization {
  /** Anyone: guarded by the paths that lead to it, or by itself (signing in, getting a token). */
  public?: boolean;
  authenticated?: boolean;
  superAdmin?: boolean;
  /** `[[A, B], [C]]` means (A and B) or C. */
  requiresScopes?: ScopeValue[][];
}

export const isSuperAdmin = (principal: Principal): boolean =>
  principal.kind === 'person' && principal.role === 'SUPER_ADMIN';

export const isAuthenticated = (principal: Principal): boolean => principal.kind !== 'anonymous';

/** Whether the caller meets a declaration. */
export function permits(principal: Principal, required: Authorization): boolean {
  if (required.superAdmin && !isSuperAdmin(principal)) return false;
  if (required.authenticated && !isAuthenticated(principal)) return false;
  return !required.requiresScopes || hasScopes(principal, required.requiresScopes);
}

/** The same as a sentence: GraphiQL shows descriptions, and introspection has no directives. Empty for what is open. */
export function requirementOf({ superAdmin, authenticated, requiresScopes }: Authorization): string {
  const sentences = [
    superAdmin ? "Needs a Super Admin's session." : '',
    authenticated ? 'For any authenticated caller.' : '',
    requiresScopes ? `Needs the scope ${requiresScopes.map((all) => all.join(' and ')).join(', or ')}.` : '',
  ];
  return sentences.filter(Boolean).join(' ');
}

/** What a field or type of the built schema declares; undefined when it declares nothing. */
export function declaredOn(
  part: GraphQLField<unknown, unknown> | GraphQLNamedType,
): Authorization | undefined {
  const options = part.extensions.pothosOptions as { authScopes?: Authorization } | undefined;
  return options?.authScopes;
}

/** The SDL directives that say the same, with their arguments. */
export const directivesOf = ({ superAdmin, authenticated, requiresScopes }: Authorization) => ({
  ...(superAdmin && { superAdmin: {} }),
  ...(authenticated && { authenticated: {} }),
  ...(requiresScopes && { requiresScopes: { scopes: requiresScopes } }),
});
