import { isNewer } from '../alarms/device-track.ts';
import type { Bus, DevicePresence, LiveVitals, PresenceChange } from '../bus/bus.ts';
import type { EpochMs } from '../core/clock.ts';
import { liveGrants } from '../identity/break-glass.ts';
import type { Alarm, AlarmEvent } from '../model/alarm.ts';
import { type DeviceId, MANUAL_DEVICE, type PatientId } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { RecalledVital } from '../model/recalled-vital.ts';
import type { Sample } from '../model/sample.ts';
import { VITALS, type Vital } from '../model/vital.ts';
import { accessOf, type NewestValue, type PatientSnapshot, shelfOf } from '../protocol/feed-frames.ts';
import { shownNews2 } from '../protocol/observation-fields.ts';
import type { Registry } from '../registry/registry.ts';
import type { ObservationPort } from './observe.ts';
import { liveShelves } from './shelf-board.ts';

/** A value older than three usual intervals, and at least this, is not shown as current (clinical rule 4). */
const MIN_CURRENT_MS = 10_000;

type ShownQuality = NonNullable<NewestValue['quality']>;

/** What is known of a device that was connected since the start. */
export interface DeviceState {
  readonly presence: DevicePresence;
  readonly since: EpochMs;
  readonly battery_percent: number | null;
}

/** The newest value of a vital, changed in place: another comes with every frame. */
interface Newest {
  readonly vital: Vital;
  value: number;
  t: EpochMs;
  /** When it was measured, by the server's clock. */
  measured: EpochMs;
  device: DeviceId;
  /** Why it is not to be trusted. */
  quality: ShownQuality | undefined;
}

interface PatientState {
  /** In the order in which they first came; at most one of each vital. */
  readonly newest: Newest[];
  readonly alarms: Map<string, Alarm>;
}

/** Among at most as many as there are vitals. */
function newestOf(newest: readonly Newest[], vital: Vital): Newest | undefined {
  for (let i = 0; i < newest.length; i++) {
    const known = newest[i];
    if (known?.vital === vital) return known;
  }
  return undefined;
}

/** Puts a value in the place of what is known of the vital, if anything is. */
function put(
  newest: Newest[],
  known: Newest | undefined,
  vital: Vital,
  value: number,
  t: EpochMs,
  measured: EpochMs,
  device: DeviceId,
  quality: ShownQuality | undefined,
): void {
  if (known === undefined) {
    newest.push({ vital, value, t, measured, device, quality });
    return;
  }
  known.value = value;
  known.t = t;
  known.measured = measured;
  known.device = device;
  known.quality = quality;
}

/** The newest value of each vital, with its time. */
export type NewestVitals = Partial<Record<Vital, { value: number; t: EpochMs; quality?: ShownQuality }>>;

export interface WardBoardOptions {
  readonly registry: Registry;
  readonly bus: Bus;
  readonly liveAlarms: readonly Alarm[];
  readonly observations: Pick<ObservationPort, 'news2'>;
  /** Nothing is known of before. */
  readonly startedAt: EpochMs;
}

/**
 * What is known of every patient right now: newest values, devices, live alarms. Kept from the bus, so that a
 * clinician who connects sees where things stand.
 */
export class WardBoard implements Disposable {
  readonly #registry: Registry;
  readonly #observations: Pick<ObservationPort, 'news2'>;
  /** Nothing is known of before. */
  readonly #startedAt: EpochMs;
  readonly #patients = new Map<PatientId, PatientState>();
  readonly #unassigned = new Map<string, Alarm>();
  /** Whoever wears them: that is the registry's to say. */
  readonly #devices = new Map<DeviceId, DeviceState>();
  readonly #subscription: Disposable;

  constructor({ registry, bus, liveAlarms, observations, startedAt }: WardBoardOptions) {
    this.#registry = registry;
    this.#observations = observations;
    this.#startedAt = startedAt;
    for (const alarm of liveAlarms) this.#alarm({ event: 'raised', at: alarm.onset, alarm });
    this.#subscription = bus.subscribe({
      vitals: (vitals) => this.#vitals(vitals),
      observation: (observation) => this.#observed(observation),
      presence: (change) => this.#presence(change),
      alarm: (event) => this.#alarm(event),
    });
  }

  /** Takes up what was stored before the start, where nothing as new has come since. */
  recall(patient: PatientId, vitals: readonly RecalledVital[]): void {
    const { newest } = this.#state(patient);
    for (const { vital, value, t, measured, device } of vitals) {
      const known = newestOf(newest, vital);
      if (known === undefined || known.measured < measured)
        put(newest, known, vital, value, t, measured, device, undefined);
    }
  }

  /** The newest value of each vital of which there is any. */
  newest(patient: PatientId): NewestVitals {
    const values: NewestVitals = {};
    for (const { vital, value, t, quality } of this.#patients.get(patient)?.newest ?? [])
      values[vital] = { value, t, ...(quality && { quality }) };
    return values;
  }

  /** Where a patient stands at `now`. Values too old to be current are null, with their age. */
  snapshot(patient: PatientId, now: EpochMs): PatientSnapshot | null {
    const known = this.#registry.patient(patient);
    if (!known) return null;
    const state = this.#patients.get(patient);
    const values: Record<string, NewestValue> = {};
    for (const { vital, value, t, measured, device, quality } of state?.newest ?? []) {
      const age = Math.max(0, now - measured);
      const current =
        age < Math.max(MIN_CURRENT_MS, 3 * VITALS[vital].usualIntervalMs) &&
        !this.#isLost(state, vital, device);
      values[vital] = { value: current ? value : null, t, age_ms: age, ...(quality && { quality }) };
    }
    return {
      patient,
      ward: known.ward,
      label: known.label,
      values,
      devices: this.#registry.devicesOf(patient, now).map((device) => ({
        device,
        ...(this.#devices.get(device) ?? {
          presence: 'off' as const,
          since: this.#startedAt,
          battery_percent: null,
        }),
      })),
      alarms: [...(state?.alarms.values() ?? [])],
      access: liveGrants(this.#registry.grantsFor(patient), now).map(accessOf),
      shelves: liveShelves(this.#registry, patient, now).map(shelfOf),
      news2: shownNews2(this.#observations.news2(patient), now),
    };
  }

  /** How a device does; undefined: it was not connected since the start. */
  device(id: DeviceId): DeviceState | undefined {
    return this.#devices.get(id);
  }

  /** Live alarms of devices that nobody wears. */
  unassignedAlarms(): readonly Alarm[] {
    return [...this.#unassigned.values()];
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Whether the device that gave the value is known to give none now (clinical rule 4). */
  #isLost(state: PatientState | undefined, vital: Vital, device: DeviceId): boolean {
    for (const alarm of state?.alarms.values() ?? []) {
      if (alarm.kind !== 'technical' || alarm.device !== device) continue;
      if (alarm.condition === 'device_offline') return true;
      if (alarm.condition === 'signal_lost' && (alarm.vital === vital || alarm.vital === null)) return true;
    }
    return false;
  }

  #state(patient: PatientId): PatientState {
    let state = this.#patients.get(patient);
    if (!state) {
      state = { newest: [], alarms: new Map() };
      this.#patients.set(patient, state);
    }
    return state;
  }

  #vitals({ patient, device, samples, received, skew }: LiveVitals): void {
    const { newest } = this.#state(patient);
    for (const sample of samples) {
      // Off the body it measures nobody: the values age until there are others.
      if (sample.quality === 'off_body') continue;
      const quality = sample.quality === 'good' ? undefined : sample.quality;
      // By the server's clock: two devices of a patient need not agree on the time. And never in the future, or a
      // device whose clock is set back would be shown as it was until then.
      const measured = Math.min(sample.t - skew, received);
      // A sample has nothing but its time, its quality and vitals: most of the vitals there are it has not.
      for (const key in sample) {
        const value = sample[key as keyof Sample];
        if (key === 't' || typeof value !== 'number') continue;
        const vital = key as Vital;
        const known = newestOf(newest, vital);
        if (known && isNewer(known.measured, measured, received)) continue;
        put(newest, known, vital, value, sample.t, measured, device, quality);
      }
    }
  }

  /** What was measured by hand is shown beside what devices measure, as long as it is current. */
  #observed({ patient, values, t, entered }: Observation): void {
    const { newest } = this.#state(patient);
    for (const [vital, value] of Object.entries(values) as [Vital, number][]) {
      const known = newestOf(newest, vital);
      if (known && isNewer(known.measured, t, entered)) continue;
      put(newest, known, vital, value, t, t, MANUAL_DEVICE, undefined);
    }
  }

  #presence({ device, presence, at, battery_percent }: PresenceChange): void {
    const known = this.#devices.get(device);
    const since = known?.presence === presence ? known.since : at;
    this.#devices.set(device, { presence, since, battery_percent });
  }

  #alarm({ alarm }: AlarmEvent): void {
    const alarms = alarm.patient === null ? this.#unassigned : this.#state(alarm.patient).alarms;
    if (alarm.presence === 'off') alarms.delete(alarm.id);
    else alarms.set(alarm.id, alarm);
  }
}
