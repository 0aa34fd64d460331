import { type Bus, compareCursors, type LiveWaveform, type PresenceChange, parseCursor } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { answersForPatient } from '../identity/access-policy.ts';
import type { ClinicianPrincipal, VerifiedClinician } from '../identity/clinician-principal.ts';
import type { LoggedAlarmEvent } from '../model/alarm.ts';
import type { AlarmId, ClinicianId, Cursor, PatientId } from '../model/ids.ts';
import type { AccessGrant } from '../model/people.ts';
import type { Signal } from '../model/signal.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { Decoded } from '../protocol/decode-frame.ts';
import { ERROR_CODES } from '../protocol/error-codes.ts';
import type { FeedCommand, FeedFrame } from '../protocol/feed-frames.ts';
import type { Transport } from '../protocol/transport.ts';
import type { Registry } from '../registry/registry.ts';
import { acknowledge } from './acknowledge.ts';
import { catchUp } from './catch-up.ts';
import { CommandReplies } from './command-replies.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import { FeedOutlet } from './feed-outlet.ts';
import { Person } from './person.ts';
import { outsideScope, type Refusal } from './refusal.ts';
import { Subscription, selectionOf } from './subscription.ts';
import type { WardBoard } from './ward-board.ts';
import { WatchedWaveforms } from './watched-waveforms.ts';
import type { WaveformDemand } from './waveform-demand.ts';

export interface ClinicianSessionOptions {
  readonly id: string;
  readonly principal: ClinicianPrincipal;
  readonly transport: Transport;
  readonly read: (data: string) => Decoded<FeedCommand>;
  readonly registry: Registry;
  readonly bus: Bus;
  readonly board: WardBoard;
  readonly waveforms: WaveformDemand;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<DoorAudit, 'denied'>;
  readonly metrics: FeedMetrics;
  readonly tokenExpires: EpochMs;
  readonly verifyToken: (token: string) => Promise<VerifiedClinician | Refusal>;
  readonly onClosed: (code: CloseCode, problem: string) => void;
}

/**
 * One clinician's side of the feed: commands in, frames out, no sockets. Vitals are conflated for a slow reader;
 * alarm events are never dropped: past the cap the session ends with 1013 and catches up by cursor.
 */
export class ClinicianSession {
  readonly #options: ClinicianSessionOptions;
  readonly #outlet: FeedOutlet;
  #subscription: Subscription | null = null;
  /** Set while the log is replayed: live events wait in the log until the cut-over. */
  #catchingUp: AbortController | null = null;
  readonly #person: Person;
  readonly #replies: CommandReplies;
  #tokenExpires: EpochMs;
  #received: Cursor | null = null;
  readonly #waveforms: WatchedWaveforms;
  /** Patients with values that were not sent yet. */
  readonly #stale = new Set<PatientId>();
  #closed = false;

  constructor(options: ClinicianSessionOptions) {
    this.#options = options;
    this.#outlet = new FeedOutlet(options.transport, () =>
      this.close(1013, 'slow consumer: come back and catch up by cursor'),
    );
    const { registry, clock, principal, audit, log } = options;
    this.#person = new Person(registry, clock, principal);
    this.#replies = new CommandReplies({
      clinician: principal.id,
      send: (frame) => {
        if (!this.#closed) this.#send(frame);
      },
      audit,
      log,
    });
    this.#waveforms = new WatchedWaveforms(options.waveforms, principal.id);
    this.#tokenExpires = options.tokenExpires;
  }

  get clinician(): ClinicianId {
    return this.#person.id;
  }

  /** The newest alarm event the client confirmed to have. */
  get received(): Cursor | null {
    return this.#received;
  }

  receive(data: string): void {
    if (this.#closed) return;
    const decoded = this.#options.read(data);
    if (!decoded.ok) return this.close(4400, decoded.problem);
    this.#handle(decoded.frame);
  }

  /** To be called about once a second: the token's end, and the person's standing. */
  tick(now: EpochMs): void {
    if (now >= this.#tokenExpires) return this.close(4401, 'token expired');
    if (!this.#person.standing()?.active) this.close(4403, 'not allowed any more');
  }

  /** An alarm event as it happens. */
  alarm(event: LoggedAlarmEvent, prepared: string): void {
    if (this.#catchingUp || !this.#subscription?.covers(event.alarm.patient)) return;
    this.#sendAlarm(prepared);
  }

  /** New values of a patient, once a second at most; a slow reader gets them when it has caught up. */
  vitals(patient: PatientId, prepare: () => string): void {
    if (!this.#subscription?.covers(patient)) return;
    if (this.#outlet.isSlow) {
      this.#stale.add(patient);
      return this.#options.metrics.conflated();
    }
    this.#stale.delete(patient);
    this.#outlet.deliver(prepare());
  }

  /** Something of these patients changed that no other frame tells: where they are, their label, their devices. */
  patientsChanged(patients: ReadonlySet<PatientId>): void {
    for (const patient of patients) if (this.#subscription?.covers(patient)) return this.lookAgain();
  }

  /** Tells anew where all stands, e.g. because the clinician's scope changed. */
  lookAgain(): void {
    this.#waveforms.keepOnly((patient) => this.#person.maySee(patient));
    // A replay ends with a snapshot anyway.
    if (this.#subscription && !this.#catchingUp) this.#snapshot(this.#subscription);
  }

  /** Patients whose newest values wait because the reader was slow. */
  waiting(): readonly PatientId[] {
    return this.#stale.size === 0 ? [] : [...this.#stale];
  }

  waveform({ patient, signal }: LiveWaveform, prepare: () => string): void {
    if (!this.#waveforms.has(patient, signal) || !this.#person.maySee(patient)) return;
    if (this.#outlet.isSlow) return this.#options.metrics.conflated();
    this.#outlet.deliver(prepare());
  }

  presence(change: PresenceChange, prepared: string): void {
    if (this.#subscription?.covers(change.patient)) this.#outlet.deliver(prepared);
  }

  /** Somebody broke the glass: told to whoever watches the patient, the ward's charge nurses, and that clinician. */
  access({ patient, clinician }: AccessGrant, prepared: string): void {
    if (!this.#subscription) return;
    const concerned =
      clinician === this.clinician || this.#subscription.covers(patient) || this.#answersFor(patient);
    if (concerned) this.#outlet.deliver(prepared);
  }

  heartbeat(prepared: string): void {
    if (!this.#closed && !this.#outlet.isSlow) this.#outlet.deliver(prepared);
  }

  close(code: CloseCode, problem: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waveforms.clear();
    this.#endSubscription();
    this.#options.transport.close(code, problem);
    this.#options.onClosed(code, problem);
  }

  #send(frame: FeedFrame): void {
    this.#outlet.deliver(JSON.stringify(frame));
  }

  #sendAlarm(prepared: string): void {
    if (this.#outlet.deliver(prepared)) this.#options.metrics.alarmSent();
  }

  #handle(frame: FeedCommand): void {
    switch (frame.type) {
      case 'subscribe':
        return this.#subscribe(frame);
      case 'unsubscribe':
        this.#endSubscription();
        return this.#replies.answer(frame, null);
      case 'received':
        return this.#confirm(frame.cursor);
      case 'acknowledge': {
        const outcome = acknowledge(this.#options, this.#person.standing, frame.alarm as AlarmId);
        return this.#replies.answerLater(frame, outcome);
      }
      case 'waveforms': {
        const refusal = this.#selectWaveforms(frame.patient as PatientId, new Set(frame.signals));
        return this.#replies.answer(frame, refusal);
      }
      case 'refresh':
        return this.#replies.answerLater(frame, this.#refresh(frame.token));
    }
  }

  #subscribe(frame: Extract<FeedCommand, { type: 'subscribe' }>): void {
    const refuse = (refusal: Refusal): void => this.#replies.answer(frame, refusal);
    if (frame.patients && frame.ward !== undefined)
      return refuse({ code: 'invalid_request', message: 'name patients or a ward, not both' });
    for (const patient of frame.patients ?? [])
      if (!this.#person.maySee(patient as PatientId)) return refuse(outsideScope(patient));
    const since = frame.since === undefined ? null : parseCursor(frame.since);
    if (frame.since !== undefined && since === null)
      return refuse({ code: 'invalid_request', message: 'since is not a cursor of this feed' });
    this.#endSubscription();
    const subscription = new Subscription(this.#options.registry, this.#person.standing, selectionOf(frame));
    this.#subscription = subscription;
    this.#replies.answer(frame, null);
    if (since === null) return this.#snapshot(subscription);
    const replay = new AbortController();
    this.#catchingUp = replay;
    this.#replay(subscription, since, replay.signal).catch((cause: unknown) => {
      // Another subscription took its place, or the session is over.
      if (replay.signal.aborted) return;
      this.#options.log.error({ event: 'catch_up_failed', err: cause }, 'catch-up failed');
      this.close(1013, 'catch-up failed: come back');
    });
  }

  async #replay(subscription: Subscription, since: Cursor, signal: AbortSignal): Promise<void> {
    const { bus, clock } = this.#options;
    await catchUp({
      bus,
      since,
      signal,
      onGap: (oldest) => this.#send({ type: 'gap', oldest }),
      onEvent: (event) => {
        if (subscription.covers(event.alarm.patient))
          this.#sendAlarm(JSON.stringify({ type: 'alarm', ...event }));
      },
      ready: () => this.#outlet.ready(clock, signal),
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

  #endSubscription(): void {
    this.#catchingUp?.abort(new Error('the subscription ended'));
    this.#catchingUp = null;
    this.#subscription = null;
    this.#stale.clear();
  }

  #confirm(text: string): void {
    const cursor = parseCursor(text);
    if (cursor === null) return this.close(4400, 'received.cursor is not a cursor of this feed');
    if (this.#received === null || compareCursors(cursor, this.#received) > 0) this.#received = cursor;
  }

  #answersFor(patient: PatientId): boolean {
    const clinician = this.#person.standing();
    const known = this.#options.registry.patient(patient);
    return clinician !== undefined && known !== undefined && answersForPatient(clinician, known);
  }

  #selectWaveforms(patient: PatientId, signals: ReadonlySet<Signal>): Refusal | null {
    if (!this.#person.maySee(patient)) return outsideScope(patient);
    this.#waveforms.select(patient, signals);
    return null;
  }

  async #refresh(token: string): Promise<Refusal | null> {
    const verified = await this.#options.verifyToken(token);
    if ('code' in verified) return verified;
    const { principal, expires } = verified;
    if (principal.id !== this.clinician)
      return { code: 'token_invalid', message: ERROR_CODES.token_invalid.cure };
    this.#tokenExpires = expires;
    // A token may bring another role or scope.
    if (this.#person.renewed(principal)) this.lookAgain();
    return null;
  }
}
