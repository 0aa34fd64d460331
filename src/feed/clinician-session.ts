import { type Bus, compareCursors, type LiveWaveform } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import { answersForPatient } from '../identity/access-policy.ts';
import type { ClinicianPrincipal, VerifiedClinician } from '../identity/clinician-principal.ts';
import type { ClinicianId, Cursor, PatientId } from '../model/ids.ts';
import type { AccessGrant, Patient } from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { Decoded } from '../protocol/decode-frame.ts';
import type { FeedCommand } from '../protocol/feed-commands.ts';
import type { PreparedText } from '../protocol/prepared-text.ts';
import type { Transport } from '../protocol/transport.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmFrames } from './alarm-frames.ts';
import type { AttentionBoard } from './attention-board.ts';
import { CommandReplies } from './command-replies.ts';
import type { DeliveryLedger, SessionDeliveries } from './delivery-ledger.ts';
import type { FeedAudit } from './feed-audit.ts';
import { FeedCommands } from './feed-commands.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import { FeedOutlet } from './feed-outlet.ts';
import { FeedView } from './feed-view.ts';
import type { ObservationPort } from './observe.ts';
import { Person } from './person.ts';
import type { Refusal } from './refusal.ts';
import type { Subscription } from './subscription.ts';
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
  readonly attention: AttentionBoard;
  readonly ledger: DeliveryLedger;
  readonly waveforms: WaveformDemand;
  readonly observations: ObservationPort;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: FeedAudit;
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
  readonly #view: FeedView;
  readonly #person: Person;
  readonly #deliveries: SessionDeliveries;
  readonly #commands: FeedCommands;
  readonly #waveforms: WatchedWaveforms;
  /** Patients with values that were not sent yet. */
  readonly #stale = new Set<PatientId>();
  #tokenExpires: EpochMs;
  #received: Cursor | null = null;
  #closed = false;

  constructor(options: ClinicianSessionOptions) {
    this.#options = options;
    this.#outlet = new FeedOutlet(options.transport, () =>
      this.close(1013, 'slow consumer: come back and catch up by cursor'),
    );
    const { registry, clock, principal, audit, log } = options;
    this.#person = new Person(registry, clock, principal);
    this.#deliveries = options.ledger.of(principal.id);
    this.#view = new FeedView({
      ...options,
      outlet: this.#outlet,
      person: this.#person,
      deliveries: this.#deliveries,
      onFailed: () => this.close(1013, 'catch-up failed: come back'),
    });
    this.#waveforms = new WatchedWaveforms(options.waveforms, principal.id);
    this.#tokenExpires = options.tokenExpires;
    const replies = new CommandReplies({
      clinician: principal.id,
      send: (frame) => {
        if (!this.#closed) this.#outlet.deliver(JSON.stringify(frame));
      },
      audit,
      log,
    });
    this.#commands = new FeedCommands({
      ...options,
      person: this.#person,
      replies,
      waveforms: this.#waveforms,
      watch: (subscription, since) => this.#watch(subscription, since),
      confirmed: (cursor) => this.#confirmed(cursor),
      renewed: (verified) => this.#renewed(verified),
    });
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
    this.#commands.handle(decoded.frame);
  }

  /** To be called about once a second: the token's end, and the person's standing. */
  tick(now: EpochMs): void {
    if (now >= this.#tokenExpires) return this.close(4401, 'token expired');
    if (!this.#person.standing()?.active) this.close(4403, 'not allowed any more');
  }

  /** An alarm event as it happens. */
  alarm(frames: AlarmFrames): void {
    this.#view.alarm(frames);
  }

  /** New values of a patient, once a second at most; a slow reader gets them when it has caught up. */
  vitals(patient: PatientId, prepare: () => PreparedText): void {
    if (!this.#view.covers(patient)) return;
    if (this.#outlet.isSlow) {
      this.#stale.add(patient);
      return this.#options.metrics.conflated();
    }
    this.#stale.delete(patient);
    this.#outlet.deliver(prepare());
  }

  /**
   * Something of these patients changed that no other frame tells: where they are, their label, their devices.
   * @param patients with each of them as they were before: a patient who went must not stay on a screen
   */
  patientsChanged(patients: ReadonlyMap<PatientId, readonly Patient[]>): void {
    // Traces are watched without a subscription, too.
    this.#keepWaveforms();
    for (const [patient, former] of patients)
      if (this.#view.covers(patient) || former.some((one) => this.#view.coveredAs(one)))
        return this.lookAgain();
  }

  /** Tells anew where all stands, e.g. because the clinician's scope changed. */
  lookAgain(): void {
    this.#keepWaveforms();
    this.#view.lookAgain();
  }

  /** Patients whose newest values wait because the reader was slow. */
  waiting(): readonly PatientId[] {
    return this.#stale.size === 0 ? [] : [...this.#stale];
  }

  waveform({ patient, signal }: LiveWaveform, prepare: () => PreparedText): void {
    if (!this.#waveforms.has(patient, signal) || !this.#person.maySee(patient)) return;
    if (this.#outlet.isSlow) return this.#options.metrics.conflated();
    this.#outlet.deliver(prepare());
  }

  /** What concerns a patient, to whoever watches them; null: a device nobody wears. */
  concerning(patient: PatientId | null, prepared: PreparedText): void {
    if (this.#view.covers(patient)) this.#outlet.deliver(prepared);
  }

  /** Somebody broke the glass: told to whoever watches the patient, the ward's charge nurses, and that clinician. */
  access({ patient, clinician }: AccessGrant, prepared: PreparedText): void {
    if (!this.#view.isOpen) return;
    const concerned = clinician === this.clinician || this.#view.covers(patient) || this.#answersFor(patient);
    if (concerned) this.#outlet.deliver(prepared);
  }

  /** Alarms of a patient were put on the shelf, or are on it no longer. */
  shelf({ patient }: Shelf, prepared: PreparedText): void {
    if (this.#view.covers(patient)) this.#outlet.deliver(prepared);
  }

  /** How the server itself does: told whatever is watched. */
  service(prepared: PreparedText): void {
    if (!this.#closed) this.#outlet.deliver(prepared);
  }

  heartbeat(prepared: PreparedText): void {
    if (!this.#closed && !this.#outlet.isSlow) this.#outlet.deliver(prepared);
  }

  close(code: CloseCode, problem: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waveforms.clear();
    this.#watch(null, null);
    this.#options.transport.close(code, problem);
    this.#options.onClosed(code, problem);
  }

  #keepWaveforms(): void {
    this.#waveforms.keepOnly((patient) => this.#person.maySee(patient));
  }

  #watch(subscription: Subscription | null, since: Cursor | null): void {
    this.#stale.clear();
    // The answer to `subscribe` may have been one frame too many.
    if (subscription === null || this.#closed) this.#view.end();
    else this.#view.open(subscription, since);
  }

  #confirmed(cursor: Cursor | null): void {
    if (cursor === null) return this.close(4400, 'received.cursor is not a cursor of this feed');
    if (this.#received === null || compareCursors(cursor, this.#received) > 0) this.#received = cursor;
    // Also the same cursor again: a snapshot has that of the newest event.
    this.#deliveries.confirmed(cursor);
  }

  #answersFor(patient: PatientId): boolean {
    const clinician = this.#person.standing();
    const known = this.#options.registry.patient(patient);
    return clinician !== undefined && known !== undefined && answersForPatient(clinician, known);
  }

  #renewed({ principal, expires }: VerifiedClinician): void {
    this.#tokenExpires = expires;
    // A token may bring another role or scope.
    if (this.#person.renewed(principal)) this.lookAgain();
  }
}
