import type { Clock } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { ConnectRate } from './connect-rate.ts';

/** Where a device comes in. Each is counted for itself: a token renewed in time must not cost a connect. */
type Door = 'stream' | 'token' | 'renewal';

export interface DeviceHoldOffOptions {
  readonly perMinute: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Holds off devices that connect, or ask for tokens, more often than is good for all. */
export class DeviceHoldOff {
  readonly #options: DeviceHoldOffOptions;
  readonly #rates: Readonly<Record<Door, ConnectRate>>;
  readonly #refused: { inc(labels: { door: Door }): void };

  constructor(options: DeviceHoldOffOptions) {
    this.#options = options;
    this.#rates = {
      stream: new ConnectRate(options.perMinute),
      token: new ConnectRate(options.perMinute),
      renewal: new ConnectRate(options.perMinute),
    };
    this.#refused = options.metrics.counter(
      'vitalwire_devices_held_off_total',
      'Connects and token requests of devices that were over their rate.',
      ['door'],
    );
  }

  /** Counts one more attempt of an identified device. @returns whole seconds it must stay away; 0: it may come in */
  waitAt(door: Door, device: DeviceId): number {
    const { clock, log } = this.#options;
    const held = this.#rates[door].connect(device, clock.monotonic());
    if (held === null) return 0;
    const seconds = Math.ceil(held.waitMs / 1_000);
    this.#refused.inc({ door });
    if (held.isNews)
      log.warn({ event: 'device_held_off', device, door, wait_s: seconds }, 'device over its rate');
    return seconds;
  }
}
