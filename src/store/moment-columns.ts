import type { DeviceId } from '../model/ids.ts';
import type { DeviceMoments } from '../model/moments.ts';
import { QUALITIES, type Quality } from '../model/sample.ts';
import { VITAL_NAMES, type Vital } from '../model/vital.ts';

const FIRST_CAPACITY = 1_024;
const QUALITY_INDEX: ReadonlyMap<unknown, number> = new Map(
  QUALITIES.map((quality: Quality, index) => [quality, index]),
);

function grown(column: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(capacity).fill(Number.NaN, column.length);
  larger.set(column);
  return larger;
}

/** Gathers the moments of one device, row by row and oldest first, into columns. */
export class MomentColumns {
  readonly #device: DeviceId;
  #count = 0;
  #t = new Float64Array(FIRST_CAPACITY);
  #quality = new Uint8Array(FIRST_CAPACITY);
  readonly #values: (Float64Array<ArrayBuffer> | undefined)[] = VITAL_NAMES.map(() => undefined);

  constructor(device: DeviceId) {
    this.#device = device;
  }

  get length(): number {
    return this.#count;
  }

  /**
   * @param row quality (a name, or null for good), then a number or null a vital in catalogue order; from index `first`
   */
  add(t: number, row: readonly unknown[], first: number): void {
    const at = this.#count++;
    if (at === this.#t.length) this.#grow();
    this.#t[at] = t;
    this.#quality[at] = QUALITY_INDEX.get(row[first]) ?? 0;
    for (let i = 0; i < VITAL_NAMES.length; i++) {
      const value = row[first + 1 + i];
      if (typeof value !== 'number') continue;
      const column = this.#values[i] ?? new Float64Array(this.#t.length).fill(Number.NaN);
      column[at] = value;
      this.#values[i] = column;
    }
  }

  /** The first `limit` moments gathered. */
  first(limit: number): DeviceMoments {
    const count = Math.min(limit, this.#count);
    const values: Partial<Record<Vital, Float64Array<ArrayBuffer>>> = {};
    for (const [i, vital] of VITAL_NAMES.entries()) {
      const column = this.#values[i]?.slice(0, count);
      if (column?.some((value) => !Number.isNaN(value))) values[vital] = column;
    }
    return {
      device: this.#device,
      t: this.#t.slice(0, count),
      quality: this.#quality.slice(0, count),
      values,
    };
  }

  timeOf(index: number): number {
    return index < this.#count ? (this.#t[index] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  }

  #grow(): void {
    const capacity = this.#t.length * 2;
    this.#t = grown(this.#t, capacity);
    const quality = new Uint8Array(capacity);
    quality.set(this.#quality);
    this.#quality = quality;
    for (const [i, column] of this.#values.entries()) {
      if (column) this.#values[i] = grown(column, capacity);
    }
  }
}

/**
 * The oldest `limit` moments of several devices together, those without any left out; at the same time, the device that
 * comes first in `devices` goes first. What both adapters use, so that either gives the same.
 */
export function oldestMoments(devices: readonly MomentColumns[], limit: number): DeviceMoments[] {
  const kept = devices.map((columns) => columns.length);
  if (kept.reduce((sum, count) => sum + count, 0) > limit) {
    kept.fill(0);
    for (let taken = 0; taken < limit; taken++) {
      let oldest = 0;
      for (let i = 1; i < devices.length; i++) {
        const [a, b] = [devices[i], devices[oldest]];
        if (a && b && a.timeOf(kept[i] ?? 0) < b.timeOf(kept[oldest] ?? 0)) oldest = i;
      }
      kept[oldest] = (kept[oldest] ?? 0) + 1;
    }
  }
  return devices.map((columns, i) => columns.first(kept[i] ?? 0)).filter((moments) => moments.t.length > 0);
}
