import { ButtonLink } from '../parts/button.tsx';
import { PageHead } from './page-head.tsx';

export function NotFoundPage() {
  return (
    <div className="page">
      <PageHead title="Nothing is here" lead="The address may have a slip of the pen in it." />
      <ButtonLink href="/credentials">To the credentials</ButtonLink>
    </div>
  );
}
