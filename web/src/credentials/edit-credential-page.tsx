// Credentials / a credential / Edit: its name and its scopes. What a change takes away is said before it is saved.

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { type ScopeName, UpdateCredentialDocument } from '../../operations/documents.ts';
import { apiErrorOf } from '../api/api-error.ts';
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
import { ScopePicker } from './scope-picker.tsx';
import { FixedType } from './type-picker.tsx';

export default function EditCredentialPage({ id }: { id: string }) {
  const query = useQuery(credentialQuery(id));
  const { data: credential, error } = query;
  if (credential === null) return <CredentialMissing />;
  if (credential) return <EditForm credential={credential} />;
  return error ? (
    <Trouble className="page" error={apiErrorOf(error)} onRetry={() => void query.refetch()} />
  ) : (
    <PageSkeleton />
  );
}

function EditForm({ credential }: { credential: CredentialDetails }) {
  // The form starts from what was read, and keeps what is typed whatever is read again meanwhile.
  const [before] = useState(credential);
  const [name, setName] = useState(before.name);
  const [scopes, setScopes] = useState<ReadonlySet<ScopeName>>(() => new Set(namesOf(before)));
  const catalogue = useQuery(catalogueQuery);
  const submission = useSubmit();
  const form = useRef<HTMLFormElement>(null);
  const notify = useNotice();
  const [, navigate] = useLocation();
  useFocusOnFirstError(form, submission.fieldErrors);

  const removed = before.scopes.filter((scope) => !scopes.has(scope.name));
  const added = (catalogue.data ?? [])
    .flatMap((product) => product.scopes)
    .filter((scope) => scopes.has(scope.name) && !namesOf(before).includes(scope.name));
  const renamed = name.trim() !== before.name;
  const rescoped = removed.length + added.length > 0;
  const problem = nameProblem(name);
  const ready = problem === undefined && scopes.size > 0 && (renamed || rescoped);
  const href = `/credentials/${before.id}`;

  const save = async () => {
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
          products={catalogue.data ?? []}
          chosen={scopes}
          error={fieldErrors.scopes ?? (scopes.size === 0 ? 'Choose at least one scope.' : undefined)}
          onChange={(next) => {
            setScopes(next);
            submission.correct('scopes');
          }}
        />
        {rescoped && <ScopeChanges before={before} removed={removed} added={added} />}
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
