import type { EpochMs } from '../core/clock.ts';
import { CodedError, codeOf } from '../core/coded-error.ts';
import { STORE_STUCK } from './stuck-point.ts';

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
  /** Records (frames, alarm steps, observations) that are durable and not written yet. */
  readonly lagRecords: number;
  /** When the oldest record that is not written reached the server; null when all is written. */
  readonly oldestUnwritten: EpochMs | null;
  /** Age of that record, in milliseconds; 0 when there is none. */
  readonly lagMs: number;
  /** For how long one point alone has failed while the store takes others, in milliseconds; 0: there is none. */
  readonly stuckMs: number;
  /** How much goes into one write now, in moments. */
  readonly batchMoments: number;
  readonly writesInFlight: number;
  /** Records written a second, over the last few. */
  readonly recordsPerSecond: number;
  /** Since the start, in moments: a sample, a waveform value, an alarm step or a device status. */
  readonly written: number;
  readonly quarantined: number;
  /** How long ago the last of them was refused, in milliseconds; null: none was. */
  readonly refusedAgoMs: number | null;
}

/** What one part of the writer has trouble with. */
interface Trouble {
  readonly state: 'retrying' | 'denied' | 'stopped';
  readonly error: unknown;
}

/**
 * The troubles of everything that writes at once, and the one state they make. Tells of every change of state and of
 * the error behind it, but not of going between idle and writing.
 */
export class WriterTroubles {
  readonly #onNews: () => void;
  readonly #troubles = new Map<string, Trouble>();
  #told: string | null = null;

  constructor(onNews: () => void) {
    this.#onNews = onNews;
  }

  /** Null while all is well. */
  get worst(): { readonly state: Trouble['state']; readonly lastError: WriterStatus['lastError'] } | null {
    const all = [...this.#troubles.values()];
    const worst =
      all.find(({ state }) => state === 'stopped') ?? all.find(({ state }) => state === 'denied') ?? all[0];
    if (worst === undefined) return null;
    const { state, error } = worst;
    if (error === undefined) return { state, lastError: null };
    return {
      state,
      lastError: { code: codeOf(error), message: error instanceof Error ? error.message : String(error) },
    };
  }

  /** Of the point that is stuck longest, when it failed last; 0: there is none. Milliseconds. */
  get stuckMs(): number {
    const stuck = [...this.#troubles.values()].map(({ error }) => error);
    return Math.max(0, ...stuck.filter(isStuck).map(({ details }) => Number(details.forMs)));
  }

  has(of: string, state: Trouble['state'], error?: unknown): void {
    this.#troubles.set(of, { state, error });
    this.#tell();
  }

  isOver(of: string): void {
    if (this.#troubles.delete(of)) this.#tell();
  }

  #tell(): void {
    const { worst } = this;
    const news = worst === null ? null : `${worst.state} ${worst.lastError?.code}`;
    if (news === this.#told) return;
    this.#told = news;
    this.#onNews();
  }
}

function isStuck(error: unknown): error is CodedError {
  return error instanceof CodedError && error.code === STORE_STUCK;
}
