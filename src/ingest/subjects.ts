import { newSubjectState, type SubjectState } from '../alarms/subject-state.ts';
import { subjectOf } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';

/** The alarm states of every patient, and of every device that nobody wears, of whom anything is known. */
export class Subjects implements Iterable<readonly [string, SubjectState]> {
  readonly #byKey = new Map<string, SubjectState>();

  /** The subject's state, begun when there is none. */
  of(patient: PatientId | null, device: DeviceId | null): SubjectState {
    const key = subjectOf(patient, device);
    let state = this.#byKey.get(key);
    if (!state) {
      state = newSubjectState(patient);
      this.#byKey.set(key, state);
    }
    return state;
  }

  known(patient: PatientId | null, device: DeviceId | null): SubjectState | undefined {
    return this.#byKey.get(subjectOf(patient, device));
  }

  /** @param key see `subjectOf` */
  set(key: string, state: SubjectState): void {
    this.#byKey.set(key, state);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }

  states(): Iterable<SubjectState> {
    return this.#byKey.values();
  }

  [Symbol.iterator](): Iterator<readonly [string, SubjectState]> {
    return this.#byKey.entries();
  }
}
