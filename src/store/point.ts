import type { EpochMs } from '../core/clock.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';
import type { Quality } from '../model/sample.ts';
import type { Signal } from '../model/signal.ts';
import type { Vital } from '../model/vital.ts';

/** One moment: measurement `vitals`, tags patient and device, one float field a vital. */
export interface VitalsPoint {
  readonly measurement: 'vitals';
  readonly patient: PatientId | null;
  readonly device: DeviceId;
  readonly t: EpochMs;
  readonly values: Readonly<Partial<Record<Vital, number>>>;
  /** Stored only when it is not `good`. */
  readonly quality: Quality | null;
  /** Server receive time, stored only for a device whose clock is skewed. */
  readonly received: EpochMs | null;
}

/** A chunk of a trace: measurement `waveforms`, tags patient, device and signal, one float field `value`. */
export interface WaveformPoint {
  readonly measurement: 'waveforms';
  readonly patient: PatientId | null;
  readonly device: DeviceId;
  readonly signal: Signal;
  readonly t: EpochMs;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

/** One step in an alarm's life: measurement `alarms`. */
export interface AlarmPoint {
  readonly measurement: 'alarms';
  readonly event: LoggedAlarmEvent;
}

/** What a device said of itself: measurement `device_status`, tag device; a status frame carries no time of its own. */
export interface StatusPoint {
  readonly measurement: 'device_status';
  readonly device: DeviceId;
  /** Server time of receipt. */
  readonly t: EpochMs;
  readonly battery_percent: number | null;
  readonly worn: boolean | null;
  readonly charging: boolean | null;
}

/** What a person observed and entered, whole: measurement `observations`, tag patient. Its vitals are a point, too. */
export interface ObservationPoint {
  readonly measurement: 'observations';
  readonly observation: Observation;
}

export type Point = VitalsPoint | WaveformPoint | AlarmPoint | StatusPoint | ObservationPoint;
