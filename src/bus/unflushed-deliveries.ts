import { type Delivery, mergeDeliveries } from '../model/delivery.ts';
import type { AlarmId } from '../model/ids.ts';

/**
 * Deliveries that are not known to be on disk. Bounded: at the limit new ones are given up, which makes an alarm look
 * less delivered than it was, never more.
 */
export class UnflushedDeliveries {
  readonly #max: number;
  #waiting = new Map<string, Delivery>();
  /** Handed to the disk. */
  #writing: ReadonlyMap<string, Delivery> = new Map();
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
    return this.#waiting.size;
  }

  /** @returns whether there was room for it */
  add(delivery: Delivery): boolean {
    const key = `${delivery.clinician} ${delivery.alerted_at} ${delivery.alarm}`;
    const known = this.#waiting.get(key);
    if (known === undefined && this.#waiting.size + this.#writing.size >= this.#max) return false;
    this.#waiting.set(key, known === undefined ? delivery : mergeDeliveries(known, delivery));
    this.#added += 1;
    return true;
  }

  /** Everything not handed over yet. */
  handOver(): readonly Delivery[] {
    this.#handedOver = this.#added;
    this.#writing = this.#waiting;
    this.#waiting = new Map();
    return [...this.#writing.values()];
  }

  /** What was handed over is on disk. */
  written(): void {
    this.#flushed = this.#handedOver;
    this.#writing = new Map();
  }

  /** Those of an alarm, older first. */
  of(alarm: AlarmId): readonly Delivery[] {
    return [...this.#writing.values(), ...this.#waiting.values()].filter((one) => one.alarm === alarm);
  }
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
