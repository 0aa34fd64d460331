import type { Clock } from '../../src/core/clock.ts';
import { CodedError } from '../../src/core/coded-error.ts';

/** How long a step under way may take to notice; then it hangs in a system call, and only the end of the process helps. */
const NOTICED_WITHIN_MS = 30_000;

export interface TimeLimitOptions {
  readonly clock: Clock;
  readonly withinMs: number;
  /** Ends the process, and with it what holds its snapshots. */
  readonly end: (error: CodedError) => void;
}

/** The time that a backup may take. Disposing it ends the watch. */
export class TimeLimit implements Disposable {
  readonly #up = new AbortController();
  #timer: { cancel(): void };

  constructor({ clock, withinMs, end }: TimeLimitOptions) {
    this.#timer = clock.after(withinMs, () => {
      const error = overdue(withinMs);
      this.#up.abort(error);
      this.#timer = clock.after(NOTICED_WITHIN_MS, () => end(error));
    });
  }

  /** Aborts with CodedError `backup_overdue`. */
  get signal(): AbortSignal {
    return this.#up.signal;
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }
}

function overdue(withinMs: number): CodedError {
  return new CodedError(
    'backup_overdue',
    `the backup was not done within ${Math.round(withinMs / 60_000)} min, in which the -wal files of the server grow: look whether its target hangs, or give it longer with --within`,
  );
}
