import { useId, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Field } from '../../patient/field.tsx';
import { path } from '../../server/rest.ts';
import { text } from '../../text/text.ts';
import type { PatientAnswer } from '../admin-answers.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { LABEL_LENGTH, type PatientDraft, patientChange, patientFaults } from './patient-draft.ts';

const ROUTE = '/v1/registry/patients';

export interface PatientFormProps {
  /** Null: a new one. */
  readonly patient: PatientAnswer | null;
  /** Wards that there are. */
  readonly wards: readonly string[];
  readonly onDone: (id: string) => void;
  readonly onClose: () => void;
}

/** Registers a patient, or has them on another ward or called otherwise. */
export function PatientForm({ patient, wards, onDone, onClose }: PatientFormProps) {
  const { session } = useConsole();
  const [draft, setDraft] = useState<PatientDraft>(patient ?? { id: '', ward: '', label: '' });
  const [tried, setTried] = useState(false);
  const known = useId();
  const words = text.admin.patients;
  const faults = tried ? patientFaults(draft) : {};
  const id = draft.id.trim();
  const attempt = () => {
    setTried(true);
    if (Object.keys(patientFaults(draft)).length > 0) return null;
    if (patient === null) {
      const label = draft.label.trim();
      const body = { id, ward: draft.ward.trim(), ...(label === '' ? {} : { label }) };
      return () => session.rest.send('POST', ROUTE, body);
    }
    const change = patientChange(patient, draft);
    if (change === null) return () => Promise.resolve();
    return () => session.rest.send('PATCH', `${ROUTE}${path(patient.id)}`, change);
  };
  const set = (change: Partial<PatientDraft>): void => setDraft({ ...draft, ...change });
  return (
    <FormDialog
      title={patient === null ? words.add : words.change_title(patient.id)}
      action={patient === null ? words.add_now : words.save}
      onDone={() => onDone(id)}
      {...{ attempt, onClose }}
    >
      {patient === null ? (
        <Field label={words.id} fault={faults.id}>
          {(ids) => (
            <input
              {...ids}
              value={draft.id}
              required
              autocomplete="off"
              spellcheck={false}
              onInput={({ currentTarget }) => set({ id: currentTarget.value })}
            />
          )}
        </Field>
      ) : (
        <p>{words.move_is}</p>
      )}
      <Field label={words.ward} fault={faults.ward}>
        {(ids) => (
          <input
            {...ids}
            list={known}
            value={draft.ward}
            required
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => set({ ward: currentTarget.value })}
          />
        )}
      </Field>
      <datalist id={known}>
        {wards.map((ward) => (
          <option value={ward} key={ward} />
        ))}
      </datalist>
      <Field label={words.label} fault={faults.label}>
        {(ids) => (
          <input
            {...ids}
            value={draft.label}
            maxLength={LABEL_LENGTH}
            autocomplete="off"
            onInput={({ currentTarget }) => set({ label: currentTarget.value })}
          />
        )}
      </Field>
    </FormDialog>
  );
}
