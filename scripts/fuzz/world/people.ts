import {
  type ClinicianId,
  clinicianId,
  type DeviceId,
  deviceId,
  type PatientId,
  patientId,
  wardId,
} from '../../../src/model/ids.ts';
import type { Registry } from '../../../src/registry/registry.ts';

/** Wards A and B; two patients of A, one of B, each with a device, and a device that nobody wears. */
export const PATIENTS: readonly PatientId[] = ['A1', 'A2', 'B1'].map(patientId);
export const DEVICES: readonly DeviceId[] = [
  ...PATIENTS.map((id) => deviceId(`watch-${id}`)),
  deviceId('watch-free'),
];
const WARDS = { A1: 'ward-a', A2: 'ward-a', B1: 'ward-b' } as const;
/** Those of ward A who may do ever more: a nurse, a charge nurse, an admin. */
export const CLINICIANS: readonly ClinicianId[] = ['nurse', 'charge', 'admin'].map(clinicianId);
const ROLES = ['clinician', 'charge', 'admin'] as const;
/** What nobody of ward A may ever be sent: the label of the patient of ward B. */
export const OUT_OF_SCOPE = 'label-B1';

/** Names that frames may be about. */
export const KNOWN_NAMES: readonly string[] = [...PATIENTS, ...DEVICES, 'ward-a', 'ward-b', 'nobody'];

/** Enters them all. @param since when the devices are worn */
export async function peopleAndDevices(registry: Registry, since: number): Promise<void> {
  for (const id of PATIENTS) {
    const ward = wardId(WARDS[id as unknown as keyof typeof WARDS]);
    await registry.addPatient({ id, ward, label: `label-${id}`, news2: 'scale_1' });
  }
  for (const id of DEVICES)
    await registry.addDevice({
      ...{ id, status: 'active', description: 'a watch', interval_ms: null },
      ...{ created: since, late_renewal_until: null },
    });
  for (const [i, patient] of PATIENTS.entries())
    await registry.assign(DEVICES[i] as DeviceId, patient, since);
  for (const [i, id] of CLINICIANS.entries()) {
    const role = ROLES[i] ?? 'clinician';
    await registry.putClinician({ id, role, wards: [wardId('ward-a')], patients: [], active: true });
  }
}
