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

  /**
   * From now on these keys sign and verify.
   * @returns whether a key that verified until now is gone before its time: it is in wrong hands, and whoever was let in
   *   by it may not be who their token said
   */
  replace(schedule: TokenKeySchedule, now: EpochMs): boolean {
    const former = this.#schedule.current(now).verification;
    this.#schedule = schedule;
    const { verification } = schedule.current(now);
    return former.keys().some((kid) => !verification.has(kid));
  }
}
