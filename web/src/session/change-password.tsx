// Another password for whoever is signed in. The present one is asked for, and other sessions end.

import { useState } from 'react';
import { ChangePasswordDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { useNotice } from '../parts/notice.tsx';
import { TextField } from '../parts/text-field.tsx';
import { useSession } from './session-store.ts';

interface ChangePasswordProps {
  open: boolean;
  onClose(): void;
}

export function ChangePassword({ open, onClose }: ChangePasswordProps) {
  return (
    <Modal
      open={open}
      title="Change password"
      description="You stay signed in here. Your sessions in other browsers end."
      onClose={onClose}
    >
      <PasswordForm onClose={onClose} />
    </Modal>
  );
}

const empty = { currentPassword: '', newPassword: '' };

function PasswordForm({ onClose }: Pick<ChangePasswordProps, 'onClose'>) {
  const { viewer } = useSession();
  const [values, setValues] = useState(empty);
  const submission = useSubmit();
  const notify = useNotice();
  const field = (name: keyof typeof empty) => ({
    type: 'password',
    value: values[name],
    error: submission.fieldErrors[name],
    onChange: (value: string) => {
      setValues((before) => ({ ...before, [name]: value }));
      submission.correct(name);
    },
  });
  const ready = values.currentPassword !== '' && values.newPassword !== '';
  const change = async () => {
    const { changePassword } = await request(ChangePasswordDocument, { input: values });
    if (changePassword.userErrors.length === 0) {
      notify('Your password is changed. Your other sessions have ended.');
      onClose();
    }
    return changePassword.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={change}
      ready={ready}
      label="Change password"
      pendingLabel="Changing…"
      onClose={onClose}
    >
      {/* By which a password manager knows whose password this is. */}
      <input type="text" hidden autoComplete="username" value={viewer?.account?.email ?? ''} readOnly />
      <TextField label="Current password" autoComplete="current-password" {...field('currentPassword')} />
      <TextField
        label="New password"
        hint="12 characters or more."
        autoComplete="new-password"
        {...field('newPassword')}
      />
    </DialogForm>
  );
}
