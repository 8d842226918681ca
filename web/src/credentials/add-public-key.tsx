// Registering a public key. A private one is refused here, before anything is sent.

import { useState } from 'react';
import { AddCredentialKeyDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { useNotice } from '../parts/notice.tsx';
import { TextArea } from '../parts/text-field.tsx';
import { Alert } from '../parts/trouble.tsx';
import { publicJwkOf } from './public-jwk.ts';
import { type CredentialDetails, credentialChanged } from './queries.ts';

interface AddPublicKeyProps {
  credential: CredentialDetails;
  open: boolean;
  onClose(): void;
}

export function AddPublicKey({ credential, open, onClose }: AddPublicKeyProps) {
  return (
    <Modal
      open={open}
      wide
      title="Add a public key"
      description={
        <>
          Make a pair where the client runs, and paste its public half: EC on P-256, Ed25519, or RSA of 2048
          to 4096 bits with its <code>alg</code>. The private half never leaves that machine.
        </>
      }
      onClose={onClose}
    >
      <PublicKeyForm credential={credential} onClose={onClose} />
    </Modal>
  );
}

function PublicKeyForm({ credential, onClose }: Omit<AddPublicKeyProps, 'open'>) {
  const [text, setText] = useState('');
  const { jwk, problem } = publicJwkOf(text);
  const submission = useSubmit();
  const notify = useNotice();
  const { fieldErrors } = submission;
  const add = async () => {
    if (!jwk) return [];
    const { addCredentialKey } = await request(AddCredentialKeyDocument, {
      input: { credentialId: credential.id, jwk },
    });
    if (addCredentialKey.credential) {
      credentialChanged(addCredentialKey.credential);
      notify('The public key is added.');
      onClose();
    }
    return addCredentialKey.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={add}
      ready={jwk !== undefined}
      label="Add key"
      pendingLabel="Adding…"
      onClose={onClose}
    >
      {fieldErrors.credentialId && <Alert>{fieldErrors.credentialId}</Alert>}
      <TextArea
        label="JSON Web Key"
        hint="Its kid is the name under which assertions find it; without one, its thumbprint is."
        placeholder={
          '{\n  "kty": "EC",\n  "crv": "P-256",\n  "x": "…",\n  "y": "…",\n  "kid": "export-2026"\n}'
        }
        rows={8}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={text}
        error={fieldErrors.jwk ?? (text.trim() ? problem : undefined)}
        onChange={(next) => {
          setText(next);
          submission.correct('jwk');
        }}
      />
    </DialogForm>
  );
}
