// E-mail address and password. Where an address is known in several organisations, the organisation's short name too.

import { type Ref, useId, useState } from 'react';
import { SignInDocument } from '../../operations/documents.ts';
import { requestOnce } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { Button } from '../parts/button.tsx';
import { TextField } from '../parts/text-field.tsx';
import { Alert } from '../parts/trouble.tsx';
import { signedIn, tellOtherTabs } from './session-store.ts';

interface SignInFormProps {
  email?: string | undefined;
  /** Of whoever was signed in before. */
  organization?: string | undefined;
  passwordRef?: Ref<HTMLInputElement>;
}

export function SignInForm({
  email: knownEmail = '',
  organization: knownOrganization = '',
  passwordRef,
}: SignInFormProps) {
  const [email, setEmail] = useState(knownEmail);
  const [password, setPassword] = useState('');
  const [organization, setOrganization] = useState(knownOrganization);
  const submission = useSubmit();
  const problem = useId();
  const signIn = async () => {
    const input = { email, password, organization: organization.trim() || null };
    const { signIn: outcome } = await requestOnce(SignInDocument, { input });
    if (outcome.viewer) {
      setPassword('');
      tellOtherTabs('signed-in');
      signedIn(outcome.viewer);
    }
    return outcome.userErrors;
  };
  const wrong = submission.fieldErrors[''] ?? submission.error?.message;
  return (
    <form
      className="stack"
      aria-describedby={wrong === undefined ? undefined : problem}
      onSubmit={(event) => {
        event.preventDefault();
        void submission.submit(signIn);
      }}
    >
      {wrong !== undefined && <Alert id={problem}>{wrong}</Alert>}
      <TextField
        label="E-mail address"
        type="email"
        autoComplete="username"
        required
        autoFocus={knownEmail === ''}
        value={email}
        onChange={setEmail}
      />
      <TextField
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        ref={passwordRef}
        value={password}
        onChange={setPassword}
      />
      <details className="aside">
        <summary>My address is known in several organisations</summary>
        <TextField
          label="Organisation"
          hint="Its short name, as in acme."
          autoComplete="organization"
          value={organization}
          onChange={setOrganization}
        />
      </details>
      <Button type="submit" variant="primary" wide pending={submission.pending}>
        {submission.pending ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
