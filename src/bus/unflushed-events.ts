import type { Alarm, LoggedAlarmEvent } from '../model/alarm.ts';
import type { AlarmId } from '../model/ids.ts';
import type { AlarmHistoryQuery } from './bus.ts';

/**
 * Alarm events that were relayed and are not yet known to be on disk, in cursor order. Bounded: at the limit the
 * oldest is given up, and `add` says so.
 */
export class UnflushedEvents {
  readonly #maxEvents: number;
  readonly #events: LoggedAlarmEvent[] = [];
  /** How many of the first were handed to the disk. */
  #handedOver = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  get size(): number {
    return this.#events.length;
  }

  get oldest(): LoggedAlarmEvent | undefined {
    return this.#events[0];
  }

  /** How many were not handed over yet. */
  get waiting(): number {
    return this.#events.length - this.#handedOver;
  }

  /** Adds an event; gives the one that was given up for it, if any. */
  add(event: LoggedAlarmEvent): LoggedAlarmEvent | undefined {
    this.#events.push(event);
    if (this.#events.length <= this.#maxEvents) return undefined;
    this.#handedOver = Math.max(0, this.#handedOver - 1);
    return this.#events.shift();
  }

  /** Everything not handed over yet. */
  handOver(): readonly LoggedAlarmEvent[] {
    const events = this.#events.slice(this.#handedOver);
    this.#handedOver = this.#events.length;
    return events;
  }

  /** What was handed over is on disk. */
  flushed(): void {
    this.#events.splice(0, this.#handedOver);
    this.#handedOver = 0;
  }

  /** A copy, to be merged with what a read of the disk gives: the read may come before or after a flush. */
  snapshot(): readonly LoggedAlarmEvent[] {
    return [...this.#events];
  }
}

/** Both in cursor order, without those twice in it. */
export function mergeEvents(
  first: readonly LoggedAlarmEvent[],
  second: readonly LoggedAlarmEvent[],
): readonly LoggedAlarmEvent[] {
  const newest = Number(first.at(-1)?.cursor ?? 0);
  return [...first, ...second.filter(({ cursor }) => Number(cursor) > newest)];
}

/** The newest state of each alarm in `events`. */
export function newestAlarms(events: readonly LoggedAlarmEvent[]): ReadonlyMap<AlarmId, Alarm> {
  return new Map(events.map(({ alarm }) => [alarm.id, alarm]));
}

/** Whether an event comes after a cursor. */
export const isAfter =
  (from: number) =>
  ({ cursor }: LoggedAlarmEvent): boolean =>
    Number(cursor) > from;

/** Alarms as stored, replaced and joined by what memory knows newer; newest onset first. */
export function overlaid(stored: readonly Alarm[], memory: readonly LoggedAlarmEvent[]): readonly Alarm[] {
  const alarms = new Map([...stored.map((alarm) => [alarm.id, alarm] as const), ...newestAlarms(memory)]);
  return [...alarms.values()].sort((a, b) => b.onset - a.onset || (a.id < b.id ? -1 : 1));
}

/** As the log's own query: an alarm that cleared as it was raised has no length and counts at its onset. */
export function overlaps({ patient, onset, cleared }: Alarm, query: AlarmHistoryQuery): boolean {
  if (patient !== query.patient || onset >= query.to) return false;
  return cleared === null || cleared > query.from || onset >= query.from;
}
