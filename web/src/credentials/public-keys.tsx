// The public keys by which an OAuth client may authenticate instead of sending its secret.

import { useState } from 'react';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Day } from '../parts/when.tsx';
import { AddPublicKey } from './add-public-key.tsx';
import type { CredentialDetails, PublicKey } from './queries.ts';
import { RemovePublicKey } from './remove-public-key.tsx';

export function PublicKeys({ credential }: { credential: CredentialDetails }) {
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<PublicKey>();
  const { publicKeys, status } = credential;
  const live = status !== 'REVOKED';
  return (
    <div className="stack">
      <p className="hint">
        With a public key here, the client signs for its access tokens (<code>private_key_jwt</code>), and no
        secret travels. Its client secret goes on working beside them.
      </p>
      {publicKeys.length > 0 && (
        <ul className="public-keys" aria-label="Public keys">
          {publicKeys.map((key) => (
            <KeyRow key={key.kid} publicKey={key} onRemove={live ? () => setRemoving(key) : undefined} />
          ))}
        </ul>
      )}
      {live && (
        <div>
          <Button small onClick={() => setAdding(true)}>
            <Icon name="plus" />
            Add a public key
          </Button>
        </div>
      )}
      <AddPublicKey credential={credential} open={adding} onClose={() => setAdding(false)} />
      <RemovePublicKey credential={credential} publicKey={removing} onClose={() => setRemoving(undefined)} />
    </div>
  );
}

interface KeyRowProps {
  publicKey: PublicKey;
  onRemove: (() => void) | undefined;
}

function KeyRow({ publicKey: { kid, algorithm, thumbprint, createdAt, createdBy }, onRemove }: KeyRowProps) {
  return (
    <li className="public-key">
      <div>
        <code className="long">{kid}</code>
        <p className="hint">
          {algorithm} · added <Day at={createdAt} /> by {createdBy.name}
        </p>
        {thumbprint !== kid && (
          <p className="hint">
            Thumbprint <code className="long">{thumbprint}</code>
          </p>
        )}
      </div>
      {onRemove && (
        <Button small className="button-icon" aria-label={`Remove ${kid}`} onClick={onRemove}>
          <Icon name="trash" />
        </Button>
      )}
    </li>
  );
}
