// Decides what the page is: the form to sign in, the word to those who are no Super Admins, or the console.

import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { ViewerDocument } from '../../operations/documents.ts';
import { type ApiError, apiErrorOf } from '../api/api-error.ts';
import { requestOnce } from '../api/request.ts';
import { Mark } from '../parts/mark.tsx';
import { NoticeProvider } from '../parts/notice.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { MembersPage } from './members-page.tsx';
import { SessionEndedDialog } from './session-ended-dialog.tsx';
import { onOtherTab, signedIn, signedOut, useSession } from './session-store.ts';
import { SignInPage } from './sign-in-page.tsx';

export function SessionGate({ children }: { children: ReactNode }) {
  const session = useSession();
  const [error, setError] = useState<ApiError>();
  const look = useCallback(() => {
    setError(undefined);
    lookWhoIsSignedIn().catch((thrown: unknown) => setError(apiErrorOf(thrown)));
  }, []);
  useEffect(look, [look]);
  useEffect(() => onOtherTab((change) => (change === 'signed-in' ? look() : signedOut())), [look]);

  if (session.state === 'unknown') return error ? <NotAnswering error={error} onRetry={look} /> : null;
  if (session.state === 'anonymous') return <SignInPage />;
  return (
    <>
      {session.viewer?.account?.role === 'SUPER_ADMIN' ? children : <MembersPlace />}
      <SessionEndedDialog open={session.state === 'ended'} />
    </>
  );
}

const MembersPlace = () => (
  <NoticeProvider>
    <MembersPage />
  </NoticeProvider>
);

function NotAnswering(trouble: { error: ApiError; onRetry(): void }) {
  return (
    <main className="alone">
      <div className="panel sign-in">
        <Mark className="sign-in-mark" />
        <h1>Latchkey does not answer</h1>
        <Trouble {...trouble} />
      </div>
    </main>
  );
}

async function lookWhoIsSignedIn(): Promise<void> {
  try {
    signedIn((await requestOnce(ViewerDocument, {})).viewer);
  } catch (thrown) {
    if (apiErrorOf(thrown).code !== 'UNAUTHENTICATED') throw thrown;
    signedOut();
  }
}
