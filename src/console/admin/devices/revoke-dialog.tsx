import { useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Field } from '../../patient/field.tsx';
import { text } from '../../text/text.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { OFFERED_REASONS } from './revocation.ts';

export interface RevokeDialogProps {
  readonly title: string;
  /** What comes of it. */
  readonly warning: string;
  /** What has to be typed first; null: nothing. */
  readonly confirm: string | null;
  /** Where it is asked for. */
  readonly at: string;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Asks why, and whether it is meant: what is revoked does not come back. */
export function RevokeDialog({ title, warning, confirm, at, onDone, onClose }: RevokeDialogProps) {
  const { session } = useConsole();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const [tried, setTried] = useState(false);
  const words = text.admin.devices;
  const isConfirmed = confirm === null || typed.trim() === confirm;
  const attempt = () => {
    setTried(true);
    if (reason === '' || !isConfirmed) return null;
    return () => session.rest.send('POST', at, { reason });
  };
  return (
    <FormDialog title={title} action={words.revoke_for_good} kind="danger" {...{ attempt, onDone, onClose }}>
      <p>{warning}</p>
      <Field label={words.why} fault={tried && reason === '' ? words.choose_reason : undefined}>
        {(ids) => (
          <select {...ids} value={reason} onChange={({ currentTarget }) => setReason(currentTarget.value)}>
            <option value="">{words.choose}</option>
            {OFFERED_REASONS.map((one) => (
              <option value={one} key={one}>
                {text.admin.reasons[one]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {confirm !== null && (
        <Field
          label={words.type_id(confirm)}
          fault={tried && !isConfirmed ? words.not_typed(confirm) : undefined}
        >
          {(ids) => (
            <input
              {...ids}
              value={typed}
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              onInput={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          )}
        </Field>
      )}
    </FormDialog>
  );
}
