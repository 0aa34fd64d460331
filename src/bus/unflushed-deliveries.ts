import { type Delivery, mergeDeliveries } from '../model/delivery.ts';
import type { AlarmId, ClinicianId } from '../model/ids.ts';
import { type DeliveryGroup, groupDeliveries } from './delivery-group.ts';

/** Those of one alarm, by when it alerted and whom they reached. */
type AlarmDeliveries = Map<Delivery['alerted_at'], Map<ClinicianId, Delivery>>;

/**
 * Deliveries that are not known to be on disk. Bounded: at the limit new ones are given up, which makes an alarm look
 * less delivered than it was, never more.
 */
export class UnflushedDeliveries {
  readonly #max: number;
  #waiting = new Map<AlarmId, AlarmDeliveries>();
  #waits = 0;
  /** Handed to the disk. */
  #writing: ReadonlyMap<AlarmId, AlarmDeliveries> = new Map();
  #beingWritten = 0;
  #added = 0;
  #handedOver = 0;
  #flushed = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** How many were taken, and how many of these, the first ones, are on disk. */
  get added(): number {
    return this.#added;
  }
  get flushed(): number {
    return this.#flushed;
  }

  /** How many were not handed over yet. */
  get waiting(): number {
    return this.#waits;
  }

  /** @returns whether there was room for it */
  add(delivery: Delivery): boolean {
    const { alarm, alerted_at, clinician } = delivery;
    const people = this.#waiting.get(alarm)?.get(alerted_at);
    const known = people?.get(clinician);
    if (known === undefined && this.#waits + this.#beingWritten >= this.#max) return false;
    if (known === undefined) this.#waits += 1;
    (people ?? this.#begin(alarm, alerted_at)).set(
      clinician,
      known === undefined ? delivery : mergeDeliveries(known, delivery),
    );
    this.#added += 1;
    return true;
  }

  /** Everything not handed over yet. */
  handOver(): readonly DeliveryGroup[] {
    this.#handedOver = this.#added;
    this.#writing = this.#waiting;
    this.#beingWritten = this.#waits;
    this.#waiting = new Map();
    this.#waits = 0;
    return [...this.#writing.values()].flatMap((alerts) => groupDeliveries(eachOf(alerts)));
  }

  /** What was handed over is on disk. */
  written(): void {
    this.#flushed = this.#handedOver;
    this.#writing = new Map();
    this.#beingWritten = 0;
  }

  /** Those of an alarm, older first. */
  of(alarm: AlarmId): readonly Delivery[] {
    return [this.#writing, this.#waiting].flatMap((alarms) => [...eachOf(alarms.get(alarm) ?? new Map())]);
  }

  #begin(alarm: AlarmId, alertedAt: Delivery['alerted_at']): Map<ClinicianId, Delivery> {
    const people = new Map<ClinicianId, Delivery>();
    const alerts = this.#waiting.get(alarm);
    if (alerts === undefined) this.#waiting.set(alarm, new Map([[alertedAt, people]]));
    else alerts.set(alertedAt, people);
    return people;
  }
}

function* eachOf(alerts: AlarmDeliveries): Iterable<Delivery> {
  for (const people of alerts.values()) yield* people.values();
}

/** One for each clinician and alert, of lists that may both have it; earlier lists win where both say something. */
export function mergedDeliveries(...lists: readonly (readonly Delivery[])[]): readonly Delivery[] {
  const merged = new Map<string, Delivery>();
  for (const delivery of lists.flat()) {
    const key = `${delivery.clinician} ${delivery.alerted_at}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? delivery : mergeDeliveries(known, delivery));
  }
  return [...merged.values()];
}
