import type { ReadingPause } from './reading-pause.ts';
import type { RecordingGate } from './recording-gate.ts';

/** Frames that were off the socket already when it was paused; more is a peer that was never paused. */
const MAX_HELD = 1_024;

export interface HoldBackOptions<Frame> {
  readonly reading: Pick<ReadingPause, 'pause' | 'resume'>;
  readonly gate: Pick<RecordingGate, 'mode' | 'released'>;
  /** Takes a frame that was held, in order; may hold it again. */
  readonly take: (frame: Frame) => void;
  readonly onOverflow: () => void;
}

/** Back-pressure: while the journal is behind the socket is not read, and what was read already waits its turn. */
export class HoldBack<Frame> {
  readonly #options: HoldBackOptions<Frame>;
  #held: Frame[] | null = null;
  #dropped = false;

  constructor(options: HoldBackOptions<Frame>) {
    this.#options = options;
  }

  /** True when the frame is held until there is room, or until waiting for it makes no sense any more. */
  holds(frame: Frame): boolean {
    const { gate, reading, onOverflow } = this.#options;
    if (this.#held !== null) {
      this.#held.push(frame);
      if (this.#held.length > MAX_HELD) onOverflow();
      return true;
    }
    if (gate.mode !== 'held_back') return false;
    this.#held = [frame];
    reading.pause('journal');
    // Never rejects.
    void gate.released().then(() => this.#goOn());
    return true;
  }

  /** The session is over: what is held will be sent again. */
  drop(): void {
    this.#held = null;
    this.#dropped = true;
  }

  #goOn(): void {
    if (this.#dropped) return;
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.#options.take(frame);
    // The journal may have filled up again meanwhile.
    if (this.#held === null) this.#options.reading.resume('journal');
  }
}
