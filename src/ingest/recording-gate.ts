import type { Clock } from '../core/clock.ts';
import type { Journal, JournalCondition } from '../journal/journal.ts';

/**
 * What is to become of a frame now.
 * - `recording`: it is heard and handed to the journal.
 * - `held_back`: the disk is behind: the frame waits, and its socket is not read.
 * - `unrecorded`: the journal takes nothing and may not for long: a breach is heard all the same (R3), and the device
 *   keeps the frame, which is not acked.
 */
export type RecordingMode = 'recording' | 'held_back' | 'unrecorded';

/** How long alarms may wait for a disk that is behind, at once or in pieces. */
const MOST_HELD_MS = 2_000;
/** So much of the time in which nothing is held pays off what was: load that comes and goes stays back-pressure. */
const PAID_OFF = 0.25;
/** After that the disk has caught up when the journal was ok for so long. */
const STEADY_MS = 5_000;

/**
 * The journal's condition as the sessions see it: one look at the journal for all that wait. A disk that is slower than
 * the load is behind again and again, and each time frames wait a little longer: held back for too long, they are heard
 * unrecorded.
 */
export class RecordingGate {
  readonly #journal: Pick<Journal, 'condition' | 'onCondition'>;
  readonly #clock: Clock;
  readonly #onOverrun: (overrun: boolean) => void;
  #released: PromiseWithResolvers<void> | null = null;
  #overrun = false;
  #told: JournalCondition = 'ok';
  #countedAt: number;
  /** How long frames were held back, less what was paid off, until `#countedAt`. */
  #heldMs = 0;
  #timer: { cancel(): void } | null = null;

  constructor(
    journal: Pick<Journal, 'condition' | 'onCondition'>,
    clock: Clock,
    onOverrun: (overrun: boolean) => void = () => {},
  ) {
    this.#onOverrun = onOverrun;
    this.#journal = journal;
    this.#clock = clock;
    this.#countedAt = clock.monotonic();
    journal.onCondition((condition) => this.#changed(condition));
    this.#changed(journal.condition);
  }

  get mode(): RecordingMode {
    switch (this.#journal.condition) {
      case 'ok':
        return this.#overrun ? 'unrecorded' : 'recording';
      case 'behind':
        return this.#overrun ? 'unrecorded' : 'held_back';
      default:
        return 'unrecorded';
    }
  }

  /** Frames were held back for too long: more comes than the disk takes, and nothing is recorded until it has caught up. */
  get isOverrun(): boolean {
    return this.#overrun;
  }

  /** Resolves when frames are not held back any more, whichever way they go then. */
  released(): Promise<void> {
    this.#released ??= Promise.withResolvers();
    return this.#released.promise;
  }

  #changed(condition: JournalCondition): void {
    this.#count();
    this.#told = condition;
    this.#timer?.cancel();
    this.#timer = this.#next();
    if (condition !== 'behind') this.#release();
  }

  #count(): void {
    const now = this.#clock.monotonic();
    const passed = now - this.#countedAt;
    const held = this.#told === 'behind' && !this.#overrun;
    this.#heldMs = held ? this.#heldMs + passed : Math.max(0, this.#heldMs - passed * PAID_OFF);
    this.#countedAt = now;
  }

  #next(): { cancel(): void } | null {
    if (this.#overrun)
      return this.#told === 'ok' ? this.#clock.after(STEADY_MS, () => this.#become(false)) : null;
    if (this.#told !== 'behind') return null;
    return this.#clock.after(Math.max(0, MOST_HELD_MS - this.#heldMs), () => this.#become(true));
  }

  #become(overrun: boolean): void {
    this.#count();
    this.#overrun = overrun;
    this.#timer = null;
    if (overrun) this.#release();
    this.#onOverrun(overrun);
  }

  #release(): void {
    this.#released?.resolve();
    this.#released = null;
  }
}
