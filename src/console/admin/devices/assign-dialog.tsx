import { useId, useState } from 'preact/hooks';
import { useConsole } from '../../console-parts.ts';
import { Field } from '../../patient/field.tsx';
import { path } from '../../server/rest.ts';
import { text } from '../../text/text.ts';
import type { DeviceAnswer, PatientAnswer } from '../admin-answers.ts';
import { FormDialog } from '../parts/form-dialog.tsx';
import { idFault } from '../parts/id-fault.ts';
import { useList } from '../parts/use-list.ts';

export interface AssignDialogProps {
  readonly device: DeviceAnswer;
  readonly onDone: (patient: string | null) => void;
  readonly onClose: () => void;
}

/** Says who wears a device from now on. */
export function AssignDialog({ device, onDone, onClose }: AssignDialogProps) {
  const { session } = useConsole();
  const patients = useList<PatientAnswer>('/v1/registry/patients', 'patients');
  const [patient, setPatient] = useState('');
  const [nobody, setNobody] = useState(false);
  const [tried, setTried] = useState(false);
  const known = useId();
  const words = text.admin.devices;
  const fault = nobody ? undefined : idFault(patient);
  const wearer = nobody ? null : patient.trim();
  const attempt = () => {
    setTried(true);
    if (fault !== undefined) return null;
    return () => session.rest.send('POST', path('v1', 'devices', device.id, 'assign'), { patient: wearer });
  };
  return (
    <FormDialog
      title={words.assign_title(device.id)}
      action={words.assign_now}
      attempt={attempt}
      onDone={() => onDone(wearer)}
      onClose={onClose}
    >
      <p>{words.assign_is}</p>
      <Field label={words.wearer} fault={tried ? fault : undefined}>
        {(ids) => (
          <input
            {...ids}
            list={known}
            value={patient}
            disabled={nobody}
            autocomplete="off"
            spellcheck={false}
            onInput={({ currentTarget }) => setPatient(currentTarget.value)}
          />
        )}
      </Field>
      <datalist id={known}>
        {patients.answer?.entries.map(({ id, label, ward }) => (
          <option value={id} key={id}>
            {text.alarms.bed(label, ward)}
          </option>
        ))}
      </datalist>
      <label class="check">
        <input
          type="checkbox"
          checked={nobody}
          onChange={({ currentTarget }) => setNobody(currentTarget.checked)}
        />{' '}
        {words.to_nobody}
      </label>
    </FormDialog>
  );
}
