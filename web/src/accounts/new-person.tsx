// A person, who signs in with the password given here.

import { useState } from 'react';
import { type AccountRole, CreateAccountDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { TextField } from '../parts/text-field.tsx';
import { type AccountRow, accountsChanged } from './queries.ts';

interface NewPersonProps {
  open: boolean;
  onClose(): void;
  onCreated(account: AccountRow): void;
}

export function NewPerson({ open, onClose, onCreated }: NewPersonProps) {
  return (
    <Modal
      open={open}
      title="New person"
      description="Somebody who signs in to this console. Give them the password yourself: Latchkey sends no mail."
      onClose={onClose}
    >
      <PersonForm onClose={onClose} onCreated={onCreated} />
    </Modal>
  );
}

const empty = { name: '', email: '', password: '' };

function PersonForm({ onClose, onCreated }: Omit<NewPersonProps, 'open'>) {
  const [values, setValues] = useState(empty);
  const [role, setRole] = useState<AccountRole>('MEMBER');
  const submission = useSubmit();
  const field = (name: keyof typeof empty) => ({
    value: values[name],
    error: submission.fieldErrors[name],
    onChange: (value: string) => {
      setValues((before) => ({ ...before, [name]: value }));
      submission.correct(name);
    },
  });
  const ready = values.name.trim() !== '' && values.email.trim() !== '' && values.password.length >= 12;
  const create = async () => {
    const { createAccount } = await request(CreateAccountDocument, {
      input: { kind: 'PERSON', role, ...values },
    });
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
      ready={ready}
      label="Create person"
      pendingLabel="Creating…"
      onClose={onClose}
    >
      <TextField label="Name" autoComplete="off" {...field('name')} />
      <TextField label="E-mail address" type="email" autoComplete="off" {...field('email')} />
      <TextField
        label="Password"
        hint="12 characters or more."
        type="password"
        autoComplete="new-password"
        {...field('password')}
      />
      <label className="check">
        <input
          type="checkbox"
          aria-labelledby="role-title"
          aria-describedby="role-hint"
          checked={role === 'SUPER_ADMIN'}
          onChange={(event) => setRole(event.target.checked ? 'SUPER_ADMIN' : 'MEMBER')}
        />
        <span>
          <span className="scope-title" id="role-title">
            Super Admin
          </span>
          <span className="hint" id="role-hint">
            Sees and changes every credential and account. Members see none.
          </span>
        </span>
      </label>
    </DialogForm>
  );
}
