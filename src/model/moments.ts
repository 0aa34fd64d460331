import type { DeviceId } from './ids.ts';
import type { Vital } from './vital.ts';

/** Moments of one device in time order, a column a field: flat, so that a day of seconds crosses threads at once. */
export interface DeviceMoments {
  /** `MANUAL_DEVICE` for what was entered by hand. */
  readonly device: DeviceId;
  /** Sample time of each moment, epoch ms. */
  readonly t: Float64Array<ArrayBuffer>;
  /** Index into `QUALITIES` of each moment. */
  readonly quality: Uint8Array<ArrayBuffer>;
  /** Of each vital that any moment has, as many values as there are moments; NaN: not measured then. */
  readonly values: Readonly<Partial<Record<Vital, Float64Array<ArrayBuffer>>>>;
}

/** The blocks that move to another thread instead of being copied. */
export function momentBuffers(lists: readonly DeviceMoments[]): ArrayBuffer[] {
  return lists.flatMap(({ t, quality, values }) => [
    t.buffer,
    quality.buffer,
    ...Object.values(values).map((column) => column.buffer),
  ]);
}

/** How many moments there are, of all devices together. */
export function momentCount(lists: readonly DeviceMoments[]): number {
  return lists.reduce((count, { t }) => count + t.length, 0);
}
