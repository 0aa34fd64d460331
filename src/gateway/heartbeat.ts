import type { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';

/** Looks in an interval. */
const LOOKS = 4;
/** A socket silent for so many looks is lost: before the second interval is over, and a ping had three looks to be answered. */
const SILENT_LOOKS = 2 * LOOKS - 1;
/** A look at all sockets is taken in so many parts: ten thousand pings at once are 150 ms in which no alarm is heard. */
const PARTS = 20;

interface Watched {
  /** Looks since something came. */
  silent: number;
  /** Looks since it was pinged. */
  unpinged: number;
  readonly onLost: () => void;
}

/**
 * Finds half-open peers with one sweep for all sockets (RFC 6455 section 5.5.2): each interval pings, and a socket of
 * which nothing came for two intervals is reported lost before they are over. Any message counts as an answer.
 */
export class Heartbeat implements Disposable {
  /** Those looked at together; each socket is in one part for good. */
  readonly #parts: readonly Map<WebSocket, Watched>[] = Array.from({ length: PARTS }, () => new Map());
  #watched = 0;
  #turn = 0;
  readonly #timer: { cancel(): void };

  constructor(clock: Clock, intervalMs: number) {
    this.#timer = clock.every(intervalMs / LOOKS / PARTS, () => this.#round());
  }

  /** @returns to be called with each message */
  watch(socket: WebSocket, onLost: () => void): () => void {
    // In turn: those who come together are not pinged together.
    const part = this.#parts[this.#watched % PARTS];
    const state: Watched = { silent: 0, unpinged: Math.floor(this.#watched / PARTS) % LOOKS, onLost };
    this.#watched += 1;
    part?.set(socket, state);
    const alive = (): void => {
      state.silent = 0;
    };
    socket.on('pong', alive);
    socket.on('close', () => part?.delete(socket));
    return alive;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    for (const part of this.#parts) part.clear();
  }

  #round(): void {
    const part = this.#parts[this.#turn % PARTS];
    this.#turn += 1;
    for (const [socket, state] of part ?? []) {
      state.unpinged++;
      // Held back while the disk is slow: its answers are there, and nobody has read them.
      if (socket.isPaused) state.silent = 0;
      else if (state.silent >= SILENT_LOOKS) {
        part?.delete(socket);
        state.onLost();
        continue;
      } else state.silent++;
      if (state.unpinged < LOOKS || socket.readyState !== socket.OPEN) continue;
      state.unpinged = 0;
      socket.ping();
    }
  }
}
