// The one showing of a key or secret. It lives in the state of this component and nowhere else: not in the cache of
// queries, not in the address, not in storage. Closing the dialog forgets it.

import { createContext, type ReactNode, use, useEffect, useState } from 'react';
import type { CreateCredentialMutation } from '../../operations/documents.ts';
import { Button } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Modal } from '../parts/modal.tsx';
import { curlOf, environmentOf, fileNameOf } from './secret-texts.ts';

export type ShownSecret = NonNullable<CreateCredentialMutation['createCredential']['secret']>;

interface Shown {
  name: string;
  secret: ShownSecret;
}

const Show = createContext<(shown: Shown) => void>(() => {});

/** Shows a secret over whatever page comes next. */
export const useShowSecret = (): ((shown: Shown) => void) => use(Show);

export function SecretProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Shown>();
  return (
    <Show value={setShown}>
      {children}
      {shown && <SecretDialog shown={shown} onClose={() => setShown(undefined)} />}
    </Show>
  );
}

function SecretDialog({ shown: { name, secret }, onClose }: { shown: Shown; onClose(): void }) {
  const [taken, setTaken] = useState(false);
  const [stored, setStored] = useState(false);
  const safe = taken || stored;
  useWarningBeforeLeaving(!safe);
  const took = () => setTaken(true);
  return (
    <Modal
      open
      wide
      openerGone={() => true}
      title={
        secret.__typename === 'ApiKeySecret' ? 'API Key generated' : 'Client ID and Client Secret generated'
      }
      onClose={safe ? onClose : undefined}
      description={
        <p className="warning">
          Copy it now. {secret.__typename === 'ApiKeySecret' ? 'The key' : 'The client secret'} of {name} is
          never shown again: Latchkey keeps only a hash of it.
        </p>
      }
    >
      {secret.__typename === 'ApiKeySecret' ? (
        <Value label="API Key" text={secret.apiKey} onCopied={took} />
      ) : (
        <>
          <Value label="Client ID" text={secret.clientId} />
          <Value label="Client Secret" text={secret.clientSecret} onCopied={took} />
        </>
      )}
      <div className="ways-to-take">
        <CopyButton
          text={environmentOf(secret)}
          what="as .env lines"
          label="Copy as .env lines"
          onCopied={took}
        />
        <CopyButton text={curlOf(secret)} what="as a curl command" label="Copy as curl" onCopied={took} />
        <Button
          small
          onClick={() => {
            download(fileNameOf(name), environmentOf(secret));
            took();
          }}
        >
          <Icon name="download" />
          Download .env file
        </Button>
      </div>
      <div className="modal-actions spread">
        <label className="check">
          <input type="checkbox" checked={stored} onChange={(event) => setStored(event.target.checked)} />
          <span>I have stored it</span>
        </label>
        <Button variant="primary" disabled={!safe} onClick={onClose}>
          Done
        </Button>
      </div>
    </Modal>
  );
}

function Value({ label, text, onCopied }: { label: string; text: string; onCopied?: () => void }) {
  return (
    <div className="secret">
      <span className="secret-label">{label}</span>
      <div className="secret-line">
        <code className="secret-text">{text}</code>
        <CopyButton text={text} what={label} label="Copy" {...(onCopied && { onCopied })} />
      </div>
    </div>
  );
}

function useWarningBeforeLeaving(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [on]);
}

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
