import type { Clock } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';

/** Refusals of one kind that get a line each, in this time; the rest are counted. */
const LINES = 100;
const WITHIN_MS = 10_000;
/** Kinds that are told apart; what comes beyond them counts as one. */
const MAX_KINDS = 30;

/** What is refused, and how that is said. */
const SUBJECTS = {
  handshakes: { event: 'tls_refused', one: 'TLS handshake refused', more: 'more TLS handshakes refused' },
  requests: { event: 'denied', one: 'request denied', more: 'more requests denied' },
} as const;

/**
 * Logs peers of one listener that were turned away, and does not let strangers fill the log: of each kind, past a bound,
 * they are counted only. A flood of one kind hides no other.
 */
export class RefusalLog implements Disposable {
  readonly #log: Log;
  readonly #listener: string;
  readonly #subject: (typeof SUBJECTS)[keyof typeof SUBJECTS];
  readonly #timer: { cancel(): void };
  readonly #seen = new Map<string, number>();

  /** @param of what is refused */
  constructor(options: { log: Log; clock: Clock; listener: string; of: keyof typeof SUBJECTS }) {
    this.#log = options.log;
    this.#listener = options.listener;
    this.#subject = SUBJECTS[options.of];
    this.#timer = options.clock.every(WITHIN_MS, () => this.#next());
  }

  /** @param code the kind of refusal; `facts` is what its line says. */
  refused(code: string, facts: Readonly<Record<string, string | undefined>>): void {
    const kind = this.#seen.has(code) || this.#seen.size < MAX_KINDS ? code : 'others';
    const seen = (this.#seen.get(kind) ?? 0) + 1;
    this.#seen.set(kind, seen);
    if (seen > LINES) return;
    const { event, one } = this.#subject;
    this.#log.warn({ event, listener: this.#listener, ...facts }, one);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#next();
  }

  #next(): void {
    const { event, more } = this.#subject;
    for (const [reason, seen] of this.#seen) {
      if (seen <= LINES) continue;
      this.#log.warn(
        { event, listener: this.#listener, reason, more: seen - LINES },
        `${more} than are logged`,
      );
    }
    this.#seen.clear();
  }
}
