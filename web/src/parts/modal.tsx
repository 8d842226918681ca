// A dialog over the page: focus goes in, stays in, and comes back. Without `onClose` nothing closes it.

import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';

interface ModalProps {
  open: boolean;
  title: string;
  description?: ReactNode;
  /** Asked for by Escape, by a press outside, and by the corner; absent while the dialog must be answered. */
  onClose?: (() => void) | undefined;
  wide?: boolean;
  /** What gets the focus first; otherwise the first that can take it. Not by `autoFocus`: that hides who had it before. */
  firstFocus?: RefObject<HTMLElement | null>;
  /** True once what opened it is gone, or about to be: the focus goes to the name of the page. */
  openerGone?: () => boolean;
  children: ReactNode;
}

export function Modal({
  open,
  title,
  description,
  onClose,
  wide,
  firstFocus,
  openerGone,
  children,
}: ModalProps) {
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
            initialFocus={firstFocus}
            // As a plain `true` it leaves the focus alone where it has moved on meanwhile, as to a field that is wrong.
            finalFocus={
              openerGone ? () => (openerGone() ? document.querySelector<HTMLElement>('h1') : true) : true
            }
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
