import type { EpochMs } from '../core/clock.ts';
import type { DeviceId } from './ids.ts';
import type { Vital } from './vital.ts';

/** A trusted value that was stored before a start, the newest of its vital. */
export interface RecalledVital {
  readonly vital: Vital;
  readonly value: number;
  /** The device's own time. */
  readonly t: EpochMs;
  /** When it was measured, by the server's clock as near as that is known. */
  readonly measured: EpochMs;
  /** `MANUAL_DEVICE`: entered by hand. */
  readonly device: DeviceId;
}
