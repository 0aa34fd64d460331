import { type Clock, sleep } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { Journal, JournalReader, Position } from '../journal/journal.ts';
import { type BatchSize, type BatchSizeOptions, batchSizeFor } from './batch-size.ts';
import { DrainPace, type DrainPaceOptions } from './drain-pace.ts';
import { JournalIntake, type Round } from './journal-intake.ts';
import { LaneWriter, type WriteEnd } from './lane-writer.ts';
import type { Point } from './point.ts';
import type { RetryOptions } from './retry-pause.ts';
import { RoundLanes } from './round-lanes.ts';
import { SlidingRate } from './sliding-rate.ts';
import { StoreAnswers } from './store-answers.ts';
import { StoreDoor } from './store-door.ts';
import type { TelemetryStore } from './telemetry-store.ts';
import { unlessAborted } from './unless-aborted.ts';
import { type WriterStatus, WriterTroubles } from './writer-status.ts';

export interface WriterOptions extends RetryOptions {
  readonly journal: Pick<Journal, 'reader' | 'stats'>;
  /** Name of its journal cursor. Default `store`. */
  readonly name?: string;
  readonly store: TelemetryStore;
  readonly clock: Clock;
  /** Takes a point that the store will never take, or is stuck; resolves when that is durable. See `openQuarantine`. */
  readonly quarantine: (point: Point, error: CodedError) => Promise<void>;
  /** Hears of every change of state and of the error behind it, but not of going between idle and writing. */
  readonly onState?: (status: WriterStatus) => void;
  /** Hears of every write to the store. */
  readonly onWrite?: (end: WriteEnd) => void;
  /** How much goes into one write. */
  readonly batchSize?: BatchSizeOptions;
  /** How fast a backlog is drained. */
  readonly pace?: DrainPaceOptions;
  /** How long it waits for more before a smaller write, so that a trickle does not cost an fsync a frame. Default 250. */
  readonly lingerMs?: number;
  /** How long disposal waits for the writes under way. Default 5 s. */
  readonly stopTimeoutMs?: number;
}

export interface Writer extends AsyncDisposable {
  status(): WriterStatus;
  /**
   * Resolves when everything that is durable in the journal at the time of the call is in the store (or in
   * quarantine). @throws CodedError `writer_stopped`
   */
  drained(): Promise<void>;
}

/** What one post to a store costs whatever is in it is little beside so many moments. */
const LANE_MOMENTS = 2_000;
/** More than what came in this time is backlog, and drained at a bounded pace. */
const BEHIND_MS = 2_000;
const RATE_WINDOW_MS = 5_000;
/** A round holds what may be drained in this time, or in what the one before took: large ones would make acks wait. */
const ROUND_MS = 250;
/**
 * Rounds being written: while one waits for its last lane, or for the cursor's fsync, the store has the next. With one at
 * a time InfluxDB had nothing to do for 4 tenths of the time, at 250,000 lines a second.
 */
const ROUNDS_UNDER_WAY = 2;

/**
 * Carries the journal into the store, at least once, and each device's points in order: in rounds of as many writes at
 * once as the store is worth, each of other devices. A full round begins while the one before is written, a smaller one
 * when that is whole; the journal's cursor moves behind a round when the store (or, for a point it refuses, the
 * quarantine) has all of it and of those before. The next round is read meanwhile, so that three are in memory at most:
 * of points three times `parallelWrites` times the batch size (of a store with 4 writes at once, 240,000 moments at the
 * most, some 75 MB), and of each a journal batch more.
 */
export function startWriter(options: WriterOptions): Writer {
  return new StoreWriter(options);
}

interface Waiting {
  readonly position: Position;
  readonly resolve: () => void;
  readonly reject: (cause: Error) => void;
}

class StoreWriter implements Writer {
  readonly #options: WriterOptions;
  readonly #name: string;
  readonly #stop = new AbortController();
  readonly #troubles = new WriterTroubles(() => this.#options.onState?.(this.status()));
  readonly #size: BatchSize;
  readonly #pace: DrainPace;
  readonly #drained = new SlidingRate(RATE_WINDOW_MS);
  readonly #lanes: RoundLanes;
  readonly #waiting = new Set<Waiting>();
  readonly #running: Promise<void>;
  #intake: JournalIntake | null = null;
  /** Read and not committed, the oldest first. */
  readonly #holding: Round[] = [];
  /** Why it stopped by itself. */
  #failure: unknown;
  #committed: Position = 0;
  #records = 0;
  #written = 0;
  #quarantined = 0;
  /** Monotonic. */
  #refusedAt: number | null = null;
  #inFlight = 0;
  #roundMs = 0;
  /** When the newest round was written. Monotonic. */
  #writtenAt = Number.NEGATIVE_INFINITY;
  /** Since when there was backlog at every round, by the monotonic clock. */
  #behindSince: number | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#name = options.name ?? 'store';
    this.#size = batchSizeFor(options.store.parallelWrites, options.batchSize);
    this.#pace = new DrainPace(options.pace);
    this.#lanes = new RoundLanes(this.#openLanes());
    this.#running = this.#run();
  }

  status(): WriterStatus {
    const { journal, clock } = this.#options;
    const { unread, unreadRecords } = journal.stats();
    const oldest = this.#holding[0] ?? this.#intake?.begun ?? null;
    const worst = this.#troubles.worst;
    const now = clock.monotonic();
    this.#drained.note(now, this.#records);
    return {
      state: worst?.state ?? (this.#holding.length === 0 ? 'idle' : 'writing'),
      lastError: worst?.lastError ?? null,
      unreadBatches: unread[this.#name] ?? 0,
      lagRecords: unreadRecords[this.#name] ?? 0,
      oldestUnwritten: oldest?.oldest ?? null,
      lagMs: oldest === null ? 0 : now - this.#sinceOf(oldest),
      stuckMs: this.#troubles.stuckMs,
      batchMoments: this.#size.moments,
      writesInFlight: this.#inFlight,
      recordsPerSecond: this.#drained.perSecond(now, this.#records),
      written: this.#written,
      quarantined: this.#quarantined,
      refusedAgoMs: this.#refusedAt === null ? null : now - this.#refusedAt,
    };
  }

  async drained(): Promise<void> {
    const { position, unread } = this.#options.journal.stats();
    if (this.#committed >= position || (unread[this.#name] ?? 0) === 0) return;
    if (this.#troubles.worst?.state === 'stopped') throw stoppedError();
    // The clock's timers (a pause before another attempt) let the process end; someone who waits does not.
    const hold = setInterval(() => undefined, 2 ** 30);
    try {
      const done = new Promise<void>((resolve, reject) => this.#waiting.add({ position, resolve, reject }));
      this.#intake?.hurry();
      await done;
    } finally {
      clearInterval(hold);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, stopTimeoutMs = 5_000 } = this.#options;
    this.#stop.abort(stoppedError());
    const done = new AbortController();
    const late = sleep(clock, stopTimeoutMs, done.signal).catch(() => undefined);
    await Promise.race([this.#running, late]);
    done.abort();
  }

  async #run(): Promise<void> {
    const { journal, clock, lingerMs = 250 } = this.#options;
    const { signal } = this.#stop;
    const lanes = lanesOf(this.#options.store);
    const underWay: Promise<void>[] = [];
    try {
      const reader = journal.reader(this.#name);
      const maxMoments = (): number => lanes * this.#size.moments;
      const maxRecords = (): number => this.#pace.recordsIn(Math.max(ROUND_MS, this.#roundMs));
      const laneMoments = (): number => Math.min(LANE_MOMENTS, this.#size.moments);
      const sizes = { lanes, maxMoments, maxRecords, laneMoments };
      this.#intake = new JournalIntake({ ...sizes, reader, clock, lingerMs });
      let before = Promise.resolve();
      let settled = before;
      for (;;) {
        const round = await this.#intake.gather(settled, signal);
        this.#holding.push(round);
        await this.#keepPace(round);
        if (underWay.length === ROUNDS_UNDER_WAY) await underWay.shift();
        const { written } = await this.#lanes.begin(round.lanes);
        before = this.#carry(reader, round, written, before);
        // Whoever waits for records, or for a turn, hears of a failure as of a stop.
        settled = before.catch((error: unknown) => this.#fail(error));
        underWay.push(settled);
      }
    } catch (error) {
      this.#fail(error);
      this.#troubles.has('run', 'stopped', this.#failure);
      // None is left behind writing.
      await Promise.all(underWay);
      for (const { reject } of this.#waiting) reject(stoppedError());
      this.#waiting.clear();
    }
  }

  /** Told to stop, or the journal failed: what is not committed is read again at the next start. */
  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = error;
    this.#stop.abort(stoppedError());
  }

  /** What cannot be dated has waited since there was no backlog, at the most. */
  #sinceOf({ since, undated }: Pick<Round, 'since' | 'undated'>): number {
    return undated ? Math.min(since, this.#behindSince ?? since) : since;
  }

  async #keepPace(round: Round): Promise<void> {
    const { journal, clock } = this.#options;
    const now = clock.monotonic();
    const { committedRecords, unreadRecords } = journal.stats();
    this.#pace.came(now, committedRecords);
    // Not by wall time: set back, it calls nothing old.
    const usual = (this.#pace.ingestPerSecond * BEHIND_MS) / 1_000;
    const held = this.#holding.reduce((sum, { records }) => sum + records, 0);
    if ((unreadRecords[this.#name] ?? 0) <= Math.max(held, usual)) {
      this.#behindSince = null;
      return;
    }
    this.#behindSince ??= now;
    const wait = this.#pace.wait(clock.monotonic());
    if (wait > 0) await sleep(clock, wait, this.#stop.signal);
    this.#pace.began(clock.monotonic(), round);
  }

  /** Moves the cursor behind a round that is written, once it is behind all before. */
  async #carry(
    reader: JournalReader,
    round: Round,
    written: Promise<void>,
    before: Promise<void>,
  ): Promise<void> {
    const { clock } = this.#options;
    const begun = clock.monotonic();
    await written;
    const now = clock.monotonic();
    // Of a round that waited for the one before, from that one's end.
    this.#roundMs = now - Math.max(begun, this.#writtenAt);
    this.#writtenAt = now;
    await before;
    await this.#commit(reader, round);
  }

  async #commit(reader: JournalReader, { position, records }: Round): Promise<void> {
    // A stop does not wait for a disk: the cursor moves while the journal goes on, or this is written again.
    await unlessAborted(reader.commit(position), this.#stop.signal);
    this.#committed = position;
    this.#records += records;
    this.#drained.note(this.#options.clock.monotonic(), this.#records);
    this.#holding.shift();
    for (const waiting of this.#waiting) {
      if (waiting.position > position) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  #openLanes(): readonly LaneWriter[] {
    const options = this.#options;
    const shared = { ...options, troubles: this.#troubles, signal: this.#stop.signal };
    const lane = {
      ...shared,
      door: new StoreDoor(shared),
      answers: new StoreAnswers(),
      size: this.#size,
      onBegin: () => {
        this.#inFlight += 1;
      },
      onEnd: (end: WriteEnd) => {
        this.#inFlight -= 1;
        if (end.outcome === 'written') this.#written += end.moments;
        options.onWrite?.(end);
      },
      onQuarantined: () => {
        this.#quarantined += 1;
        this.#refusedAt = this.#options.clock.monotonic();
      },
    };
    return Array.from(
      { length: lanesOf(options.store) },
      (_, index) => new LaneWriter(`lane ${index}`, lane),
    );
  }
}

function lanesOf({ parallelWrites }: TelemetryStore): number {
  return Math.max(1, Math.floor(parallelWrites));
}

function stoppedError(): CodedError {
  return new CodedError(
    'writer_stopped',
    'the store writer has stopped; the journal keeps what is not written',
  );
}
