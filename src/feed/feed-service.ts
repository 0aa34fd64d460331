import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import type { Alarm } from '../model/alarm.ts';
import type { Delivery } from '../model/delivery.ts';
import type { AlarmId, DeviceId, PatientId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { RecalledVital } from '../model/recalled-vital.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import { feedCommandReader } from '../protocol/feed-codec.ts';
import type { PatientSnapshot } from '../protocol/feed-frames.ts';
import type { Registry } from '../registry/registry.ts';
import { acknowledge } from './acknowledge.ts';
import { AttentionBoard } from './attention-board.ts';
import { ClinicianSession, type ClinicianSessionOptions } from './clinician-session.ts';
import { DeliveryLedger } from './delivery-ledger.ts';
import { type CommandOutcome, type CommandRequest, DeviceCommands } from './device-commands.ts';
import type { FeedAudit } from './feed-audit.ts';
import { FeedHub, type FeedHubOptions } from './feed-hub.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import type { ObservationPort } from './observe.ts';
import type { Refusal } from './refusal.ts';
import { type DeviceState, WardBoard } from './ward-board.ts';
import { WaveformDemand } from './waveform-demand.ts';

export interface FeedServiceOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: FeedAudit;
  readonly metrics: FeedMetrics;
  readonly heartbeatMs: number;
  readonly liveAlarms: readonly Alarm[];
  readonly observations: ObservationPort;
  readonly service: FeedHubOptions['service'];
}

/** A clinician whom the gateway has authenticated. */
export type AdmittedClinician = Pick<
  ClinicianSessionOptions,
  'id' | 'principal' | 'transport' | 'tokenExpires' | 'verifyToken'
>;

/** The clinician side of the process: sessions, and what REST asks of the present and of past alarms. */
export class FeedService implements Disposable {
  readonly #options: FeedServiceOptions;
  readonly #board: WardBoard;
  readonly #attention: AttentionBoard;
  readonly #ledger: DeliveryLedger;
  readonly #hub: FeedHub;
  readonly #waveforms: WaveformDemand;
  readonly #commands: DeviceCommands;
  readonly #read = feedCommandReader();

  constructor(options: FeedServiceOptions) {
    this.#options = options;
    this.#board = new WardBoard({ ...options, startedAt: options.clock.now() });
    // These hear of an alarm before any session does: what a session is sent is looked up in them.
    this.#attention = new AttentionBoard(options);
    this.#ledger = new DeliveryLedger(options);
    this.#hub = new FeedHub({ ...options, board: this.#board });
    this.#waveforms = new WaveformDemand(options);
    this.#commands = new DeviceCommands({ ...options, demand: this.#waveforms });
  }

  /** Begins the session of an admitted clinician. */
  admit(admitted: AdmittedClinician): ClinicianSession {
    const { bus, registry, clock, log, audit, metrics, observations } = this.#options;
    const session = new ClinicianSession({
      ...admitted,
      read: this.#read,
      registry,
      bus,
      board: this.#board,
      attention: this.#attention,
      ledger: this.#ledger,
      waveforms: this.#waveforms,
      observations,
      clock,
      log,
      audit,
      metrics,
      onClosed: (code, problem) =>
        log.info(
          { event: 'feed_closed', clinician: admitted.principal.id, session: admitted.id, code, problem },
          'feed session closed',
        ),
    });
    metrics.opened();
    log.info(
      { event: 'feed_connected', clinician: admitted.principal.id, session: admitted.id },
      'clinician connected',
    );
    this.#hub.join(session);
    return session;
  }

  /** The socket of a session is gone. */
  left(session: ClinicianSession, code: number): void {
    session.close(1001, 'the socket is gone');
    this.#hub.leave(session);
    this.#options.metrics.closed(code);
  }

  /** Where a patient stands now; null for one the registry does not know. */
  snapshot(patient: PatientId): PatientSnapshot | null {
    return this.#board.snapshot(patient, this.#options.clock.now());
  }

  /** How a device does; undefined: it was not connected since the start. */
  device(id: DeviceId): DeviceState | undefined {
    return this.#board.device(id);
  }

  /** Has a device do something; that the person may ask for it is the caller's to see to. */
  command(request: CommandRequest): Promise<CommandOutcome> {
    return this.#commands.send(request);
  }

  /** Takes up what was measured before the start and is not measured again soon; what is newer stays. */
  recalled(patient: PatientId, vitals: readonly RecalledVital[]): void {
    this.#board.recall(patient, vitals);
    this.#hub.refresh(patient);
  }

  /** Alarms whose life overlaps [from, to), newest onset first. */
  alarms(patient: PatientId, from: EpochMs, to: EpochMs, limit: number): Promise<readonly Alarm[]> {
    return this.#options.bus.alarmHistory({ patient, from, to, limit });
  }

  /** An alarm as it is now; null: there is none, or it is kept no longer. */
  alarm(id: AlarmId): Promise<Alarm | null> {
    return this.#options.bus.alarm(id);
  }

  /** To whom an alarm was delivered, each time that it began to wait for a person. */
  deliveriesOf(id: AlarmId): Promise<readonly Delivery[]> {
    return this.#options.bus.deliveriesOf(id);
  }

  /** As the feed's command does. @param person who acknowledges; null: done */
  acknowledge(
    person: () => Clinician | undefined,
    id: AlarmId,
    seen: EpochMs | null,
  ): Promise<Refusal | null> {
    return acknowledge(this.#options, person, id, seen);
  }

  /** Live alarms that no clinician's client has confirmed in time. */
  get unattended(): number {
    return this.#attention.unattended.size;
  }

  /** Ends every session, e.g. with 1012 before a restart. */
  closeAll(code: CloseCode, problem: string): void {
    this.#hub.closeAll(code, problem);
  }

  /** Clinicians connected now. */
  get connected(): number {
    return this.#hub.size;
  }

  [Symbol.dispose](): void {
    this.#hub[Symbol.dispose]();
    this.#ledger[Symbol.dispose]();
    this.#attention[Symbol.dispose]();
    this.#commands[Symbol.dispose]();
    this.#waveforms[Symbol.dispose]();
    this.#board[Symbol.dispose]();
  }
}
