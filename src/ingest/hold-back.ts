import type { Transport } from '../protocol/transport.ts';

/** Frames that were off the socket already when it was paused; more is a peer that was never paused. */
const MAX_HELD = 1_024;

export interface HoldBackOptions<Frame> {
  readonly transport: Pick<Transport, 'pause' | 'resume'>;
  /** Resolves when there is room again; null while there is. */
  readonly writable: () => Promise<void> | null;
  /** Takes a frame that was held, in order; may hold it again. */
  readonly take: (frame: Frame) => void;
  readonly onOverflow: () => void;
  readonly onFailure: () => void;
}

/** Back-pressure: while the journal is full the socket is not read, and what was read already waits its turn. */
export class HoldBack<Frame> {
  readonly #options: HoldBackOptions<Frame>;
  #held: Frame[] | null = null;

  constructor(options: HoldBackOptions<Frame>) {
    this.#options = options;
  }

  /** True when the frame is held until there is room. */
  holds(frame: Frame): boolean {
    const { writable, transport, onOverflow, onFailure } = this.#options;
    if (this.#held !== null) {
      this.#held.push(frame);
      if (this.#held.length > MAX_HELD) onOverflow();
      return true;
    }
    const room = writable();
    if (room === null) return false;
    this.#held = [frame];
    transport.pause();
    room.then(() => this.#goOn(), onFailure);
    return true;
  }

  /** The session is over: what is held will be sent again. */
  drop(): void {
    this.#held = null;
  }

  #goOn(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const frame of held) this.#options.take(frame);
    // The journal may have filled up again meanwhile.
    if (this.#held === null) this.#options.transport.resume();
  }
}
