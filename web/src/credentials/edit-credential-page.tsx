// Credentials / a credential / Edit: its name and its scopes. What a change takes away is said before it is saved.

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { type ScopeName, UpdateCredentialDocument } from '../../operations/documents.ts';
import { apiErrorOf } from '../api/api-error.ts';
import { queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { useFocusOnFirstError } from '../parts/first-error.ts';
import { useNotice } from '../parts/notice.tsx';
import { TextField } from '../parts/text-field.tsx';
import { Alert, SubmitTrouble, Trouble } from '../parts/trouble.tsx';
import { PageHead } from '../shell/page-head.tsx';
import { CredentialMissing, PageSkeleton } from './credential-missing.tsx';
import { nameProblem } from './name-problem.ts';
import { type CredentialDetails, catalogueQuery, credentialChanged, credentialQuery } from './queries.ts';
import { ScopeChanges } from './scope-changes.tsx';
import { type Product, ScopePicker } from './scope-picker.tsx';
import { FixedType } from './type-picker.tsx';

export default function EditCredentialPage({ id }: { id: string }) {
  // Read anew: what somebody took away meanwhile must not come back with the next save.
  const query = useQuery({ ...credentialQuery(id), staleTime: 0, refetchOnMount: 'always' });
  const catalogue = useQuery(catalogueQuery);
  const { data: credential } = query;
  const error = query.error ?? catalogue.error;
  // Once the form is there it stays, whatever happens to later reads.
  const [begun, setBegun] = useState(false);
  const isFresh = query.isFetchedAfterMount && !query.isFetching && !query.error;
  const isDeleted = credential?.status === 'REVOKED';
  if (isFresh && !isDeleted && !begun) setBegun(true);
  if (credential === null) return <CredentialMissing />;
  if (credential && begun && catalogue.data) {
    return <EditForm credential={credential} products={catalogue.data} />;
  }
  if (credential && isDeleted) return <CredentialDeleted credential={credential} />;
  if (!error || query.isFetching || catalogue.isFetching) return <PageSkeleton />;
  const again = () => void (query.error ? query : catalogue).refetch();
  return <Trouble className="page" error={apiErrorOf(error)} onRetry={again} />;
}

function CredentialDeleted({ credential }: { credential: CredentialDetails }) {
  const href = `/credentials/${credential.id}`;
  return (
    <div className="page">
      <PageHead
        title={`${credential.name} is deleted`}
        lead="A deleted credential opens nothing any more, and cannot be changed."
        up={{ href: '/credentials', name: 'Credentials' }}
      />
      <ButtonLink href={href}>To the credential</ButtonLink>
    </div>
  );
}

const changedMeanwhile =
  'Somebody has changed the scopes meanwhile, and nothing is saved. Cancel, and edit them as they are now.';

interface EditFormProps {
  credential: CredentialDetails;
  products: readonly Product[];
}

function EditForm({ credential, products }: EditFormProps) {
  // The form starts from what was read, and keeps what is typed whatever is read again meanwhile.
  const [before] = useState(credential);
  const [name, setName] = useState(before.name);
  const [scopes, setScopes] = useState<ReadonlySet<ScopeName>>(() => new Set(namesOf(before)));
  const submission = useSubmit();
  const form = useRef<HTMLFormElement>(null);
  const notify = useNotice();
  const [, navigate] = useLocation();
  useFocusOnFirstError(form, submission.fieldErrors);

  const removed = before.scopes.filter((scope) => !scopes.has(scope.name));
  const added = products
    .flatMap((product) => product.scopes)
    .filter((scope) => scopes.has(scope.name) && !namesOf(before).includes(scope.name));
  const renamed = name.trim() !== before.name;
  const rescoped = removed.length + added.length > 0;
  const problem = nameProblem(name);
  const ready = problem === undefined && scopes.size > 0 && (renamed || rescoped);
  const href = `/credentials/${before.id}`;

  const save = async () => {
    const now = rescoped && (await queryClient.fetchQuery({ ...credentialQuery(before.id), staleTime: 0 }));
    if (now && namesOf(now).join() !== namesOf(before).join())
      return [{ field: ['input', 'scopes'], code: 'CONFLICT' as const, message: changedMeanwhile }];
    const { updateCredential } = await request(UpdateCredentialDocument, {
      input: { id: before.id, ...(renamed && { name }), ...(rescoped && { scopes: [...scopes] }) },
    });
    if (updateCredential.credential) {
      credentialChanged(updateCredential.credential);
      notify(`${updateCredential.credential.name} is saved.`);
      navigate(href, { replace: true });
    }
    return updateCredential.userErrors;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) void submission.submit(save);
  };
  const { fieldErrors } = submission;
  return (
    <div className="page page-narrow">
      <PageHead title={`Edit ${before.name}`} up={{ href, name: before.name }} />
      <form className="form" ref={form} onSubmit={submit} noValidate aria-busy={submission.pending}>
        <SubmitTrouble error={submission.error} />
        {fieldErrors.id && <Alert>{fieldErrors.id}</Alert>}
        <TextField
          label="Name"
          hint="Only this console shows it."
          autoComplete="off"
          required
          value={name}
          error={fieldErrors.name ?? problem}
          onChange={(next) => {
            setName(next);
            submission.correct('name');
          }}
        />
        <FixedType type={before.authenticationType} />
        <ScopePicker
          products={products}
          chosen={scopes}
          error={fieldErrors.scopes ?? (scopes.size === 0 ? 'Choose at least one scope.' : undefined)}
          onChange={(next) => {
            setScopes(next);
            submission.correct('scopes');
          }}
        />
        <div className="live" aria-live="polite">
          {rescoped && <ScopeChanges before={before} removed={removed} added={added} />}
        </div>
        <div className="form-actions">
          <ButtonLink href={href}>Cancel</ButtonLink>
          <Button
            type="submit"
            variant={removed.length > 0 ? 'danger' : 'primary'}
            disabled={!ready}
            pending={submission.pending}
          >
            {submission.pending ? 'Saving…' : saveLabel(removed.length)}
          </Button>
        </div>
      </form>
    </div>
  );
}

const namesOf = ({ scopes }: CredentialDetails): ScopeName[] => scopes.map(({ name }) => name);

const saveLabel = (removed: number): string =>
  removed === 0 ? 'Save changes' : `Save and take ${removed === 1 ? 'a scope' : `${removed} scopes`} away`;
