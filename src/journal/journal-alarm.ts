import { CodedError, codeOf } from '../core/coded-error.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { Journal } from './journal.ts';

/** As many as the alarm log itself holds unwritten: hours of a ward whose disk is full. */
const MAX_WAITING = 100_000;
/** After a long wait there may be many: sockets are read between these. */
const AT_ONCE = 1_000;

export interface AlarmJournalOptions {
  readonly journal: Pick<Journal, 'append' | 'condition' | 'writable'>;
  /** Told `alarm_not_journaled` once for all events that are given up until everything is journaled again. */
  readonly report: (error: CodedError) => void;
  /** Events that may wait for room. Default 100,000. */
  readonly maxWaiting?: number;
}

/**
 * Journals alarm events, for the store and for an alarm log that a crash cut short. They were relayed already and the alarm
 * log has them: while the journal takes nothing they wait, in order, and past the bound the oldest is given up.
 */
export class AlarmJournal {
  readonly #options: AlarmJournalOptions;
  readonly #maxWaiting: number;
  readonly #waiting: LoggedAlarmEvent[] = [];
  /** Somebody looks after what waits. */
  #goingOn = false;
  #told = false;

  constructor(options: AlarmJournalOptions) {
    this.#options = options;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
  }

  /** Events that wait for room in the journal. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Journals the event behind those that wait. */
  add(event: LoggedAlarmEvent): void {
    if (!this.#goingOn && this.#options.journal.condition === 'ok') return this.#append(event);
    this.#waiting.push(event);
    if (this.#waiting.length > this.#maxWaiting) {
      this.#waiting.shift();
      this.#givenUp(new CodedError('journal_full', `${this.#maxWaiting} alarm events wait for room`));
    }
    this.#goOn();
  }

  #append(event: LoggedAlarmEvent): void {
    this.#options.journal.append({ kind: 'alarm', event }).then(
      () => {
        this.#told = false;
      },
      (cause: unknown) => {
        if (codeOf(cause) !== 'journal_full') return this.#givenUp(cause);
        // It came to this by the very append that was refused: nothing was appended after it.
        this.#waiting.unshift(event);
        this.#goOn();
      },
    );
  }

  #goOn(): void {
    if (this.#goingOn || this.#waiting.length === 0) return;
    this.#goingOn = true;
    this.#journalWaiting()
      .catch((cause: unknown) => {
        this.#waiting.length = 0;
        this.#givenUp(cause);
      })
      .finally(() => {
        this.#goingOn = false;
        this.#goOn();
      });
  }

  /** @throws what the journal's failure was */
  async #journalWaiting(): Promise<void> {
    const { journal } = this.#options;
    while (this.#waiting.length > 0) {
      await journal.writable();
      let appended = 0;
      for (const event of this.#waiting) {
        // One that has failed says so to the first.
        if (appended === AT_ONCE || (journal.condition !== 'ok' && journal.condition !== 'failed')) break;
        appended += 1;
        this.#append(event);
      }
      this.#waiting.splice(0, appended);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #givenUp(cause: unknown): void {
    if (this.#told) return;
    this.#told = true;
    const { report } = this.#options;
    report(new CodedError('alarm_not_journaled', 'alarm events did not reach the journal', { cause }));
  }
}
