import { CodedError } from '../core/coded-error.ts';
import type { DeviceId } from '../model/ids.ts';

/** What was being judged when it failed: each is reported by itself. */
const JUDGEMENTS = ['arrival', 'sweep'] as const;
export type Judgement = (typeof JUDGEMENTS)[number];

export interface AlarmGuardOptions {
  /** Told of `alarm_judgement_failed`: once a subject and judgement, until that succeeds again. */
  readonly onError: (error: CodedError) => void;
}

/**
 * Keeps a fault in the judgement of one subject from everybody else's. Whose alarms cannot be judged is not well and not
 * silent, but unknown: so it is counted, and told.
 */
export class AlarmGuard {
  readonly #options: AlarmGuardOptions;
  /** At most two a subject that the desk has. */
  readonly #failing = new Set<string>();

  constructor(options: AlarmGuardOptions) {
    this.#options = options;
  }

  /** Judgements that failed when they were made last. */
  get failing(): number {
    return this.#failing.size;
  }

  /** A judgement threw. @param devices of the subject, by which people find the patient */
  failed(subject: string, judgement: Judgement, devices: Iterable<DeviceId>, cause: unknown): void {
    const key = keyOf(subject, judgement);
    if (this.#failing.has(key)) return;
    this.#failing.add(key);
    const why = cause instanceof Error ? cause.message : String(cause);
    const of = [...devices].slice(0, 5).join(', ') || 'a patient without one';
    this.#options.onError(
      new CodedError(
        'alarm_judgement_failed',
        `alarms of the wearer of ${of} cannot be judged (${why}): watch that patient by other means, and report this fault of the server with the log`,
        { cause },
      ),
    );
  }

  /** A judgement succeeded: if it had failed, it would be told again. To be called where `failing` is above 0. */
  succeeded(subject: string, judgement: Judgement): void {
    this.#failing.delete(keyOf(subject, judgement));
  }

  /** The desk forgets the subject. */
  forget(subject: string): void {
    for (const judgement of JUDGEMENTS) this.#failing.delete(keyOf(subject, judgement));
  }
}

function keyOf(subject: string, judgement: Judgement): string {
  return `${judgement} ${subject}`;
}
