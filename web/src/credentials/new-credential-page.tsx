// Credentials / New: a name, how it authenticates, what it may read, and whom it hangs on.

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import {
  type AuthenticationType,
  CreateCredentialDocument,
  RevokeCredentialDocument,
  type ScopeName,
} from '../../operations/documents.ts';
import type { OwnerChoice } from '../accounts/queries.ts';
import { apiErrorOf } from '../api/api-error.ts';
import { request } from '../api/request.ts';
import { useSubmit } from '../api/use-submit.ts';
import { afterPress } from '../parts/after-press.ts';
import { Button, ButtonLink } from '../parts/button.tsx';
import { useFocusOnFirstError } from '../parts/first-error.ts';
import { BlockSkeleton } from '../parts/table-skeleton.tsx';
import { TextField } from '../parts/text-field.tsx';
import { SubmitTrouble, Trouble } from '../parts/trouble.tsx';
import { useSession } from '../session/session-store.ts';
import { PageHead } from '../shell/page-head.tsx';
import { AlreadyCreated } from './already-created.tsx';
import { useCreationKeys } from './creation-keys.ts';
import { nameProblem } from './name-problem.ts';
import { OwnerPicker } from './owner-picker.tsx';
import { type CredentialDetails, catalogueQuery, credentialChanged } from './queries.ts';
import { ScopePicker } from './scope-picker.tsx';
import { useShowSecret } from './secret-once.tsx';
import { TypePicker } from './type-picker.tsx';

export default function NewCredentialPage() {
  const account = useSession().viewer?.account;
  const catalogue = useQuery(catalogueQuery);
  const [name, setName] = useState('');
  const [left, setLeft] = useState(false);
  const [type, setType] = useState<AuthenticationType>('OAUTH2_CLIENT_CREDENTIALS');
  const [scopes, setScopes] = useState<ReadonlySet<ScopeName>>(new Set());
  const [touchedScopes, setTouchedScopes] = useState(false);
  const [owner, setOwner] = useState<OwnerChoice | null>(account ? { ...account, kind: 'PERSON' } : null);
  const [already, setAlready] = useState<CredentialDetails>();
  const keyOf = useCreationKeys();
  const submission = useSubmit();
  const form = useRef<HTMLFormElement>(null);
  const showSecret = useShowSecret();
  const [, navigate] = useLocation();
  const valid = nameProblem(name) === undefined && scopes.size > 0 && owner !== null;

  useFocusOnFirstError(form, submission.fieldErrors);

  const input = {
    name: name.trim(),
    authenticationType: type,
    scopes: [...scopes].sort(),
    ownerAccountId: owner?.id ?? null,
  };
  const create = async (insteadOf?: CredentialDetails) => {
    const { createCredential } = await request(CreateCredentialDocument, {
      input: { ...input, idempotencyKey: keyOf({ input, insteadOf: insteadOf?.id }) },
    });
    const { credential, secret, alreadyCreated, userErrors } = createCredential;
    if (credential) credentialChanged(credential);
    setAlready(alreadyCreated && credential ? credential : undefined);
    if (credential && secret) {
      showSecret({ name: credential.name, secret });
      navigate(`/credentials/${credential.id}`, { replace: true });
    }
    return userErrors;
  };
  const replace = async (credential: CredentialDetails) => {
    const { revokeCredential } = await request(RevokeCredentialDocument, { input: { id: credential.id } });
    return revokeCredential.credential ? create(credential) : revokeCredential.userErrors;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (valid) void submission.submit(() => create());
  };
  const { fieldErrors } = submission;
  return (
    <div className="page page-narrow">
      <PageHead title="New credential" up={{ href: '/credentials', name: 'Credentials' }} />
      {catalogue.error ? (
        <Trouble error={apiErrorOf(catalogue.error)} onRetry={() => void catalogue.refetch()} />
      ) : !catalogue.data ? (
        <BlockSkeleton />
      ) : (
        <form className="form" ref={form} onSubmit={submit} noValidate aria-busy={submission.pending}>
          <SubmitTrouble
            error={submission.error}
            unanswered="Send them again: however often, they make one credential."
          />
          <TextField
            label="Name"
            hint="After the system that will use it. Only this console shows it."
            placeholder="Nightly export to the warehouse"
            autoComplete="off"
            required
            value={name}
            error={fieldErrors.name ?? (left ? nameProblem(name) : undefined)}
            onBlur={() => afterPress(() => setLeft(true))}
            onChange={(next) => {
              setName(next);
              submission.correct('name');
            }}
          />
          <TypePicker type={type} onChange={setType} />
          <ScopePicker
            products={catalogue.data}
            chosen={scopes}
            error={
              fieldErrors.scopes ??
              (touchedScopes && scopes.size === 0 ? 'Choose at least one scope.' : undefined)
            }
            onChange={(next) => {
              setScopes(next);
              setTouchedScopes(true);
              submission.correct('scopes');
            }}
          />
          <OwnerPicker
            owner={owner}
            error={fieldErrors.ownerAccountId ?? (owner ? undefined : 'Choose an owner.')}
            onChange={(next) => {
              setOwner(next);
              submission.correct('ownerAccountId');
            }}
          />
          <div className="form-actions">
            <ButtonLink href="/credentials">Cancel</ButtonLink>
            <Button type="submit" variant="primary" disabled={!valid} pending={submission.pending}>
              {submission.pending ? 'Creating…' : 'Create credential'}
            </Button>
          </div>
        </form>
      )}
      <AlreadyCreated
        credential={already}
        submission={submission}
        onReplace={() => already && void submission.submit(() => replace(already))}
        onClose={() => setAlready(undefined)}
      />
    </div>
  );
}
