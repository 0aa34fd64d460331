import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { remoteNetworkOf } from './remote-network.ts';

/** How often the refusals of each address become one line of the log; and for how many addresses. */
const REPORT_EVERY_MS = 10_000;
const MAX_REPORTED = 20;

/** Which bound a refused socket was over. */
type Bound = 'address' | 'total';

export interface UnauthenticatedBounds {
  /** Sockets of one address (IPv6: of one /64). */
  readonly perAddress: number;
  /** Sockets of one listener. */
  readonly total: number;
}

export interface UnauthenticatedSocketsOptions extends UnauthenticatedBounds {
  readonly listener: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: UnauthenticatedMetrics;
}

export interface UnauthenticatedMetrics {
  refused(listener: string, bound: Bound): void;
  open(listener: string, sockets: number): void;
}

/** Counts sockets of peers that nobody has identified, by listener. */
export function unauthenticatedMetrics(metrics: Metrics): UnauthenticatedMetrics {
  const refused = metrics.counter(
    'vitalwire_sockets_refused_total',
    'Connections dropped at accept: too many of unidentified peers, of one address or in all.',
    ['listener', 'bound'],
  );
  const open = metrics.gauge(
    'vitalwire_unauthenticated_sockets',
    'Open connections of peers that are not identified.',
    ['listener'],
  );
  return {
    refused: (listener, bound) => refused.inc({ listener, bound }),
    open: (listener, sockets) => open.set({ listener }, sockets),
  };
}

/**
 * Bounds what peers without an identity may hold open on one listener: a connection counts from accept until its peer
 * is identified, or it is closed. Over the bound a new one is to be dropped before any TLS work. Memory is bounded by
 * the total: only addresses with open sockets are known.
 */
export class UnauthenticatedSockets implements Disposable {
  readonly #options: UnauthenticatedSocketsOptions;
  /** Each counted connection by the peer's address and port. */
  readonly #open = new Map<string, { readonly network: string }>();
  readonly #byNetwork = new Map<string, number>();
  /** Refusals since the last report; of addresses beyond the bound only their sum. */
  readonly #refused = new Map<string, { count: number; bound: Bound }>();
  #refusedElsewhere = 0;
  readonly #timer: { cancel(): void };

  constructor(options: UnauthenticatedSocketsOptions) {
    this.#options = options;
    this.#timer = options.clock.every(REPORT_EVERY_MS, () => this.#report());
  }

  /** Connections that count now. */
  get size(): number {
    return this.#open.size;
  }

  /** Counts an accepted TCP connection until it closes or is identified; false: it is one too many. */
  admit(socket: Socket): boolean {
    const key = keyOf(socket);
    // Gone already: nobody to serve.
    if (key === null || socket.remoteAddress === undefined) return false;
    // A peer that resets and comes back from the same port can be told of before the end of its former connection.
    this.#release(key);
    const network = remoteNetworkOf(socket.remoteAddress);
    const { perAddress, total } = this.#options;
    const ofNetwork = this.#byNetwork.get(network) ?? 0;
    if (ofNetwork >= perAddress) return this.#refuse(network, 'address');
    if (this.#open.size >= total) return this.#refuse(network, 'total');
    const counted = { network };
    this.#open.set(key, counted);
    this.#byNetwork.set(network, ofNetwork + 1);
    this.#options.metrics.open(this.#options.listener, this.#open.size);
    socket.once('close', () => {
      if (this.#open.get(key) === counted) this.#release(key);
    });
    return true;
  }

  /** The peer of this connection, or of the TLS connection over it, has shown who it is. */
  identified(socket: Socket): void {
    const key = keyOf(socket);
    if (key !== null) this.#release(key);
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
    this.#report();
  }

  #release(key: string): void {
    const counted = this.#open.get(key);
    if (counted === undefined) return;
    const { network } = counted;
    this.#open.delete(key);
    const left = (this.#byNetwork.get(network) ?? 1) - 1;
    if (left === 0) this.#byNetwork.delete(network);
    else this.#byNetwork.set(network, left);
    this.#options.metrics.open(this.#options.listener, this.#open.size);
  }

  #refuse(network: string, bound: Bound): false {
    this.#options.metrics.refused(this.#options.listener, bound);
    const known = this.#refused.get(network);
    if (known) known.count += 1;
    else if (this.#refused.size < MAX_REPORTED) this.#refused.set(network, { count: 1, bound });
    else this.#refusedElsewhere += 1;
    return false;
  }

  #report(): void {
    const { log, listener } = this.#options;
    for (const [remote, { count, bound }] of this.#refused) this.#line(remote, count, bound);
    if (this.#refusedElsewhere > 0) {
      log.warn(
        { event: 'sockets_refused', listener, remote: 'others', refused: this.#refusedElsewhere },
        'too many unauthenticated connections',
      );
    }
    this.#refused.clear();
    this.#refusedElsewhere = 0;
  }

  #line(remote: string, refused: number, bound: Bound): void {
    const { log, listener } = this.#options;
    log.warn(
      { event: 'sockets_refused', listener, remote, refused, bound },
      'too many unauthenticated connections',
    );
  }
}

/**
 * The peer's address and port: one open connection of a listener each, and the same seen from the TCP socket and from
 * the TLS socket over it. Null: the connection is gone.
 */
function keyOf({ remoteAddress, remotePort }: Socket): string | null {
  return remoteAddress === undefined || remotePort === undefined ? null : `${remoteAddress} ${remotePort}`;
}
