import { X509Certificate } from 'node:crypto';
import type { Agent } from 'node:https';
import type { Clock } from '../core/clock.ts';
import { DeviceTokenSource } from './device-token-source.ts';
import { tlsAgent } from './tls-agent.ts';

/** A device's certificate (with its chain, if any) and key, PEM. */
export interface DeviceKeyPair {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface DeviceIdentityOptions {
  readonly base: URL;
  readonly clock: Clock;
  readonly ca: string | Buffer | undefined;
  readonly serverName: string | undefined;
  /** Real milliseconds for a request. */
  readonly handshakeTimeoutMs: number;
}

/** One certificate with its key, and what belongs to it alone: TLS sessions and token. */
export class DeviceIdentity implements Disposable {
  readonly pair: DeviceKeyPair;
  readonly agent: Agent;
  readonly tokens: DeviceTokenSource;

  constructor(
    pair: DeviceKeyPair,
    { base, clock, ca, serverName, handshakeTimeoutMs }: DeviceIdentityOptions,
  ) {
    this.pair = pair;
    this.agent = tlsAgent({
      ...pair,
      ...(ca === undefined ? {} : { ca }),
      ...(serverName === undefined ? {} : { serverName }),
    });
    this.tokens = new DeviceTokenSource(base, this.agent, clock, handshakeTimeoutMs);
  }

  /** The certificate itself, without its chain. @throws Error when it is not one */
  get certificate(): X509Certificate {
    return new X509Certificate(this.pair.cert);
  }

  [Symbol.dispose](): void {
    this.agent.destroy();
  }
}
