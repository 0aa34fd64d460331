import { CodedError } from '../core/coded-error.ts';
import { mayWatch } from '../identity/access-policy.ts';
import type { PatientId } from '../model/ids.ts';
import { CONSCIOUSNESS_LEVELS, type News2, OXYGEN_USES } from '../model/news2.ts';
import type { Observation, ObservationEntry } from '../model/observation.ts';
import type { Clinician } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { notOneOf, outsideScope, type Refusal } from './refusal.ts';

/** Whoever takes observations and keeps scores. */
export interface ObservationPort {
  /** @throws CodedError `invalid_observation`, `observation_not_kept`, `too_many_observations` with `wait_s` */
  enter(entry: ObservationEntry): Promise<Observation>;
  /** Where a patient's NEWS2 stands now. */
  news2(patient: PatientId): News2;
}

export interface ObserveContext {
  readonly registry: Registry;
  readonly observations: ObservationPort;
}

/** What a person says that they observed, as it is asked for, checked by nobody yet. */
export type AskedObservation = Omit<ObservationEntry, 'by' | 'oxygen' | 'consciousness'> & {
  /** An `OxygenUse`. */
  readonly oxygen?: string;
  /** A `Consciousness`. */
  readonly consciousness?: string;
};

/**
 * Enters what a person observed; resolves when it is durable. Whoever may watch the patient may.
 * @param person who enters it, as they stand when it is asked
 */
export async function observe(
  { registry, observations }: ObserveContext,
  person: () => Clinician | undefined,
  { oxygen: breathes, consciousness: level, ...entry }: AskedObservation,
): Promise<Refusal | Observation> {
  const clinician = person();
  const patient = registry.patient(entry.patient);
  if (!clinician || !patient || !mayWatch(clinician, patient)) return outsideScope(entry.patient);
  const oxygen = OXYGEN_USES.find((word) => word === breathes);
  if (breathes !== undefined && oxygen === undefined) return notOneOf('oxygen', breathes, OXYGEN_USES);
  const consciousness = CONSCIOUSNESS_LEVELS.find((word) => word === level);
  if (level !== undefined && consciousness === undefined)
    return notOneOf('consciousness', level, CONSCIOUSNESS_LEVELS);
  if (entry.t !== undefined && !(Number.isSafeInteger(entry.t) && entry.t >= 0)) {
    const message = `t ${entry.t} is no time: give whole milliseconds since the Unix epoch, or leave it out: then it is the server's time`;
    return { code: 'invalid_request', message };
  }
  try {
    return await observations.enter({
      ...{ ...entry, by: clinician.id },
      ...(oxygen === undefined ? {} : { oxygen }),
      ...(consciousness === undefined ? {} : { consciousness }),
    });
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause;
    const { code, message } = cause;
    if (code === 'invalid_observation') return { code: 'invalid_request', message };
    if (code === 'observation_not_kept') return { code, message };
    if (code === 'too_many_observations')
      return { code: 'rate_exceeded', message, retryAfterS: Number(cause.details.wait_s) };
    throw cause;
  }
}
