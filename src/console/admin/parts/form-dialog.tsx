import type { ComponentChildren } from 'preact';
import { useCommand } from '../../alarms/use-command.ts';
import { Button } from '../../shell/button.tsx';
import { Dialog } from '../../shell/dialog.tsx';
import { problemText } from '../../shell/problem-text.ts';
import { text } from '../../text/text.ts';

export interface FormDialogProps {
  readonly title: string;
  /** What the button says that sends it. */
  readonly action: string;
  readonly kind?: 'primary' | 'danger';
  /** What to ask of the server; null: something is wrong with what was entered, and is said beside its field. */
  readonly attempt: () => (() => Promise<void>) | null;
  /** The server has done it. */
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

/** Asks for what an act needs. What was entered stays when the server refuses. */
export function FormDialog(props: FormDialogProps) {
  const { title, action, kind = 'primary', attempt, onDone, onClose, children } = props;
  const { waits, problem, run } = useCommand();
  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    const act = attempt();
    if (act !== null && (await run(act))) onDone();
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="fields" noValidate onSubmit={(event) => void send(event)}>
        {children}
        {problem !== null && (
          <p class="refusal" role="alert">
            {problemText(problem)}
          </p>
        )}
        <div class="dialog-actions">
          <Button onClick={onClose}>{text.admin.cancel}</Button>
          <Button kind={kind} submit disabled={waits}>
            {waits ? text.admin.waits : action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
