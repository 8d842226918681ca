// Events of the audit trail, the newest first: when, who, what, and the facts.

import { Link } from 'wouter';
import { Ago } from '../parts/when.tsx';
import type { AuditRow } from './queries.ts';
import { actionNames, factName } from './words.ts';

export function AuditEvents({ events, linked = true }: { events: readonly AuditRow[]; linked?: boolean }) {
  return (
    <ol className="trail">
      {events.map((event) => (
        <li key={event.id} className="event">
          <span className="event-when">
            <Ago at={event.createdAt} />
          </span>
          <div className="event-what">
            <p>
              <strong>{actionNames[event.action]}</strong> {linked && <Target event={event} />}
              <span className="quiet"> by {actorOf(event)}</span>
            </p>
            <Facts event={event} />
          </div>
          <span className="event-where quiet" title={whereOf(event)}>
            {event.address}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Target({ event: { targetKind, targetId, facts } }: { event: AuditRow }) {
  const name = facts.find((fact) => fact.name === 'name')?.to ?? targetId;
  if (targetKind === 'CREDENTIAL' && targetId) return <Link href={`/credentials/${targetId}`}>{name}</Link>;
  if (targetKind === 'ACCOUNT' && targetId) return <Link href={`/audit?target=${targetId}`}>{name}</Link>;
  return null;
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
                <del>{spaced(from)}</del> <span aria-hidden="true">→</span>{' '}
              </>
            )}
            <span>{spaced(to ?? '')}</span>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const spaced = (text: string): string => text.replaceAll(',', ', ');

function actorOf({ actor, actorKind }: AuditRow): string {
  if (actor) return actor.name;
  return actorKind === 'COMMAND_LINE' ? 'the command line' : 'nobody known';
}

const whereOf = ({ userAgent, requestId }: AuditRow): string =>
  [userAgent, requestId && `Request ${requestId}`].filter(Boolean).join('\n');
