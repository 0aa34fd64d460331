import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Journal, JournalCondition, JournalReader, Position } from '../journal/journal.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';

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

async function takeUp(reader: JournalReader, bus: Bus, from: Position, through: Position): Promise<void> {
  const never = new AbortController().signal;
  for (let read = from; read < through; ) {
    const batch = await reader.next(never);
    const events = batch.records.flatMap((record): readonly LoggedAlarmEvent[] =>
      record.kind === 'alarm' ? [record.event] : [],
    );
    if (events.length > 0) await bus.takeUp(events);
    read = batch.position;
  }
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
  #committed: Position;
  /** Since when the alarm log cannot be written; null: it can. */
  #heldSince: number | null = null;
  #committing: Promise<void> | null = null;

  private constructor({ journal, bus, clock }: AlarmRecoveryOptions, reader: JournalReader, read: Position) {
    this.#journal = journal;
    this.#bus = bus;
    this.#reader = reader;
    this.#clock = clock;
    this.#committed = read;
    this.#timer = clock.every(COMMIT_EVERY_MS, () => {
      this.#committing ??= this.#commit().finally(() => {
        this.#committing = null;
      });
    });
  }

  /**
   * Gives the alarm log what the journal has beyond it; before anybody asks the log for what lives. That it cannot be
   * read or written is reported: the server starts all the same, with what the alarm log has.
   */
  static async open(options: AlarmRecoveryOptions): Promise<AlarmRecovery> {
    const { journal, bus, onError } = options;
    const reader = journal.reader(READER);
    const { position, unread } = journal.stats();
    const from = position - (unread[READER] ?? 0);
    try {
      await takeUp(reader, bus, from, position);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      onError(
        new CodedError(
          'alarm_recovery_failed',
          `alarm events of before the start may be missing from the alarm log (${reason}): compare the alarms in the store`,
          { cause },
        ),
      );
    }
    // Not waited for: a journal that takes nothing now must not keep the server from starting. When it never comes to be,
    // the next start takes up the same events, which changes nothing.
    if (position > from) reader.commit(position).catch(() => undefined);
    return new AlarmRecovery(options, reader, position);
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
      await this.#bus.flushed();
      this.#heldSince = null;
      return true;
    } catch {
      const now = this.#clock.monotonic();
      this.#heldSince ??= now;
      return now - this.#heldSince > HOLD_MS;
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
