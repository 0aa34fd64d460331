import type { Bus } from '../bus/bus.ts';
import type { Journal } from '../journal/journal.ts';
import type { DeviceCommand } from '../model/device-command.ts';
import type { DeviceId } from '../model/ids.ts';
import type { Log } from '../observe/log.ts';
import type { CloseCode } from '../protocol/close-codes.ts';
import type { StatusFrame } from '../protocol/device-frames.ts';
import type { Registry } from '../registry/registry.ts';
import type { AlarmDesk } from './alarm-desk.ts';
import { DeviceSession, type DeviceSessionOptions } from './device-session.ts';
import { PresenceBoard } from './presence-board.ts';

/** How often due acks and expired tokens are looked for; and silence. Milliseconds. */
const TICK_MS = 100;
const SWEEP_MS = 1_000;
/** A sweep that comes this late tells of a process that stood still. */
const STALL_MS = 4 * SWEEP_MS;

/**
 * Frames that devices are asked for again in one tick, after the journal took none for a while: 20,000 a second, so that
 * what a fleet has heard by now comes back at a pace at which live data still passes.
 */
const AGAIN_PER_TICK = 2_000;

/** What the gateway knows of a peer it has authenticated. */
export type AdmittedDevice = Pick<
  DeviceSessionOptions,
  'id' | 'device' | 'transport' | 'codec' | 'tokenExpires' | 'verifyToken'
> & {
  /**
   * Why certificate or device is not allowed any more, as a code of `ERROR_CODES`; null: both are. Asked again whenever
   * the registry says they changed.
   */
  readonly refusal: () => string | null;
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

/**
 * The devices connected to this process, one live connection each: the newest wins. One sweep does the periodic work
 * of all sessions, so that ten thousand connections are not ten thousand timers.
 */
export class SessionTable implements Disposable {
  readonly #options: SessionTableOptions;
  readonly #entries = new Map<DeviceId, Entry>();
  /** Whose acks go out with the next commit. */
  readonly #awaiting = new Set<DeviceSession>();
  readonly #presence: PresenceBoard;
  #sweptAt: number;
  readonly #timers: { cancel(): void }[];
  readonly #subscriptions: Disposable[];

  constructor(options: SessionTableOptions) {
    this.#options = options;
    this.#presence = new PresenceBoard(options.bus);
    this.#sweptAt = options.clock.monotonic();
    this.#timers = [
      options.clock.every(TICK_MS, () => this.#tick()),
      options.clock.every(SWEEP_MS, () => this.#sweep()),
    ];
    this.#subscriptions = [
      options.registry.watch((change) => {
        if (change.kind === 'device') this.#recheck(change.key as DeviceId);
        if (change.kind === 'certificate') this.#recheck(options.registry.certificate(change.key)?.device);
        if (change.kind === 'assignment') this.#reassigned(change.key as DeviceId);
      }),
      options.bus.subscribe({ command: (command) => this.#command(command) }),
      options.journal.onCommitted(() => this.#committed()),
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
    const session: DeviceSession = new DeviceSession({
      ...admitted,
      pipeline,
      ledger,
      clock,
      metrics,
      heartbeatMs,
      onWelcomed: () => this.#present(device),
      onAwaitsCommit: () => this.#awaiting.add(session),
      onStatus: (frame) => this.#status(device, frame),
      onResult: (id, ok, message) => bus.publishCommandResult({ id, device, ok, message }),
      onClosed: (code, problem, inside) =>
        log[inside === undefined ? 'info' : 'error'](
          { event: 'device_closed', device, session: admitted.id, code, problem, err: inside },
          'device session closed',
        ),
    });
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
    for (const timer of this.#timers) timer.cancel();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    this.closeAll(1012, 'service restart');
  }

  #wearer(device: DeviceId) {
    return this.#options.registry.patientAt(device, this.#options.clock.now());
  }

  #committed(): void {
    const monotonic = this.#options.clock.monotonic();
    for (const session of this.#awaiting) if (!session.committed(monotonic)) this.#awaiting.delete(session);
  }

  #tick(): void {
    const { clock } = this.#options;
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    let again = 0;
    for (const { session } of this.#entries.values()) {
      session.tick(now, monotonic);
      if (again < AGAIN_PER_TICK) again += session.askForMissed();
    }
  }

  #sweep(): void {
    const { clock, desk } = this.#options;
    const [now, monotonic] = [clock.now(), clock.monotonic()];
    const stalled = monotonic - this.#sweptAt > STALL_MS;
    this.#sweptAt = monotonic;
    // While this process stood still it read no socket: the silence is its own, not the devices'.
    if (stalled) return;
    desk.sweep(now);
    for (const [device, { session }] of this.#entries) {
      if (!session.isWelcomed) continue;
      const patient = this.#wearer(device);
      this.#presence.set(device, patient, desk.isSilent(device, patient, now) ? 'silent' : 'on', now);
    }
    // Certificates run out without anybody changing an entry.
    for (const device of this.#entries.keys()) this.#recheck(device);
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
