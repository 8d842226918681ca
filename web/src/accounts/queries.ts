// What is read of accounts.

import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  type AccountFilter,
  AccountListDocument,
  type AccountListQuery,
  type AccountListQueryVariables,
  type AccountRowFragment,
  OwnedCredentialsDocument,
  type OwnerChoiceFragment,
  OwnerChoicesDocument,
} from '../../operations/documents.ts';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';

export type AccountRow = AccountRowFragment;
export type OwnerChoice = OwnerChoiceFragment;

export const accountListQuery = (variables: AccountListQueryVariables) =>
  queryOptions({
    queryKey: ['accounts', 'list', variables],
    queryFn: async ({ signal }) => (await request(AccountListDocument, variables, signal)).accounts,
    placeholderData: keepPreviousData,
  });

/** The active accounts whose name or address has this text, service accounts apart from people. */
export const ownerChoicesQuery = (search: string) =>
  queryOptions({
    queryKey: ['accounts', 'owners', search],
    queryFn: ({ signal }) => request(OwnerChoicesDocument, { search: search || null, first: 100 }, signal),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });

/** All accounts, of every status, for names and filters: what a deleted one did and owned is still there. */
export const allAccountsQuery = queryOptions({
  queryKey: ['accounts', 'all'],
  queryFn: async ({ signal }) => {
    const filter = { status: ['ACTIVE', 'DEACTIVATED', 'DELETED'] } satisfies AccountFilter;
    const all: AccountRow[] = [];
    for (let after: string | null | undefined = null; after !== undefined; ) {
      const { accounts }: AccountListQuery = await request(
        AccountListDocument,
        { first: 200, after, filter },
        signal,
      );
      all.push(...accounts.nodes);
      after = accounts.pageInfo.hasNextPage ? accounts.pageInfo.endCursor : undefined;
    }
    return all;
  },
  staleTime: 30_000,
});

/** What hangs on an account, the lately used first. */
export const ownedCredentialsQuery = (ownerAccountId: string) =>
  queryOptions({
    queryKey: ['accounts', 'owned', ownerAccountId],
    queryFn: async ({ signal }) =>
      (await request(OwnedCredentialsDocument, { ownerAccountId, first: 5 }, signal)).credentials,
    staleTime: 0,
  });

/** After a change of accounts: credentials hang on them, and the trail tells of it. */
export function accountsChanged(): void {
  for (const key of ['accounts', 'credentials', 'audit']) {
    void queryClient.invalidateQueries({ queryKey: [key] });
  }
}
