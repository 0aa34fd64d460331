import type { EpochMs } from '../core/clock.ts';
import type { EpisodeCriterion } from '../model/backtest.ts';
import type { DeviceId } from '../model/ids.ts';

/** An unbroken run of one device's trusted values beyond a bound. */
export interface Episode {
  readonly device: DeviceId;
  readonly from: EpochMs;
  until: EpochMs;
  worst: number;
}

/** Finds the episodes of one criterion, each device by itself, as limits are evaluated. */
export class EpisodeFinder {
  readonly criterion: EpisodeCriterion;
  readonly #running = new Map<DeviceId, Episode>();
  readonly #found: (episode: Episode) => void;

  /** @param found told of each episode that was long enough, when it is over */
  constructor(criterion: EpisodeCriterion, found: (episode: Episode) => void) {
    this.criterion = criterion;
    this.#found = found;
  }

  /**
   * Takes a trusted value of the criterion's vital, in time order.
   * @param afterGap the distance to the value before was longer than the silence limit: what ran is over (rule 4)
   */
  take(device: DeviceId, t: EpochMs, value: number, afterGap: boolean): void {
    const { direction, beyond } = this.criterion;
    const isBeyond = direction === 'low' ? value < beyond : value > beyond;
    if (afterGap || !isBeyond) this.close(device);
    if (!isBeyond) return;
    const running = this.#running.get(device);
    if (running === undefined) {
      this.#running.set(device, { device, from: t, until: t, worst: value });
      return;
    }
    running.until = t;
    running.worst = direction === 'low' ? Math.min(running.worst, value) : Math.max(running.worst, value);
  }

  /** Nothing follows of the device: what runs is over. */
  close(device: DeviceId): void {
    const running = this.#running.get(device);
    if (running === undefined) return;
    this.#running.delete(device);
    if (running.until - running.from >= this.criterion.longer_than_s * 1_000) this.#found(running);
  }

  /** Nothing follows at all. */
  closeAll(): void {
    for (const device of [...this.#running.keys()]) this.close(device);
  }
}
