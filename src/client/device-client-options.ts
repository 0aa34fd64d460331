import type { Clock } from '../core/clock.ts';
import type { CommandName } from '../model/device-command.ts';
import type { DeviceSubprotocol } from '../protocol/device-codec.ts';
import type { RenewalSettings } from './certificate-renewal.ts';
import type { ReconnectBackoff } from './reconnect.ts';

/** Carries out a command; the text it returns goes back as the result's message. Throwing answers `ok: false`. */
export type CommandHandler = (
  args: Readonly<Record<string, unknown>>,
) => undefined | string | Promise<undefined | string>;

export interface DeviceClientOptions {
  /** Base of the device listener, e.g. `https://vitalwire.example:8443`. */
  readonly url: string | URL;
  /** The device's certificate (with its chain, if any) and key, PEM. */
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /**
   * Renews the certificate over the network from two thirds of its life on, each time with a new key; without it the
   * certificate ends one day, and the device with it.
   */
  readonly renewal?: RenewalSettings;
  /** What the server's certificate must chain to, PEM; the system's roots when absent. */
  readonly ca?: string | Buffer;
  /** Name the server's certificate must hold, where it is not the URL's host. */
  readonly serverName?: string;
  /** Default `vitalwire.v1.json`. */
  readonly subprotocol?: DeviceSubprotocol;
  readonly firmware?: string;
  /** Longest wait for an ack, in ms of the clock; default 2000, 0 asks for one after every commit. */
  readonly ackIntervalMs?: number;
  readonly clock?: Clock;
  /** Most calls of `send...` that may wait unsent; over it the oldest are dropped. Default 20,000. */
  readonly bufferFrames?: number;
  /** Most memory they may take, roughly. Default 32 MiB. */
  readonly bufferBytes?: number;
  /**
   * Most frames sent and not acked; 8 MiB of them at most. Default 20,000: while the server's disk is full nothing is
   * acked, and alarms flow until this is reached, at a frame a second for five hours.
   */
  readonly maxInFlight?: number;
  readonly backoff?: ReconnectBackoff;
  /** A draw from [0, 1) for the jitter. */
  readonly random?: () => number;
  /** What the device can be told to do; others are answered `ok: false`. */
  readonly commands?: Readonly<Partial<Record<CommandName, CommandHandler>>>;
  /** Real milliseconds for TCP, TLS and upgrade together. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
}

export const DEVICE_CLIENT_DEFAULTS = {
  ackIntervalMs: 2_000,
  bufferFrames: 20_000,
  bufferBytes: 32 * 1024 * 1024,
  maxInFlight: 20_000,
  maxInFlightBytes: 8 * 1024 * 1024,
  maxBufferedBytes: 1024 * 1024,
  handshakeTimeoutMs: 10_000,
} as const;
