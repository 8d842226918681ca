import { ButtonLink } from '../parts/button.tsx';
import { PageHead } from '../shell/page-head.tsx';

export function CredentialMissing() {
  return (
    <div className="page">
      <PageHead
        title="No such credential"
        lead="Your organisation has none with this id."
        up={{ href: '/credentials', name: 'Credentials' }}
      />
      <ButtonLink href="/credentials">To the credentials</ButtonLink>
    </div>
  );
}

export const PageSkeleton = () => (
  <div className="page skeleton" role="status" aria-label="Loading">
    <div className="skeleton-title" />
    <div className="skeleton-block" />
    <div className="skeleton-block" />
  </div>
);
