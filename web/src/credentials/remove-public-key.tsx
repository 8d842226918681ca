// Removing a public key, with what that ends, and what it does not.

import { useEffect, useRef, useState } from 'react';
import { RemoveCredentialKeyDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { useNotice } from '../parts/notice.tsx';
import { Alert } from '../parts/trouble.tsx';
import { type CredentialDetails, credentialChanged, type PublicKey } from './queries.ts';

interface RemovePublicKeyProps {
  credential: CredentialDetails;
  /** Undefined: the dialog is closed. */
  publicKey: PublicKey | undefined;
  onClose(): void;
}

export function RemovePublicKey({ credential, publicKey, onClose }: RemovePublicKeyProps) {
  // The dialog keeps its content while it closes.
  const [shown, setShown] = useState(publicKey);
  if (publicKey && publicKey !== shown) setShown(publicKey);
  const removed = useRef(false);
  useEffect(() => {
    if (publicKey) removed.current = false;
  }, [publicKey]);
  return (
    <Modal
      open={publicKey !== undefined}
      title={`Remove ${shown?.kid ?? ''}?`}
      onClose={onClose}
      openerGone={() => removed.current}
      description={
        <>
          From the next request on, what this key signs gets no access token. The client secret
          {credential.publicKeys.length > 1 ? ' and the other keys go' : ' goes'} on working.
        </>
      }
    >
      {shown && (
        <RemoveForm
          key={shown.kid}
          credentialId={credential.id}
          kid={shown.kid}
          onClose={onClose}
          onRemoved={() => {
            removed.current = true;
            onClose();
          }}
        />
      )}
    </Modal>
  );
}

interface RemoveFormProps {
  credentialId: string;
  kid: string;
  onClose(): void;
  onRemoved(): void;
}

function RemoveForm({ credentialId, kid, onClose, onRemoved }: RemoveFormProps) {
  const submission = useSubmit();
  const notify = useNotice();
  const remove = async () => {
    const { removeCredentialKey } = await request(RemoveCredentialKeyDocument, {
      input: { credentialId, kid },
    });
    if (removeCredentialKey.credential) {
      credentialChanged(removeCredentialKey.credential);
      notify(`${kid} is removed.`);
      onRemoved();
    }
    return removeCredentialKey.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={remove}
      label="Remove key"
      pendingLabel="Removing…"
      danger
      closeLabel="Keep it"
      onClose={onClose}
    >
      {Object.values(submission.fieldErrors).map((message) => (
        <Alert key={message}>{message}</Alert>
      ))}
      <p className="warning">
        Access tokens that it got already go on until they run out, within the hour. If its private half has
        leaked, delete the credential: that ends them at once.
      </p>
    </DialogForm>
  );
}
