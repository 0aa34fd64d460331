import type { DeviceTrack } from '../alarms/device-track.ts';
import { deviceTrack, type SubjectState } from '../alarms/subject-state.ts';
import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Registry } from '../registry/registry.ts';
import { isCurrent, type PatientRules, type RulesEntry } from './patient-rules.ts';
import type { Subjects } from './subjects.ts';

/** What frames of a device are judged with. */
export interface FoundPlace {
  readonly patient: PatientId | null;
  readonly state: SubjectState;
  readonly track: DeviceTrack;
  /** How often the device was registered to send; null: learned. Milliseconds. */
  readonly intervalMs: number | null;
  rules: RulesEntry;
  /** See `DevicePlaces.outdate`. */
  readonly asOf: number;
}

/**
 * Where the frames of a device are judged, so that it need not be looked up for each: for whoever hears a device to keep,
 * and for the alarm desk to fill in.
 */
export interface DevicePlace {
  readonly device: DeviceId;
  found: FoundPlace | null;
}

/** Finds the places of devices, and finds them again when something of them has changed. */
export class DevicePlaces {
  readonly #registry: Registry;
  readonly #subjects: Subjects;
  readonly #rules: PatientRules;
  #asOf = 0;

  constructor(registry: Registry, subjects: Subjects, rules: PatientRules) {
    this.#registry = registry;
    this.#subjects = subjects;
    this.#rules = rules;
  }

  /** A device changed in the registry, or other states were taken up: whatever was found may be another. */
  outdate(): void {
    this.#asOf++;
  }

  readonly intervalOf = (device: DeviceId): number | null =>
    this.#registry.device(device)?.interval_ms ?? null;

  /** A subject that tracks a device is not forgotten, so what was found is good until the device is let go of. */
  find(place: DevicePlace, patient: PatientId | null, now: EpochMs): FoundPlace {
    const { device, found } = place;
    if (found?.patient === patient && found.asOf === this.#asOf && !found.track.released) {
      if (!isCurrent(found.rules, now)) found.rules = this.#rules.entryOf(patient, now);
      return found;
    }
    const state = this.#subjects.of(patient, device);
    const track = deviceTrack(state, device);
    const rules = this.#rules.entryOf(patient, now);
    place.found = { patient, state, track, intervalMs: this.intervalOf(device), rules, asOf: this.#asOf };
    return place.found;
  }
}
