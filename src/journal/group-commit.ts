import type { Clock } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { WorkerCalls } from '../core/worker-calls.ts';
import type { TelemetryRecord } from '../model/record.ts';
import type { DiskState } from './condition-board.ts';
import { Gathering } from './gathering.ts';
import type { Position, Ticket } from './journal.ts';
import type { Fold, JournalCalls, JournalState } from './journal-calls.ts';
import { StallWatch } from './stall-watch.ts';
import { UnfoldedMarks } from './unfolded-marks.ts';

/**
 * From the beginning of one commit to that of the next at the least: what a commit costs whatever is in it (two threads
 * woken, a transaction, an fsync) is shared by more frames. The whole server on one core, 300 devices: at 5 ms a frame cost
 * 54 us of CPU at 4,000 a second and 27 at 20,000, at 20 ms 35 and 20 (with fewer posts to the store). An ack comes 10 ms
 * later on average; devices ask for one every 2 s.
 */
const PACE_MS = 20;
/** A keep-alive of the event loop: how long it is means nothing. */
const FOREVER_MS = 2 ** 30;

export interface GroupCommitOptions {
  readonly worker: WorkerCalls<JournalCalls>;
  /** Dates streams. */
  readonly clock: Clock;
  /** The disk's own time: it is no faster in an accelerated run. */
  readonly diskClock: Clock;
  /** A commit that takes longer is a stall. */
  readonly stallMs: number;
  /** After so long a commit for which there was no space is tried again. */
  readonly retryMs: number;
  /** When the journal was opened there was something to trim. */
  readonly trimmable: boolean;
  /** The newest batch when the journal was opened. */
  readonly position: Position;
  /** `disk` is another without a commit or a failure. */
  readonly onDisk: () => void;
  readonly onCommitted: (state: JournalState, records: readonly TelemetryRecord[], bytes: number) => void;
  readonly onFailed: (failure: CodedError) => void;
}

/**
 * Commits what gathers, one batch at a time: what is added during a commit is in the next. After a quiet time what comes
 * is committed at once, under load at a pace (see PACE_MS). A batch for which the disk has
 * no space was rolled back whole, and is tried again as it is until there is space.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #watch: StallWatch;
  #gathering = new Gathering(1);
  #underWay: Gathering | null = null;
  #retry: { cancel(): void } | null = null;
  #handOverDue = false;
  /** When the newest commit began, on the monotonic clock. */
  #handedOver = Number.NEGATIVE_INFINITY;
  #pace: { cancel(): void } | null = null;
  /** A clock's timers do not keep the process alive; what is pending is worth it. */
  readonly #alive = setInterval(() => {}, FOREVER_MS).unref();
  #trimmable: boolean;
  #position: Position;
  /** The commit under way takes the marks of those before it along. */
  #folding = false;
  #ended = false;
  #drained: (() => void) | null = null;
  /** Of what is durable. */
  readonly marks = new UnfoldedMarks();
  pendingBytes = 0;
  pendingRecords = 0;
  durable: Ticket = 0;
  disk: DiskState = 'ok';

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#trimmable = options.trimmable;
    this.#position = options.position;
    // Also of one that was full: what is asked of the worker waits for it then.
    this.#watch = new StallWatch(options.diskClock, options.stallMs, () => this.#become('stalled'));
  }

  /** Age of the oldest record that is pending, 0 when there is none. */
  get pendingMs(): number {
    const began = this.#underWay?.began ?? this.#gathering.began;
    return began === null ? 0 : Math.max(0, this.#options.diskClock.monotonic() - began);
  }

  /** @throws when the record cannot be encoded: nothing of it is pending then */
  add(record: TelemetryRecord, line?: string): Gathering {
    const batch = this.#gathering;
    this.pendingBytes += batch.add(record, line);
    batch.began ??= this.#options.diskClock.monotonic();
    this.pendingRecords += 1;
    this.#handOverSoon();
    return batch;
  }

  moveCursor(name: string, position: Position): Promise<void> {
    this.#gathering.moveCursor(name, position);
    this.#handOverSoon();
    return this.#gathering.promise;
  }

  /** The marks of every batch so far that are not in the table. */
  fold(): Fold {
    return { marks: this.marks.all(), through: this.#position };
  }

  /** Resolves when nothing is pending any more, or nothing can become durable any more. */
  drain(): Promise<void> {
    const drained = Promise.withResolvers<void>();
    this.#drained = drained.resolve;
    this.#handOver();
    return drained.promise;
  }

  /** Rejects whatever is pending; nothing is committed from now on. */
  end(cause: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.stop();
    this.#retry?.cancel();
    this.#pace?.cancel();
    clearInterval(this.#alive);
    this.#underWay?.reject(cause);
    this.#gathering.reject(cause);
    this.#drained?.();
  }

  /** At the end of this turn of the event loop, so that everything it read from its sockets shares the commit. */
  #handOverSoon(): void {
    if (this.#underWay !== null || this.#handOverDue || this.#waits()) return;
    this.#handOverDue = true;
    setImmediate(() => this.#handOver());
  }

  /** Whether the commit before began so lately that the next is to wait; it is begun then. */
  #waits(): boolean {
    const { diskClock } = this.#options;
    const wait = this.#handedOver + PACE_MS - diskClock.monotonic();
    if (wait <= 0) return false;
    this.#handOverDue = true;
    this.#alive.ref();
    this.#pace = diskClock.after(wait, () => {
      this.#alive.unref();
      this.#handOver();
    });
    return true;
  }

  #handOver(): void {
    this.#handOverDue = false;
    if (this.#underWay !== null || this.#ended) return;
    if (this.#gathering.isEmpty) {
      if (this.#drained !== null) return this.#drained();
      if (!this.#trimmable) return;
    }
    const batch = this.#gathering;
    this.#gathering = new Gathering(batch.ticket + 1);
    this.#underWay = batch;
    this.#handedOver = this.#options.diskClock.monotonic();
    this.#folding = this.marks.isDue;
    const request = batch.request(this.#options.clock.now(), this.#folding ? this.fold() : null);
    const transfer = request.batch === null ? [] : [request.batch.body.buffer];
    this.#watch.begin();
    this.#settle(batch, this.#options.worker.call('commit', request, transfer));
  }

  #tryAgain(batch: Gathering): void {
    this.#settle(batch, this.#options.worker.call('retry', { now: this.#options.clock.now() }));
  }

  #settle(batch: Gathering, commit: Promise<JournalState>): void {
    commit.then(
      (state) => this.#committed(batch, state),
      (cause: Error) => this.#refused(batch, cause),
    );
  }

  #committed(batch: Gathering, state: JournalState): void {
    if (this.#ended) return;
    this.#underWay = null;
    this.#watch.end();
    this.#trimmable = state.trimmable;
    this.#position = state.position;
    if (this.#folding) this.marks.folded();
    if (batch.records.length > 0) this.marks.note(batch.records, batch.bytes);
    this.pendingBytes -= batch.bytes;
    this.pendingRecords -= batch.records.length;
    this.disk = 'ok';
    this.durable = batch.ticket;
    batch.resolve();
    const more = !this.#gathering.isEmpty || state.trimmable;
    if (this.#drained !== null || (more && !this.#waits())) this.#handOver();
    this.#options.onCommitted(state, batch.records, batch.bytes);
  }

  #refused(batch: Gathering, cause: Error): void {
    if (this.#ended) return;
    const code = codeOf(cause);
    // It has waited for the other process already, in the worker.
    if (code === 'journal_busy') return this.#tryAgain(batch);
    if (code !== 'journal_disk_full') return this.#fail(cause);
    this.#watch.end();
    this.#retry = this.#options.diskClock.after(this.#options.retryMs, () => {
      this.#retry = null;
      this.#watch.begin();
      this.#tryAgain(batch);
    });
    this.#become('disk_full');
  }

  #fail(cause: Error): void {
    const failure = new CodedError(
      'journal_failed',
      `a commit of the journal failed (${cause.message}); nothing is accepted any more: check the disk and restart`,
      { cause },
    );
    this.disk = 'failed';
    this.end(failure);
    this.#options.onFailed(failure);
  }

  #become(disk: DiskState): void {
    this.disk = disk;
    this.#options.onDisk();
  }
}
