import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { CodedError } from '../../../src/core/coded-error.ts';
import { Seeded } from '../../attack/seeded.ts';
import type { Dialect, Peer } from '../load/dialect.ts';
import { LatencyHistogram } from '../load/latency-histogram.ts';
import { LoadConnection } from '../load/load-connection.ts';
import { BREACH_TAKES_MS } from './breach-text.ts';
import { randomTimes } from './random-times.ts';
import { BREACHING_WEARABLE, beginsWith, feedDialect, publisher } from './relay-dialects.ts';
import type {
  CliniciansRequest,
  DevicesRequest,
  RelayCalls,
  RelayRequest,
  RelayRun,
} from './relay-messages.ts';
import { cursorIn, timeIn } from './relay-times.ts';

const AT_ONCE = 16;
/** Connections from one address of 127.0.0.0/8: below the product's bound on those not identified yet. */
const PER_ADDRESS = 500;
/** How long what was sent last has to arrive. */
const LAST_WITHIN_MS = 5_000;
/** How long a relayed sample is waited for, since it may be several messages. */
const SAMPLE_MS = 400;
/** Timers go no finer; what is due sooner is waited for in turns that do nothing. */
const SPIN_MS = 2;
const LOOK_MS = 5;
/** What is relayed: an alarm of the product, and of a baseline a wearable's frame as it is. */
const ALARM = Buffer.from('{"type":"alarm"');
const FRAME = Buffer.from('{"type":"vitals","seq"');

/**
 * A process that does little else than to be both ends of a relay: one monotonic clock, and what delays this process
 * delays every arm alike.
 */
export class RelayEnds implements RelayCalls {
  readonly #devices: LoadConnection[] = [];
  readonly #clinicians: LoadConnection[] = [];
  /** When each frame was due, by its time of measurement. */
  #due = new Map<number, number>();
  #latency = new LatencyHistogram();
  #heard = 0;
  #heardFirst: string[] = [];
  /** Sample time of the newest frame: no two frames have the same. */
  #t = Date.now();

  async devices({ speaks, ...request }: DevicesRequest): Promise<null> {
    const dialect = speaks.kind === 'breaches' ? BREACHING_WEARABLE : publisher(speaks.texts);
    return await this.#connect(request, () => dialect, this.#devices);
  }

  async clinicians({ ward, ...request }: CliniciansRequest): Promise<null> {
    const others = feedDialect(ward, (payload) => this.#count(payload));
    const first = feedDialect(ward, (payload) => this.#first(payload));
    const isFirst = this.#clinicians.length === 0;
    return await this.#connect(request, (i) => (isFirst && i === 0 ? first : others), this.#clinicians);
  }

  async sample(): Promise<readonly string[]> {
    this.#begin();
    this.#send(0, null);
    await sleep(systemClock(), SAMPLE_MS);
    return this.#heardFirst;
  }

  async run({ rate, frames, seed, messagesEach, timed }: RelayRequest): Promise<RelayRun> {
    this.#begin();
    const late = new LatencyHistogram();
    const began = performance.now();
    for (const [i, at] of randomTimes(frames, rate, new Seeded(seed)).entries()) {
      const due = began + at;
      const left = due - performance.now();
      if (left > SPIN_MS) await sleep(systemClock(), left - SPIN_MS);
      while (performance.now() < due) await turn();
      late.add(performance.now() - due);
      this.#send(i, timed ? due : null);
    }
    const expected = frames * messagesEach * this.#clinicians.length;
    const until = performance.now() + LAST_WITHIN_MS;
    while ((this.#heard < expected || this.#due.size > 0) && performance.now() < until)
      await sleep(systemClock(), LOOK_MS);
    this.#throwTrouble();
    return {
      ...{ sent: frames, heard: this.#heard, missing: this.#due.size },
      ...{ latency: this.#latency.summary(), late: late.summary() },
    };
  }

  #begin(): void {
    this.#due = new Map();
    this.#latency = new LatencyHistogram();
    this.#heard = 0;
    this.#heardFirst = [];
  }

  #send(i: number, due: number | null): void {
    // Each device in its turn: by the time that it comes again, its former breach has cleared.
    this.#t += Math.ceil(BREACH_TAKES_MS / this.#devices.length);
    if (due !== null) this.#due.set(this.#t, due);
    this.#devices[i % this.#devices.length]?.send(this.#t);
  }

  #count(payload: Buffer): boolean {
    if (!beginsWith(payload, ALARM) && !beginsWith(payload, FRAME)) return false;
    this.#heard += 1;
    return true;
  }

  #first(payload: Buffer): void {
    const now = performance.now();
    if (!this.#count(payload)) return;
    const text = payload.toString('utf8');
    this.#heardFirst.push(text);
    const t = timeIn(text) ?? 0;
    const due = this.#due.get(t);
    if (due !== undefined) {
      this.#due.delete(t);
      this.#latency.add(now - due);
    }
    // Somebody has each alarm, or it would be escalated.
    const cursor = cursorIn(text);
    if (cursor !== null) this.#clinicians[0]?.send(cursor);
  }

  async #connect(
    { port, ca, peers, first, count }: Omit<CliniciansRequest, 'ward'>,
    dialectOf: (i: number) => Dialect,
    into: LoadConnection[],
  ): Promise<null> {
    const root = readFileSync(ca, 'utf8');
    const lines = readFileSync(peers, 'utf8').split('\n');
    const before = into.length;
    let next = 0;
    const one = async (): Promise<void> => {
      for (let i = next++; i < count; i = next++) {
        const peer = JSON.parse(lines[(first + i) % lines.length] ?? '') as Peer;
        const from = `127.0.0.${100 + Math.floor((before + i) / PER_ADDRESS)}`;
        const connection = await LoadConnection.open({
          ...{ target: { port, ca: root, from }, peer, dialect: dialectOf(i) },
          onAcked: () => {},
        });
        into[before + i] = connection;
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, one));
    return null;
  }

  #throwTrouble(): void {
    for (const { trouble } of [...this.#devices, ...this.#clinicians])
      if (trouble !== null) throw new CodedError('relay_failed', trouble.message);
  }
}
