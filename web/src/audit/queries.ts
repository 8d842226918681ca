// What is read of the audit trail.

import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import {
  type AuditRowFragment,
  AuditTrailDocument,
  type AuditTrailQueryVariables,
} from '../../operations/documents.ts';
import { request } from '../api/request.ts';

export type AuditRow = AuditRowFragment;

export const auditQuery = (variables: AuditTrailQueryVariables) =>
  queryOptions({
    queryKey: ['audit', variables],
    queryFn: async ({ signal }) => (await request(AuditTrailDocument, variables, signal)).auditEvents,
    placeholderData: keepPreviousData,
  });
