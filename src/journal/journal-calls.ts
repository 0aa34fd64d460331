import type { EpochMs } from '../core/clock.ts';
import type { DeviceId, StreamId } from '../model/ids.ts';
import type { Position } from './journal.ts';
import type { StoredBatch } from './journal-codec.ts';

/** The highest sequence number of a stream. A tuple: of ten thousand no names are cloned. */
export type StreamMark = readonly [device: DeviceId, stream: StreamId, seq: number];

/** Marks of every batch that is not folded yet, up to `through`. */
export interface Fold {
  readonly marks: readonly StreamMark[];
  readonly through: Position;
}

/** One transaction: a batch (null when only cursors move), and what goes with it. */
export interface CommitRequest {
  readonly batch: { readonly body: Uint8Array; readonly records: number } | null;
  readonly cursors: readonly (readonly [name: string, position: Position])[];
  /** Null: not now. */
  readonly fold: Fold | null;
  readonly now: EpochMs;
}

export interface JournalState {
  /** The newest and the oldest batch kept, 0 when there is none. */
  readonly position: Position;
  readonly oldest: Position;
  /** Body bytes that the slowest reader has not committed; of all batches kept when there is no reader. */
  readonly unreadBytes: number;
  /** Records that each reader has not committed. */
  readonly unreadRecords: readonly (readonly [name: string, records: number])[];
  /** There are more batches behind every reader than one transaction trims. */
  readonly trimmable: boolean;
}

/** What the journal's worker can be asked. */
export interface JournalCalls {
  opened(args: null): JournalState & { readonly readers: readonly (readonly [string, Position])[] };
  /** Rejects with `journal_disk_full` or `journal_busy` (rolled back, the request is kept) or `journal_failed`. */
  commit(args: CommitRequest): JournalState;
  /** The request that was kept, again. */
  retry(args: { readonly now: EpochMs }): JournalState;
  /** The first batch after `after`, its checksum verified; null when there is none. */
  read(args: { readonly after: Position }): StoredBatch | null;
  /** Without a batch, before the end. That there is no space for it is left to the next opening, which reads the batches. */
  fold(args: Fold & { readonly now: EpochMs }): void;
  /** As far as it is folded. */
  seq(args: { readonly device: DeviceId; readonly stream: StreamId }): number;
}

export interface JournalWorkerData {
  readonly path: string;
  readonly now: EpochMs;
}
