// Pages whose code comes when it is wanted. What does not come, because the server is away or has a newer build by now,
// is said where the page would be.

import { Component, type ComponentType, lazy, type ReactNode, Suspense } from 'react';
import { ViewerDocument } from '../../operations/documents.ts';
import { ApiError } from '../api/api-error.ts';
import { requestOnce } from '../api/request.ts';
import { Trouble } from '../parts/trouble.tsx';

export class PageNotLoaded extends ApiError {
  constructor() {
    super({
      code: 'UNREACHABLE',
      message: 'This page could not be loaded. Check your connection, then try again.',
    });
  }
}

/**
 * A page as a component that loads it. Each waits by itself: under one `Suspense` for all, the page that is left would
 * live on, hidden, until the next one has come.
 */
export function later<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>) {
  const Page = lazy(() =>
    load().catch(() => {
      throw new PageNotLoaded();
    }),
  ) as unknown as ComponentType<Props>;
  return (props: Props) => (
    <PageBoundary>
      <Suspense fallback={<div className="page" aria-busy="true" />}>
        <Page {...props} />
      </Suspense>
    </PageBoundary>
  );
}

interface BoundaryState {
  error?: unknown;
}

class PageBoundary extends Component<{ children: ReactNode }, BoundaryState> {
  override state: BoundaryState = {};

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    if (!(error instanceof PageNotLoaded)) throw error;
    return <Trouble className="page" error={error} onRetry={() => void reloadOnceReachable()} />;
  }
}

/** Browsers remember that a script did not come, so the page begins anew; not while that would lead to nothing. */
async function reloadOnceReachable(): Promise<void> {
  const reachable = await requestOnce(ViewerDocument, {}).then(
    () => true,
    (error: ApiError) => !error.passing,
  );
  if (reachable) window.location.reload();
}
