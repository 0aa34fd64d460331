import type { Agent } from 'node:https';
import { WebSocket } from 'ws';
import { type Clock, type Scheduled, systemClock } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { StreamId } from '../model/ids.ts';
import { type DeviceSubprotocol, deviceCodec } from '../protocol/device-codec.ts';
import type { DeviceFrame, ServerToDeviceFrame } from '../protocol/device-frames.ts';
import type { HeldToken } from './device-token-source.ts';
import type { Outbox } from './outbox.ts';
import { closeSocket, openSocket, type SocketEnd } from './socket.ts';
import { TokenRefresh } from './token-refresh.ts';
import { Watchdog } from './watchdog.ts';

/** A server that missed this many heartbeats is gone. */
const HEARTBEATS_MISSED = 2.5;

type ServerFrame<Type extends ServerToDeviceFrame['type']> = Extract<ServerToDeviceFrame, { type: Type }>;

export interface DeviceConnectionEvents {
  welcomed(frame: ServerFrame<'welcome'>, resumed: boolean): void;
  acked(seq: number): void;
  /** After an ack, when what it made room for has been sent. */
  settled(): void;
  rejected(frame: ServerFrame<'reject'>): void;
  command(frame: ServerFrame<'command'>): void;
  sent(again: boolean): void;
  trouble(error: Error): void;
}

export interface DeviceConnectionOptions {
  readonly base: URL;
  readonly agent: Agent;
  readonly clock: Clock;
  readonly random: () => number;
  readonly subprotocol: DeviceSubprotocol;
  readonly stream: StreamId;
  readonly firmware: string | null;
  readonly ackIntervalMs: number;
  readonly outbox: Outbox;
  readonly token: HeldToken;
  readonly renewToken: () => Promise<HeldToken>;
  /** Bytes on the way to the kernel above which nothing more is handed to the socket. */
  readonly maxBufferedBytes: number;
  /** Real milliseconds for TCP, TLS and upgrade, and then for the welcome. */
  readonly handshakeTimeoutMs: number;
}

/** One connection, from the upgrade to its end: hello, welcome, frames in order, acks, refresh, heartbeat. */
export class DeviceConnection {
  /** Resolves when the connection has ended; never rejects. */
  readonly ended: Promise<SocketEnd>;
  readonly #options: DeviceConnectionOptions;
  readonly #events: DeviceConnectionEvents;
  readonly #codec: ReturnType<typeof deviceCodec>;
  readonly #socket: WebSocket;
  readonly #refresh: TokenRefresh;
  #watchdog: Watchdog | null = null;
  #welcomeTimer: Scheduled | null = null;
  #welcomedAt: number | null = null;
  #resumed = false;
  #highestSent = 0;
  /** Why this side ended it; outweighs what the socket says. */
  #ownEnd: SocketEnd | null = null;

  constructor(options: DeviceConnectionOptions, events: DeviceConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#codec = deviceCodec(options.subprotocol);
    this.#refresh = new TokenRefresh({
      clock: options.clock,
      random: options.random,
      renew: options.renewToken,
      send: (token) => this.send({ type: 'refresh', token }),
      trouble: events.trouble,
    });
    const url = new URL('/v1/stream', options.base);
    url.protocol = 'wss:';
    const { socket, ended } = openSocket(
      {
        url,
        subprotocol: options.subprotocol,
        token: options.token.token,
        agent: options.agent,
        maxMessageBytes: 1024 * 1024,
        handshakeTimeoutMs: options.handshakeTimeoutMs,
      },
      {
        opened: (resumed) => this.#hello(resumed),
        message: (data, binary) => this.#receive(data, binary),
        alive: () => this.#watchdog?.alive(),
      },
    );
    this.#socket = socket;
    this.ended = ended.then((end) => {
      this.#refresh[Symbol.dispose]();
      this.#watchdog?.[Symbol.dispose]();
      this.#welcomeTimer?.cancel();
      return this.#ownEnd ?? end;
    });
  }

  /** When the server took it, by the clock's monotonic time; null: not yet. */
  get welcomedAt(): number | null {
    return this.#welcomedAt;
  }

  /** Hands what is due to the socket, as far as the window and the socket's buffer allow. */
  pump(): void {
    const { outbox, maxBufferedBytes } = this.#options;
    while (
      this.#welcomedAt !== null &&
      this.#socket.readyState === WebSocket.OPEN &&
      this.#socket.bufferedAmount < maxBufferedBytes
    ) {
      const frame = outbox.next();
      if (!frame) return;
      const data = this.#codec.encode(frame as DeviceFrame);
      const fills = this.#socket.bufferedAmount + data.length >= maxBufferedBytes;
      this.#socket.send(data, fills ? () => this.pump() : undefined);
      this.#events.sent(frame.seq <= this.#highestSent);
      this.#highestSent = Math.max(this.#highestSent, frame.seq);
    }
  }

  /** Sends a frame without a number; nothing when the socket is not open. */
  send(frame: DeviceFrame): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(this.#codec.encode(frame));
  }

  /** Ends it in good order. */
  close(code: number, reason: string): void {
    this.#ownEnd ??= { code, reason, error: null };
    closeSocket(this.#socket, code, reason);
  }

  /** Ends it at once: the peer is not there to answer, or has shown that it can't be talked to. */
  abort(code: number, error: CodedError): void {
    this.#ownEnd ??= { code, reason: error.message, error };
    this.#socket.terminate();
  }

  #hello(resumed: boolean): void {
    this.#resumed = resumed;
    const { clock, stream, firmware, ackIntervalMs, handshakeTimeoutMs, outbox } = this.#options;
    this.send({
      type: 'hello',
      stream,
      time: Math.floor(clock.now()),
      ack_interval_ms: ackIntervalMs,
      acked: outbox.acked,
      ...(firmware === null ? {} : { firmware }),
    });
    this.#welcomeTimer = systemClock().after(handshakeTimeoutMs, () =>
      this.abort(
        1006,
        new CodedError('welcome_missing', `no welcome within ${handshakeTimeoutMs} ms of hello`),
      ),
    );
  }

  #receive(data: Buffer, binary: boolean): void {
    const decoded = this.#codec.decode(data, binary);
    if (!decoded.ok) {
      // A newer server may say what this client does not know; what it does know still holds.
      this.#events.trouble(new CodedError('unreadable_frame', `from the server: ${decoded.problem}`));
      return;
    }
    const { frame } = decoded;
    switch (frame.type) {
      case 'welcome':
        if (this.#welcomedAt === null) this.#welcome(frame);
        break;
      case 'ack':
        this.#events.acked(frame.seq);
        this.pump();
        this.#events.settled();
        break;
      case 'reject':
        this.#events.rejected(frame);
        break;
      case 'resend':
        this.#resend(frame.from);
        break;
      case 'command':
        this.#events.command(frame);
        break;
      case 'token_expiring':
        this.#refresh.now();
        break;
      case 'refreshed':
        break;
    }
  }

  #welcome(frame: ServerFrame<'welcome'>): void {
    const { outbox, clock, token } = this.#options;
    if (frame.ack < outbox.acked) {
      this.#streamLost(frame.ack + 1);
      return;
    }
    this.#welcomeTimer?.cancel();
    this.#highestSent = outbox.highest;
    this.#events.acked(frame.ack);
    outbox.rewindTo(outbox.acked + 1);
    this.#watchdog = new Watchdog(clock, frame.heartbeat_s * 1000 * HEARTBEATS_MISSED, () =>
      this.abort(4408, new CodedError('heartbeat_lost', `no heartbeat for ${HEARTBEATS_MISSED} intervals`)),
    );
    this.#refresh.schedule(token.refreshInMs);
    this.#welcomedAt = clock.monotonic();
    this.#events.welcomed(frame, this.#resumed);
    this.pump();
    this.#events.settled();
  }

  #resend(from: number): void {
    if (this.#options.outbox.rewindTo(from)) this.pump();
    else this.#streamLost(from);
  }

  #streamLost(from: number): void {
    this.abort(
      1006,
      new CodedError(
        'stream_lost',
        `the server asks for frame ${from}, which was acked: it has lost the stream; a new one begins`,
        { details: { from, acked: this.#options.outbox.acked } },
      ),
    );
  }
}
