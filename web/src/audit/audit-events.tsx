// Events of the audit trail, the newest first: when, who, what, and the facts.

import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { allAccountsQuery } from '../accounts/queries.ts';
import { credentialQuery } from '../credentials/queries.ts';
import { Exactly } from '../parts/when.tsx';
import type { AuditRow } from './queries.ts';
import { actionNames, actorNames, factName, factValue } from './words.ts';

export function AuditEvents({ events, linked = true }: { events: readonly AuditRow[]; linked?: boolean }) {
  return (
    <ol className="trail">
      {events.map((event) => (
        <li key={event.id} className="event">
          <span className="event-when">
            <Exactly at={event.createdAt} />
          </span>
          <div className="event-what">
            <p>
              <strong>{actionNames[event.action]}</strong> {linked && <Target event={event} />}
              <span className="quiet"> by {actorOf(event)}</span>
            </p>
            <Facts event={event} />
          </div>
          <Where event={event} />
        </li>
      ))}
    </ol>
  );
}

function Target({ event: { targetKind, targetId, facts } }: { event: AuditRow }) {
  const name = facts.find((fact) => fact.name === 'name')?.to;
  if (!targetId) return null;
  if (targetKind === 'CREDENTIAL') {
    return <Link href={`/credentials/${targetId}`}>{name ?? <CredentialName id={targetId} />}</Link>;
  }
  if (targetKind !== 'ACCOUNT') return name;
  return <Link href={`/audit?target=${targetId}`}>{name}</Link>;
}

/** For events that do not tell it. */
function CredentialName({ id }: { id: string }) {
  return useQuery(credentialQuery(id)).data?.name ?? id;
}

function OwnerName({ id }: { id: string }) {
  return useQuery(allAccountsQuery).data?.find((account) => account.id === id)?.name ?? id;
}

function Facts({ event }: { event: AuditRow }) {
  const facts = event.facts.filter(
    ({ name, from, to }) => (name !== 'name' || from !== null) && (from ?? to),
  );
  if (facts.length === 0) return null;
  return (
    <dl className="event-facts">
      {facts.map(({ name, from, to }) => (
        <div key={name}>
          <dt>{factName(name)}</dt>
          <dd>
            {from !== null && from !== undefined && (
              <>
                <del>{factValue(name, from)}</del> <span aria-hidden="true">→</span>{' '}
              </>
            )}
            <span>{name === 'ownerAccountId' && to ? <OwnerName id={to} /> : factValue(name, to ?? '')}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const actorOf = ({ actor, actorKind }: AuditRow): string => actor?.name ?? actorNames[actorKind];

function Where({ event: { address, userAgent, requestId } }: { event: AuditRow }) {
  if (!address) return null;
  return (
    <details className="event-where">
      <summary>{address}</summary>
      <p>{userAgent}</p>
      {requestId && (
        <p>
          Request <code>{requestId}</code>
        </p>
      )}
    </details>
  );
}
