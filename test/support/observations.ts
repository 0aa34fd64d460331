import type { ClinicianId, ObservationId, PatientId } from '../../src/model/ids.ts';
import type { Observation } from '../../src/model/observation.ts';

/** What a nurse observed at `t` and entered 5 s later: air, alert. */
export function anObservation(t: number, fields: Partial<Observation> = {}): Observation {
  return {
    id: `o-${t}` as ObservationId,
    patient: 'p-1' as PatientId,
    by: 'nurse-1' as ClinicianId,
    t,
    entered: t + 5_000,
    values: {},
    oxygen: 'air',
    consciousness: 'alert',
    ...fields,
  };
}
