import { codeOf } from '../core/coded-error.ts';
import type { Journal, JournalCondition } from '../journal/journal.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import { StreamProgress } from './stream-progress.ts';

/** Each was left within the time of a commit or two, and a device may not connect that often. */
const MAX_LEFT = 8;

/**
 * Progress of each device's newest stream, across its connections, so that a frame in flight to the disk when the
 * device reconnects is neither stored twice nor asked for again, and one that was heard while the journal took nothing
 * is not heard again. Bounded: the device that said hello longest ago is forgotten; the journal knows the rest.
 */
export class StreamLedger {
  readonly #journal: Journal;
  readonly #capacity: number;
  readonly #streams = new Map<DeviceId, StreamProgress>();
  /**
   * Streams that a device has left for another while frames of theirs were on the way to the disk, of devices in `#streams`:
   * an identity that is used twice goes to and fro. Of these frames the journal knows nothing yet.
   */
  readonly #left = new Map<DeviceId, readonly StreamProgress[]>();

  constructor(journal: Journal, capacity = 200_000) {
    this.#journal = journal;
    this.#capacity = capacity;
  }

  /**
   * The progress of the stream a device says hello with. A journal that does not answer is not waited for: the device's
   * own word for what it was acked stands then, which can only be too low, until the journal answers.
   * @param acked what the device says was acked of this stream; null: it does not say
   * @returns null when nobody can tell now where the stream stands
   */
  async open(device: DeviceId, stream: StreamId, acked: number | null): Promise<StreamProgress | null> {
    const known = this.#known(device, stream);
    if (known !== null) {
      this.#keep(device, known);
      return known;
    }
    if (acked === null && isSilent(this.#journal.condition)) return null;
    const asked = this.#journal.durableSeq(device, stream);
    const durable = await this.#answer(asked);
    // Two connections of the device may have asked at once: the first answer is the one both share.
    const meanwhile = this.#known(device, stream);
    if (meanwhile !== null) return meanwhile;
    const from = durable ?? acked;
    if (from === null) return null;
    const confirmed = durable !== null;
    const progress = new StreamProgress(this.#journal, stream, { from, confirmed });
    this.#keep(device, progress);
    // One that rejects has failed: nothing is recorded in this process any more.
    if (!confirmed) asked.then((answer) => progress.confirm(answer)).catch(() => {});
    return progress;
  }

  /** A frame that was taken did not reach the disk: only the journal knows the truth now. */
  forget(device: DeviceId): void {
    this.#streams.delete(device);
    this.#left.delete(device);
  }

  #known(device: DeviceId, stream: StreamId): StreamProgress | null {
    const known = this.#streams.get(device);
    if (known?.stream === stream) return known;
    return this.#left.get(device)?.find((left) => left.stream === stream && isOnItsWay(left)) ?? null;
  }

  /** Null: the journal does not answer now. */
  async #answer(asked: Promise<number>): Promise<number | null> {
    const { promise: silence, resolve } = Promise.withResolvers<null>();
    const look = (condition: JournalCondition): void => {
      if (isSilent(condition)) resolve(null);
    };
    using _looking = this.#journal.onCondition(look);
    look(this.#journal.condition);
    try {
      return await Promise.race([asked, silence]);
    } catch (cause) {
      if (codeOf(cause) === 'journal_failed') return null;
      throw cause;
    }
  }

  #keep(device: DeviceId, progress: StreamProgress): void {
    const before = this.#streams.get(device);
    if (before !== undefined && before !== progress) this.#leave(device, before, progress);
    this.#streams.delete(device);
    this.#streams.set(device, progress);
    if (this.#streams.size <= this.#capacity) return;
    const oldest = this.#streams.keys().next().value;
    if (oldest !== undefined) this.forget(oldest);
  }

  #leave(device: DeviceId, before: StreamProgress, next: StreamProgress): void {
    const left = [...(this.#left.get(device) ?? []), before].filter((one) => one !== next && isOnItsWay(one));
    if (left.length === 0) this.#left.delete(device);
    else this.#left.set(device, left.slice(-MAX_LEFT));
  }
}

function isOnItsWay({ received, durable }: StreamProgress): boolean {
  return received > durable;
}

/** Whether the journal's worker answers nothing: it waits for the disk, or has given up. */
function isSilent(condition: JournalCondition): boolean {
  return condition === 'stalled' || condition === 'failed';
}
