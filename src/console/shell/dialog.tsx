import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { text } from '../text/text.ts';
import { Button } from './button.tsx';
import { ConnectionBanner } from './connection-banner.tsx';

export interface DialogProps {
  readonly title: string;
  /** Closed by the person, with Escape or the cross: whoever shows it takes it away. A press beside it loses nothing. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/**
 * A modal dialog, open as long as it is rendered: the browser's own, which keeps the focus inside, what is behind it out of
 * reach, and gives the focus back to where it was. What is to have the focus first has `autofocus`.
 */
export function Dialog({ title, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  const titled = useId();
  useEffect(() => {
    gone.current = false;
    const element = dialog.current;
    element?.showModal();
    return () => {
      gone.current = true;
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titled}
      // A browser may close it whatever the page says: what is shown must know.
      onClose={() => {
        if (!gone.current) onClose();
      }}
    >
      {/* What lies behind a dialog is dimmed: this must not be. */}
      <ConnectionBanner />
      <div class="dialog-body">
        <header>
          <h2 id={titled}>{title}</h2>
          <Button onClick={onClose} label={text.shell.close}>
            <span aria-hidden="true">✕</span>
          </Button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
