// A dialog over the page: focus goes in, stays in, and comes back. Without `onClose` nothing closes it.

import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';

interface ModalProps {
  open: boolean;
  title: string;
  description?: ReactNode;
  /** Asked for by Escape, by a press outside, and by the corner; absent while the dialog must be answered. */
  onClose?: (() => void) | undefined;
  wide?: boolean;
  /** True once what opened it is gone, or about to be: the focus goes to the name of the page. */
  openerGone?: () => boolean;
  children: ReactNode;
}

export function Modal({ open, title, description, onClose, wide, openerGone, children }: ModalProps) {
  return (
    <Dialog.Root
      open={open}
      disablePointerDismissal={!onClose}
      onOpenChange={(next, details) => {
        if (next) return;
        if (onClose) onClose();
        else details.cancel();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Viewport className="modal-place">
          <Dialog.Popup
            className={`modal ${wide ? 'modal-wide' : ''}`}
            finalFocus={() => (openerGone?.() ? document.querySelector<HTMLElement>('h1') : true)}
          >
            <Dialog.Title className="modal-title">{title}</Dialog.Title>
            {description && (
              <Dialog.Description className="modal-description" render={<div />}>
                {description}
              </Dialog.Description>
            )}
            {children}
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
