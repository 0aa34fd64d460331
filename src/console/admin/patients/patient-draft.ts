import { text } from '../../text/text.ts';
import type { PatientAnswer } from '../admin-answers.ts';
import { idFault } from '../parts/id-fault.ts';

/** As it is typed. */
export interface PatientDraft {
  readonly id: string;
  readonly ward: string;
  readonly label: string;
}

/** What the server takes of a label, characters. */
export const LABEL_LENGTH = 100;

/** What is wrong with a draft, in words by field; empty: nothing. A label may be left out: then the id is shown. */
export function patientFaults({
  id,
  ward,
  label,
}: PatientDraft): Partial<Record<keyof PatientDraft, string>> {
  const [idWrong, wardWrong] = [idFault(id), idFault(ward)];
  return {
    ...(idWrong === undefined ? {} : { id: idWrong }),
    ...(wardWrong === undefined ? {} : { ward: wardWrong }),
    ...(label.trim().length > LABEL_LENGTH ? { label: text.admin.faults.too_long(LABEL_LENGTH) } : {}),
  };
}

/** What of a patient is to become another; null: nothing. An emptied label is the id again. */
export function patientChange(
  { id, ward, label }: PatientAnswer,
  draft: PatientDraft,
): Partial<Pick<PatientAnswer, 'ward' | 'label'>> | null {
  const next = { ward: draft.ward.trim(), label: draft.label.trim() || id };
  const change = {
    ...(next.ward === ward ? {} : { ward: next.ward }),
    ...(next.label === label ? {} : { label: next.label }),
  };
  return Object.keys(change).length === 0 ? null : change;
}
