import { remoteNetworkOf } from './remote-network.ts';

const WINDOW_MS = 60_000;
/** Networks remembered; the one that was not heard of for longest makes room. */
const MAX_NETWORKS = 10_000;

interface Bucket {
  left: number;
  filledAt: number;
}

/**
 * How often each network asks (a token bucket for every address, of IPv6 for every /64): a minute's worth at once, then as
 * it fills up. Times are a monotonic clock's, in milliseconds.
 */
export class NetworkRate {
  readonly #perMinute: number;
  /** The network heard of last stands last. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param perMinute requests of one network */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Counts a request, unless it is one too many. @returns seconds to wait before the next; 0: counted */
  take(address: string, monotonic: number): number {
    const network = remoteNetworkOf(address);
    const bucket = this.#buckets.get(network) ?? { left: this.#perMinute, filledAt: monotonic };
    const perMs = this.#perMinute / WINDOW_MS;
    bucket.left = Math.min(this.#perMinute, bucket.left + (monotonic - bucket.filledAt) * perMs);
    bucket.filledAt = monotonic;
    this.#remember(network, bucket);
    if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perMs / 1_000);
    bucket.left -= 1;
    return 0;
  }

  #remember(network: string, bucket: Bucket): void {
    this.#buckets.delete(network);
    if (this.#buckets.size >= MAX_NETWORKS) this.#buckets.delete(this.#buckets.keys().next().value ?? '');
    this.#buckets.set(network, bucket);
  }
}
