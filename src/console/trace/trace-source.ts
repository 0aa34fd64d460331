import { type ReadonlySignal, signal } from '@preact/signals';
import type { Signal } from '../../model/signal.ts';
import type { TraceChunk, TraceHub } from '../feed/trace-hub.ts';
import { Problem } from '../server/problem.ts';
import { Playout } from './playout.ts';
import { TraceBuffer } from './trace-buffer.ts';

/**
 * `waiting`: asked for. `none`: asked for, and nothing came. `stopped`: nothing has come since (server's clock, ms).
 * `refused`: the server does not send it.
 */
export type TraceState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'none' }
  | { readonly kind: 'running' }
  | { readonly kind: 'stopped'; readonly since: number }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** As long as a wide screen shows at a slow speed. Milliseconds. */
const KEEP_MS = 60_000;
/** A device hears of the wish, measures a chunk and sends it. Milliseconds. */
const FIRST_WITHIN_MS = 8_000;
/** Without anything from the one device, another one's trace is shown, or a clock that was set back is believed. Milliseconds. */
const SILENCE_MS = 3_000;

export interface TraceSourceOptions {
  readonly hub: TraceHub;
  readonly patient: string;
  readonly signal: Signal;
  /** A clock that runs evenly, ms: `performance.now`. */
  readonly now: () => number;
  /** The server's clock, epoch ms. */
  readonly serverNow: () => number;
}

/** One live trace as long as somebody looks at it: its newest values, and up to where they are to be shown. */
export class TraceSource implements Disposable {
  readonly buffer = new TraceBuffer(KEEP_MS);
  readonly #options: TraceSourceOptions;
  readonly #playout = new Playout();
  readonly #state = signal<TraceState>({ kind: 'waiting' });
  readonly #watch: Disposable;
  readonly #first: ReturnType<typeof setTimeout>;
  #device: string | null = null;
  #heard = { at: Number.NEGATIVE_INFINITY, serverAt: 0 };
  #chunks = 0;

  constructor(options: TraceSourceOptions) {
    this.#options = options;
    const { hub, patient, signal: name } = options;
    const watch = hub.watch(patient, [name], (chunk) => this.#take(chunk));
    watch.asked.catch((problem: unknown) => {
      if (!(problem instanceof Problem)) throw problem;
      // Without a connection it is asked for again when there is one.
      if (problem.status === 0 && TRANSIENT.has(problem.code)) return;
      if (this.#chunks === 0) this.#state.value = { kind: 'refused', problem };
    });
    this.#watch = watch;
    this.#first = setTimeout(() => {
      if (this.#state.peek().kind === 'waiting') this.#state.value = { kind: 'none' };
    }, FIRST_WITHIN_MS);
  }

  get state(): ReadonlySignal<TraceState> {
    return this.#state;
  }

  /** How many chunks have come: what depends on the values is the same while this is. */
  get chunks(): number {
    return this.#chunks;
  }

  /** Up to which time of the trace to show, ms; null: nothing has come. Notices that nothing comes any more. */
  headAt(now: number): number | null {
    const head = this.#playout.headAt(now);
    if (this.#state.peek().kind === 'running' && this.#playout.starvedAt(now))
      this.#state.value = { kind: 'stopped', since: this.#heard.serverAt };
    return head;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#first);
    this.#watch[Symbol.dispose]();
  }

  #take(chunk: TraceChunk): void {
    const now = this.#options.now();
    const silent = now - this.#heard.at > SILENCE_MS;
    if (this.#device !== chunk.device && this.#device !== null) {
      // Two devices give two traces: they are not one line.
      if (!silent) return;
      this.#begin();
    }
    if (!this.buffer.add(chunk)) {
      if (!silent) return;
      this.#begin();
      if (!this.buffer.add(chunk)) return;
    }
    this.#device = chunk.device;
    this.#heard = { at: now, serverAt: this.#options.serverNow() };
    this.#chunks += 1;
    const end = this.buffer.end ?? chunk.t;
    this.#playout.arrived(end, (1_000 * chunk.values.length) / chunk.rate_hz, now);
    if (this.#state.peek().kind !== 'running') this.#state.value = { kind: 'running' };
  }

  #begin(): void {
    this.buffer.clear();
    this.#playout.reset();
  }
}

/** Refusals that are none: nobody was there to be asked. */
const TRANSIENT: ReadonlySet<string> = new Set(['not_connected', 'connection_lost', 'request_timeout']);
