// Deleting, which is final: what will happen is said first, and a credential in use is deleted only by its name.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { RevokeCredentialDocument } from '../../operations/documents.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { useNotice } from '../parts/notice.tsx';
import { TextField } from '../parts/text-field.tsx';
import { Alert } from '../parts/trouble.tsx';
import { Ago } from '../parts/when.tsx';
import { type CredentialRow, credentialChanged, credentialQuery } from './queries.ts';

interface DeleteCredentialProps {
  /** Undefined: the dialog is closed. */
  credential: CredentialRow | undefined;
  onClose(): void;
}

const recentMs = 7 * 86_400_000;

export function DeleteCredential({ credential, onClose }: DeleteCredentialProps) {
  // The dialog keeps its content while it closes.
  const [shown, setShown] = useState(credential);
  if (credential && credential !== shown) setShown(credential);
  const deleted = useRef(false);
  useEffect(() => {
    if (credential) deleted.current = false;
  }, [credential]);
  return (
    <Modal
      open={credential !== undefined}
      title={`Delete ${shown?.name ?? ''}?`}
      onClose={onClose}
      openerGone={() => deleted.current}
      description={
        <>
          From the next request on, everything that uses it is refused with <code>401</code>
          {shown?.authenticationType === 'API_KEY'
            ? '.'
            : ', also with access tokens that have not run out yet.'}{' '}
          This cannot be undone.
        </>
      }
    >
      {shown && (
        <DeleteForm
          key={shown.id}
          credential={shown}
          onClose={onClose}
          onDeleted={() => {
            deleted.current = true;
            onClose();
          }}
        />
      )}
    </Modal>
  );
}

interface DeleteFormProps {
  credential: CredentialRow;
  onClose(): void;
  onDeleted(): void;
}

function DeleteForm({ credential, onClose, onDeleted }: DeleteFormProps) {
  // Read again: it may have been used since the list was.
  const fresh = useQuery({ ...credentialQuery(credential.id), staleTime: 0, refetchOnMount: 'always' });
  const lastUsedAt = fresh.data?.lastUsedAt ?? credential.lastUsedAt;
  const [opened] = useState(Date.now);
  const looked = fresh.isFetchedAfterMount && !fresh.isError;
  const recent = lastUsedAt != null && opened - Date.parse(lastUsedAt) < recentMs;
  // What cannot be told may be in use.
  const mustBeNamed = recent || fresh.isError;
  const [typed, setTyped] = useState('');
  const submission = useSubmit();
  const notify = useNotice();
  const ready = (looked || fresh.isError) && (!mustBeNamed || typed.trim() === credential.name);
  const revoke = async () => {
    const { revokeCredential } = await request(RevokeCredentialDocument, { input: { id: credential.id } });
    if (revokeCredential.credential) {
      credentialChanged(revokeCredential.credential);
      notify(`${credential.name} is deleted.`);
      onDeleted();
    }
    return revokeCredential.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={revoke}
      ready={ready}
      label="Delete for good"
      pendingLabel="Deleting…"
      danger
      closeLabel="Keep it"
      onClose={onClose}
    >
      {Object.values(submission.fieldErrors).map((message) => (
        <Alert key={message}>{message}</Alert>
      ))}
      {mustBeNamed ? (
        <>
          <p className="warning">
            {recent && lastUsedAt ? (
              <>
                It is in use: the last request with it was <Ago at={lastUsedAt} />.
              </>
            ) : (
              'When it was last used cannot be told just now: it may be in use.'
            )}
          </p>
          <TextField
            label={`Type ${credential.name} to delete it`}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={setTyped}
          />
        </>
      ) : (
        <p className="quiet">
          {!looked ? (
            'Looking when it was last used…'
          ) : lastUsedAt ? (
            <>
              It was last used <Ago at={lastUsedAt} />.
            </>
          ) : (
            'It has never been used.'
          )}
        </p>
      )}
    </DialogForm>
  );
}
