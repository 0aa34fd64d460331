import { useRef, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Field } from '../../patient/field.tsx';
import { path } from '../../server/rest.ts';
import { Button } from '../../shell/button.tsx';
import { Dialog } from '../../shell/dialog.tsx';
import { text } from '../../text/text.ts';
import { dayAndTime } from '../../text/times.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { INVITATION_MINUTES, invitationLink, minutesOf } from './invitation.ts';

interface Invitation {
  readonly link: string;
  /** Epoch ms. */
  readonly until: number;
}

interface InvitationDialogProps {
  readonly person: string;
  readonly onClose: () => void;
}

/** Makes a link that signs in whoever opens it first, and shows it this once. */
export function InvitationDialog({ person, onClose }: InvitationDialogProps) {
  const { session } = useConsole();
  const [minutes, setMinutes] = useState(String(INVITATION_MINUTES.usual));
  const [tried, setTried] = useState(false);
  const [invitation, setInvitation] = useState<Invitation | null>(null);
  const words = text.admin.people.invitation;
  const { least, most } = INVITATION_MINUTES;
  const given = minutesOf(minutes);
  const attempt = () => {
    setTried(true);
    if (given === null) return null;
    return async () => {
      const at = path('v1', 'clinicians', person, 'invite');
      setInvitation(await session.rest.send<Invitation>('POST', at, { minutes: given }));
    };
  };
  if (invitation !== null) return <Made invitation={invitation} person={person} onClose={onClose} />;
  return (
    <FormDialog
      title={words.title(person)}
      action={words.make}
      attempt={attempt}
      onDone={() => {}}
      onClose={onClose}
    >
      <p>{words.is}</p>
      <Field label={words.minutes} fault={tried && given === null ? words.range(least, most) : undefined}>
        {(ids) => (
          <input
            {...ids}
            inputMode="numeric"
            value={minutes}
            onInput={({ currentTarget }) => setMinutes(currentTarget.value)}
          />
        )}
      </Field>
    </FormDialog>
  );
}

interface MadeProps extends InvitationDialogProps {
  readonly invitation: Invitation;
}

function Made({ invitation: { link, until }, person, onClose }: MadeProps) {
  const { clock } = useConsole();
  const shown = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<'copied' | 'not_copied' | null>(null);
  const words = text.admin.people.invitation;
  const whole = invitationLink(link, globalThis.location.origin);
  const copy = async (): Promise<void> => {
    shown.current?.select();
    try {
      await navigator.clipboard.writeText(whole);
      setCopied('copied');
    } catch {
      // Where the browser does not let a page copy, what is selected can be copied by hand.
      setCopied('not_copied');
    }
  };
  return (
    <Dialog title={words.title(person)} onClose={onClose}>
      <div class="fields">
        <p>{words.once(dayAndTime(until, clock.now.peek()))}</p>
        <Field label={words.link}>
          {(ids) => (
            <input {...ids} ref={shown} readOnly value={whole} onFocus={() => shown.current?.select()} />
          )}
        </Field>
        <p role="status">{copied !== null && words[copied]}</p>
        <div class="dialog-actions">
          <Button onClick={onClose}>{words.done}</Button>
          <Button kind="primary" onClick={() => void copy()}>
            {words.copy}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
