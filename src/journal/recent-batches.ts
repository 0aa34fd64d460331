import type { JournalBatch, Position } from './journal.ts';

/**
 * The newest batches, for readers that keep up: they need not be read and parsed again. Bounded: past the limit the
 * oldest are let go, the disk has them.
 */
export class RecentBatches {
  readonly #batches = new Map<Position, { readonly batch: JournalBatch; readonly bytes: number }>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(position: Position): JournalBatch | undefined {
    return this.#batches.get(position)?.batch;
  }

  put(batch: JournalBatch, bytes: number): void {
    this.#batches.set(batch.position, { batch, bytes });
    this.#bytes += bytes;
    this.#drop((_position, over) => over);
  }

  /** Lets go of what every reader has been given. */
  dropThrough(position: Position): void {
    this.#drop((oldest) => oldest <= position);
  }

  #drop(unwanted: (oldest: Position, over: boolean) => boolean): void {
    for (const [oldest, { bytes }] of this.#batches) {
      if (!unwanted(oldest, this.#bytes > this.#maxBytes)) return;
      this.#batches.delete(oldest);
      this.#bytes -= bytes;
    }
  }
}
