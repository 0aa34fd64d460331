import { type Clock, sleep } from '../core/clock.ts';
import { deniedPause, type RetryOptions, retryPause } from './retry-pause.ts';
import { StoreError, type TelemetryStore } from './telemetry-store.ts';
import type { WriterTroubles } from './writer-status.ts';

/** Proof that the store was opened; the same for everybody until somebody is denied. */
export type Passage = Promise<void>;

export interface StoreDoorOptions extends RetryOptions {
  readonly store: Pick<TelemetryStore, 'open'>;
  readonly clock: Clock;
  readonly troubles: WriterTroubles;
  readonly signal: AbortSignal;
}

/**
 * Opens the store for everything that writes, and shuts it to all when one of them is denied: it is opened anew after
 * a while, so that neither a store that is down at the start nor a database made later needs a restart.
 */
export class StoreDoor {
  readonly #options: StoreDoorOptions;
  #passage: Passage | null = null;

  constructor(options: StoreDoorOptions) {
    this.#options = options;
  }

  /** Resolves when the store is open; rejects only on abort. */
  passage(): Passage {
    this.#passage ??= this.#opened(0);
    return this.#passage;
  }

  /** Who came through this passage was denied: it is opened anew after so many milliseconds. */
  shut(passage: Passage, pauseMs: number): void {
    if (this.#passage !== passage) return;
    this.#passage = this.#opened(pauseMs);
    // Nobody may be waiting for it when the writer stops.
    this.#passage.catch(() => undefined);
  }

  async #opened(pauseMs: number): Promise<void> {
    const { store, clock, troubles, signal } = this.#options;
    let pause = pauseMs;
    for (let failures = 0; ; failures++) {
      if (pause > 0) await sleep(clock, pause, signal);
      signal.throwIfAborted();
      try {
        await store.open();
        troubles.isOver('open');
        return;
      } catch (error) {
        // Whatever is refused here is the configuration.
        const denied = error instanceof StoreError && error.failure !== 'transient';
        troubles.has('open', denied ? 'denied' : 'retrying', error);
        pause = denied
          ? deniedPause(failures, this.#options)
          : retryPause(failures, error, this.#options).mostMs;
      }
    }
  }
}
