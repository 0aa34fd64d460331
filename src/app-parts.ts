import { CodedError, codeOf } from './core/coded-error.ts';

/** A stop as a whole, and one part of it, take no longer. Milliseconds of real time, also in an accelerated run. */
const STOP_WITHIN_MS = 15_000;
const PART_WITHIN_MS = 6_000;

/** How long may pass before what did not end is left behind. */
export interface StopBounds {
  readonly stopMs: number;
  readonly partMs: number;
}

interface Part {
  readonly name: string;
  readonly end: () => unknown;
  /** Not ended when anything else is left behind, which may still need it. */
  readonly guards: boolean;
}

/**
 * What is open, by name, ended in the reverse order of its opening. Unlike a plain stack it ends in time whatever hangs (a
 * disk, a peer, a database): a part that takes too long is left behind, and those before it are ended all the same.
 */
export class OpenParts implements AsyncDisposable {
  readonly #bounds: StopBounds;
  #parts: Part[] = [];
  #ending: Promise<void> | null = null;

  constructor(bounds: StopBounds = { stopMs: STOP_WITHIN_MS, partMs: PART_WITHIN_MS }) {
    this.#bounds = bounds;
  }

  use<Open extends AsyncDisposable | Disposable>(name: string, part: Open): Open {
    const end =
      Symbol.asyncDispose in part ? () => part[Symbol.asyncDispose]() : () => part[Symbol.dispose]();
    this.defer(name, end);
    return part;
  }

  /** To be called in its turn. */
  defer(name: string, end: () => unknown): void {
    this.#parts.push({ name, end, guards: false });
  }

  /** What keeps others away from the parts opened after it: let go of only when all of them have ended. */
  guard(name: string, part: Disposable): void {
    this.#parts.push({ name, end: () => part[Symbol.dispose](), guards: true });
  }

  /** Hands everything over: disposing this one ends nothing any more. */
  move(): OpenParts {
    const moved = new OpenParts(this.#bounds);
    moved.#parts = this.#parts;
    this.#parts = [];
    return moved;
  }

  /**
   * A second call waits for the first, and does not tell its trouble again.
   * @throws CodedError `stop_overdue` with `parts`: what did not end; what the parts threw, when all of them ended
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ending !== null) return await this.#ending.catch(() => {});
    this.#ending = this.#end();
    await this.#ending;
  }

  async #end(): Promise<void> {
    const until = performance.now() + this.#bounds.stopMs;
    const overdue: string[] = [];
    const failures: unknown[] = [];
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      if (part.guards && overdue.length > 0) continue;
      const left = Math.min(this.#bounds.partMs, until - performance.now());
      try {
        if (left <= 0 || !(await endsWithin(part.end, left))) overdue.push(part.name);
      } catch (cause) {
        // It gave up by itself what it cannot end.
        if (codeOf(cause) === 'worker_hangs') overdue.push(part.name);
        else failures.push(cause);
      }
    }
    const cause = failures.length > 1 ? new AggregateError(failures, 'parts failed to end') : failures[0];
    if (overdue.length > 0)
      throw new CodedError('stop_overdue', `did not end in time: ${overdue.join(', ')}`, {
        cause,
        details: { parts: overdue },
      });
    if (cause !== undefined) throw cause;
  }
}

/** False: it has not ended by then. What comes of it later is nobody's any more. @throws what `end` throws in time */
async function endsWithin(end: () => unknown, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<false>();
  // Unlike a clock's timer this one keeps the process alive: what hangs may be nothing that Node waits for.
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    const ended = Promise.resolve(end()).then(() => true);
    return await Promise.race([ended, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
