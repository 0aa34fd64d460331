import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Influxd, InfluxSeries } from '../../rig/influxd-process.ts';
import type { DeviceRecord } from '../fleet/device-record.ts';
import { seriesOf } from './found-in-influx.ts';

/** The whole of a short drain is a second or two. */
const EVERY_MS = 400;

type Sender = Pick<DeviceRecord, 'device' | 'sent'>;

/**
 * Looks into the store again and again while it is written to: of a device's moments, a later one must not be there while
 * one that was sent before it is not. What is there stays there, so that each look begins where the one before ended.
 */
export class OrderWatch implements AsyncDisposable {
  readonly #influxd: Influxd;
  readonly #senders: readonly Sender[];
  readonly #never: (device: string, t: number) => boolean;
  /** How many of the moments sent, by device, are known to be there without a gap. */
  readonly #there = new Map<string, number>();
  readonly #disordered = new Map<string, string>();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #looks = 0;

  /** @param never which moments the store will never take, and which therefore are no gap */
  constructor(
    influxd: Influxd,
    senders: readonly Sender[],
    never: (device: string, t: number) => boolean = () => false,
  ) {
    this.#influxd = influxd;
    this.#senders = senders;
    this.#never = never;
  }

  /** How often the store answered. */
  get looks(): number {
    return this.#looks;
  }

  /** The first gap of each device that had one. */
  get disordered(): readonly string[] {
    return [...this.#disordered.values()];
  }

  start(): void {
    this.#running = this.#run();
    // Whoever disposes of it hears of a failure; until then it is nobody's.
    this.#running.catch(() => undefined);
  }

  /** What the store holds, of all devices, from the first moment on that is not known to be there. */
  note(series: readonly InfluxSeries[]): void {
    const pieces = Map.groupBy(series, ({ tags }) => tags?.device ?? '');
    for (const { device, sent } of this.#senders) {
      let next = this.#there.get(device) ?? 0;
      for (const [micros] of (pieces.get(device) ?? []).flatMap(({ values }) => values)) {
        const t = Number(micros) / 1_000;
        const known = sent[next - 1]?.t;
        if (known !== undefined && t <= known) continue;
        for (; sent[next] !== undefined && this.#never(device, sent[next]?.t ?? 0); next++);
        const missing = sent[next];
        if (missing?.t === t) next += 1;
        else if (missing !== undefined && missing.t < t && !this.#disordered.has(device))
          this.#disordered.set(device, `${device} has ${t} while ${missing.t}, sent before, is missing`);
      }
      this.#there.set(device, next);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#look();
      await sleep(systemClock(), EVERY_MS, signal).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const from = Math.min(
      ...this.#senders.flatMap(({ device, sent }) => sent[this.#there.get(device) ?? 0]?.t ?? []),
    );
    if (!Number.isFinite(from)) return;
    const question = `SELECT "heart_rate" FROM "vitals" WHERE time >= ${from}ms GROUP BY "device"`;
    // It may be away, or go amid its answer, which is what is tried: such a look does not count.
    const pieces = this.#influxd.pieces(question, this.#stop.signal);
    const series = await pieces.then(seriesOf).catch(() => null);
    if (series === null) return;
    this.note(series);
    this.#looks += 1;
  }
}
