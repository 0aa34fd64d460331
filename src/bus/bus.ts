import type { EpochMs } from '../core/clock.ts';
import type { Alarm, AlarmEvent, LoggedAlarmEvent } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { DeviceCommand, DeviceCommandResult } from '../model/device-command.ts';
import type { AlarmId, ClinicianId, Cursor, DeviceId, PatientId } from '../model/ids.ts';
import type { News2 } from '../model/news2.ts';
import type { Observation } from '../model/observation.ts';
import type { Sample } from '../model/sample.ts';
import type { Signal } from '../model/signal.ts';

/** Samples of one patient as they came in, in the order of their frame. */
export interface LiveVitals {
  readonly patient: PatientId;
  readonly device: DeviceId;
  readonly samples: readonly Sample[];
  readonly received: EpochMs;
  /** Device clock minus server clock in ms, so that the age of a value is known; 0 when within the tolerated skew. */
  readonly skew: number;
}

export interface LiveWaveform {
  readonly patient: PatientId;
  readonly device: DeviceId;
  readonly signal: Signal;
  readonly t: EpochMs;
  readonly rate_hz: number;
  readonly values: readonly number[];
}

/** on: a socket, and data. silent: a socket, no data for the silence limit. off: no socket. */
export type DevicePresence = 'on' | 'silent' | 'off';

export interface PresenceChange {
  readonly device: DeviceId;
  readonly patient: PatientId | null;
  readonly presence: DevicePresence;
  readonly at: EpochMs;
  readonly battery_percent: number | null;
}

/** A person has seen an alarm: for the alarm's owner, who answers with an `acknowledged` event. */
export interface Acknowledgement {
  /** `alerted_at` of the alarm as that person saw it; null: whatever it is now. */
  readonly seen: EpochMs | null;
  readonly alarm: AlarmId;
  readonly by: ClinicianId;
  readonly at: EpochMs;
}

/** A clinician's client has an alarm: for the alarm's owner. */
export interface Receipt {
  readonly alarm: AlarmId;
  readonly by: ClinicianId;
  readonly at: EpochMs;
}

/** A patient's NEWS2 is another, or lacks something else. */
export interface ScoreChange {
  readonly patient: PatientId;
  readonly at: EpochMs;
  readonly news2: News2;
}

/** What a subscriber hears. Called synchronously, in order of publication; must not throw and must not block. */
export interface BusListener {
  vitals?(vitals: LiveVitals): void;
  waveform?(waveform: LiveWaveform): void;
  presence?(change: PresenceChange): void;
  alarm?(event: LoggedAlarmEvent): void;
  command?(command: DeviceCommand): void;
  commandResult?(result: DeviceCommandResult): void;
  acknowledgement?(acknowledgement: Acknowledgement): void;
  receipt?(receipt: Receipt): void;
  observation?(observation: Observation): void;
  score?(change: ScoreChange): void;
}

export interface AlarmPage {
  /** In cursor order, oldest first. */
  readonly events: readonly LoggedAlarmEvent[];
  /**
   * True when `after` is older than what is kept, so events between may be missing, or is a cursor that this log never
   * gave or of which the event died with its process, before it was on disk.
   */
  readonly gap: boolean;
  /** True when there are no further events behind these. */
  readonly complete: boolean;
}

export interface AlarmHistoryQuery {
  readonly patient: PatientId;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly limit: number;
}

/** Events of some patients, by the server time at which they were logged, in [from, to). */
export interface AlarmEventsQuery {
  readonly patients: readonly PatientId[];
  readonly from: EpochMs;
  readonly to: EpochMs;
  /** Only events after this cursor: the last one of the page before. Null: from the oldest on. */
  readonly after: Cursor | null;
  readonly limit: number;
}

/** In cursor order, oldest first; `complete` when there are no further events behind these. */
export type AlarmEventsPage = Omit<AlarmPage, 'gap'>;

/**
 * Live vitals, presence, commands and alarm events between sessions. All but alarms are relayed and forgotten; alarm
 * events get a cursor, are relayed at once, and are on disk soon after (`flushed` says when), so that a stalling disk
 * never delays an alarm. A cursor handed out is never used for another event, not even when the process died before
 * the event was on disk. After disposal alarms and reads are refused with `bus_closed`.
 */
export interface Bus extends AsyncDisposable {
  publishVitals(vitals: LiveVitals): void;
  publishWaveform(waveform: LiveWaveform): void;
  publishPresence(change: PresenceChange): void;
  publishAlarm(event: AlarmEvent): LoggedAlarmEvent;
  publishCommand(command: DeviceCommand): void;
  publishCommandResult(result: DeviceCommandResult): void;
  publishAcknowledgement(acknowledgement: Acknowledgement): void;
  publishReceipt(receipt: Receipt): void;
  publishObservation(observation: Observation): void;
  publishScore(change: ScoreChange): void;
  subscribe(listener: BusListener): Disposable;
  /** Cursor of the newest published event; the place a new subscriber starts from. */
  newestCursor(): Cursor;
  /** At most `limit` events after `after` (from the oldest kept when null), published ones not yet on disk included. */
  alarmsAfter(after: Cursor | null, limit: number): Promise<AlarmPage>;
  /** At most `limit` events of some patients, published ones not yet on disk included. */
  alarmEvents(query: AlarmEventsQuery): Promise<AlarmEventsPage>;
  /** Alarms as they are now whose life overlaps [from, to), newest onset first. */
  alarmHistory(query: AlarmHistoryQuery): Promise<readonly Alarm[]>;
  /**
   * Alarms that were not off when last logged: what a restarted engine starts from. `received_at` counts what
   * `recordDeliveries` was told of since they last alerted, too.
   */
  liveAlarms(): Promise<readonly Alarm[]>;
  alarm(id: AlarmId): Promise<Alarm | null>;
  /**
   * Writes down who was sent, had or acknowledged what, soon after, beside the alarm's events; what is known already
   * stays as it is. Forgotten with the alarm.
   */
  recordDeliveries(deliveries: readonly Delivery[]): void;
  /** Each alert of an alarm at each clinician it was sent to, in the order of the alerts. */
  deliveriesOf(alarm: AlarmId): Promise<readonly Delivery[]>;
  /**
   * Events of a process before this one that died before they were on disk: those that the log lacks are put in under their own
   * cursors, durably, and told to nobody. To be called before anything is published or read.
   */
  takeUp(events: readonly LoggedAlarmEvent[]): Promise<void>;
  /** Resolves when everything published so far is on disk; rejects when it never will be. */
  flushed(): Promise<void>;
}

/** Order of two cursors: negative, zero or positive. */
export function compareCursors(a: Cursor, b: Cursor): number {
  return Number(a) - Number(b);
}

/** The cursor in `text`, or null when it is not one. */
export function parseCursor(text: string): Cursor | null {
  return /^(0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? (text as Cursor) : null;
}
