// An account as a filter, whatever its status.

import { useQuery } from '@tanstack/react-query';
import { Choice } from '../parts/choice.tsx';
import { type AccountRow, allAccountsQuery } from './queries.ts';
import { statusNames } from './words.ts';

interface AccountChoiceProps {
  label: string;
  /** An id, or ''. */
  account: string;
  among(account: AccountRow): boolean;
  onChange(account: string): void;
}

export function AccountChoice({ label, account, among, onChange }: AccountChoiceProps) {
  const found = (useQuery(allAccountsQuery).data ?? []).filter(among);
  const options = found.map(
    ({ id, name, status }) =>
      [id, status === 'ACTIVE' ? name : `${name} (${statusNames[status].toLowerCase()})`] as const,
  );
  const isThere = account === '' || found.some(({ id }) => id === account);
  return (
    <Choice
      label={label}
      any="Anybody"
      later
      value={account}
      options={isThere ? options : [...options, [account, 'The chosen account'] as const]}
      onChange={onChange}
    />
  );
}
