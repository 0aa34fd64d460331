import { type BackoffOptions, fullJitter } from '../core/backoff.ts';
import { type Clock, type EpochMs, sleep } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import type { Journal, Position } from '../journal/journal.ts';
import { type Gathered, JournalIntake } from './journal-intake.ts';
import type { Point } from './point.ts';
import { momentsOf } from './points.ts';
import { StoreError, type TelemetryStore } from './telemetry-store.ts';

/**
 * idle: nothing to write. writing. retrying: the store fails in a way that passes. denied: a person must look at
 * credentials, database or bucket; tried again all the same. stopped: disposed, or the journal failed.
 * In all of them the journal keeps what is not written.
 */
export type WriterState = 'idle' | 'writing' | 'retrying' | 'denied' | 'stopped';

export interface WriterStatus {
  readonly state: WriterState;
  /** Why it retries, is denied, or stopped; null while all is well. */
  readonly lastError: { readonly code: string; readonly message: string } | null;
  /** Journal batches not written yet. */
  readonly unreadBatches: number;
  /** Receive time of the oldest record it holds and has not written; null when it holds none. */
  readonly oldestUnwritten: EpochMs | null;
  /** Age of that record, in milliseconds; 0 when there is none. */
  readonly lagMs: number;
  /** Since the start, in moments: a sample, a waveform value, an alarm step or a device status. */
  readonly written: number;
  readonly quarantined: number;
}

export interface WriterOptions {
  readonly journal: Pick<Journal, 'reader' | 'stats'>;
  /** Name of its journal cursor. Default `store`. */
  readonly name?: string;
  readonly store: TelemetryStore;
  readonly clock: Clock;
  /** Takes a point that the store will never take; resolves when that is durable. See `quarantineFile`. */
  readonly quarantine: (point: Point, error: StoreError) => Promise<void>;
  /** Hears of every change of state and of the error behind it, but not of going between idle and writing. */
  readonly onState?: (status: WriterStatus) => void;
  /** How much is gathered for one write, in moments. Default 5,000. */
  readonly maxMoments?: number;
  /** How long it waits for more before a smaller write, so that a trickle does not cost an fsync a frame. Default 50. */
  readonly lingerMs?: number;
  /** Between attempts after a failure that passes. Default 200 ms, growing to 10 s. */
  readonly retry?: BackoffOptions;
  /** Between attempts while denied. Default 30 s. */
  readonly deniedRetryMs?: number;
  /** How long disposal waits for the write under way. Default 5 s. */
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

/**
 * Carries the journal into the store: in order, at least once, and the journal's cursor moves only when the store
 * (or, for a point it refuses, the quarantine) has everything before it. Opens the store itself, and again after a
 * denial, so that neither a store that is down at the start nor a database made later needs a restart.
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
  readonly #maxMoments: number;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  readonly #waiting = new Set<Waiting>();
  #state: WriterState = 'idle';
  #lastError: WriterStatus['lastError'] = null;
  #opened = false;
  #holding: Gathered | null = null;
  #committed: Position = 0;
  #written = 0;
  #quarantined = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#name = options.name ?? 'store';
    this.#maxMoments = options.maxMoments ?? 5_000;
    this.#running = this.#run();
  }

  status(): WriterStatus {
    const oldest = this.#holding?.oldest ?? null;
    return {
      state: this.#state,
      lastError: this.#lastError,
      unreadBatches: this.#unread(),
      oldestUnwritten: oldest,
      lagMs: oldest === null ? 0 : Math.max(0, this.#options.clock.now() - oldest),
      written: this.#written,
      quarantined: this.#quarantined,
    };
  }

  async drained(): Promise<void> {
    const { position } = this.#options.journal.stats();
    if (this.#committed >= position || this.#unread() === 0) return;
    if (this.#state === 'stopped') throw this.#stoppedError();
    // The clock's timers (a pause before another attempt) let the process end; someone who waits does not.
    const hold = setInterval(() => undefined, 2 ** 30);
    try {
      await new Promise<void>((resolve, reject) => this.#waiting.add({ position, resolve, reject }));
    } finally {
      clearInterval(hold);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { clock, stopTimeoutMs = 5_000 } = this.#options;
    this.#stop.abort(this.#stoppedError());
    const done = new AbortController();
    const late = sleep(clock, stopTimeoutMs, done.signal).catch(() => undefined);
    await Promise.race([this.#running, late]);
    done.abort();
  }

  async #run(): Promise<void> {
    const { journal, clock, lingerMs = 50 } = this.#options;
    const { signal } = this.#stop;
    try {
      const reader = journal.reader(this.#name);
      const intake = new JournalIntake({ reader, clock, lingerMs, maxMoments: this.#maxMoments });
      for (;;) {
        this.#holding = await intake.gather(signal);
        this.#change('writing');
        intake.readAhead(signal);
        for (const points of slices(this.#holding.points, this.#maxMoments)) await this.#settle(points);
        await reader.commit(this.#holding.position);
        this.#committed = this.#holding.position;
        this.#holding = null;
        this.#change('idle');
        for (const waiting of this.#waiting) {
          if (waiting.position > this.#committed) continue;
          this.#waiting.delete(waiting);
          waiting.resolve();
        }
      }
    } catch (error) {
      // Told to stop, or the journal failed: what is not committed is read again at the next start.
      this.#change('stopped', signal.aborted ? undefined : error);
      for (const { reject } of this.#waiting) reject(this.#stoppedError());
      this.#waiting.clear();
    }
  }

  /** Every point in the store or in quarantine. Halves what is refused until the culprits stand alone. */
  async #settle(points: readonly Point[]): Promise<void> {
    const refusal = await this.#untilTaken(points);
    if (refusal === null) {
      this.#written += points.reduce((sum, point) => sum + momentsOf(point), 0);
      return;
    }
    const [point] = points;
    if (points.length === 1 && point !== undefined) {
      await this.#retrying(() => this.#options.quarantine(point, refusal));
      this.#quarantined += 1;
      return;
    }
    const half = points.length >> 1;
    await this.#settle(points.slice(0, half));
    await this.#settle(points.slice(half));
  }

  /** Null when they are stored; the refusal when the store will never take them as they are. */
  #untilTaken(points: readonly Point[]): Promise<StoreError | null> {
    return this.#retrying(async () => {
      await this.#open();
      try {
        await this.#options.store.write(points);
        return null;
      } catch (error) {
        if (error instanceof StoreError && error.failure === 'invalid') return error;
        throw error;
      }
    });
  }

  async #open(): Promise<void> {
    if (this.#opened) return;
    await this.#options.store.open();
    this.#opened = true;
  }

  /** Until it works or the writer is told to stop. */
  async #retrying<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const { clock, retry = { baseMs: 200, capMs: 10_000 }, deniedRetryMs = 30_000 } = this.#options;
    for (let failures = 0; ; failures++) {
      this.#stop.signal.throwIfAborted();
      try {
        const result = await attempt();
        this.#change('writing');
        return result;
      } catch (error) {
        // `invalid` reaches here from `open` only: then it is the configuration that is refused.
        const denied = error instanceof StoreError && error.failure !== 'transient';
        if (denied) this.#opened = false;
        this.#change(denied ? 'denied' : 'retrying', error);
        const asked = error instanceof StoreError ? Number(error.details.retry_after_s ?? 0) * 1_000 : 0;
        const wait = Math.max(fullJitter(failures, retry), Math.min(asked, retry.capMs));
        await sleep(clock, denied ? deniedRetryMs : wait, this.#stop.signal);
      }
    }
  }

  #unread(): number {
    return this.#options.journal.stats().unread[this.#name] ?? 0;
  }

  #change(state: WriterState, error?: unknown): void {
    if (this.#state === 'stopped') return;
    const well = (some: WriterState): boolean => some === 'idle' || some === 'writing';
    const code = error === undefined ? null : codeOf(error);
    const news =
      (state !== this.#state && !(well(state) && well(this.#state))) ||
      code !== (this.#lastError?.code ?? null);
    this.#state = state;
    this.#lastError =
      code === null ? null : { code, message: error instanceof Error ? error.message : String(error) };
    if (news) this.#options.onState?.(this.status());
  }

  #stoppedError(): CodedError {
    return new CodedError(
      'writer_stopped',
      'the store writer has stopped; the journal keeps what is not written',
    );
  }
}

/** Parts of at most `maxMoments`, or of one point where that alone holds more. */
function* slices(points: readonly Point[], maxMoments: number): Generator<readonly Point[]> {
  let start = 0;
  let moments = 0;
  for (const [index, point] of points.entries()) {
    const more = momentsOf(point);
    if (index > start && moments + more > maxMoments) {
      yield points.slice(start, index);
      start = index;
      moments = 0;
    }
    moments += more;
  }
  if (start < points.length) yield points.slice(start);
}
