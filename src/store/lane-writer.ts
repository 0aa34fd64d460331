import { type Clock, sleep } from '../core/clock.ts';
import type { CodedError } from '../core/coded-error.ts';
import type { BatchSize } from './batch-size.ts';
import type { Point } from './point.ts';
import { momentsOf } from './points.ts';
import { deniedPause, type RetryOptions, retryPause } from './retry-pause.ts';
import type { StoreAnswers } from './store-answers.ts';
import type { StoreDoor } from './store-door.ts';
import { stuckError } from './stuck-point.ts';
import { StoreError, type TelemetryStore } from './telemetry-store.ts';
import type { WriterTroubles } from './writer-status.ts';

/** A write that has failed so often in ways that pass is looked into: whether it is the store, or what is written. */
const SUSPECT_AFTER = 4;
const STUCK_MS = 15 * 60_000;

/** How one write ended. */
export interface WriteEnd {
  readonly outcome: 'written' | 'transient' | 'invalid' | 'too_large' | 'denied';
  readonly moments: number;
  readonly tookMs: number;
}

export interface LaneWriterOptions extends RetryOptions {
  readonly store: Pick<TelemetryStore, 'write'>;
  readonly door: StoreDoor;
  readonly size: BatchSize;
  readonly clock: Clock;
  readonly troubles: WriterTroubles;
  /** Of all lanes together. */
  readonly answers: StoreAnswers;
  readonly signal: AbortSignal;
  /** Takes a point that the store will never take, or is stuck; resolves when that is durable. */
  readonly quarantine: (point: Point, error: CodedError) => Promise<void>;
  /**
   * How long one point alone may fail in a way that passes, while the store takes others, before it is set aside. Default
   * 15 min: `/readyz`, the log and the alert on the lag have told people by then. It is safe since it is kept: `quarantine -- retry` writes it once more, under the
   * same key, and each failure counted came with a write that was taken.
   */
  readonly stuckMs?: number;
  readonly onBegin: () => void;
  readonly onEnd: (end: WriteEnd) => void;
  readonly onQuarantined: () => void;
}

/**
 * Writes the points of one lane, one write after the other, until each is in the store or in quarantine. What fails is
 * tried again here alone: other lanes go on.
 */
export class LaneWriter {
  readonly #name: string;
  readonly #options: LaneWriterOptions;
  #failures = 0;
  #last: Point | null = null;
  /** What it was given last. */
  #newest: Promise<void> = Promise.resolve();

  constructor(name: string, options: LaneWriterOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** The point that it wrote last. */
  get last(): Point | null {
    return this.#last;
  }

  /** Takes `last` for what it wrote last: another lane did, and this one has its key from now on. Between two writes. */
  restsWith(last: Point | null): void {
    this.#last = last;
    this.#options.answers.rests(this.#name, last);
  }

  /** In their order, as much at a time as may go into one write, after what it was given before. Rejects only on abort. */
  write(points: readonly Point[]): Promise<void> {
    const before = this.#newest;
    this.#newest = this.#write(points, before);
    return this.#newest;
  }

  async #write(points: readonly Point[], before: Promise<void>): Promise<void> {
    const { answers } = this.#options;
    await before;
    await answers.resumes(this.#name);
    await this.#inSlices(points);
    answers.rests(this.#name, this.#last);
  }

  async #inSlices(points: readonly Point[]): Promise<void> {
    for (let at = 0; at < points.length; ) {
      const end = sliceEnd(points, at, this.#options.size.moments);
      await this.#settle(points.slice(at, end));
      at = end;
    }
  }

  /** Halves what is refused, or stumbled over again and again, until the culprits stand alone. */
  async #settle(points: readonly Point[]): Promise<void> {
    const { size, clock, stuckMs = STUCK_MS } = this.#options;
    const moments = points.reduce((sum, point) => sum + momentsOf(point), 0);
    const alone = points.length === 1 ? points[0] : undefined;
    let stumbles = 0;
    let stuckSince: number | null = null;
    for (;;) {
      const error = await this.#attempt(points, moments);
      if (error === null) return;
      if (error.failure === 'too_large') size.tooLarge(moments);
      if (error.failure === 'transient') {
        size.failed(moments);
        const suspect = ++stumbles >= SUSPECT_AFTER;
        const takesOthers = suspect ? await this.#takesOthers() : false;
        if (alone !== undefined) {
          stuckSince = takesOthers === true ? (stuckSince ?? clock.monotonic()) : null;
          const stuckForMs = stuckSince === null ? 0 : clock.monotonic() - stuckSince;
          const told = stuckSince === null ? error : stuckError(alone, stuckForMs, error);
          if (stuckForMs >= stuckMs) return await this.#setAside(alone, told);
          await this.#pause('retrying', error, told);
          continue;
        }
        await this.#pause('retrying', error);
        // It may have become less that is written at a time.
        if (moments > size.moments) return await this.#inSlices(points);
        // Where nothing was ever taken nothing tells: halves do no harm.
        if (suspect && takesOthers !== false) return await this.#settleHalves(points);
      } else if (error.failure === 'denied' || (error.failure === 'too_large' && alone !== undefined)) {
        // Who does not take even one point has a limit that a person must raise: a chunk is at most 200 kB.
        await this.#pause('denied', error);
      } else if (alone !== undefined) {
        return await this.#setAside(alone, error);
      } else {
        return await this.#settleHalves(points);
      }
    }
  }

  async #settleHalves(points: readonly Point[]): Promise<void> {
    const half = points.length >> 1;
    this.#failures = 0;
    await this.#settle(points.slice(0, half));
    await this.#settle(points.slice(half));
  }

  /** Whether the store takes, once more, what it has taken; null where nothing is known that it has. */
  async #takesOthers(): Promise<boolean | null> {
    const again = (witness: Point): Promise<boolean> => this.#takes(witness);
    return this.#last === null ? await this.#options.answers.lend(again) : await again(this.#last);
  }

  async #takes(witness: Point): Promise<boolean> {
    const { store, clock, signal, onBegin, onEnd } = this.#options;
    signal.throwIfAborted();
    const begun = clock.monotonic();
    const ended = (outcome: WriteEnd['outcome']): void =>
      onEnd({ outcome, moments: 0, tookMs: clock.monotonic() - begun });
    onBegin();
    try {
      await store.write([witness]);
    } catch (cause) {
      ended(asStoreError(cause).failure);
      return false;
    }
    ended('written');
    return true;
  }

  /** Null when they are stored. */
  async #attempt(points: readonly Point[], moments: number): Promise<StoreError | null> {
    const { store, door, size, clock, signal, troubles, answers, onBegin, onEnd } = this.#options;
    const passage = door.passage();
    await passage;
    signal.throwIfAborted();
    const begun = clock.monotonic();
    onBegin();
    try {
      await store.write(points);
    } catch (cause) {
      const error = asStoreError(cause);
      onEnd({ outcome: error.failure, moments, tookMs: clock.monotonic() - begun });
      if (error.failure === 'denied') door.shut(passage, deniedPause(this.#failures, this.#options));
      return error;
    }
    const tookMs = clock.monotonic() - begun;
    onEnd({ outcome: 'written', moments, tookMs });
    size.written(moments, tookMs);
    answers.taken();
    this.#failures = 0;
    this.#last = points.at(-1) ?? this.#last;
    troubles.isOver(this.#name);
    return null;
  }

  async #setAside(point: Point, refusal: CodedError): Promise<void> {
    const { quarantine, troubles, onQuarantined } = this.#options;
    for (;;) {
      try {
        await quarantine(point, refusal);
        break;
      } catch (error) {
        await this.#pause('retrying', error);
      }
    }
    this.#failures = 0;
    troubles.isOver(this.#name);
    onQuarantined();
  }

  /** @param told what is told of it, where that is not the error itself */
  async #pause(state: 'retrying' | 'denied', error: unknown, told = error): Promise<void> {
    const { clock, signal, troubles, answers } = this.#options;
    signal.throwIfAborted();
    troubles.has(this.#name, state, told);
    const failures = this.#failures++;
    if (state === 'denied') return await sleep(clock, deniedPause(failures, this.#options), signal);
    const pause = retryPause(failures, error, this.#options);
    // That the store takes writes says nothing of the quarantine.
    if (error instanceof StoreError) await answers.pause(clock, pause, signal);
    else await sleep(clock, pause.mostMs, signal);
  }
}

/** What an adapter did not expect may pass: nothing is lost by trying again. */
function asStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError('transient', cause instanceof Error ? cause.message : String(cause), { cause });
}

/** The end of what begins at `at` and holds at most `maxMoments`, or one point where that alone holds more. */
function sliceEnd(points: readonly Point[], at: number, maxMoments: number): number {
  let moments = 0;
  for (let end = at; end < points.length; end++) {
    const point = points[end];
    if (point !== undefined) moments += momentsOf(point);
    if (end > at && moments > maxMoments) return end;
  }
  return points.length;
}
