// The rows: a table on wide screens and cards on narrow ones. The roles are written out, because some browsers take a
// table's away when it is laid out as cards.

import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { CredentialOrderField } from '../../operations/documents.ts';
import { ButtonLink } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { ScopeChips } from '../parts/scope-chips.tsx';
import { Ago, Day } from '../parts/when.tsx';
import type { ListState } from './list-state.ts';
import { type CredentialRow, credentialQuery } from './queries.ts';
import { StatusBadge } from './status-badge.tsx';
import { typeNames } from './words.ts';

interface CredentialTableProps {
  rows: readonly CredentialRow[];
  state: Pick<ListState, 'sort' | 'direction'>;
  /** Another page is on its way. */
  busy: boolean;
  onSort(sort: CredentialOrderField, direction: 'ASC' | 'DESC'): void;
  onDelete(credential: CredentialRow): void;
}

export function CredentialTable({ rows, state, busy, onSort, onDelete }: CredentialTableProps) {
  const sortable = (field: CredentialOrderField, first: 'ASC' | 'DESC', name: string) => (
    <SortHeader {...{ field, first, state, onSort }}>{name}</SortHeader>
  );
  return (
    <div className="table-frame" aria-busy={busy}>
      <table className="table credentials" role="table" aria-label="Credentials">
        <thead role="rowgroup">
          <tr role="row">
            {sortable('NAME', 'ASC', 'Name')}
            <th scope="col" role="columnheader">
              Type
            </th>
            <th scope="col" role="columnheader">
              Scopes
            </th>
            <th scope="col" role="columnheader">
              Owner
            </th>
            {sortable('CREATED_AT', 'DESC', 'Created')}
            {sortable('LAST_USED_AT', 'DESC', 'Last used')}
            <th scope="col" role="columnheader">
              Status
            </th>
            <th scope="col" role="columnheader">
              <span className="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((credential) => (
            <Row key={credential.id} credential={credential} onDelete={() => onDelete(credential)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ credential, onDelete }: { credential: CredentialRow; onDelete(): void }) {
  const cache = useQueryClient();
  const { id, name, owner, status } = credential;
  const href = `/credentials/${id}`;
  const prefetch = () => void cache.prefetchQuery(credentialQuery(id));
  return (
    <tr role="row" data-status={status}>
      <th scope="row" role="rowheader" className="cell-name">
        <Link href={href} className="row-link" onMouseEnter={prefetch} onFocus={prefetch}>
          {name}
        </Link>
        <code className="hint-code">{credential.secretHint}</code>
      </th>
      <Cell name="Type">{typeNames[credential.authenticationType]}</Cell>
      <Cell name="Scopes" className="cell-scopes">
        <ScopeChips scopes={credential.scopes} label={`Scopes of ${name}`} />
      </Cell>
      <Cell name="Owner">
        <span className="with-icon" title={owner.kind === 'SERVICE_ACCOUNT' ? 'Service account' : 'Person'}>
          <Icon name={owner.kind === 'SERVICE_ACCOUNT' ? 'service' : 'person'} />
          <span className="cut">{owner.name}</span>
        </span>
        {owner.status !== 'ACTIVE' && (
          <span className="quiet">{owner.status === 'DELETED' ? 'deleted' : 'deactivated'}</span>
        )}
      </Cell>
      <Cell name="Created">
        <Day at={credential.createdAt} />
        <span className="quiet">by {credential.createdBy.name}</span>
      </Cell>
      <Cell name="Last used">
        {credential.lastUsedAt ? <Ago at={credential.lastUsedAt} /> : <span className="quiet">Never</span>}
      </Cell>
      <Cell name="Status">
        <StatusBadge status={status} />
      </Cell>
      <td role="cell" className="cell-actions">
        {status !== 'REVOKED' && (
          <>
            <ButtonLink href={`${href}/edit`} variant="quiet" small aria-label={`Edit ${name}`}>
              <Icon name="edit" />
            </ButtonLink>
            <button
              type="button"
              className="button button-quiet button-small"
              aria-label={`Delete ${name}`}
              onClick={onDelete}
            >
              <Icon name="trash" />
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

function Cell({ name, className = '', children }: { name: string; className?: string; children: ReactNode }) {
  return (
    <td role="cell" data-name={name} className={className}>
      {children}
    </td>
  );
}

interface SortHeaderProps extends Pick<CredentialTableProps, 'state' | 'onSort'> {
  field: CredentialOrderField;
  /** The direction that one looks for first. */
  first: 'ASC' | 'DESC';
  children: string;
}

function SortHeader({ field, first, state, onSort, children }: SortHeaderProps) {
  const here = state.sort === field;
  const direction = here ? (state.direction === 'ASC' ? 'DESC' : 'ASC') : first;
  const sorted = here ? (state.direction === 'ASC' ? 'ascending' : 'descending') : undefined;
  return (
    <th scope="col" role="columnheader" aria-sort={sorted}>
      <button type="button" className="sort" onClick={() => onSort(field, direction)}>
        {children}
        <Icon name={sorted === 'ascending' ? 'up' : 'down'} />
      </button>
    </th>
  );
}
