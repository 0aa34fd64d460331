import type { Bus } from '../bus/bus.ts';
import type { JournalBatch, JournalReader, Position } from '../journal/journal.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';

/** Nothing that was durable before is waited for. */
const NEVER = new AbortController().signal;

/** The alarm events of a stretch of the journal that the alarm log may lack, on their way into it. */
export class MissedAlarmEvents {
  readonly #reader: JournalReader;
  readonly #bus: Pick<Bus, 'takeUp'>;
  readonly #through: Position;
  #taken: Position;
  /** Read, and not taken by the alarm log yet. */
  #batch: JournalBatch | null = null;

  /** @param reader stands behind `from`, and is nobody else's until all is taken */
  constructor(reader: JournalReader, bus: Pick<Bus, 'takeUp'>, from: Position, through: Position) {
    this.#reader = reader;
    this.#bus = bus;
    this.#taken = from;
    this.#through = through;
  }

  /** Gives the alarm log the rest; where that fails, it can be called again and goes on there. @throws why it fails */
  async takeUp(): Promise<void> {
    while (this.#taken < this.#through) {
      this.#batch ??= await this.#reader.next(NEVER);
      const events = this.#batch.records.flatMap((record): readonly LoggedAlarmEvent[] =>
        record.kind === 'alarm' ? [record.event] : [],
      );
      if (events.length > 0) await this.#bus.takeUp(events);
      this.#taken = this.#batch.position;
      this.#batch = null;
    }
  }
}
