// One credential: what it is, what it opens, who made it and when, how to try it, and what was done to it.

import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { apiErrorOf } from '../api/api-error.ts';
import { AuditOf } from '../audit/audit-of.tsx';
import { Button, ButtonLink } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Trouble } from '../parts/trouble.tsx';
import { Ago, Exactly } from '../parts/when.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { CredentialMissing, PageSkeleton } from './credential-missing.tsx';
import { DeleteCredential } from './delete-credential.tsx';
import { PublicKeys } from './public-keys.tsx';
import { type CredentialDetails, credentialQuery } from './queries.ts';
import { StatusBadge } from './status-badge.tsx';
import { TryIt } from './try-it.tsx';
import { statusMeanings, typeNames } from './words.ts';

export default function CredentialPage({ id }: { id: string }) {
  const query = useQuery(credentialQuery(id));
  const { data: credential, error } = query;
  if (credential === null) return <CredentialMissing />;
  if (credential) return <Loaded credential={credential} />;
  return error ? (
    <Trouble className="page" error={apiErrorOf(error)} onRetry={() => void query.refetch()} />
  ) : (
    <PageSkeleton />
  );
}

function Loaded({ credential }: { credential: CredentialDetails }) {
  const [deleting, setDeleting] = useState(false);
  const live = credential.status !== 'REVOKED';
  return (
    <div className="page">
      <PageHead
        title={credential.name}
        up={{ href: '/credentials', name: 'Credentials' }}
        lead={
          <>
            <StatusBadge status={credential.status} /> <span>{statusMeanings[credential.status]}</span>
          </>
        }
      >
        {live && (
          <>
            <ButtonLink href={`/credentials/${credential.id}/edit`}>
              <Icon name="edit" />
              Edit
            </ButtonLink>
            <Button onClick={() => setDeleting(true)}>
              <Icon name="trash" />
              Delete
            </Button>
          </>
        )}
      </PageHead>
      <div className="columns">
        <div className="stack-wide">
          <Section title="Details">
            <Details credential={credential} />
          </Section>
          <Section title="How it authenticates">
            <Authentication credential={credential} />
          </Section>
        </div>
        <div className="stack-wide">
          <Section title="What it may read">
            <ul className="scope-facts">
              {credential.scopes.map(({ name, title, value, description }) => (
                <li key={name} data-scope={name}>
                  <span className="scope-title">{title}</span> <code>{value}</code>
                  <span className="hint">{description}</span>
                </li>
              ))}
            </ul>
          </Section>
          {credential.clientId && (
            <Section title="Public keys">
              <PublicKeys credential={credential} />
            </Section>
          )}
        </div>
      </div>
      {live && (
        <Section title="Try it">
          <TryIt credential={credential} />
        </Section>
      )}
      <Section title="Audit trail" aside={<Link href={`/audit?target=${credential.id}`}>All of it</Link>}>
        <AuditOf targetId={credential.id} />
      </Section>
      <DeleteCredential credential={deleting ? credential : undefined} onClose={() => setDeleting(false)} />
    </div>
  );
}

function Details({ credential }: { credential: CredentialDetails }) {
  const { owner, createdBy, createdAt, updatedAt, lastUsedAt, revokedAt } = credential;
  return (
    <dl className="facts">
      <dt>Owner</dt>
      <dd>
        {owner.name}{' '}
        <span className="quiet">· {owner.kind === 'SERVICE_ACCOUNT' ? 'service account' : 'person'}</span>
      </dd>
      <dt>Created</dt>
      <dd>
        <Exactly at={createdAt} /> <span className="quiet">by {createdBy.name}</span>
      </dd>
      {updatedAt !== createdAt && !revokedAt && (
        <>
          <dt>Last changed</dt>
          <dd>
            <Exactly at={updatedAt} />
          </dd>
        </>
      )}
      {revokedAt && (
        <>
          <dt>Deleted</dt>
          <dd>
            <Exactly at={revokedAt} />
          </dd>
        </>
      )}
      <dt>Last used</dt>
      <dd>
        {lastUsedAt ? (
          <>
            <Ago at={lastUsedAt} />{' '}
            <span className="quiet">
              · <Exactly at={lastUsedAt} />
            </span>
          </>
        ) : (
          <span className="quiet">Never</span>
        )}
      </dd>
    </dl>
  );
}

/** What identifies it, and how its secret is recognised. */
function Authentication({ credential }: { credential: CredentialDetails }) {
  return (
    <dl className="facts">
      <dt>Type</dt>
      <dd>{typeNames[credential.authenticationType]}</dd>
      {credential.clientId && (
        <>
          <dt>Client ID</dt>
          <dd className="with-copy">
            <code className="long">{credential.clientId}</code>
            <CopyButton text={credential.clientId} what="client id" />
          </dd>
        </>
      )}
      <dt>{credential.clientId ? 'Client Secret' : 'API Key'}</dt>
      <dd>
        <code>{credential.secretHint}</code>
        <span className="hint">
          Only a hash of it is stored. Lost or leaked? Create a new credential, switch to it, and delete this
          one.
        </span>
      </dd>
    </dl>
  );
}

function Section({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
