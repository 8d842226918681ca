// Over whatever was on the page when the session ended. Nothing there is lost, and what waited goes on afterwards.

import { useRef } from 'react';
import { Modal } from '../parts/modal.tsx';
import { useSession } from './session-store.ts';
import { SignInForm } from './sign-in-form.tsx';

export function SessionEndedDialog({ open }: { open: boolean }) {
  const { viewer } = useSession();
  const password = useRef<HTMLInputElement>(null);
  return (
    <Modal
      open={open}
      title="Your session has ended"
      description="Sign in again to go on where you were. Nothing on this page is lost."
      firstFocus={password}
    >
      <SignInForm
        email={viewer?.account?.email ?? ''}
        organization={viewer?.organization.slug}
        passwordRef={password}
      />
    </Modal>
  );
}
