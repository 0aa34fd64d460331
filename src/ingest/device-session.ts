import type { EpochMs } from '../core/clock.ts';
import type { DeviceCommand } from '../model/device-command.ts';
import { type DeviceId, streamId } from '../model/ids.ts';
import { CLOSE_CODES, type CloseCode } from '../protocol/close-codes.ts';
import type { DeviceFrame, HelloFrame, ServerToDeviceFrame } from '../protocol/device-frames.ts';
import { DEFAULT_ACK_INTERVAL_MS } from '../protocol/limits.ts';
import { AckSchedule } from './ack-schedule.ts';
import { ByteBucket } from './byte-bucket.ts';
import { ClockSkew } from './clock-skew.ts';
import type { DeviceSessionOptions } from './device-session-options.ts';
import { ReadingPause } from './reading-pause.ts';
import { StreamIntake } from './stream-intake.ts';
import type { StreamProgress } from './stream-progress.ts';
import { TokenLife } from './token-life.ts';

/** A device that leaves more than this unread is closed: what it is told must not pile up here. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** A socket that says nothing is not kept for longer. */
const HELLO_WITHIN_MS = 30_000;

type State =
  | { readonly name: 'awaiting_hello' }
  /** Frames that come while the journal is asked how far the stream has come. */
  | { readonly name: 'welcoming'; readonly queued: DeviceFrame[] }
  | { readonly name: 'streaming'; readonly progress: StreamProgress; readonly intake: StreamIntake }
  | { readonly name: 'closed' };

/** Frames that may wait for `welcome`: far more than come in one read of the socket, which is paused then. */
const MAX_WAITING_FRAMES = 1_024;

/**
 * One device's side of the protocol as a state machine: bytes in, frames out, no sockets. What was taken of its stream is
 * acked when, and only when, the journal says it is on disk.
 */
export class DeviceSession {
  readonly device: DeviceId;
  readonly id: string;
  readonly #options: DeviceSessionOptions;
  readonly #acks = new AckSchedule();
  readonly #reading: ReadingPause;
  readonly #bucket: ByteBucket;
  #state: State = { name: 'awaiting_hello' };
  readonly #opened: number;
  readonly #token: TokenLife;
  /** The server stops: what comes now is not taken, and sent again to the process that follows. */
  #stopping = false;

  constructor(options: DeviceSessionOptions) {
    this.#options = options;
    this.device = options.device;
    this.id = options.id;
    this.#opened = options.clock.monotonic();
    this.#token = new TokenLife(options.tokenExpires);
    this.#reading = new ReadingPause(options.transport);
    this.#bucket = new ByteBucket(this.#opened);
  }

  /** Whether the device can be talked to: after `welcome` and before the end. */
  get isWelcomed(): boolean {
    return this.#state.name === 'streaming';
  }

  /** Takes one message off the socket. */
  receive(data: Uint8Array | string, binary: boolean): void {
    if (this.#state.name === 'closed' || this.#stopping) return;
    if (!this.#bucket.take(data.length, this.#options.clock.monotonic())) {
      this.#reading.pause('rate');
      this.#options.onRateExceeded();
    }
    const decoded = this.#options.codec.decode(data, binary);
    if (!decoded.ok) return this.close(4400, decoded.problem);
    this.#options.metrics.frame(decoded.frame.type);
    this.#handle(decoded.frame);
  }

  /** Reads on if the device may send again. @returns whether it may */
  refill(monotonic: number): boolean {
    if (this.#state.name === 'closed') return true;
    if (!this.#bucket.fill(monotonic)) return false;
    this.#reading.resume('rate');
    return true;
  }

  /** The token's end, and a hello that does not come. @returns when it is to be called again at the latest, by both clocks' going on. Monotonic milliseconds */
  lookAtLife(now: EpochMs, monotonic: number): number {
    const { name } = this.#state;
    if (name !== 'closed' && this.#token.hasEnded(now)) this.close(4401, 'token expired');
    const noHello = this.#opened + HELLO_WITHIN_MS + 1;
    if (name === 'awaiting_hello' && monotonic >= noHello) this.close(4400, 'no hello');
    // The first word of the server is `welcome`.
    if (this.isWelcomed && this.#token.announce(now))
      this.#send({ type: 'token_expiring', token_expires: this.#token.expires });
    const token = monotonic + this.#token.nextAt(this.isWelcomed) - now;
    return name === 'awaiting_hello' ? Math.min(token, noHello) : token;
  }

  /** Acks what is due. Says when to be called again. */
  lookAtAcks(monotonic: number): void {
    if (this.#state.name !== 'streaming') return;
    const { progress } = this.#state;
    this.#acks.durable(progress.durable, monotonic);
    if (this.#acks.isDue(monotonic)) this.#sendAck(progress);
    else this.#tellAcksDue(progress);
  }

  /** The journal has committed. @returns whether the next commit is awaited too */
  committed(monotonic: number): boolean {
    if (this.#state.name !== 'streaming') return false;
    const { progress } = this.#state;
    this.#acks.durable(progress.durable, monotonic);
    if (this.#acks.isDue(monotonic)) this.#sendAck(progress);
    return this.#acks.goesWithCommit(progress.received);
  }

  /**
   * Asks for what was heard while the journal took nothing, if it takes it now; gives how many frames that is. To be
   * called now and again.
   */
  askForMissed(): number {
    return this.#state.name === 'streaming' && !this.#stopping ? this.#state.intake.askForMissed() : 0;
  }

  /** Whether anything is to be asked for that was heard and not recorded. */
  get isMissed(): boolean {
    return this.#state.name === 'streaming' && this.#state.intake.isMissed;
  }

  /** Takes nothing more off the socket, so that what was taken can be acked before the end. */
  stopTaking(): void {
    this.#stopping = true;
    if (this.#state.name !== 'closed') this.#reading.pause('stop');
  }

  /** False while there is no stream to send it on: before `welcome`, and after the end. */
  sendCommand(command: DeviceCommand): boolean {
    if (this.#state.name !== 'streaming') return false;
    this.#send({ type: 'command', id: command.id, name: command.name, args: { ...command.args } });
    return true;
  }

  /**
   * Acks what is durable, then closes.
   * @param problem for the peer and the log
   * @param inside what only the log is told
   */
  close(code: CloseCode, problem: string, inside?: unknown): void {
    const state = this.#state;
    if (state.name === 'closed') return;
    this.#state = { name: 'closed' };
    if (state.name === 'streaming') {
      state.intake.drop();
      this.#acks.durable(state.progress.durable, this.#options.clock.monotonic());
      this.#sendAck(state.progress);
    }
    this.#options.transport.close(code, problem);
    this.#options.onOver();
    this.#options.onClosed(code, problem, inside);
  }

  /** The socket is gone: there is nobody to tell. */
  abandon(): void {
    if (this.#state.name === 'closed') return;
    if (this.#state.name === 'streaming') this.#state.intake.drop();
    this.#state = { name: 'closed' };
    this.#options.onOver();
  }

  #send(frame: ServerToDeviceFrame): void {
    const { transport, codec } = this.#options;
    if (transport.bufferedAmount >= MAX_UNREAD_BYTES) return this.close(1013, 'slow reader');
    transport.send(codec.encode(frame));
  }

  #handle(frame: DeviceFrame): void {
    const state = this.#state;
    switch (state.name) {
      case 'closed':
        return;
      case 'awaiting_hello':
        if (frame.type !== 'hello') return this.close(4400, `expected hello, got ${frame.type}`);
        this.#welcome(frame).catch((cause: unknown) => this.#failed(cause));
        return;
      case 'welcoming':
        if (frame.type === 'hello') return this.close(4400, 'hello twice');
        state.queued.push(frame);
        if (state.queued.length > MAX_WAITING_FRAMES) this.close(4429, 'too many frames before welcome');
        return;
      case 'streaming':
        return this.#stream(frame, state.intake);
    }
  }

  async #welcome(hello: HelloFrame): Promise<void> {
    const stream = streamId(hello.stream);
    if (stream === null) return this.close(4400, 'hello.stream is not a UUID');
    const { clock, ledger } = this.#options;
    const skew = new ClockSkew(hello.time, clock.now(), clock.monotonic());
    const queued: DeviceFrame[] = [];
    this.#state = { name: 'welcoming', queued };
    // How long the answer takes is the disk's affair; what waits for it is to be no more than was read already.
    this.#reading.pause('welcome');
    this.#acks.every(hello.ack_interval_ms ?? DEFAULT_ACK_INTERVAL_MS);
    const progress = await ledger.open(this.device, stream, hello.acked ?? null);
    // A close may have come while the journal was asked.
    if ((this.#state as State).name === 'closed') return;
    // Any number said now might be lower than what was acked before, and the device would take the stream for lost.
    if (progress === null)
      return this.close(1013, 'the journal does not answer: say hello.acked, or come later');
    this.#state = { name: 'streaming', progress, intake: this.#intake(progress, skew) };
    this.#noteAcked(progress);
    this.#send({
      type: 'welcome',
      session: this.id,
      ack: progress.durable,
      time: clock.now(),
      heartbeat_s: this.#options.heartbeatMs / 1_000,
      token_expires: this.#token.expires,
    });
    this.#options.onWelcomed();
    this.#options.onLifeChanged();
    this.#reading.resume('welcome');
    for (const frame of queued) this.#handle(frame);
  }

  #intake(progress: StreamProgress, clockSkew: ClockSkew): StreamIntake {
    const { device } = this;
    const { pipeline, clock, metrics, ledger, onStatus, onMissed } = this.#options;
    return new StreamIntake({
      ...{
        device,
        reading: this.#reading,
        pipeline,
        clock,
        metrics,
        progress,
        clockSkew,
        onStatus,
        onMissed,
      },
      onRejection: (seq, rejection) => this.#send({ type: 'reject', seq, ...rejection }),
      onDuplicate: () => {
        this.#acks.repeat(clock.monotonic());
        this.#tellAcksDue(progress);
      },
      onHandedOver: () => {
        if (this.#acks.came(clock)) this.#tellAcksDue(progress);
        if (this.#acks.goesWithCommit(progress.received)) this.#options.onAwaitsCommit();
      },
      onMissing: (from) => this.#send({ type: 'resend', from }),
      onOverflow: () => this.close(1013, 'journal is full'),
      onFailed: (cause) => {
        ledger.forget(device);
        this.#failed(new Error('the journal takes nothing any more', { cause }));
      },
    });
  }

  #stream(frame: DeviceFrame, intake: StreamIntake): void {
    switch (frame.type) {
      case 'hello':
        return this.close(4400, 'hello twice');
      case 'result':
        return this.#options.onResult(frame.id, frame.ok, frame.message ?? null);
      case 'refresh':
        this.#refresh(frame.token).catch((cause: unknown) => this.#failed(cause));
        return;
      case 'vitals':
      case 'waveform':
      case 'status':
        return intake.take(frame);
    }
  }

  /** The server's own fault: the peer is not told what is inside. */
  #failed(cause: unknown): void {
    this.close(1011, CLOSE_CODES[1011].reason, cause);
  }

  #sendAck(progress: StreamProgress): void {
    if (!this.#acks.isPending()) return;
    this.#send({ type: 'ack', seq: progress.durable });
    this.#noteAcked(progress);
  }

  /** What is on its way to the disk, by an earlier connection of this stream too, waits for the next ack from now on. */
  #noteAcked(progress: StreamProgress): void {
    const { durable } = progress;
    this.#acks.acked(durable);
    if (progress.received > durable) this.#acks.came(this.#options.clock);
    this.#tellAcksDue(progress);
  }

  /** While nobody knows where the stream stands, it may stand elsewhere at any moment. */
  #tellAcksDue(progress: StreamProgress): void {
    this.#options.onAcksDue(progress.confirmed ? this.#acks.dueAt() : 0);
  }

  async #refresh(token: string): Promise<void> {
    const verified = await this.#options.verifyToken(token);
    if (verified === null) return this.close(4401, 'the new token does not hold');
    this.#token.renew(verified.expires);
    this.#options.onLifeChanged();
    this.#send({ type: 'refreshed', token_expires: verified.expires });
  }
}
