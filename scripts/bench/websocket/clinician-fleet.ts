import { readFileSync } from 'node:fs';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import type { Peer } from '../load/dialect.ts';
import { LatencyHistogram, type LatencySummary } from '../load/latency-histogram.ts';
import { LoadConnection } from '../load/load-connection.ts';
import type { WireBytes } from '../load/load-messages.ts';
import { type Offered, openLoop } from '../load/open-loop.ts';
import { Attendant } from './attendant.ts';
import { breachingDialect, feedDialect } from './clinician-dialects.ts';
import { PatientPoll } from './patient-poll.ts';
import type { Watch, Watcher, WatchWay } from './watch.ts';

export interface WatchedRun {
  readonly offered: Offered;
  /** Frames of the wearables. */
  readonly sent: number;
  readonly acked: number;
  /** Alarms raised, and of those that the patient's clinician heard of. */
  readonly raised: number;
  readonly heard: number;
  /** From when the breach was due to be sent until the clinician knows. */
  readonly latency: LatencySummary;
  /** Of the clinicians' connections, in this run. */
  readonly wire: WireBytes;
  readonly troubles: readonly string[];
}

export interface ClinicianCalls {
  /** Connects wearables, of lines `first` on: that of line i is worn by patient `p-i`. */
  devices(request: DevicesRequest): Promise<void>;
  watch(request: WatchRequest): Promise<void>;
  /** Each wearable sends once a second; `alarms` of those that never did breach a limit. */
  run(request: { readonly seconds: number; readonly alarms: number }): Promise<WatchedRun>;
  unwatch(request: null): void;
}

export interface DevicesRequest {
  readonly port: number;
  /** Path, PEM. */
  readonly ca: string;
  readonly peers: string;
  readonly first: number;
  readonly count: number;
  /** As in `hello`. */
  readonly ackIntervalMs: number;
  /** Where those who see to alarms are reached, and who does. */
  readonly clinicianPort: number;
  readonly ward: string;
  readonly attendant: string;
}

export interface WatchRequest {
  readonly port: number;
  readonly ca: string;
  readonly watchers: readonly Watcher[];
  readonly way: WatchWay;
}

const FROM = '127.0.0.1';
const AT_ONCE = 16;
const LOOK_MS = 5;
const LISTEN_S = 0.1;
const HEARD_WITHIN_MS = 8_000;

/** Wearables, and clinicians who watch one of their wearers each. */
export class ClinicianFleet implements ClinicianCalls {
  readonly #breaching = new Set<string>();
  readonly #breached = new Set<string>();
  /** When the breach of a patient who has an alarm nobody has heard of was due. */
  readonly #due = new Map<string, number>();
  #devices: { readonly peer: Peer; readonly connection: LoadConnection }[] = [];
  #next = 0;
  #acked = 0;
  #latency = new LatencyHistogram();
  #watches: Watch[] = [];
  #attendant: Attendant | null = null;
  /** Known to the clinician, and to be acknowledged when the attendant has the alarm as well. */
  readonly #unseen = new Set<string>();

  async devices(request: DevicesRequest): Promise<void> {
    const { port, clinicianPort, ca, peers, first, count, ackIntervalMs, ward, attendant } = request;
    const lines = readFileSync(peers, 'utf8')
      .split('\n')
      .slice(first, first + count);
    const target = { port, ca: readFileSync(ca, 'utf8'), from: FROM };
    this.#attendant = await Attendant.open({ ...target, port: clinicianPort }, attendant, ward);
    const dialect = breachingDialect(this.#breaching, ackIntervalMs);
    await inTurns(lines, async (line) => {
      const peer = JSON.parse(line) as Peer;
      const connection = await LoadConnection.open({
        ...{ target, peer, dialect },
        onAcked: (which, { seq }) => {
          this.#acked += Math.max(0, seq - which.acked);
          which.acked = Math.max(which.acked, seq);
        },
      });
      this.#devices.push({ peer, connection });
    });
  }

  async watch({ port, ca, watchers, way }: WatchRequest): Promise<void> {
    const root = readFileSync(ca, 'utf8');
    await inTurns(watchers, async ({ patient, token }) => {
      const onAlarm = (): void => this.#heard(patient);
      if (way.name === 'poll') {
        this.#watches.push(new PatientPoll({ port, ca: root }, { patient, token }, way.everyMs, onAlarm));
        return;
      }
      const connection = await LoadConnection.open({
        target: { port, ca: root, from: FROM },
        peer: { device: `the feed of ${patient}`, cert: '', key: '', token },
        dialect: feedDialect({ patients: [patient] }, onAlarm),
        onAcked: () => {},
      });
      this.#watches.push({
        get wire() {
          return connection.wire;
        },
        get trouble() {
          return connection.trouble?.message ?? null;
        },
        [Symbol.dispose]: () => connection[Symbol.dispose](),
      });
    });
  }

  async run({ seconds, alarms }: { readonly seconds: number; readonly alarms: number }): Promise<WatchedRun> {
    this.#latency = new LatencyHistogram();
    this.#due.clear();
    const [wire, acked] = [this.#wire(), this.#acked];
    const rate = this.#devices.length;
    const every = alarms === 0 ? Number.POSITIVE_INFINITY : Math.floor((rate * seconds) / alarms);
    let [frames, raised] = [0, 0];
    const offered = await openLoop({
      ...{ rate, seconds },
      send: (due) => {
        frames += 1;
        const isDue = raised < Math.min(alarms, Math.floor(frames / every));
        if (this.#send(due, isDue)) raised += 1;
      },
    });
    // What is heard of after the last frame is heard of at the same cost, which is a poll or two of each.
    const ended = this.#wire();
    const until = performance.now() + HEARD_WITHIN_MS;
    // At the same pace, since a wearable that is silent raises an alarm too.
    while (this.#watches.length > 0 && this.#due.size > 0 && performance.now() < until) {
      const more = { rate, seconds: LISTEN_S, send: (due: number): void => void this.#send(due, false) };
      frames += (await openLoop(more)).frames;
    }
    while (this.#acked - acked < frames && performance.now() < until) await sleep(systemClock(), LOOK_MS);
    const people = [this.#attendant, ...this.#watches];
    const troubles = people.flatMap((person) => person?.trouble ?? []).slice(0, 5);
    return {
      ...{ offered, sent: frames, acked: this.#acked - acked, raised, heard: this.#latency.count, troubles },
      latency: this.#latency.summary(),
      wire: { written: ended.written - wire.written, read: ended.read - wire.read },
    };
  }

  unwatch(): void {
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#watches = [];
  }

  /** Gives whether it was a breach: each wearable has one, so that its alarm is the first of its wearer, and else the next has it. */
  #send(due: number, isDue: boolean): boolean {
    const device = this.#devices[this.#next++ % this.#devices.length];
    if (device === undefined) return false;
    this.#acknowledge();
    const { peer, connection } = device;
    const breaches = isDue && !this.#breached.has(peer.device);
    if (breaches) {
      this.#breached.add(peer.device);
      this.#breaching.add(peer.device);
      this.#due.set(peer.device.replace('w-', 'p-'), due);
    }
    connection.send(Math.floor(performance.timeOrigin + due));
    return breaches;
  }

  #heard(patient: string): void {
    const due = this.#due.get(patient);
    if (due === undefined) return;
    this.#due.delete(patient);
    this.#latency.add(performance.now() - due);
    this.#unseen.add(patient);
  }

  #acknowledge(): void {
    for (const patient of this.#unseen) if (this.#attendant?.see(patient)) this.#unseen.delete(patient);
  }

  #wire(): WireBytes {
    const open = this.#watches.map(({ wire }) => wire);
    return {
      written: open.reduce((sum, { written }) => sum + written, 0),
      read: open.reduce((sum, { read }) => sum + read, 0),
    };
  }
}

async function inTurns<Item>(items: readonly Item[], each: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const one = async (): Promise<void> => {
    for (const item of left) await each(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}
