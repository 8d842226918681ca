// What is read of credentials, and how long it is kept.

import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  CatalogueDocument,
  CredentialByIdDocument,
  type CredentialDetailsFragment,
  CredentialListDocument,
  type CredentialListQueryVariables,
  type CredentialRowFragment,
} from '../../operations/documents.ts';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';

export type CredentialRow = CredentialRowFragment;
export type CredentialDetails = CredentialDetailsFragment;
export type PublicKey = CredentialDetails['publicKeys'][number];

export const credentialListQuery = (variables: CredentialListQueryVariables) =>
  queryOptions({
    queryKey: ['credentials', 'list', variables],
    queryFn: async ({ signal }) => (await request(CredentialListDocument, variables, signal)).credentials,
    placeholderData: keepPreviousData,
  });

export const credentialQuery = (id: string) =>
  queryOptions({
    queryKey: ['credentials', 'one', id],
    queryFn: async ({ signal }) => (await request(CredentialByIdDocument, { id }, signal)).credential ?? null,
  });

/** The API products and their scopes: they change with a release of the server. */
export const catalogueQuery = queryOptions({
  queryKey: ['catalogue'],
  queryFn: async ({ signal }) => (await request(CatalogueDocument, {}, signal)).apiProducts,
  staleTime: Number.POSITIVE_INFINITY,
});

/** After a change: the credential as the server now has it, and every list and trail read again. */
export function credentialChanged(credential: CredentialDetails): void {
  queryClient.setQueryData(credentialQuery(credential.id).queryKey, credential);
  void queryClient.invalidateQueries({ queryKey: ['credentials', 'list'] });
  void queryClient.invalidateQueries({ queryKey: ['audit'] });
  void queryClient.invalidateQueries({ queryKey: ['accounts'] });
}
