import type { EpochMs } from '../core/clock.ts';
import { recordingOf, type ServiceFrame, type ServiceReason } from '../protocol/service-frame.ts';

/** How the parts of the process do that clinicians are told of. */
export interface ServiceFacts {
  /** Why nothing new is recorded; null: it is. */
  readonly reason: ServiceReason | null;
  readonly alarmLog: ServiceFrame['alarm_log'];
}

export interface ServiceBoardOptions {
  readonly facts: () => ServiceFacts;
  readonly now: () => EpochMs;
  /** Told of every change that was seen. */
  readonly onChange: (frame: string) => void;
}

/**
 * Whether the server records what it shows. Looked at once a second, not told: a disk that is full and has room again in
 * turn does not become a flood of frames.
 */
export class ServiceBoard {
  readonly #options: ServiceBoardOptions;
  #facts: ServiceFacts;
  #since: EpochMs;

  constructor(options: ServiceBoardOptions) {
    this.#options = options;
    this.#facts = options.facts();
    this.#since = options.now();
  }

  /** To be called about once a second. */
  tick(now: EpochMs): void {
    const facts = this.#options.facts();
    const { reason, alarmLog } = this.#facts;
    if (facts.reason === reason && facts.alarmLog === alarmLog) return;
    this.#facts = facts;
    if (facts.reason !== reason) this.#since = now;
    this.#options.onChange(this.#frame(now));
  }

  /** What somebody who connects is told; null: all is well. */
  notice(): string | null {
    const { reason, alarmLog } = this.#facts;
    return reason === null && alarmLog === 'ok' ? null : this.#frame(this.#options.now());
  }

  #frame(time: EpochMs): string {
    const { reason, alarmLog } = this.#facts;
    const frame: ServiceFrame = {
      ...{ type: 'service', time, recording: recordingOf(reason), reason, since: this.#since },
      alarm_log: alarmLog,
    };
    return JSON.stringify(frame);
  }
}
