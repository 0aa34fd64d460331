import type { EpochMs } from '../core/clock.ts';
import type { Alarm, LoggedAlarmEvent } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { AlarmId } from '../model/ids.ts';
import type { AlarmEventsQuery, AlarmHistoryQuery } from './bus.ts';
import type { DeliveryGroup } from './delivery-group.ts';

/** How much of the log is kept. Alarms that live are kept whatever their age. */
export interface AlarmRetention {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
}

export interface AlarmLogWorkerData {
  readonly path: string;
  readonly retention: AlarmRetention;
  readonly now: EpochMs;
}

/** What shares a commit. */
export interface AlarmLogBatch {
  readonly events: readonly LoggedAlarmEvent[];
  readonly deliveries: readonly DeliveryGroup[];
  readonly now: EpochMs;
}

/** Cursors as numbers: that is what the log orders by. */
export interface AlarmLogPage {
  readonly events: readonly LoggedAlarmEvent[];
  /** There are more on disk. */
  readonly more: boolean;
}

/** What the alarm log's worker can be asked. */
export interface AlarmLogCalls {
  opened(args: null): { readonly epoch: number; readonly trimmed: number };
  /** Writes events and then deliveries in one transaction; gives the highest cursor no longer kept. */
  commit(args: AlarmLogBatch): { readonly trimmed: number };
  /** Writes the events that are not there yet, each under its own cursor. */
  takeUp(args: Omit<AlarmLogBatch, 'deliveries'>): void;
  /** `known`: the event of that very cursor is on disk. */
  after(args: {
    readonly cursor: number;
    readonly limit: number;
  }): AlarmLogPage & { readonly known: boolean };
  eventsOf(args: AlarmEventsQuery): AlarmLogPage;
  history(args: AlarmHistoryQuery): readonly Alarm[];
  live(args: null): readonly Alarm[];
  alarm(args: { readonly id: AlarmId }): Alarm | null;
  deliveriesOf(args: { readonly alarm: AlarmId }): readonly Delivery[];
}
