// The last events of one credential.

import { useQuery } from '@tanstack/react-query';
import { apiErrorOf } from '../api/api-error.ts';
import { BlockSkeleton } from '../parts/table-skeleton.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { AuditEvents } from './audit-events.tsx';
import { auditQuery } from './queries.ts';

export function AuditOf({ targetId }: { targetId: string }) {
  const query = useQuery(auditQuery({ first: 10, filter: { targetId } }));
  if (query.error && !query.data) {
    return <Trouble error={apiErrorOf(query.error)} onRetry={() => void query.refetch()} />;
  }
  const events = query.data?.nodes;
  return events ? <AuditEvents events={events} linked={false} /> : <BlockSkeleton />;
}
