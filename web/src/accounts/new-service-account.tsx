// A service account, made where one is wanted: it needs a name and nothing else.

import { useState } from 'react';
import { CreateAccountDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { TextField } from '../parts/text-field.tsx';
import { type AccountRow, accountsChanged } from './queries.ts';

interface NewServiceAccountProps {
  open: boolean;
  onClose(): void;
  onCreated(account: AccountRow): void;
}

export function NewServiceAccount({ open, onClose, onCreated }: NewServiceAccountProps) {
  return (
    <Modal
      open={open}
      title="New service account"
      description="It owns credentials and cannot sign in. Name it after the system that will use them."
      onClose={onClose}
    >
      <ServiceAccountForm onClose={onClose} onCreated={onCreated} />
    </Modal>
  );
}

function ServiceAccountForm({ onClose, onCreated }: Omit<NewServiceAccountProps, 'open'>) {
  const [name, setName] = useState('');
  const submission = useSubmit();
  const create = async () => {
    const input = { kind: 'SERVICE_ACCOUNT', name } as const;
    const { createAccount } = await request(CreateAccountDocument, { input });
    if (createAccount.account) {
      accountsChanged();
      onCreated(createAccount.account);
      onClose();
    }
    return createAccount.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={create}
      ready={name.trim() !== ''}
      label="Create service account"
      pendingLabel="Creating…"
      onClose={onClose}
    >
      <TextField
        label="Name"
        placeholder="Nightly export"
        autoComplete="off"
        maxLength={100}
        value={name}
        error={submission.fieldErrors.name ?? submission.fieldErrors['']}
        onChange={(next) => {
          setName(next);
          submission.correct('name');
        }}
      />
    </DialogForm>
  );
}
