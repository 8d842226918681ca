// What is read of the audit trail.

import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import {
  type AuditEventFilter,
  type AuditRowFragment,
  AuditTrailDocument,
} from '../../operations/documents.ts';
import { request } from '../api/request.ts';

export type AuditRow = AuditRowFragment;

export const auditQuery = (filter: AuditEventFilter, first = 50) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter, first],
    queryFn: async ({ signal, pageParam }) =>
      (await request(AuditTrailDocument, { first, after: pageParam, filter }, signal)).auditEvents,
    initialPageParam: null as string | null,
    getNextPageParam: ({ pageInfo }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    placeholderData: keepPreviousData,
  });
