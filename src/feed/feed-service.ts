import type { Bus } from '../bus/bus.ts';
import type { Clock, EpochMs } from '../core/clock.ts';
import type { Alarm } from '../model/alarm.ts';
import type { PatientId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import { feedCommandReader } from '../protocol/feed-codec.ts';
import type { PatientSnapshot } from '../protocol/feed-frames.ts';
import type { Registry } from '../registry/registry.ts';
import { ClinicianSession, type ClinicianSessionOptions } from './clinician-session.ts';
import { FeedHub } from './feed-hub.ts';
import type { FeedMetrics } from './feed-metrics.ts';
import { WardBoard } from './ward-board.ts';
import { WaveformDemand } from './waveform-demand.ts';

export interface FeedServiceOptions {
  readonly bus: Bus;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Pick<DoorAudit, 'denied'>;
  readonly metrics: FeedMetrics;
  readonly heartbeatMs: number;
  readonly liveAlarms: readonly Alarm[];
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
  readonly #hub: FeedHub;
  readonly #waveforms: WaveformDemand;
  readonly #read = feedCommandReader();

  constructor(options: FeedServiceOptions) {
    this.#options = options;
    this.#board = new WardBoard(options.registry, options.bus, options.liveAlarms, options.clock.now());
    this.#hub = new FeedHub({ ...options, board: this.#board });
    this.#waveforms = new WaveformDemand(options);
  }

  /** Begins the session of an admitted clinician. */
  admit(admitted: AdmittedClinician): ClinicianSession {
    const { bus, registry, clock, log, audit, metrics } = this.#options;
    const session = new ClinicianSession({
      ...admitted,
      read: this.#read,
      registry,
      bus,
      board: this.#board,
      waveforms: this.#waveforms,
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

  /** Alarms whose life overlaps [from, to), newest onset first. */
  alarms(patient: PatientId, from: EpochMs, to: EpochMs, limit: number): Promise<readonly Alarm[]> {
    return this.#options.bus.alarmHistory({ patient, from, to, limit });
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
    this.#waveforms[Symbol.dispose]();
    this.#board[Symbol.dispose]();
  }
}
