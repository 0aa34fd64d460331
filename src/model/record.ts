import type { EpochMs } from '../core/clock.ts';
import type { LoggedAlarmEvent } from './alarm.ts';
import type { DeviceId, PatientId, StreamId } from './ids.ts';
import type { Observation } from './observation.ts';
import type { Sample } from './sample.ts';
import type { Signal } from './signal.ts';

/** What every record of a device frame says of its origin. */
interface FrameOrigin {
  readonly device: DeviceId;
  readonly stream: StreamId;
  readonly seq: number;
  /** Server time of receipt. */
  readonly received: EpochMs;
  /** Device clock minus server clock at `hello`, in ms; 0 when within the tolerated skew. */
  readonly skew: number;
}

/** Samples that belong to one patient; null: the device was assigned to nobody at their time. */
export interface AssignedSamples {
  readonly patient: PatientId | null;
  readonly samples: readonly Sample[];
}

export interface VitalsRecord extends FrameOrigin {
  readonly kind: 'vitals';
  /** Usually one part; more when the device changed hands within the frame. Empty when every sample was rejected. */
  readonly parts: readonly AssignedSamples[];
}

export interface WaveformRecord extends FrameOrigin {
  readonly kind: 'waveform';
  readonly patient: PatientId | null;
  readonly signal: Signal;
  /** Time of the first value; value i is at t + 1000 * i / rate_hz. */
  readonly t: EpochMs;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

export interface StatusRecord extends FrameOrigin {
  readonly kind: 'status';
  readonly battery_percent?: number;
  readonly worn?: boolean;
  readonly charging?: boolean;
}

/** A frame of which nothing is kept: its number counts as consumed all the same. */
export interface ConsumedRecord extends FrameOrigin {
  readonly kind: 'consumed';
}

export interface AlarmRecord {
  readonly kind: 'alarm';
  readonly event: LoggedAlarmEvent;
}

export interface ObservationRecord {
  readonly kind: 'observation';
  readonly observation: Observation;
}

export type FrameRecord = VitalsRecord | WaveformRecord | StatusRecord | ConsumedRecord;

/** What the journal holds and the store writer reads: a checked frame, an alarm event, or what a person entered. */
export type TelemetryRecord = FrameRecord | AlarmRecord | ObservationRecord;

/** Whether the record is a frame of a device's stream, with a place in it. */
export function isFrame(record: TelemetryRecord): record is FrameRecord {
  return record.kind !== 'alarm' && record.kind !== 'observation';
}
