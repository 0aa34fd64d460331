import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { DeviceClient } from '../../../src/client/device-client.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Sample } from '../../../src/model/sample.ts';

export interface BlockOptions {
  readonly devices: readonly DeviceClient[];
  /** Alarms raised in the block. */
  readonly alarms: number;
  /** Time between two alarms, in real milliseconds. */
  readonly everyMs: number;
  /** Readers of each alarm. */
  readonly readers: number;
  /** The sample time of a device's next alarm. */
  readonly nextTime: (device: number) => number;
  readonly signal: AbortSignal;
}

/** What one block measured. */
export interface Block {
  /** From the intended time of the device's send to each reader's receipt. Nanoseconds. */
  readonly latency: RecordableHistogram;
  /** Alarms that some reader did not get. */
  readonly missing: number;
  /** Alarms that the generator sent later than its own plan by more than it may. */
  readonly late: number;
}

/** How long readers get for the last alarm of a block. */
const LAST_WITHIN_MS = 10_000;
/** Sent so much after its time, an alarm tells more of the generator than of the server. */
const LATE_MS = 20;
/** What is below 80 % alarms at once, without an onset delay; then it is good for longer than the clear delay. */
const BREACH = { spo2: 75 };
const GOOD = { spo2: 97 };
const GOOD_SAMPLES = 7;
/** From one alarm of a device to its next. Milliseconds of sample time. */
export const ALARM_TAKES_MS = (GOOD_SAMPLES + 2) * 1_000;

/** One frame: the alarm comes (anew), and latches. */
function episode(t: number): readonly Sample[] {
  const good = Array.from({ length: GOOD_SAMPLES }, (_, i) => ({ t: t + (i + 1) * 1_000, ...GOOD }));
  return [{ t, ...BREACH }, ...good];
}

/** The readers' side of a block: which alarm was meant to be sent when. */
export class AlarmLatencies {
  #sentAt = new Map<string, number>();
  #latency: RecordableHistogram = createHistogram();
  #heard = 0;

  begin(): void {
    this.#sentAt = new Map();
    this.#latency = createHistogram();
    this.#heard = 0;
  }

  /** `key`: device and sample time. */
  sent(key: string, at: number): void {
    this.#sentAt.set(key, at);
  }

  /** A message of the feed, as a reader got it. */
  message(text: string): void {
    if (!text.startsWith('{"type":"alarm"')) return;
    const now = performance.now();
    const { event, at, alarm } = JSON.parse(text) as {
      readonly event: string;
      readonly at: number;
      readonly alarm: { readonly device: string };
    };
    const comes = event === 'raised' || event === 'recurred';
    const due = comes ? this.#sentAt.get(`${alarm.device} ${at}`) : undefined;
    if (due === undefined) return;
    this.#heard += 1;
    this.#latency.record(Math.max(1, Math.round((now - due) * 1e6)));
  }

  get latency(): RecordableHistogram {
    return this.#latency;
  }

  get heard(): number {
    return this.#heard;
  }
}

/** Raises alarms one after the other, by plan and not by how fast the answer comes (open loop), and measures each. */
export async function runBlock(options: BlockOptions, latencies: AlarmLatencies): Promise<Block> {
  const { devices, alarms, everyMs, readers, nextTime, signal } = options;
  latencies.begin();
  const begin = performance.now();
  let late = 0;
  for (let i = 0; i < alarms; i++) {
    const due = begin + i * everyMs;
    const left = due - performance.now();
    if (left > 0) await sleep(systemClock(), left, signal);
    if (performance.now() - due > LATE_MS) late += 1;
    const index = i % devices.length;
    const t = nextTime(index);
    latencies.sent(`w-${index} ${t}`, due);
    devices[index]?.sendVitals(episode(t));
  }
  const until = performance.now() + LAST_WITHIN_MS;
  while (latencies.heard < alarms * readers && performance.now() < until)
    await sleep(systemClock(), 20, signal);
  return { latency: latencies.latency, missing: alarms * readers - latencies.heard, late };
}

/** Raises alarms as fast as they are acked, until `enough`, or for `lastsMs`. */
export async function flood(
  { devices, nextTime, signal }: Pick<BlockOptions, 'devices' | 'nextTime' | 'signal'>,
  lastsMs: number,
  enough: () => boolean,
): Promise<void> {
  const until = performance.now() + lastsMs;
  while (!enough() && performance.now() < until) {
    signal.throwIfAborted();
    for (const [index, device] of devices.entries())
      for (let i = 0; i < 10; i++) device.sendVitals(episode(nextTime(index)));
    await Promise.all(devices.map((device) => device.drain({ timeoutMs: lastsMs })));
  }
}
