import { type Clock, sleep } from '../core/clock.ts';
import type { BatchSize } from './batch-size.ts';
import type { Point } from './point.ts';
import { momentsOf } from './points.ts';
import { deniedPause, type RetryOptions, retryPause } from './retry-pause.ts';
import type { StoreAnswers } from './store-answers.ts';
import type { StoreDoor } from './store-door.ts';
import { StoreError, type TelemetryStore } from './telemetry-store.ts';
import type { WriterTroubles } from './writer-status.ts';

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
  /** Takes a point that the store will never take; resolves when that is durable. */
  readonly quarantine: (point: Point, error: StoreError) => Promise<void>;
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

  constructor(name: string, options: LaneWriterOptions) {
    this.#name = name;
    this.#options = options;
  }

  /** In their order, as much at a time as may go into one write. Rejects only on abort. */
  async write(points: readonly Point[]): Promise<void> {
    for (let at = 0; at < points.length; ) {
      const end = sliceEnd(points, at, this.#options.size.moments);
      await this.#settle(points.slice(at, end));
      at = end;
    }
  }

  /** Halves what is refused until the culprits stand alone. */
  async #settle(points: readonly Point[]): Promise<void> {
    const { size } = this.#options;
    const moments = points.reduce((sum, point) => sum + momentsOf(point), 0);
    for (;;) {
      const error = await this.#attempt(points, moments);
      if (error === null) return;
      const alone = points.length === 1 ? points[0] : undefined;
      if (error.failure === 'too_large') size.tooLarge(moments);
      if (error.failure === 'transient') {
        size.failed(moments);
        await this.#pause('retrying', error);
        // It may have become less that is written at a time.
        if (alone === undefined && moments > size.moments) return await this.write(points);
      } else if (error.failure === 'denied' || (error.failure === 'too_large' && alone !== undefined)) {
        // Who does not take even one point has a limit that a person must raise: a chunk is at most 200 kB.
        await this.#pause('denied', error);
      } else if (alone !== undefined) {
        return await this.#setAside(alone, error);
      } else {
        const half = points.length >> 1;
        await this.#settle(points.slice(0, half));
        return await this.#settle(points.slice(half));
      }
    }
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
    troubles.isOver(this.#name);
    return null;
  }

  async #setAside(point: Point, refusal: StoreError): Promise<void> {
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

  async #pause(state: 'retrying' | 'denied', error: unknown): Promise<void> {
    const { clock, signal, troubles, answers } = this.#options;
    signal.throwIfAborted();
    troubles.has(this.#name, state, error);
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
