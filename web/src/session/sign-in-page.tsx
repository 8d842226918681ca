// The first page for somebody who is not signed in. The address stays, so that signing in leads to what was asked for.

import { Mark } from '../parts/mark.tsx';
import { usePageTitle } from '../shell/page-title.ts';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage() {
  usePageTitle('Sign in');
  return (
    <main className="alone">
      <div className="panel sign-in">
        <Mark className="sign-in-mark" />
        <h1>Sign in to Latchkey</h1>
        <p className="quiet">API credentials of your organisation, and what they open.</p>
        <SignInForm />
      </div>
    </main>
  );
}
