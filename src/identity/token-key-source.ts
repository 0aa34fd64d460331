import type { EpochMs } from '../core/clock.ts';
import type { TokenKeySchedule, TokenKeys } from './token-keys.ts';

/** The token keys of a running server: listeners ask at every use, so that keys can be replaced meanwhile. */
export class TokenKeySource implements TokenKeySchedule {
  #schedule: TokenKeySchedule;

  constructor(schedule: TokenKeySchedule) {
    this.#schedule = schedule;
  }

  current(now: EpochMs): TokenKeys {
    return this.#schedule.current(now);
  }

  /** From now on these keys sign and verify. Whoever was admitted by a key that is gone stays until their token ends. */
  replace(schedule: TokenKeySchedule): void {
    this.#schedule = schedule;
  }
}
