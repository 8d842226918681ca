import type { CredentialStatus } from '../../operations/documents.ts';
import { statusMeanings, statusNames } from './words.ts';

export function StatusBadge({ status }: { status: CredentialStatus }) {
  return (
    <span className="badge" data-status={status} title={statusMeanings[status]}>
      {statusNames[status]}
    </span>
  );
}
