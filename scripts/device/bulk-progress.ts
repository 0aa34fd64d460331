import type { Clock } from '../../src/core/clock.ts';
import { ProgressLine } from '../wearables/progress-line.ts';

const BAR_WIDTH = 24;
/** How often the bar moves; and how often a line says how far it is where there is no terminal. Milliseconds. */
const REDRAW_MS = 100;
const LINE_MS = 5_000;

/** How far a bulk run is, on standard error: a bar on a terminal, elsewhere a line now and then. */
export class BulkProgress implements Disposable {
  readonly #clock: Clock;
  readonly #total: number;
  readonly #begun: number;
  readonly #bar = new ProgressLine(process.stderr, true);
  readonly #everyMs = process.stderr.isTTY ? REDRAW_MS : LINE_MS;
  #done = 0;
  #shown: number;

  constructor(clock: Clock, total: number) {
    this.#clock = clock;
    this.#total = total;
    this.#begun = clock.monotonic();
    this.#shown = this.#begun;
  }

  /** One more row is done with. */
  step(): void {
    this.#done += 1;
    const now = this.#clock.monotonic();
    if (now - this.#shown < this.#everyMs) return;
    this.#shown = now;
    const text = this.#text(now);
    if (process.stderr.isTTY) this.#bar.show(`${this.#drawn()} ${text}`);
    else process.stderr.write(`${text}\n`);
  }

  [Symbol.dispose](): void {
    this.#bar[Symbol.dispose]();
  }

  #drawn(): string {
    const full = Math.round((BAR_WIDTH * this.#done) / this.#total);
    return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
  }

  #text(now: number): string {
    const rate = (1000 * this.#done) / Math.max(1, now - this.#begun);
    const left = Math.ceil((this.#total - this.#done) / rate);
    return `${this.#done} of ${this.#total} rows, ${rate.toFixed(0)} a second, ${left} s left`;
  }
}
