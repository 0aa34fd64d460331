import { type ReadonlySignal, signal } from '@preact/signals';

const TICK_MS = 1_000;

/** The server's time as far as the page knows it, in epoch ms: ages are told by it, whatever this machine's clock says. */
export class ServerClock implements Disposable {
  readonly #now = signal(Date.now());
  #offsetMs = 0;
  readonly #ticking: ReturnType<typeof setInterval>;

  constructor() {
    this.#ticking = setInterval(() => this.#tick(), TICK_MS);
  }

  /** Grows once a second: for ages and everything that is shown by the second. */
  get now(): ReadonlySignal<number> {
    return this.#now;
  }

  /** How far this machine's clock is behind the server's. Milliseconds. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** By how much the server's clock is ahead, from a frame that says its time. */
  heard(serverTime: number): void {
    this.#offsetMs = serverTime - Date.now();
    if (Math.abs(Date.now() + this.#offsetMs - this.#now.peek()) > TICK_MS) this.#tick();
  }

  /** Between the ticks. */
  exact(): number {
    return Date.now() + this.#offsetMs;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#ticking);
  }

  #tick(): void {
    this.#now.value = this.exact();
  }
}
