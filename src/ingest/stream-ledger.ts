import type { Journal } from '../journal/journal.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';

/** How far one stream of one device has come. Shared by the connection that is going and the one that is coming. */
export interface StreamProgress {
  readonly stream: StreamId;
  /** Highest number taken in order; what is not above it is a duplicate. */
  received: number;
  /** Highest number on disk. */
  durable: number;
}

/**
 * Progress of each device's newest stream, across its connections, so that a frame in flight to the disk when the
 * device reconnects is neither stored twice nor asked for again. Bounded: one entry a device that was seen since
 * `forgetAfter` others; the journal knows the rest.
 */
export class StreamLedger {
  readonly #journal: Journal;
  readonly #capacity: number;
  readonly #streams = new Map<DeviceId, StreamProgress>();

  constructor(journal: Journal, capacity = 200_000) {
    this.#journal = journal;
    this.#capacity = capacity;
  }

  /** The progress of the stream a device says hello with. */
  async open(device: DeviceId, stream: StreamId): Promise<StreamProgress> {
    const known = this.#streams.get(device);
    if (known?.stream === stream) return known;
    const durable = await this.#journal.durableSeq(device, stream);
    // Two connections of the device may have asked at once: the first answer is the one both share.
    const meanwhile = this.#streams.get(device);
    if (meanwhile?.stream === stream) return meanwhile;
    const progress: StreamProgress = { stream, received: durable, durable };
    this.#streams.delete(device);
    this.#streams.set(device, progress);
    if (this.#streams.size > this.#capacity) {
      const oldest = this.#streams.keys().next().value;
      if (oldest !== undefined) this.#streams.delete(oldest);
    }
    return progress;
  }

  /** A frame that was taken did not reach the disk: only the journal knows the truth now. */
  forget(device: DeviceId): void {
    this.#streams.delete(device);
  }
}
