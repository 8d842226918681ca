// Copies a text and says so, to eyes and ears. Where the browser gives pages no clipboard (plain http), it says that.

import { useEffect, useState } from 'react';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';

interface CopyButtonProps {
  text: string;
  /** What is copied, as in "Copy client id". */
  what: string;
  /** On the button; otherwise it is an icon. */
  label?: string;
  onCopied?: () => void;
  variant?: 'plain' | 'primary';
}

export function CopyButton({ text, what, label, onCopied, variant = 'plain' }: CopyButtonProps) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return;
    const timer = setTimeout(() => setState('idle'), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    const copied = await intoClipboard(text);
    setState(copied ? 'copied' : 'failed');
    if (copied) onCopied?.();
  };
  const said = { idle: '', copied: 'Copied', failed: 'Select the text and copy it' }[state];
  return (
    <>
      <Button
        small
        variant={variant}
        className={label ? '' : 'button-icon'}
        aria-label={label === undefined || label === 'Copy' ? `Copy ${what}` : undefined}
        onClick={() => void copy()}
      >
        <Icon name={state === 'copied' ? 'check' : 'copy'} />
        {label && <span>{said || label}</span>}
      </Button>
      <span className="unseen" role="status">
        {said && `${said}: ${what}`}
      </span>
    </>
  );
}

async function intoClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
