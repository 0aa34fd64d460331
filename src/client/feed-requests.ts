import type { Clock, Scheduled } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { FeedAnswer, FeedFrameOf } from './feed-events.ts';

const MAX_PENDING = 256;

interface Pending {
  readonly resolve: (answer: FeedAnswer) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Scheduled;
}

/** Commands that await their `result`, told apart by id. Bounded: past 256 the new one is refused. */
export class FeedRequests {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #pending = new Map<string, Pending>();
  #next = 1;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Sends a command with a new id.
   * @throws CodedError `too_many_requests`, `request_timeout`, or what `fail` was called with
   */
  ask(send: (id: string) => void): Promise<FeedAnswer> {
    if (this.#pending.size >= MAX_PENDING)
      return Promise.reject(
        new CodedError('too_many_requests', `${MAX_PENDING} commands await their answer: wait for some`),
      );
    const id = `c${this.#next}`;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      const timer = this.#clock.after(this.#timeoutMs, () => {
        this.#pending.delete(id);
        reject(new CodedError('request_timeout', `no answer within ${this.#timeoutMs} ms`));
      });
      this.#pending.set(id, { resolve, reject, timer });
      send(id);
    });
  }

  settle(frame: FeedFrameOf<'result'>): void {
    const pending = frame.id === undefined ? undefined : this.#pending.get(frame.id);
    if (!pending || frame.id === undefined) return;
    this.#pending.delete(frame.id);
    pending.timer.cancel();
    pending.resolve({ ok: frame.ok, code: frame.code ?? null, message: frame.message ?? null });
  }

  /** The connection is gone: whether a command was carried out is unknown. */
  fail(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, timer } of pending) {
      timer.cancel();
      reject(error);
    }
  }
}
