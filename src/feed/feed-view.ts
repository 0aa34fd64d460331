import type { Bus } from '../bus/bus.ts';
import type { Clock } from '../core/clock.ts';
import type { Cursor, PatientId } from '../model/ids.ts';
import type { Patient } from '../model/people.ts';
import type { Log } from '../observe/log.ts';
import type { FeedFrame, UnattendedAlarm } from '../protocol/feed-frames.ts';
import type { Registry } from '../registry/registry.ts';
import { AlarmFrames, unattendedAlarm } from './alarm-frames.ts';
import type { AttentionBoard } from './attention-board.ts';
import { hearingOf, isAddressed, isOnDuty } from './audience.ts';
import { catchUp } from './catch-up.ts';
import type { SessionDeliveries } from './delivery-ledger.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import type { FeedOutlet } from './feed-outlet.ts';
import type { Person } from './person.ts';
import type { Subscription } from './subscription.ts';
import type { WardBoard } from './ward-board.ts';

export interface FeedViewOptions {
  readonly outlet: FeedOutlet;
  readonly bus: Bus;
  readonly registry: Registry;
  readonly board: WardBoard;
  readonly attention: AttentionBoard;
  readonly person: Person;
  readonly deliveries: SessionDeliveries;
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

  /** Whether frames of a patient went to the clinician while the patient was as here. */
  coveredAs(patient: Patient): boolean {
    const clinician = this.#options.person.standing();
    return clinician !== undefined && (this.#subscription?.coversFor(clinician, patient) ?? false);
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
  alarm(frames: AlarmFrames): void {
    if (this.#subscription && !this.#catchingUp) this.#hear(this.#subscription, frames);
  }

  async #replay(subscription: Subscription, since: Cursor, signal: AbortSignal): Promise<void> {
    const { bus, clock, outlet } = this.#options;
    await catchUp({
      bus,
      since,
      signal,
      onGap: (oldest) => this.#send({ type: 'gap', oldest }),
      onEvent: (event) => {
        const { patient } = event.alarm;
        this.#hear(subscription, new AlarmFrames(event, this.#patient(patient)));
      },
      ready: () => outlet.ready(clock, signal),
      cutOver: () => {
        this.#catchingUp = null;
        this.#snapshot(subscription);
      },
    });
  }

  /** What of the event is for this clinician, live and in a replay alike. */
  #hear(subscription: Subscription, frames: AlarmFrames): void {
    const clinician = this.#options.person.standing();
    if (!clinician) return;
    const { event, patient } = frames;
    const { outlet, metrics, deliveries } = this.#options;
    // One whom the registry does not know any more is covered by nobody, and is not a device that nobody wears.
    const isKnown = patient !== null || event.alarm.patient === null;
    const hearing = hearingOf(event, clinician, isKnown && subscription.coversFor(clinician, patient));
    if (hearing === null) return;
    if (hearing === 'unattended') {
      outlet.deliver(frames.unattended());
      return;
    }
    if (!outlet.deliver(frames.alarm(isAddressed(event.alarm, clinician, patient)))) return;
    metrics.alarmSent();
    deliveries.sent(event);
  }

  #snapshot(subscription: Subscription): void {
    const { board, attention, clock, bus, person, outlet, deliveries } = this.#options;
    const clinician = person.standing();
    if (!clinician) return;
    const now = clock.now();
    const patients = subscription.patients().flatMap((patient) => board.snapshot(patient, now) ?? []);
    const unassigned = subscription.covers(null) ? [...board.unassignedAlarms()] : [];
    const escalated = isOnDuty(clinician)
      ? [...attention.calling]
          .filter(({ patient }) => !subscription.covers(patient))
          .map((alarm) => ({ ...alarm, ward: this.#patient(alarm.patient)?.ward ?? null }))
      : [];
    const alarms = [...patients.flatMap((patient) => patient.alarms), ...unassigned, ...escalated];
    const cursor = bus.newestCursor();
    const snapshot: FeedFrame = {
      ...{ type: 'snapshot', time: now, cursor, patients, unassigned, escalated },
      addressed: alarms
        .filter((alarm) => isAddressed(alarm, clinician, this.#patient(alarm.patient)))
        .map(({ id }) => id),
      ...(clinician.role === 'admin' ? { unattended: this.#unattended() } : {}),
    };
    if (outlet.deliver(JSON.stringify(snapshot))) deliveries.sentAll(cursor, alarms);
  }

  #unattended(): UnattendedAlarm[] {
    return [...this.#options.attention.unattended.values()].flatMap((alarm) =>
      unattendedAlarm(alarm, this.#patient(alarm.patient) ?? undefined),
    );
  }

  #patient(id: PatientId | null): Patient | null {
    return id === null ? null : (this.#options.registry.patient(id) ?? null);
  }

  #send(frame: FeedFrame): void {
    this.#options.outlet.deliver(JSON.stringify(frame));
  }
}
