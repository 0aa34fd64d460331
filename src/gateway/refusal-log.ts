import type { Clock } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';

/** Refused handshakes of one kind that get a line each, in this time; the rest are counted. */
const LINES = 100;
const WITHIN_MS = 10_000;
/** Kinds that are told apart; what comes beyond them counts as one. */
const MAX_KINDS = 30;

/**
 * Logs TLS peers of one listener that were turned away, and does not let strangers fill the log: of each kind, past a
 * bound, they are counted only. A flood of one kind hides no other.
 */
export class RefusalLog implements Disposable {
  readonly #log: Log;
  readonly #listener: string;
  readonly #timer: { cancel(): void };
  readonly #seen = new Map<string, number>();

  constructor({ log, clock, listener }: { log: Log; clock: Clock; listener: string }) {
    this.#log = log;
    this.#listener = listener;
    this.#timer = clock.every(WITHIN_MS, () => this.#next());
  }

  /** @param code the kind of refusal; `reason` is its text. */
  refused(code: string, reason: string, remote: string | undefined): void {
    const kind = this.#seen.has(code) || this.#seen.size < MAX_KINDS ? code : 'others';
    const seen = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, seen);
    if (seen > LINES) return;
    const listener = this.#listener;
    this.#log.warn({ event: 'tls_refused', listener, reason, remote }, 'TLS handshake refused');
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#next();
  }

  #next(): void {
    for (const [reason, seen] of this.#seen) {
      if (seen <= LINES) continue;
      this.#log.warn(
        { event: 'tls_refused', listener: this.#listener, reason, more: seen - LINES },
        'more TLS handshakes refused than are logged',
      );
    }
    this.#seen.clear();
  }
}
