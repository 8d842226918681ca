// The pages of the console and their addresses. The list of credentials comes with the first load, the others when they
// are wanted, or a moment before.

import { Redirect, Route, Switch } from 'wouter';
import { CredentialsPage } from './credentials/credentials-page.tsx';
import { SecretProvider } from './credentials/secret-once.tsx';
import { NoticeProvider } from './parts/notice.tsx';
import { later } from './shell/later.tsx';
import { NotFoundPage } from './shell/not-found-page.tsx';
import { Shell } from './shell/shell.tsx';

const NewCredentialPage = later(() => import('./credentials/new-credential-page.tsx'));
const CredentialPage = later(() => import('./credentials/credential-page.tsx'));
const EditCredentialPage = later(() => import('./credentials/edit-credential-page.tsx'));
const AccountsPage = later(() => import('./accounts/accounts-page.tsx'));
const AuditPage = later(() => import('./audit/audit-page.tsx'));
const ExplorerPage = later(() => import('./explorer/explorer-page.tsx'));

export function Console() {
  return (
    <NoticeProvider>
      <SecretProvider>
        <Shell>
          <Switch>
            <Route path="/">
              <Redirect to="/credentials" replace />
            </Route>
            <Route path="/credentials" component={CredentialsPage} />
            <Route path="/credentials/new">
              <NewCredentialPage />
            </Route>
            <Route path="/credentials/:id">{({ id }) => <CredentialPage key={id} id={id} />}</Route>
            <Route path="/credentials/:id/edit">{({ id }) => <EditCredentialPage key={id} id={id} />}</Route>
            <Route path="/accounts">
              <AccountsPage />
            </Route>
            <Route path="/audit">
              <AuditPage />
            </Route>
            <Route path="/explorer/:resource?">
              {({ resource }) => <ExplorerPage resource={resource} />}
            </Route>
            <Route component={NotFoundPage} />
          </Switch>
        </Shell>
      </SecretProvider>
    </NoticeProvider>
  );
}
