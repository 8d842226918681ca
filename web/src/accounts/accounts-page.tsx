// People and service accounts of the organisation, and what may be done to them.

import { Menu } from '@base-ui/react/menu';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { AccountFilter } from '../../operations/documents.ts';
import { counted, entriesOf } from '../credentials/words.ts';
import { known, useListAddress } from '../parts/address-state.ts';
import { Button } from '../parts/button.tsx';
import { Choice } from '../parts/choice.tsx';
import { Icon } from '../parts/icon.tsx';
import { useNotice } from '../parts/notice.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { pageAt } from '../parts/place.ts';
import { SearchField } from '../parts/search-field.tsx';
import { Day } from '../parts/when.tsx';
import { useSession } from '../session/session-store.ts';
import { PageHead } from '../shell/page-head.tsx';
import { ChangeAccount, type PlannedChange } from './change-account.tsx';
import { NewPerson } from './new-person.tsx';
import { NewServiceAccount } from './new-service-account.tsx';
import { type AccountRow, accountListQuery } from './queries.ts';
import { type AccountChange, changeNames, changesOf, kindNames, roleNames, statusNames } from './words.ts';

export default function AccountsPage() {
  const { address, narrow, turn, clear } = useListAddress(['search', 'kind', 'role', 'status']);
  const kind = known(address.kind, kindNames);
  const role = known(address.role, roleNames);
  const status = known(address.status, statusNames);
  const filter: AccountFilter = {
    search: address.search.trim().slice(0, 200) || null,
    kind: kind || null,
    role: role || null,
    status: status ? [status] : null,
  };
  const query = useQuery(accountListQuery({ ...pageAt(address), filter }));
  const [making, setMaking] = useState<'person' | 'service'>();
  const [planned, setPlanned] = useState<PlannedChange>();
  const notify = useNotice();
  const created = ({ name }: AccountRow) => notify(`${name} is created.`);
  return (
    <div className="page">
      <PageHead
        title="Accounts"
        lead="People sign in here. Service accounts own credentials and outlast the people who made them."
      >
        <Button onClick={() => setMaking('person')}>
          <Icon name="plus" />
          New person
        </Button>
        <Button variant="primary" onClick={() => setMaking('service')}>
          <Icon name="plus" />
          New service account
        </Button>
      </PageHead>
      <search className="filters">
        <SearchField
          label="Search by name or e-mail"
          value={address.search}
          onChange={(search) => narrow({ search })}
        />
        <Choice
          label="Kind"
          any="Any"
          value={kind}
          options={entriesOf(kindNames)}
          onChange={(next) => narrow({ kind: next })}
        />
        <Choice
          label="Role"
          any="Any"
          value={role}
          options={entriesOf(roleNames)}
          onChange={(next) => narrow({ role: next })}
        />
        <Choice
          label="Status"
          any="Not deleted"
          value={status}
          options={entriesOf(statusNames)}
          onChange={(next) => narrow({ status: next })}
        />
      </search>
      <PagedList
        query={query}
        place={address}
        total={(count) => counted(count, 'account')}
        nothing={
          <section className="empty">
            <h2>No account matches</h2>
            <Button onClick={clear}>Clear search and filters</Button>
          </section>
        }
        onTurn={turn}
        onClear={clear}
      >
        {(accounts, turning) => (
          <AccountTable
            accounts={accounts}
            busy={turning}
            onPlan={(account, next) => setPlanned({ account, change: next })}
          />
        )}
      </PagedList>
      <NewPerson open={making === 'person'} onClose={() => setMaking(undefined)} onCreated={created} />
      <NewServiceAccount
        open={making === 'service'}
        onClose={() => setMaking(undefined)}
        onCreated={created}
      />
      <ChangeAccount planned={planned} onClose={() => setPlanned(undefined)} />
    </div>
  );
}

interface AccountTableProps {
  accounts: readonly AccountRow[];
  busy: boolean;
  onPlan(account: AccountRow, change: AccountChange): void;
}

function AccountTable({ accounts, busy, onPlan }: AccountTableProps) {
  return (
    <div className="table-frame" aria-busy={busy}>
      <table className="table accounts" role="table" aria-label="Accounts">
        <thead role="rowgroup">
          <tr role="row">
            {['Name', 'Kind', 'Role', 'Status', 'Created'].map((name) => (
              <th key={name} scope="col" role="columnheader">
                {name}
              </th>
            ))}
            <th scope="col" role="columnheader">
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {accounts.map((account) => (
            <Row key={account.id} account={account} onPlan={(change) => onPlan(account, change)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ account, onPlan }: { account: AccountRow; onPlan(change: AccountChange): void }) {
  const { id, kind, name, email, role, status, createdAt } = account;
  const me = useSession().viewer?.account?.id === id;
  return (
    <tr role="row" data-status={status}>
      <th scope="row" role="rowheader" className="cell-name">
        <span className="row-link">
          {name}
          {me && <span className="quiet"> · you</span>}
        </span>
        {email && <span className="quiet small">{email}</span>}
      </th>
      <td role="cell" data-name="Kind">
        <span className="with-icon">
          <Icon name={kind === 'PERSON' ? 'person' : 'service'} />
          {kindNames[kind]}
        </span>
      </td>
      <td role="cell" data-name="Role">
        {kind === 'PERSON' ? roleNames[role] : <span className="quiet">Cannot sign in</span>}
      </td>
      <td role="cell" data-name="Status">
        <span className="badge" data-status={status}>
          {statusNames[status]}
        </span>
      </td>
      <td role="cell" data-name="Created">
        <Day at={createdAt} />
      </td>
      <td role="cell" className="cell-actions">
        <Link
          href={`/credentials?owner=${id}`}
          className="button button-small"
          aria-label={`Credentials of ${name}`}
        >
          Credentials
        </Link>{' '}
        {status !== 'DELETED' && <ChangeMenu account={account} onPlan={onPlan} />}
      </td>
    </tr>
  );
}

function ChangeMenu({ account, onPlan }: { account: AccountRow; onPlan(change: AccountChange): void }) {
  return (
    <Menu.Root modal={false}>
      <Menu.Trigger className="button button-small" aria-label={`Change ${account.name}`}>
        Change
        <Icon name="more" />
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner className="menu-place" align="end" sideOffset={4}>
          <Menu.Popup className="menu">
            {changesOf(account).map((change) => (
              <Menu.Item key={change} className="menu-item" onClick={() => onPlan(change)}>
                {changeNames[change]}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
