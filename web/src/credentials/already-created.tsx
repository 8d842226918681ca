// A creation whose reply was lost and that was sent again: the credential is there, and nobody has its secret.

import { useState } from 'react';
import type { Submission } from '../api/use-submit.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { Modal } from '../parts/modal.tsx';
import { SubmitTrouble } from '../parts/trouble.tsx';
import type { CredentialDetails } from './queries.ts';

interface AlreadyCreatedProps {
  /** Undefined: the dialog is closed. */
  credential: CredentialDetails | undefined;
  submission: Submission;
  onReplace(): void;
  onClose(): void;
}

export function AlreadyCreated({ credential, submission, onReplace, onClose }: AlreadyCreatedProps) {
  // The dialog keeps its content while it closes.
  const [shown, setShown] = useState(credential);
  if (credential && credential !== shown) setShown(credential);
  const gone = shown?.status === 'REVOKED';
  const { pending, error } = submission;
  return (
    <Modal
      open={credential !== undefined}
      title={`${shown?.name ?? ''} was created already`}
      onClose={pending ? undefined : onClose}
      description={
        <>
          It was created when you sent this before, and the reply with its secret was lost on the way.
          Latchkey keeps only a hash of the secret, so nobody can show it again.
          {gone && ' It has been deleted since.'}
        </>
      }
    >
      <SubmitTrouble error={error} />
      <p className="quiet">
        {gone ? '' : 'Nobody holds its secret, so nothing is lost by deleting it. '}
        Another one is created from the same entries, and its secret is shown once.
      </p>
      <div className="modal-actions">
        {shown && <ButtonLink href={`/credentials/${shown.id}`}>Look at it</ButtonLink>}
        <Button variant="primary" pending={pending} onClick={onReplace}>
          {pending ? 'Creating…' : gone ? 'Create another' : 'Delete it and create another'}
        </Button>
      </div>
    </Modal>
  );
}
