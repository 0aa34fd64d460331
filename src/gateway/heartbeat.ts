import type { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';

/** Looks in an interval. */
const LOOKS = 4;
/** A socket silent for so many looks is lost: before the second interval is over, and a ping had three looks to be answered. */
const SILENT_LOOKS = 2 * LOOKS - 1;

/**
 * Finds half-open peers with one sweep for all sockets (RFC 6455 section 5.5.2): each interval pings, and a socket of
 * which nothing came for two intervals is reported lost before they are over. Any message counts as an answer.
 */
export class Heartbeat implements Disposable {
  /** `silent`: looks since something came. */
  readonly #sockets = new Map<WebSocket, { silent: number; readonly onLost: () => void }>();
  #look = 0;
  readonly #timer: { cancel(): void };

  constructor(clock: Clock, intervalMs: number) {
    this.#timer = clock.every(intervalMs / LOOKS, () => this.#round());
  }

  /** @returns to be called with each message */
  watch(socket: WebSocket, onLost: () => void): () => void {
    const state = { silent: 0, onLost };
    this.#sockets.set(socket, state);
    const alive = (): void => {
      state.silent = 0;
    };
    socket.on('pong', alive);
    socket.on('close', () => this.#sockets.delete(socket));
    return alive;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#sockets.clear();
  }

  #round(): void {
    const pings = this.#look % LOOKS === 0;
    this.#look += 1;
    for (const [socket, state] of this.#sockets) {
      // Held back while the disk is slow: its answers are there, and nobody has read them.
      if (socket.isPaused) {
        state.silent = 0;
        continue;
      }
      if (state.silent >= SILENT_LOOKS) {
        this.#sockets.delete(socket);
        state.onLost();
        continue;
      }
      state.silent++;
      if (pings && socket.readyState === socket.OPEN) socket.ping();
    }
  }
}
