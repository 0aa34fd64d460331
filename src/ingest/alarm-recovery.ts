import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Journal, JournalCondition, JournalReader, Position } from '../journal/journal.ts';
import { MissedAlarmEvents } from './missed-alarm-events.ts';

/** Its place in the journal, so that batches stay there until the alarm log has what happened in them. */
const READER = 'alarm_log';
const COMMIT_EVERY_MS = 1_000;
/** How long the journal keeps batches for an alarm log that cannot be written: it must not fill up for that. */
const HOLD_MS = 3_600_000;

export interface AlarmRecoveryOptions {
  readonly journal: Journal;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Told of `alarm_recovery_failed`. */
  readonly onError: (error: CodedError) => void;
}

function recoveryFailed(cause: unknown, then: string): CodedError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CodedError(
    'alarm_recovery_failed',
    `alarm events of before the start are missing from the alarm log (${reason}): ${then}`,
    { cause },
  );
}

/**
 * Keeps the alarm log and the journal of one mind over a crash. Alarm events are relayed before the alarm log has them, and a
 * device forgets the frame that raised an alarm once the journal has that frame. The event is in the same batch of the
 * journal; so what the alarm log lacks after a crash is taken from there, with the cursor that clinicians have seen.
 */
export class AlarmRecovery implements AsyncDisposable {
  readonly #journal: Journal;
  readonly #bus: Bus;
  readonly #reader: JournalReader;
  readonly #timer: { cancel(): void };
  readonly #clock: Clock;
  readonly #onError: (error: CodedError) => void;
  #committed: Position;
  /** What the alarm log did not take at the start. */
  #missed: MissedAlarmEvents | null;
  /** Since when the alarm log cannot be written; null: it can. */
  #heldSince: number | null = null;
  #committing: Promise<void> | null = null;

  private constructor(
    { journal, bus, clock, onError }: AlarmRecoveryOptions,
    reader: JournalReader,
    committed: Position,
    missed: MissedAlarmEvents | null,
  ) {
    this.#journal = journal;
    this.#bus = bus;
    this.#reader = reader;
    this.#clock = clock;
    this.#onError = onError;
    this.#committed = committed;
    this.#missed = missed;
    if (missed !== null) this.#heldSince = clock.monotonic();
    this.#timer = clock.every(COMMIT_EVERY_MS, () => {
      this.#committing ??= this.#commit().finally(() => {
        this.#committing = null;
      });
    });
  }

  /**
   * Gives the alarm log what the journal has beyond it; before anybody asks the log for what lives. That it cannot be
   * read or written is reported: the server starts all the same, with what the alarm log has, and goes on trying.
   */
  static async open(options: AlarmRecoveryOptions): Promise<AlarmRecovery> {
    const { journal, bus, onError } = options;
    const reader = journal.reader(READER);
    const { position, unread } = journal.stats();
    const from = position - (unread[READER] ?? 0);
    const missed = new MissedAlarmEvents(reader, bus, from, position);
    try {
      await missed.takeUp();
    } catch (cause) {
      onError(recoveryFailed(cause, 'it is tried again for an hour, and at the next start'));
      return new AlarmRecovery(options, reader, from, missed);
    }
    // Not waited for: a journal that takes nothing now must not keep the server from starting. When it never comes to be,
    // the next start takes up the same events, which changes nothing.
    if (position > from) reader.commit(position).catch(() => undefined);
    return new AlarmRecovery(options, reader, position, null);
  }

  /** What is durable in the journal now was published before now: once the alarm log is flushed it has all of that. */
  async #commit(): Promise<void> {
    const { position, failed } = this.#journal.stats();
    if (failed || position <= this.#committed) return;
    if (!(await this.#logged())) return;
    await this.#reader.commit(position).then(
      () => {
        this.#committed = position;
      },
      // The journal has failed or was closed, and said so: the next start reads these batches again.
      () => undefined,
    );
  }

  /** Whether the alarm log has everything so far, or is not waited for any longer. It says by itself what is wrong. */
  async #logged(): Promise<boolean> {
    try {
      await this.#missed?.takeUp();
      this.#missed = null;
      await this.#bus.flushed();
      this.#heldSince = null;
      return true;
    } catch (cause) {
      const now = this.#clock.monotonic();
      this.#heldSince ??= now;
      if (now - this.#heldSince <= HOLD_MS) return false;
      if (this.#missed !== null)
        this.#onError(recoveryFailed(cause, 'they are given up: compare the alarms in the store'));
      this.#missed = null;
      return true;
    }
  }

  /** Waits for its last commit while the journal goes on; otherwise the next start reads those batches again. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer.cancel();
    const { promise: unrecorded, resolve } = Promise.withResolvers<void>();
    const look = (condition: JournalCondition): void => {
      if (condition !== 'ok' && condition !== 'behind') resolve();
    };
    using _looking = this.#journal.onCondition(look);
    look(this.#journal.condition);
    await Promise.race([unrecorded, this.#finish()]);
  }

  async #finish(): Promise<void> {
    await this.#committing;
    await this.#commit();
  }
}
