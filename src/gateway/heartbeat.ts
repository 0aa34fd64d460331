import type { WebSocket } from 'ws';
import type { Clock } from '../core/clock.ts';

/** Pings in a row that may go unanswered. */
const MISSED_AT_MOST = 2;

/**
 * Finds half-open peers with one sweep for all sockets (RFC 6455 section 5.5.2): each round pings, and a socket that
 * answered neither of the last two pings is reported lost. Any message counts as an answer.
 */
export class Heartbeat implements Disposable {
  readonly #sockets = new Map<WebSocket, { missed: number; readonly onLost: () => void }>();
  readonly #timer: { cancel(): void };

  constructor(clock: Clock, intervalMs: number) {
    this.#timer = clock.every(intervalMs, () => this.#round());
  }

  watch(socket: WebSocket, onLost: () => void): void {
    const state = { missed: 0, onLost };
    this.#sockets.set(socket, state);
    const alive = (): void => {
      state.missed = 0;
    };
    socket.on('pong', alive);
    socket.on('message', alive);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#sockets.clear();
  }

  #round(): void {
    for (const [socket, state] of this.#sockets) {
      // Held back while the disk is slow: its answers are there, and nobody has read them.
      if (socket.isPaused) {
        state.missed = 0;
        continue;
      }
      if (state.missed >= MISSED_AT_MOST) {
        this.#sockets.delete(socket);
        state.onLost();
        continue;
      }
      state.missed++;
      if (socket.readyState === socket.OPEN) socket.ping();
    }
  }
}
