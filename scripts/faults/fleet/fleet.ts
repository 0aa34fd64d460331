import { once } from 'node:events';
import type { DeviceClient } from '../../../src/client/device-client.ts';
import type { DeviceClientOptions } from '../../../src/client/device-client-options.ts';
import type { ReconnectBackoff } from '../../../src/client/reconnect.ts';
import { type Clock, systemClock } from '../../../src/core/clock.ts';
import type { Sample } from '../../../src/model/sample.ts';
import type { Seeded } from '../../attack/seeded.ts';
import type { Rig } from '../../rig/rig.ts';
import { DeviceRecord, type SentMoment } from './device-record.ts';
import { Latencies } from './latencies.ts';

/** They come back soon: how long they wait is not what is tried here. */
export const BACKOFF: ReconnectBackoff = {
  withJitter: { baseMs: 20, capMs: 250 },
  later: { baseMs: 20, capMs: 250 },
};
/** As often as timers go: frames come spread out, not in bursts. */
const TICK_MS = 1;
const CONNECTED_WITHIN_MS = 60_000;

export interface FleetOptions {
  readonly rig: Rig;
  readonly devices: number;
  /** Frames a second of all devices together, each of one moment; at most 1,000 a device. */
  readonly rate: number;
  readonly random: Seeded;
  readonly client?: Partial<DeviceClientOptions>;
  /** How far the clock of a device is ahead of this machine's. Milliseconds. Default: not at all. */
  readonly ahead?: (index: number) => number;
  /** Marks their names, where there is another fleet. */
  readonly name?: string;
  /** The values of a device's moment, by how many it measured before. Default: of somebody who is well. */
  readonly values?: (measured: number) => Pick<SentMoment, 'heart_rate' | 'spo2'>;
  /** What else a device measures at `t`, beside what its record keeps. */
  readonly also?: (device: string, t: number) => Omit<Sample, 't'>;
}

/** What the devices offered while they were asked to. */
export interface Offered {
  readonly frames: number;
  readonly perSecond: number;
}

interface Wearable {
  readonly client: DeviceClient;
  readonly record: DeviceRecord;
  readonly clock: Clock;
  /** Time of its next moment by its clock, in milliseconds since the epoch, with a fraction. */
  next: number;
}

/**
 * Wearables that stream at a steady rate, whether or not the server keeps up (an open loop), through the product's own
 * client, each with a record of its own of what it sent and what was acked.
 */
export class Fleet implements AsyncDisposable {
  readonly #wearables: readonly Wearable[];
  readonly #values: NonNullable<FleetOptions['values']>;
  readonly #rate: number;
  readonly #also: FleetOptions['also'];
  readonly #clients = new AsyncDisposableStack();
  #latencies = new Latencies();
  #offering: { readonly timer: NodeJS.Timeout; readonly began: number } | null = null;
  #offeredNow = 0;

  private constructor(wearables: readonly Wearable[], { rate, random, also, values }: FleetOptions) {
    this.#wearables = wearables;
    this.#rate = rate;
    this.#also = also;
    this.#values = values ?? (() => ({ heart_rate: 60 + random.below(40), spo2: 95 + random.below(5) }));
    for (const { client } of wearables) this.#clients.use(client);
  }

  /** Enrols, connects and resolves when all are welcomed. */
  static async connect(options: FleetOptions): Promise<Fleet> {
    const { rig, devices } = options;
    const wearables = (await rig.devices(devices, options.name)).map((one, index): Wearable => {
      const ahead = options.ahead?.(index) ?? 0;
      const clock: Clock = { ...systemClock(), now: () => Date.now() + ahead };
      const client = one.client({ backoff: BACKOFF, clock, ...options.client });
      return { client, clock, record: new DeviceRecord(one.device, one.patient), next: 0 };
    });
    const fleet = new Fleet(wearables, options);
    await rig.seen();
    await Promise.all(
      wearables.map(({ client, record }) => {
        client.on('acked', (_seq, { samples }) => fleet.#acked(record, samples));
        client.on('rejected', ({ samples }) => record.refused(samples));
        client.on('dropped', ({ samples }) => {
          record.dropped += samples;
        });
        const signal = AbortSignal.timeout(CONNECTED_WITHIN_MS);
        const connected = once(client, 'connected', { signal });
        client.start();
        return connected;
      }),
    );
    return fleet;
  }

  get records(): readonly DeviceRecord[] {
    return this.#wearables.map(({ record }) => record);
  }

  get clients(): readonly DeviceClient[] {
    return this.#wearables.map(({ client }) => client);
  }

  /** Of what was acked since the last call of `phase`. */
  get latencies(): Latencies {
    return this.#latencies;
  }

  /** Measures latencies anew; gives those of the phase that ends. */
  phase(): Latencies {
    const former = this.#latencies;
    this.#latencies = new Latencies();
    return former;
  }

  /** Begins to stream. */
  offer(): void {
    const began = performance.now();
    this.#offeredNow = 0;
    for (const wearable of this.#wearables)
      wearable.next = Math.max(wearable.next, Math.floor(wearable.clock.now()));
    this.#offering = { began, timer: setInterval(() => this.#tick(began), TICK_MS) };
  }

  /** Ends streaming; tells what was offered since `offer`. */
  rest(): Offered {
    if (this.#offering === null) return { frames: 0, perSecond: 0 };
    clearInterval(this.#offering.timer);
    const seconds = (performance.now() - this.#offering.began) / 1_000;
    const frames = this.#offeredNow;
    this.#offering = null;
    return { frames, perSecond: Math.round(frames / seconds) };
  }

  /** Resolves when everything sent is acked. @throws CodedError `drain_timeout` */
  async drain(timeoutMs: number): Promise<void> {
    await Promise.all(this.clients.map((client) => client.drain({ timeoutMs })));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.rest();
    await this.#clients.disposeAsync();
  }

  /** Sends what is due by now: after a stall of this process that is more, never less. */
  #tick(began: number): void {
    const due = Math.floor(((performance.now() - began) / 1_000) * this.#rate);
    const spacing = (1_000 * this.#wearables.length) / this.#rate;
    for (; this.#offeredNow < due; this.#offeredNow++) {
      const wearable = this.#wearables[this.#offeredNow % this.#wearables.length];
      if (wearable !== undefined) this.#measure(wearable, spacing);
    }
  }

  #measure(wearable: Wearable, spacing: number): void {
    const { client, record } = wearable;
    const t = Math.floor(wearable.next);
    wearable.next = Math.max(wearable.next + spacing, t + 1);
    const { heart_rate, spo2 } = this.#values(record.sent.length);
    record.note({ t, heart_rate, spo2, at: performance.now() });
    client.sendVitals([{ ...this.#also?.(record.device, t), t, heart_rate, spo2 }]);
  }

  #acked(record: DeviceRecord, samples: number): void {
    const now = performance.now();
    record.acked(samples, ({ at }) => this.#latencies.add(now - at));
  }
}
