// The pages of the console and their addresses. The list of credentials comes with the first load, the others when they
// are wanted, or a moment before.

import { lazy, Suspense } from 'react';
import { Redirect, Route, Switch } from 'wouter';
import { CredentialsPage } from './credentials/credentials-page.tsx';
import { SecretProvider } from './credentials/secret-once.tsx';
import { NoticeProvider } from './parts/notice.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { Shell } from './shell/shell.tsx';

const NewCredentialPage = lazy(() => import('./credentials/new-credential-page.tsx'));
const CredentialPage = lazy(() => import('./credentials/credential-page.tsx'));
const EditCredentialPage = lazy(() => import('./credentials/edit-credential-page.tsx'));
const AccountsPage = lazy(() => import('./accounts/accounts-page.tsx'));
const AuditPage = lazy(() => import('./audit/audit-page.tsx'));
const ExplorerPage = lazy(() => import('./explorer/explorer-page.tsx'));

export function Console() {
  return (
    <NoticeProvider>
      <SecretProvider>
        <Shell>
          <Suspense fallback={<div className="page" aria-busy="true" />}>
            <Switch>
              <Route path="/">
                <Redirect to="/credentials" replace />
              </Route>
              <Route path="/credentials" component={CredentialsPage} />
              <Route path="/credentials/new" component={NewCredentialPage} />
              <Route path="/credentials/:id">{({ id }) => <CredentialPage key={id} id={id} />}</Route>
              <Route path="/credentials/:id/edit">
                {({ id }) => <EditCredentialPage key={id} id={id} />}
              </Route>
              <Route path="/accounts" component={AccountsPage} />
              <Route path="/audit" component={AuditPage} />
              <Route path="/explorer/:resource?">
                {({ resource }) => <ExplorerPage resource={resource} />}
              </Route>
              <Route component={NotFoundPage} />
            </Switch>
          </Suspense>
        </Shell>
      </SecretProvider>
    </NoticeProvider>
  );
}
