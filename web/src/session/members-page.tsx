// For those who are signed in and are no Super Admins: why there is nothing to see, and what would change that.

import { useState } from 'react';
import { apiErrorOf } from '../api/api-error.ts';
import { Button } from '../parts/button.tsx';
import { Mark } from '../parts/mark.tsx';
import { Alert } from '../parts/trouble.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { ChangePassword } from './change-password.tsx';
import { useSession } from './session-store.ts';
import { signOut } from './sign-out.ts';

export function MembersPage() {
  usePageTitle('Not for members');
  const { viewer } = useSession();
  const [trouble, setTrouble] = useState<string>();
  const [changing, setChanging] = useState(false);
  const rights = viewer?.scopes.map(({ title }) => title).join(', ') || 'none';
  return (
    <main className="alone">
      <div className="panel sign-in">
        <Mark className="sign-in-mark" />
        <h1>Only Super Admins see credentials</h1>
        <p className="quiet">
          A credential can open everything your organisation’s Data API holds, so members neither see nor make
          them. Ask a Super Admin of {viewer?.organization.name} to create one for you, or to change your
          role.
        </p>
        <dl className="facts">
          <dt>Signed in as</dt>
          <dd>
            {viewer?.account?.name}
            {viewer?.account?.email && <span className="quiet"> · {viewer.account.email}</span>}
          </dd>
          <dt>Your role</dt>
          <dd>Member</dd>
          <dt>Your scopes</dt>
          <dd>{rights}</dd>
        </dl>
        {trouble && <Alert>{trouble}</Alert>}
        <Button wide onClick={() => setChanging(true)}>
          Change password
        </Button>
        <ChangePassword open={changing} onClose={() => setChanging(false)} />
        <Button wide onClick={() => void signOut().catch((thrown) => setTrouble(apiErrorOf(thrown).message))}>
          Sign out
        </Button>
      </div>
    </main>
  );
}
