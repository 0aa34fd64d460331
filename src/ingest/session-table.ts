import type { Bus } from '../bus/bus.ts';
import type { EpochMs } from '../core/clock.ts';
import type { Journal } from '../journal/journal.ts';
import type { DeviceCommand } from '../model/device-command.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { StatusFrame } from '../protocol/device-frames.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';
import { DeviceSession } from './device-session.ts';
import type { DeviceSessionOptions } from './device-session-options.ts';
import { type Due, DueTimes } from './due-times.ts';
import { PresenceBoard } from './presence-board.ts';
import { SET_BY_MS, SessionWork } from './session-work.ts';

/** How often is looked for silence. Milliseconds. */
const SWEEP_MS = 1_000;
/** A sweep that comes this late tells of a process that stood still. */
const STALL_MS = 4 * SWEEP_MS;

/** What the gateway knows of a peer it has authenticated. */
export type AdmittedDevice = Pick<
  DeviceSessionOptions,
  'id' | 'device' | 'transport' | 'codec' | 'tokenExpires' | 'verifyToken'
> & {
  /**
   * Why certificate or device is not allowed any more, as a code of `ERROR_CODES`; null: both are. Asked again whenever
   * the registry says they changed, and when the certificate ends.
   */
  readonly refusal: () => string | null;
  readonly certificateEnds: EpochMs;
};

export type SessionTableOptions = Pick<
  DeviceSessionOptions,
  'pipeline' | 'ledger' | 'clock' | 'metrics' | 'heartbeatMs'
> & {
  readonly journal: Pick<Journal, 'onCommitted'>;
  readonly registry: Registry;
  readonly bus: Bus;
  readonly desk: AlarmDesk;
  readonly log: Log;
};

interface Entry {
  readonly session: DeviceSession;
  readonly refusal: () => string | null;
}

/** The devices connected to this process, one live connection each: the newest wins. */
export class SessionTable implements Disposable {
  readonly #options: SessionTableOptions;
  readonly #entries = new Map<DeviceId, Entry>();
  readonly #work: SessionWork;
  readonly #presence: PresenceBoard;
  /** Connected devices, by when they may be silent: monotonic milliseconds. */
  readonly #silences = new DueTimes<DeviceSession>();
  /** Of the wall clock to the monotonic one, as that was reckoned. */
  #offset: number;
  #sweptAt: number;
  readonly #timer: { cancel(): void };
  readonly #subscriptions: Disposable[];

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#presence = new PresenceBoard(options.bus);
    this.#sweptAt = options.clock.monotonic();
    this.#offset = options.clock.now() - this.#sweptAt;
    this.#work = new SessionWork(options.clock);
    this.#timer = options.clock.every(SWEEP_MS, () => this.#sweep());
    this.#subscriptions = [
      options.registry.watch((change) => {
        if (change.kind === 'device') this.#recheck(change.key as DeviceId);
        if (change.kind === 'certificate') this.#recheck(options.registry.certificate(change.key)?.device);
        if (change.kind === 'assignment') this.#reassigned(change.key as DeviceId);
      }),
      options.bus.subscribe({ command: (command) => this.#command(command) }),
      options.journal.onCommitted(() => this.#work.committed()),
    ];
  }

  /**
   * Begins the session of an admitted device, and ends the one it may have had before (4409). One that is not allowed any
   * more, since it was asked for its token, is over at once (4403) and replaces nothing.
   */
  admit(admitted: AdmittedDevice): DeviceSession {
    const { device } = admitted;
    const refusal = admitted.refusal();
    if (refusal === null) this.#entries.get(device)?.session.close(4409, 'replaced by a newer connection');
    const { log, bus, clock, pipeline, ledger, metrics, heartbeatMs } = this.#options;
    const session = this.#work.begin(
      (hooks) =>
        new DeviceSession({
          ...admitted,
          ...hooks,
          pipeline,
          ledger,
          clock,
          metrics,
          heartbeatMs,
          onWelcomed: () => {
            this.#present(device);
            silence.at(0);
          },
          onOver: () => {
            hooks.onOver();
            silence[Symbol.dispose]();
          },
          onStatus: (frame) => this.#status(device, frame),
          onResult: (id, ok, message) => bus.publishCommandResult({ id, device, ok, message }),
          onClosed: (code, problem, inside) =>
            log[inside === undefined ? 'info' : 'error'](
              { event: 'device_closed', device, session: admitted.id, code, problem, err: inside },
              'device session closed',
            ),
        }),
      { certificateEnds: admitted.certificateEnds, recheck: () => this.#recheck(device) },
    );
    const silence = this.#silences.add(session);
    metrics.opened();
    if (refusal !== null) {
      session.close(4403, refusal);
      return session;
    }
    this.#entries.set(device, { session, refusal: admitted.refusal });
    log.info({ event: 'device_connected', device, session: admitted.id }, 'device connected');
    return session;
  }

  /** The socket of a session is gone, for whatever reason. */
  left(session: DeviceSession, code: number): void {
    const { clock, desk, log, metrics } = this.#options;
    const { device } = session;
    metrics.closed(code);
    session.abandon();
    if (this.#entries.get(device)?.session !== session) return;
    this.#entries.delete(device);
    log.info({ event: 'device_disconnected', device, session: session.id, code }, 'device disconnected');
    desk.setConnected(device, this.#wearer(device), false, clock.now());
    this.#presence.set(device, this.#wearer(device), 'off', clock.now());
  }

  isConnected(device: DeviceId): boolean {
    return this.#entries.has(device);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Nothing more is taken from any device: see `DeviceSession.stopTaking`. */
  stopTaking(): void {
    for (const { session } of this.#entries.values()) session.stopTaking();
  }

  /** Ends every session, e.g. with 1012 before a restart. */
  closeAll(code: CloseCode, problem: string): void {
    for (const { session } of this.#entries.values()) session.close(code, problem);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#work[Symbol.dispose]();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.closeAll(1012, 'service restart');
  }

  #wearer(device: DeviceId) {
    return this.#options.registry.patientAt(device, this.#options.clock.now());
  }

  #sweep(): void {
    const { clock, desk } = this.#options;
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    const stalled = monotonic - this.#sweptAt > STALL_MS;
    this.#sweptAt = monotonic;
    // While this process stood still it read no socket: the silence is its own, not the devices'.
    if (stalled) return;
    desk.sweep(now);
    if (Math.abs(now - monotonic - this.#offset) > SET_BY_MS) this.#silences.setAll(0);
    this.#offset = now - monotonic;
    this.#silences.visit(monotonic, (session, due) => this.#lookForSilence(session, due, now, monotonic));
  }

  /** Most are heard of every few seconds: until ten after that nothing of their presence can change by itself but the wearer. */
  #lookForSilence({ device, isWelcomed }: DeviceSession, due: Due, now: EpochMs, monotonic: number): void {
    if (!isWelcomed) return;
    const { desk, registry } = this.#options;
    const worn = registry.assignmentAt(device, now);
    const patient = worn?.patient ?? null;
    const sound = desk.soundUntil(device, patient, now);
    this.#presence.set(device, patient, sound === null ? 'silent' : 'on', now);
    const again = sound === null || worn === undefined ? now : Math.min(sound, worn.to ?? sound);
    due.at(monotonic + again - now);
  }

  #recheck(device: DeviceId | undefined): void {
    const entry = device && this.#entries.get(device);
    const refusal = entry?.refusal() ?? null;
    if (refusal !== null) entry?.session.close(4403, refusal);
  }

  #reassigned(device: DeviceId): void {
    const { clock, desk } = this.#options;
    const now = clock.now();
    desk.releaseReassigned(now);
    // When the next wearer's may fall silent is not known yet.
    this.#silences.setAll(0);
    if (this.#entries.get(device)?.session.isWelcomed) this.#present(device);
  }

  #present(device: DeviceId): void {
    const { clock, desk } = this.#options;
    const now = clock.now();
    desk.setConnected(device, this.#wearer(device), true, now);
    this.#presence.set(device, this.#wearer(device), 'on', now);
  }

  #status(device: DeviceId, frame: StatusFrame): void {
    if (frame.battery_percent !== undefined)
      this.#presence.battery(device, frame.battery_percent, this.#options.clock.now());
  }

  #command(command: DeviceCommand): void {
    if (this.#entries.get(command.device)?.session.sendCommand(command)) return;
    this.#options.bus.publishCommandResult({
      id: command.id,
      device: command.device,
      ok: false,
      message: 'the device is not connected',
      unreachable: true,
    });
  }
}
