// Before an account changes: what that does to it, and to whose credentials, by name and number.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import {
  type AccountOutcomeFragment,
  ChangeAccountRoleDocument,
  DeactivateAccountDocument,
  DeleteAccountDocument,
  ReactivateAccountDocument,
} from '../../operations/documents.ts';
import { apiErrorOf } from '../api/api-error.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { counted } from '../credentials/words.ts';
import { DialogForm } from '../parts/dialog-form.tsx';
import { Modal } from '../parts/modal.tsx';
import { useNotice } from '../parts/notice.tsx';
import { TextField } from '../parts/text-field.tsx';
import { Alert, Trouble } from '../parts/trouble.tsx';
import { useSession } from '../session/session-store.ts';
import { type AccountRow, accountsChanged, ownedCredentialsQuery } from './queries.ts';
import { type AccountChange, changeWords } from './words.ts';

export interface PlannedChange {
  account: AccountRow;
  change: AccountChange;
}

interface ChangeAccountProps {
  /** Undefined: the dialog is closed. */
  planned: PlannedChange | undefined;
  onClose(): void;
}

export function ChangeAccount({ planned, onClose }: ChangeAccountProps) {
  // The dialog keeps its content while it closes.
  const [shown, setShown] = useState(planned);
  if (planned && planned !== shown) setShown(planned);
  const deleted = useRef(false);
  useEffect(() => {
    if (planned) deleted.current = false;
  }, [planned]);
  if (!shown) return null;
  const { title, means } = changeWords(shown.change, shown.account);
  return (
    <Modal
      open={planned !== undefined}
      title={title}
      description={means}
      onClose={onClose}
      openerGone={() => deleted.current}
    >
      <ChangeForm
        planned={shown}
        onClose={onClose}
        onDone={() => {
          deleted.current = shown.change === 'delete';
          onClose();
        }}
      />
    </Modal>
  );
}

interface ChangeFormProps {
  planned: PlannedChange;
  onClose(): void;
  onDone(): void;
}

function ChangeForm({ planned: { account, change }, onClose, onDone }: ChangeFormProps) {
  const words = changeWords(change, account);
  const me = useSession().viewer?.account?.id === account.id;
  const owned = useQuery({ ...ownedCredentialsQuery(account.id), enabled: words.credentials !== undefined });
  const [typed, setTyped] = useState('');
  const submission = useSubmit();
  const notify = useNotice();
  const count = owned.data?.totalCount ?? 0;
  const byName = change === 'delete' && count > 0;
  const ready =
    (words.credentials === undefined || owned.isSuccess) && (!byName || typed.trim() === account.name);
  const perform = async () => {
    const outcome = await send(change, account.id);
    if (outcome.account) {
      accountsChanged();
      notify(words.done);
      onDone();
    }
    return outcome.userErrors;
  };
  return (
    <DialogForm
      submission={submission}
      perform={perform}
      ready={ready}
      label={words.button}
      pendingLabel={words.pending}
      danger={change === 'delete'}
      onClose={onClose}
    >
      {Object.values(submission.fieldErrors).map((message) => (
        <Alert key={message}>{message}</Alert>
      ))}
      {me && change !== 'promote' && <p className="warning">This is your own account.</p>}
      {words.credentials !== undefined &&
        (owned.error ? (
          <Trouble error={apiErrorOf(owned.error)} onRetry={() => void owned.refetch()} />
        ) : owned.data ? (
          <Owned
            count={count}
            effect={words.credentials}
            names={owned.data.nodes.map(({ name }) => name)}
            grave={change !== 'reactivate'}
          />
        ) : (
          <div className="skeleton">
            <div className="skeleton-title" />
          </div>
        ))}
      {byName && (
        <TextField
          label={`Type ${account.name} to delete it`}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={setTyped}
        />
      )}
    </DialogForm>
  );
}

interface OwnedProps {
  count: number;
  effect: readonly [one: string, several: string];
  names: readonly string[];
  grave: boolean;
}

function Owned({ count, effect, names, grave }: OwnedProps) {
  if (count === 0) return <p className="quiet">No credential hangs on it.</p>;
  const more = count - names.length;
  return (
    <div className={grave ? 'warning' : 'quiet'}>
      <p>
        {counted(count, 'credential')} {effect[count === 1 ? 0 : 1]}:
      </p>
      <ul className="names">
        {names.map((name, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names need not be unique
          <li key={place}>{name}</li>
        ))}
        {more > 0 && <li>and {more.toLocaleString()} more</li>}
      </ul>
    </div>
  );
}

async function send(change: AccountChange, id: string): Promise<AccountOutcomeFragment> {
  const input = { id };
  switch (change) {
    case 'deactivate':
      return (await request(DeactivateAccountDocument, { input })).deactivateAccount;
    case 'reactivate':
      return (await request(ReactivateAccountDocument, { input })).reactivateAccount;
    case 'delete':
      return (await request(DeleteAccountDocument, { input })).deleteAccount;
    case 'promote':
    case 'demote': {
      const role = change === 'promote' ? 'SUPER_ADMIN' : 'MEMBER';
      return (await request(ChangeAccountRoleDocument, { input: { id, role } })).changeAccountRole;
    }
  }
}
