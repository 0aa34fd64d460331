import type { Signal as Trace } from '../../model/signal.ts';
import type { FeedFrame } from '../../protocol/feed-frames.ts';

export type TraceChunk = Extract<FeedFrame, { type: 'waveform' }>;
type Listener = (chunk: TraceChunk) => void;

interface Watch {
  readonly signals: readonly Trace[];
  readonly listener: Listener;
}

/**
 * Hands live traces to whoever draws them, past every signal: eight traces are a hundred chunks a second. A patient's
 * devices are asked for what anybody here looks at, and for no more.
 */
export class TraceHub {
  readonly #ask: (patient: string, signals: readonly Trace[]) => Promise<void>;
  readonly #watches = new Map<string, Set<Watch>>();

  /** @param ask tells the server which traces of a patient to send */
  constructor(ask: (patient: string, signals: readonly Trace[]) => Promise<void>) {
    this.#ask = ask;
  }

  /** Begins to hand over chunks of these traces, until disposed. A refusal is thrown by `asked`. */
  watch(
    patient: string,
    signals: readonly Trace[],
    listener: Listener,
  ): Disposable & { readonly asked: Promise<void> } {
    const watches = this.#watches.get(patient) ?? new Set<Watch>();
    this.#watches.set(patient, watches);
    const watch = { signals, listener };
    watches.add(watch);
    const asked = this.#ask(patient, this.#wanted(patient));
    return {
      asked,
      [Symbol.dispose]: () => {
        if (!watches.delete(watch)) return;
        if (watches.size === 0 && this.#watches.get(patient) === watches) this.#watches.delete(patient);
        this.#ask(patient, this.#wanted(patient)).catch(() => {
          // They end with the connection in any case.
        });
      },
    };
  }

  chunk(chunk: TraceChunk): void {
    for (const { signals, listener } of this.#watches.get(chunk.patient) ?? [])
      if (signals.includes(chunk.signal)) listener(chunk);
  }

  #wanted(patient: string): readonly Trace[] {
    return [...new Set([...(this.#watches.get(patient) ?? [])].flatMap(({ signals }) => signals))];
  }
}
