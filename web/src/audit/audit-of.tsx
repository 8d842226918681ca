// The last events of one credential.

import { useInfiniteQuery } from '@tanstack/react-query';
import { apiErrorOf } from '../api/api-error.ts';
import { Trouble } from '../parts/trouble.tsx';
import { AuditEvents } from './audit-events.tsx';
import { auditQuery } from './queries.ts';

export function AuditOf({ targetId }: { targetId: string }) {
  const query = useInfiniteQuery(auditQuery({ targetId }, 10));
  if (query.error && !query.data) {
    return <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  const events = query.data?.pages[0]?.nodes;
  return events ? (
    <AuditEvents events={events} linked={false} />
  ) : (
    <div className="skeleton skeleton-block" />
  );
}
