// A service account, made where one is wanted: it needs a name and nothing else.

import { useState } from 'react';
import { CreateAccountDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { Button } from '../parts/button.tsx';
import { Modal } from '../parts/modal.tsx';
import { TextField } from '../parts/text-field.tsx';
import { SubmitTrouble } from '../parts/trouble.tsx';
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
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        // The form around this dialog is another one.
        event.stopPropagation();
        if (name.trim()) void submission.submit(create);
      }}
    >
      <SubmitTrouble error={submission.error} />
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
      <div className="modal-actions">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={!name.trim()} pending={submission.pending}>
          {submission.pending ? 'Creating…' : 'Create service account'}
        </Button>
      </div>
    </form>
  );
}
