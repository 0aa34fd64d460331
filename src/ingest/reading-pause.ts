import type { Transport } from '../protocol/transport.ts';

/**
 * Why a device's socket is not read.
 * - `welcome`: the journal is asked how far the stream has come.
 * - `journal`: the disk is behind.
 * - `rate`: the device sends more than one may.
 * - `stop`: the server stops.
 */
export type PauseReason = 'welcome' | 'journal' | 'rate' | 'stop';

/** The one that pauses a socket: it is read again when the last reason not to is gone, in whichever order they go. */
export class ReadingPause {
  readonly #transport: Pick<Transport, 'pause' | 'resume'>;
  readonly #reasons = new Set<PauseReason>();

  constructor(transport: Pick<Transport, 'pause' | 'resume'>) {
    this.#transport = transport;
  }

  pause(reason: PauseReason): void {
    if (this.#reasons.size === 0) this.#transport.pause();
    this.#reasons.add(reason);
  }

  resume(reason: PauseReason): void {
    if (this.#reasons.delete(reason) && this.#reasons.size === 0) this.#transport.resume();
  }
}
