import type { PatientModel } from '../feed/patient-model.ts';
import { text } from '../text/text.ts';

/**
 * Where to go: the bed of who is watched here; of others no more than their id is known; of a device that nobody wears, the device.
 * @param ward where it is; null: not known
 */
export function alarmPlace(
  { patient, device }: { readonly patient: string | null; readonly device: string | null },
  ward: string | null,
  patients: ReadonlyMap<string, PatientModel>,
): string {
  if (patient === null) return text.alarms.nobody_wears(device ?? '');
  const known = patients.get(patient);
  const who = known === undefined ? patient : known.label.value;
  const where = known === undefined ? ward : known.ward.value;
  return where === null || where === '' ? who : text.alarms.bed(who, where);
}
