// What the list of credentials shows, kept in the address: it survives a reload, goes back and forth with the browser,
// and can be sent to a colleague. What the address says that makes no sense is left out.

import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import type {
  AuthenticationType,
  CredentialListQueryVariables,
  CredentialOrderField,
  CredentialStatus,
  ScopeName,
} from '../../operations/documents.ts';
import { beginning, type Place, pageAt } from '../parts/place.ts';
import { scopeTitles, statusNames, typeNames } from './words.ts';

export interface ListState extends Place {
  search: string;
  type: AuthenticationType | '';
  scope: ScopeName | '';
  status: CredentialStatus | '';
  /** The id of an account. */
  owner: string;
  sort: CredentialOrderField;
  direction: 'ASC' | 'DESC';
}

const sorts: Record<CredentialOrderField, true> = { CREATED_AT: true, NAME: true, LAST_USED_AT: true };

function listStateOf(parameters: URLSearchParams): ListState {
  const text = (name: string) => parameters.get(name) ?? '';
  const oneOf = <Value extends string>(name: string, known: Record<Value, unknown>): Value | '' =>
    Object.hasOwn(known, text(name)) ? (text(name) as Value) : '';
  return {
    search: text('search').slice(0, 200),
    type: oneOf('type', typeNames),
    scope: oneOf('scope', scopeTitles),
    status: oneOf('status', statusNames),
    owner: text('owner'),
    sort: oneOf('sort', sorts) || 'CREATED_AT',
    direction: text('direction') === 'ASC' ? 'ASC' : 'DESC',
    after: text('after'),
    before: text('before'),
  };
}

/** Only what differs from the list as it first stands, so that addresses stay short. */
export function parametersOf(state: ListState): URLSearchParams {
  const usual = listStateOf(new URLSearchParams());
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== usual[name as keyof ListState]) parameters.set(name, value);
  }
  return parameters;
}

export function variablesOf(state: ListState): CredentialListQueryVariables {
  const { search, type, scope, status, owner } = state;
  return {
    ...pageAt(state),
    filter: {
      search: search.trim() || null,
      authenticationType: type || null,
      scope: scope || null,
      status: status ? [status] : null,
      ownerAccountId: owner || null,
    },
    orderBy: { field: state.sort, direction: state.direction },
  };
}

export const isFiltered = ({ search, type, scope, status, owner }: ListState): boolean =>
  [search.trim(), type, scope, status, owner].some((value) => value !== '');

export function useListState() {
  const [parameters, setParameters] = useSearchParams();
  const state = useMemo(() => listStateOf(parameters), [parameters]);
  const become = (next: ListState, replace = false) => setParameters(parametersOf(next), { replace });
  return {
    state,
    /** With another filter or order the list begins at its beginning. Typing leaves no trail in the history. */
    narrow: (change: Partial<ListState>) => become({ ...state, ...change, ...beginning }, 'search' in change),
    turn: (to: Partial<Place>) => become({ ...state, ...beginning, ...to }),
    clear: () =>
      become({ ...listStateOf(new URLSearchParams()), sort: state.sort, direction: state.direction }),
  };
}
