import type { EpochMs } from '../core/clock.ts';
import type { TelemetryRecord } from '../model/record.ts';
import type { Position, Ticket } from './journal.ts';
import type { CommitRequest, Fold } from './journal-calls.ts';
import { encodeBody, encodeRecord } from './journal-codec.ts';

/** What the next commit will hold, while it gathers. */
export class Gathering {
  readonly ticket: Ticket;
  readonly #done = Promise.withResolvers<void>();
  readonly #lines: string[] = [];
  readonly #cursors = new Map<string, Position>();
  readonly records: TelemetryRecord[] = [];
  bytes = 0;
  /** When its first record came, on the monotonic clock. */
  began: number | null = null;
  /** Shared by everything in the batch; settles with its commit. */
  readonly promise: Promise<void> = this.#done.promise;

  constructor(ticket: Ticket) {
    this.ticket = ticket;
    // Whoever appended sees the rejection; a failed batch whose appenders all left is told through `onFailure`.
    this.promise.catch(() => {});
  }

  get isEmpty(): boolean {
    return this.records.length === 0 && this.#cursors.size === 0;
  }

  /**
   * Adds a record; gives its size in bytes (UTF-16 units, which ASCII makes the same).
   * @param encoded its line; a line feed in it would make two of it
   */
  add(record: TelemetryRecord, encoded?: string): number {
    const line = encoded === undefined || encoded.includes('\n') ? encodeRecord(record) : encoded;
    const size = line.length + 1;
    this.#lines.push(line);
    this.records.push(record);
    this.bytes += size;
    return size;
  }

  moveCursor(name: string, position: Position): void {
    this.#cursors.set(name, Math.max(position, this.#cursors.get(name) ?? 0));
  }

  request(
    now: EpochMs,
    fold: Fold | null,
  ): CommitRequest & { readonly batch: { readonly body: Uint8Array<ArrayBuffer> } | null } {
    const records = this.records.length;
    return {
      batch: records === 0 ? null : { body: encodeBody(this.#lines), records },
      cursors: [...this.#cursors],
      fold,
      now,
    };
  }

  resolve(): void {
    this.#done.resolve();
  }

  reject(cause: Error): void {
    this.#done.reject(cause);
  }
}
