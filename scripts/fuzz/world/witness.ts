import type { FeedAudit } from '../../../src/feed/feed-audit.ts';
import type { Finding } from '../fuzz-case.ts';
import { CANARY } from '../input/hostile-atoms.ts';

/** A line of the log is no place for a frame. Characters. */
const MAX_LINE = 4_000;

/** Hears what no peer is told: the log, failures of parts, and rejections that nobody caught. */
export class Witness implements Disposable {
  #finding: Finding | null = null;
  readonly #rejected = (reason: unknown): void => this.#found('unhandled_rejection', String(reason));
  /** What the feed does is on no record here. */
  readonly audit: FeedAudit = {
    denied: () => {},
    acted: () => {},
    trail: { healthy: true, record: async () => {}, [Symbol.asyncDispose]: async () => {} },
  };

  constructor() {
    process.on('unhandledRejection', this.#rejected);
  }

  /** A line of the log, as pino writes it. */
  write(line: string): void {
    if (line.includes(CANARY)) this.#found('log_echoes', 'the log holds what came in');
    else if (line.length > MAX_LINE)
      this.#found('log_long', `a line of ${line.length} characters in the log`);
    else if (line.includes('"level":50') || line.includes('"level":60'))
      this.#found('logged_error', line.slice(0, 300));
  }

  failed(error: Error): void {
    this.#found('part_failed', String(error));
  }

  /** What was seen since it was asked last, if anything. */
  take(): Finding | null {
    const finding = this.#finding;
    this.#finding = null;
    return finding;
  }

  [Symbol.dispose](): void {
    process.off('unhandledRejection', this.#rejected);
  }

  #found(kind: string, message: string): void {
    this.#finding ??= { kind, message };
  }
}
