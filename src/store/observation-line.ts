import type { ClinicianId, ObservationId, PatientId } from '../model/ids.ts';
import type { Consciousness, OxygenUse } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';
import { floatField, stringField, tagValue } from './line-protocol-values.ts';

/**
 * An observation in line protocol. Its timestamp is when it was entered, so that a correction of the same moment stands
 * beside what it corrects; the last three digits, below the product's millisecond grain, come from its id, and keep apart
 * what two people enter for a patient in one millisecond.
 * @throws CodedError `unrepresentable_point`
 */
export function observationLine({
  id,
  patient,
  by,
  t,
  entered,
  values,
  oxygen,
  consciousness,
}: Observation): string {
  const fields = [`id=${stringField(id)}`, `by=${stringField(by)}`, `t=${Math.round(t)}i`];
  if (oxygen !== null) fields.push(`oxygen=${stringField(oxygen)}`);
  if (consciousness !== null) fields.push(`consciousness=${stringField(consciousness)}`);
  for (const vital of VITAL_NAMES) {
    const value = values[vital];
    if (value !== undefined) fields.push(floatField(vital, value));
  }
  const time = Math.round(entered) * 1_000 + belowMillisecond(id);
  return `observations,patient=${tagValue(patient)} ${fields.join(',')} ${time}`;
}

/** The fields of an observation, in the order in which `observationOf` expects them behind the time. */
export const OBSERVATION_FIELDS = ['id', 'by', 't', 'oxygen', 'consciousness', ...VITAL_NAMES] as const;

/** An observation of `patient` from a row of an answer: time in microseconds, then `OBSERVATION_FIELDS`. */
export function observationOf(patient: PatientId, row: readonly unknown[]): Observation {
  const [time, id, by, t, oxygen, consciousness, ...rest] = row;
  const values: Partial<Record<Vital, number>> = {};
  for (const [i, vital] of VITAL_NAMES.entries()) {
    const value = rest[i];
    if (value !== null && value !== undefined) values[vital] = Number(value);
  }
  return {
    id: String(id) as ObservationId,
    patient,
    by: String(by) as ClinicianId,
    t: Number(t),
    entered: Math.floor(Number(time) / 1_000),
    values,
    oxygen: (oxygen ?? null) as OxygenUse | null,
    consciousness: (consciousness ?? null) as Consciousness | null,
  };
}

function belowMillisecond(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000;
  return hash;
}
