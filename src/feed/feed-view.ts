import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { Cursor, PatientId } from '../model/ids.ts';
import type { Log } from '../observe/log.ts';
import type { FeedFrame } from '../protocol/feed-frames.ts';
import { catchUp } from './catch-up.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import type { FeedOutlet } from './feed-outlet.ts';
import type { Subscription } from './subscription.ts';
import type { WardBoard } from './ward-board.ts';

export interface FeedViewOptions {
  readonly outlet: FeedOutlet;
  readonly bus: Bus;
  readonly board: WardBoard;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: FeedMetrics;
  /** A replay came to nothing: the session is to end, and to come back. */
  readonly onFailed: () => void;
}

/** What one session watches: a subscription, from its replay over its snapshot to live alarm events. */
export class FeedView {
  readonly #options: FeedViewOptions;
  #subscription: Subscription | null = null;
  /** Set while the log is replayed: live events wait in the log until the cut-over. */
  #catchingUp: AbortController | null = null;

  constructor(options: FeedViewOptions) {
    this.#options = options;
  }

  /** Whether anything is watched. */
  get isOpen(): boolean {
    return this.#subscription !== null;
  }

  /** Whether frames of this patient go to the clinician; null: of devices nobody wears. */
  covers(patient: PatientId | null): boolean {
    return this.#subscription?.covers(patient) ?? false;
  }

  /** Watches this and nothing else. @param since replay what came after it first; null: begin with where all stands */
  open(subscription: Subscription, since: Cursor | null): void {
    this.end();
    this.#subscription = subscription;
    if (since === null) return this.#snapshot(subscription);
    const replay = new AbortController();
    this.#catchingUp = replay;
    this.#replay(subscription, since, replay.signal).catch((cause: unknown) => {
      // Another subscription took its place, or the session is over.
      if (replay.signal.aborted) return;
      this.#options.log.error({ event: 'catch_up_failed', err: cause }, 'catch-up failed');
      this.#options.onFailed();
    });
  }

  end(): void {
    this.#catchingUp?.abort(new Error('the subscription ended'));
    this.#catchingUp = null;
    this.#subscription = null;
  }

  /** Tells anew where all stands. */
  lookAgain(): void {
    // A replay ends with a snapshot anyway.
    if (this.#subscription && !this.#catchingUp) this.#snapshot(this.#subscription);
  }

  /** An alarm event as it happens. */
  alarm(patient: PatientId | null, prepared: string): void {
    if (!this.#catchingUp && this.covers(patient)) this.#sendAlarm(prepared);
  }

  async #replay(subscription: Subscription, since: Cursor, signal: AbortSignal): Promise<void> {
    const { bus, clock, outlet } = this.#options;
    await catchUp({
      bus,
      since,
      signal,
      onGap: (oldest) => this.#send({ type: 'gap', oldest }),
      onEvent: (event) => {
        if (subscription.covers(event.alarm.patient))
          this.#sendAlarm(JSON.stringify({ type: 'alarm', ...event }));
      },
      ready: () => outlet.ready(clock, signal),
      cutOver: () => {
        this.#catchingUp = null;
        this.#snapshot(subscription);
      },
    });
  }

  #snapshot(subscription: Subscription): void {
    const { board, clock, bus } = this.#options;
    const now = clock.now();
    const patients = subscription.patients().flatMap((patient) => board.snapshot(patient, now) ?? []);
    const unassigned = subscription.covers(null) ? [...board.unassignedAlarms()] : [];
    this.#send({ type: 'snapshot', time: now, cursor: bus.newestCursor(), patients, unassigned });
  }

  #send(frame: FeedFrame): void {
    this.#options.outlet.deliver(JSON.stringify(frame));
  }

  #sendAlarm(prepared: string): void {
    if (this.#options.outlet.deliver(prepared)) this.#options.metrics.alarmSent();
  }
}
